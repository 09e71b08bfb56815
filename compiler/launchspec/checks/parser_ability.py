"""A parser is for an ability that the model has.

A tool-call parser turns text into tool calls, a reasoning parser splits off the reasoning. Where the model is not said
to call tools or to reason, one of the two statements is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data

CODE = "LS315"
NAME = "parser-ability"
SEVERITY = Severity.WARNING
VALID = ("abilities: [chat, tools]\ntool_call_parser: {vLLM: hermes}",)
INVALID = ("abilities: [chat]\ntool_call_parser: {vLLM: hermes} #!",)


def find(tree: Data) -> Iterator[Finding]:
    """Tool-call parsers of models without tools."""
    if "tool_call_parser" in tree and "tools" not in tree["abilities"]:
        yield Finding(
            ("tool_call_parser",),
            "the model has a tool-call parser but not the ability 'tools'",
            "add the ability",
            at_key=True,
        )
