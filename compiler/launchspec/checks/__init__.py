"""Shelf of rules: what a schema cannot say. A rule is a module with its own examples.

A rule yields what it finds in a lawful tree as ``Finding``s; places are looked up only then.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from launchspec.errors import ExitCode, LaunchspecError, Problem, Severity, closest, quoted
from launchspec.read import Data, Pointer, Source, locate

__all__ = ["RULES", "Finding", "Rule", "check", "explained", "rules"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong at a pointer into the tree; ``at_key`` says that the key is meant, not its value."""

    pointer: Pointer
    message: str
    hint: str = ""
    at_key: bool = False


class Rule(Protocol):
    """What a module on this shelf holds; its docstring says why there is such a rule."""

    __doc__: str | None
    CODE: str
    NAME: str
    SEVERITY: Severity
    VALID: tuple[str, ...]
    """Whole specs, or fragments that stand for one, in which the rule finds nothing."""
    INVALID: tuple[str, ...]
    """The same in which it finds something; the line with the finding ends in ``#!``."""

    @staticmethod
    def find(tree: Data) -> Iterator[Finding]:
        """What is wrong in ``tree``, which the model schema admits."""
        ...


RULES = (
    "listed_twice", "engine_quantization", "engine_format", "no_source", "file_template", "split_parts",
    "repository", "same_spec", "activated_size", "attention_heads", "context_length", "page_text",
    "branch_revision", "hidden_characters", "parser_ability",
)  # fmt: skip


def rules() -> list[Rule]:
    """The rules, in the order of their codes."""
    return [cast(Rule, import_module(f"launchspec.checks.{name}")) for name in RULES]


def check(tree: Data, source: Source) -> list[Problem]:
    """What the rules find in a lawful tree that was read from ``source``, by place."""
    found = [(rule, finding) for rule in rules() for finding in rule.find(tree)]
    if not found:
        return []
    _, marks = locate(source)
    problems = []
    for rule, finding in found:
        place = marks.key(finding.pointer) if finding.at_key else marks.value(finding.pointer)
        problems.append(Problem(source.path, *place, rule.CODE, finding.message, finding.hint, rule.SEVERITY))
    return sorted(problems)


def explained(code: str | None) -> str:
    """What a rule is about, or a line on each; raises LaunchspecError (LS101) where there is no such rule."""
    known = {rule.CODE: rule for rule in rules()}
    if code is None:
        return "\n".join(
            f"{rule.CODE} {rule.NAME}: {inspect.cleandoc(rule.__doc__ or '').splitlines()[0]}"
            for rule in known.values()
        )
    if code.upper() not in known:
        hint = closest(code.upper(), known) or f"known: {', '.join(known)}"
        raise LaunchspecError(
            [Problem("rules", 0, 0, "LS101", f"there is none with the code {quoted(code)}", hint)], ExitCode.USAGE
        )
    rule = known[code.upper()]
    return f"{rule.CODE} {rule.NAME} ({rule.SEVERITY})\n\n{inspect.cleandoc(rule.__doc__ or '')}"
