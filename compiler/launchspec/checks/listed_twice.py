"""Nothing is listed twice.

A repeated language, ability or quantization shows twice on the page and means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity, quoted
from launchspec.read import Data, Pointer

CODE = "LS301"
NAME = "listed-twice"
SEVERITY = Severity.WARNING
VALID = ("languages: [en, zh]",)
INVALID = ("languages: [en, zh, en] #!", "specs: [{format: mlx, size_in_billions: 7, quantizations: [4bit, 4bit]}] #!")


def find(tree: Data) -> Iterator[Finding]:
    """Repeated items."""
    lists: list[tuple[Pointer, list[str]]] = [(("languages",), tree["languages"]), (("abilities",), tree["abilities"])]
    lists += [(("specs", number, "quantizations"), spec["quantizations"]) for number, spec in enumerate(tree["specs"])]
    for pointer, items in lists:
        if len(set(items)) < len(items):
            for number, item in enumerate(items):
                if item in items[:number]:
                    yield Finding((*pointer, number), f"{quoted(item)} is listed twice", "keep one")
