"""Problems in the words of whoever reads them: a person, a program, GitHub, a SARIF viewer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from launchspec import __version__
from launchspec.errors import Problem, Severity

__all__ = ["FORMATS", "report"]


def report(problems: Sequence[Problem], form: str) -> str:
    """``problems`` in one of ``FORMATS``; the text form of no problems is empty."""
    return FORMATS[form](problems)


def _text(problems: Sequence[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems)


def _json(problems: Sequence[Problem]) -> str:
    return json.dumps({"problems": [_fields(problem) for problem in problems]}, ensure_ascii=False, indent=2)


def _fields(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.col,
        "code": problem.code,
        "severity": str(problem.severity),
        "message": problem.message,
        "hint": problem.hint,
    }


def _github(problems: Sequence[Problem]) -> str:
    return "\n".join(_command(problem) for problem in problems)


def _command(problem: Problem) -> str:
    """A workflow command; GitHub wants %, line ends and, in properties, : and , escaped."""
    place = [
        ("file", problem.path),
        *([("line", problem.line), ("col", problem.col)] if problem.line else []),
        ("title", problem.code),
    ]
    properties = ",".join(f"{name}={_github_property(str(value))}" for name, value in place)
    text = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    return f"::{problem.severity} {properties}::{_github_text(text)}"


def _github_text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_text(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(problems: Sequence[Problem]) -> str:
    codes = sorted({problem.code for problem in problems})
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "launchspec", "version": __version__, "rules": [{"id": code} for code in codes]}
                },
                "results": [_result(problem, codes.index(problem.code)) for problem in problems],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2)


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(os.fsencode(problem.path))}}
    if problem.line:
        place["region"] = {"startLine": problem.line, "startColumn": problem.col}
    text = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": "error" if problem.severity is Severity.ERROR else "warning",
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


FORMATS: dict[str, Callable[[Sequence[Problem]], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
"""The forms, by the name that ``--format`` takes."""
