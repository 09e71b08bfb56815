"""A progress bar on standard error, for work that takes long enough to be waited for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress"]

_WORTH_IT = 60


@contextmanager
def progress(what: str, steps: int) -> Iterator[Callable[[], None]]:
    """A bar that counts to ``steps`` where a person watches and there is something to watch; else nothing."""
    if steps < _WORTH_IT or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=steps)
        yield lambda: bar.advance(task)
