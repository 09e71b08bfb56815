"""What goes wrong, as data: problems with a place and a remedy, and exit codes."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["ExitCode", "LaunchspecError", "Problem", "Severity", "closest", "errors_of", "exit_code", "quoted", "shown"]


class ExitCode(enum.IntEnum):
    """Exit codes of the command; each has one meaning."""

    OK = 0
    PROBLEMS = 1
    """A spec, a page or a family has an error."""
    USAGE = 2
    """The command line is wrong (set by the argument parser)."""
    STALE = 3
    """``--check`` found generated files that are changed, missing or unknown."""
    IO = 4
    """A file could not be read or written, or would be overwritten."""


_FILES = {"LS101", "LS501", "LS502"}
"""Codes of what is wrong with a file rather than with what is in it."""


class Severity(enum.StrEnum):
    """How bad a problem is; only an error makes a command fail."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, at ``path:line:col`` (both from 1, 0 where there is none)."""

    path: str
    line: int
    col: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        path = shown(self.path)
        place = f"{path}:{self.line}:{self.col}" if self.line else path
        mark = "" if self.severity is Severity.ERROR else f"{self.severity}: "
        tail = f"; {self.hint}" if self.hint else ""
        return f"{place}: {self.code} {mark}{self.message}{tail}"


class LaunchspecError(Exception):
    """Problems that stop a stage; carries all of them."""

    def __init__(self, problems: Sequence[Problem], exit_code: ExitCode = ExitCode.PROBLEMS) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
        self.exit_code = exit_code


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that are errors."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def exit_code(problems: Iterable[Problem]) -> ExitCode:
    """What a command exits with after ``problems``: PROBLEMS where a content is wrong, IO where only files are."""
    codes = {problem.code for problem in errors_of(problems)}
    return ExitCode.PROBLEMS if codes - _FILES else ExitCode.IO if codes else ExitCode.OK


def shown(text: str) -> str:
    """``text``, such as a file name, on one line and without control characters."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def quoted(value: object, limit: int = 60) -> str:
    """``value`` as it may stand in a message: one line, shortened, no control characters."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return f"'{shown(text)}'"


def closest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to ``word``, or the empty string."""
    import difflib

    if len(word) > 64:
        return ""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f"did you mean {quoted(by_fold[near[0]])}?" if near else ""
