"""The parser that a program builds in its main function: ``main_function MODULE FUNCTION PROGRAM``."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Any, NoReturn

from .arguments import dump, emit


class _BuiltError(Exception):
    """A parser is about to parse."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def _stop(self: argparse.ArgumentParser, *arguments: Any, **named: Any) -> NoReturn:
    raise _BuiltError(self)


def main(module: str, function: str, program: str) -> None:
    """Run the function until its parser is complete, and print that."""
    run = getattr(importlib.import_module(module), function)
    sys.argv = [program]
    argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_known_args = _stop  # type: ignore[method-assign]
    try:
        run()
    except _BuiltError as built:
        raw = dump(built.parser)
        del raw["classes"]
        emit(raw)


if __name__ == "__main__":
    main(*sys.argv[1:4])
