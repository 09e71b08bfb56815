"""The command, run without the settings of whoever runs the tests, and specs to give it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from unittest import mock

from launchspec.cli import main

COMMAND = [sys.executable, "-m", "launchspec"]
SPEC = """\
name: {name}
context_length: 4096
languages: [en]
abilities: [chat]
description: A model named {name}.
specs:
  - format: pytorch
    size_in_billions: 7
    quantizations: [none]
    hubs:
      huggingface: {{id: some-org/{name}}}
"""


def environment(**values: str) -> dict[str, str]:
    """An environment with only what a process needs; no cache unless ``LAUNCHSPEC_CACHE`` is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    return {**kept, "LAUNCHSPEC_CACHE": "off", **values}


def run(
    *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, code: int | None = None
) -> subprocess.CompletedProcess[str]:
    """What ``launchspec`` says to ``words``, in this process; fails where it exits with another code than ``code``."""
    argv = ["launchspec", *map(str, words)]
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    found: object = 0
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, environment(**(env or {})), clear=True),
        mock.patch.object(sys, "argv", argv),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        try:
            main()
        except SystemExit as done:
            found = done.code or 0
    texts = []
    for stream in (stdout, stderr):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    assert isinstance(found, int)
    assert code is None or found == code, (found, *texts)
    return subprocess.CompletedProcess(argv, int(found), *texts)


def spawn(
    *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, code: int | None = None
) -> subprocess.CompletedProcess[str]:
    """As ``run``, as a process of its own; fails on a traceback too."""
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd, env=environment(**(env or {})), capture_output=True, encoding="utf-8", errors="surrogateescape",
        timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def catalog(folder: Path, names: Iterable[str]) -> Path:
    """A catalog in ``folder`` with a spec for each name; returns its ``specs/``."""
    models = folder / "specs" / "models"
    models.mkdir(parents=True, exist_ok=True)
    for name in names:
        (models / f"{name}.yaml").write_text(SPEC.format(name=name), encoding="utf-8")
    return folder / "specs"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` by its relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
