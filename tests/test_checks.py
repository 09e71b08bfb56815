"""The rules, held against their own examples."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from command import run
from launchspec import checks
from launchspec.checks import RULES, Rule, check, explained, rules
from launchspec.errors import LaunchspecError, Problem, Severity
from launchspec.read import Source
from launchspec.validate import validate

BASE = {
    "name": "name: example",
    "context_length": "context_length: 4096",
    "languages": "languages: [en]",
    "abilities": "abilities: [chat]",
    "description": "description: A model.",
    "specs": "specs: [{format: pytorch, size_in_billions: 7, quantizations: [none], hubs: {huggingface: {id: a/b}}}]",
}
VALID = [pytest.param(rule, text, id=f"{rule.CODE}-{i}") for rule in rules() for i, text in enumerate(rule.VALID)]
INVALID = [pytest.param(rule, text, id=f"{rule.CODE}-{i}") for rule in rules() for i, text in enumerate(rule.INVALID)]


def _whole(fragment: str) -> str:
    lacking = [line for key, line in BASE.items() if not re.search(rf"^{key}:", fragment, re.MULTILINE)]
    return "\n".join([fragment.rstrip("\n"), *lacking, ""])


def _found(fragment: str) -> list[Problem]:
    source = Source("example.yaml", _whole(fragment))
    return check(validate(source, "model"), source)


@pytest.mark.parametrize(("rule", "text"), VALID)
def test_valid_examples_give_nothing(rule: Rule, text: str) -> None:
    assert [str(problem) for problem in _found(text) if problem.code == rule.CODE] == []


@pytest.mark.parametrize(("rule", "text"), INVALID)
def test_invalid_examples_give_the_code_on_the_marked_line(rule: Rule, text: str) -> None:
    marked = {number for number, line in enumerate(text.split("\n"), 1) if line.endswith(" #!")}
    found = [problem for problem in _found(text) if problem.code == rule.CODE]
    assert len(marked) == 1
    assert {problem.line for problem in found} == marked
    for problem in found:
        assert problem.col >= 1
        assert problem.severity is rule.SEVERITY
        assert problem.hint, "a problem says what to do"
        assert "\n" not in str(problem)


def test_the_base_is_free_of_findings() -> None:
    assert _found("") == []


def test_every_file_of_the_shelf_is_listed() -> None:
    files = {path.stem for path in Path(inspect.getfile(checks)).parent.glob("*.py")} - {"__init__"}
    assert sorted(files) == sorted(RULES)
    assert len(set(RULES)) == len(RULES)


def test_codes_and_names_are_unique_and_codes_ascend() -> None:
    codes = [rule.CODE for rule in rules()]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"LS3[0-9]{2}", code) for code in codes)
    assert [rule.NAME for rule in rules()] == [name.replace("_", "-") for name in RULES]


@pytest.mark.parametrize("rule", rules(), ids=RULES)
def test_a_rule_says_what_it_wants_and_why(rule: Rule) -> None:
    first, _, rest = inspect.cleandoc(rule.__doc__ or "").partition("\n\n")
    assert re.fullmatch(r"[A-Z].*\.", first)
    assert "\n" not in first
    assert len(rest) > 40
    assert isinstance(rule.SEVERITY, Severity)
    assert rule.VALID
    assert rule.INVALID


def test_rules_are_explained() -> None:
    lines = explained(None).splitlines()
    assert [line.split()[0] for line in lines] == [rule.CODE for rule in rules()]
    assert explained("ls302").startswith("LS302 engine-quantization (error)\n\n")
    with pytest.raises(LaunchspecError, match="did you mean 'LS3"):
        explained("LS3O2")


def test_the_command_explains_rules() -> None:
    assert run("rules", code=0).stdout == explained(None) + "\n"
    assert run("rules", "LS302", code=0).stdout == explained("LS302") + "\n"
    assert "LS999" in run("rules", "LS999", code=2).stderr
