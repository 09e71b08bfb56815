"""The reference of the rules, made from their own texts and examples."""

from __future__ import annotations

import inspect

from launchspec.checks import Rule, rules
from launchspec.render import render

__all__ = ["files"]


def files() -> dict[str, bytes]:
    """The pages of the reference by file name."""
    entries = [_entry(rule) for rule in rules()]
    return {"checks.rst": render("reference/checks.rst.jinja", rules=entries).encode()}


def _entry(rule: Rule) -> dict[str, object]:
    title, _, why = inspect.cleandoc(rule.__doc__ or "").partition("\n\n")
    return {
        "code": rule.CODE,
        "name": rule.NAME,
        "severity": str(rule.SEVERITY),
        "title": title.rstrip("."),
        "why": why.replace("`", "``"),
        "invalid": [_shown(example) for example in rule.INVALID],
        "valid": [_shown(example) for example in rule.VALID],
    }


def _shown(example: str) -> list[str]:
    return example.replace(" #!", "  # here").rstrip("\n").split("\n")
