"""Reports: each form keeps every word, whatever is in it."""

from __future__ import annotations

import json
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchspec.errors import ExitCode, Problem, Severity, exit_code, quoted, shown
from launchspec.report import FORMATS, report

PLAIN = Problem("specs/models/x.yaml", 12, 5, "LS204", "is wrong", "use 8")
FILE = Problem("nowhere", 0, 0, "LS101", "does not exist", severity=Severity.WARNING)
HOSTILE = Problem("a,b:c%d\n\x1b[31m\udcff.yaml", 1, 2, "LS999", "50% of\r\n::error::x, y: z", "1\n2")

SARIF = {
    "type": "object",
    "required": ["version", "runs", "$schema"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "version", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {"type": "object", "required": ["id"]},
                                    },
                                },
                            },
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"type": "object", "required": ["text"]},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "required": ["uri"],
                                                        "properties": {"uri": {"pattern": "^[!-~]+$"}},
                                                    },
                                                    "region": {
                                                        "required": ["startLine", "startColumn"],
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        },
                                                    },
                                                },
                                            },
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}

paths = st.text(st.characters(exclude_characters="\0", exclude_categories=()), min_size=1).filter(
    lambda path: not any("\ud800" <= char < "\udc80" or "\udcff" < char <= "\udfff" for char in path)
)
problems = st.lists(
    st.builds(
        Problem, paths, st.integers(0, 9), st.integers(1, 9), st.sampled_from(["LS101", "LS204", "LS320"]),
        st.text(), st.text(), st.sampled_from(Severity),
    )
)  # fmt: skip


def test_text_is_a_line_for_each_problem() -> None:
    assert report([PLAIN, FILE], "text").splitlines() == [
        "specs/models/x.yaml:12:5: LS204 is wrong; use 8",
        "nowhere: LS101 warning: does not exist",
    ]
    assert report([], "text") == ""


def test_a_hostile_path_stays_on_one_line() -> None:
    problem = Problem(HOSTILE.path, 1, 2, "LS101", "is wrong")
    assert report([problem], "text") == r"a,b:c%d\u000a\u001b[31m\udcff.yaml:1:2: LS101 is wrong"


def test_json_has_every_field() -> None:
    made = json.loads(report([PLAIN], "json"))
    assert made == {
        "problems": [
            {
                "path": "specs/models/x.yaml",
                "line": 12,
                "column": 5,
                "code": "LS204",
                "severity": "error",
                "message": "is wrong",
                "hint": "use 8",
            }
        ]
    }
    assert json.loads(report([], "json")) == {"problems": []}


def test_github_escapes_what_ends_a_property_or_a_line() -> None:
    assert report([PLAIN, FILE], "github").split("\n") == [
        "::error file=specs/models/x.yaml,line=12,col=5,title=LS204::is wrong; use 8",
        "::warning file=nowhere,title=LS101::does not exist",
    ]
    line = report([HOSTILE], "github")
    assert line == (
        "::error file=a%2Cb%3Ac%25d%0A\x1b[31m\udcff.yaml,line=1,col=2,title=LS999"
        "::50%25 of%0D%0A::error::x, y: z; 1%0A2"
    )


@given(problems)
def test_github_can_be_read_back(found: list[Problem]) -> None:
    lines = report(found, "github").split("\n") if found else []
    assert len(lines) == len(found)
    for line, problem in zip(lines, found, strict=True):
        _, properties, text = line.split("::", 2)
        kind, _, pairs = properties.partition(" ")
        values = dict(pair.split("=", 1) for pair in pairs.split(","))
        assert kind == problem.severity
        assert unquote(values["title"]) == problem.code
        assert _back(values["file"]) == problem.path
        assert _back(text) == (f"{problem.message}; {problem.hint}" if problem.hint else problem.message)


@given(problems)
def test_sarif_has_the_form(found: list[Problem]) -> None:
    log = json.loads(report(found, "sarif"))
    jsonschema.validate(log, SARIF, cls=jsonschema.Draft202012Validator)
    (run,) = log["runs"]
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [result["ruleId"] for result in run["results"]] == [problem.code for problem in found]
    for result, problem in zip(run["results"], found, strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert names[result["ruleIndex"]] == problem.code
        assert unquote(place["artifactLocation"]["uri"], errors="surrogateescape") == problem.path
        assert ("region" in place) == bool(problem.line)


@given(problems)
def test_json_keeps_every_word(found: list[Problem]) -> None:
    text = report(found, "json").encode("utf-8", "backslashreplace").decode("utf-8")
    made = json.loads(text)["problems"]
    assert [item["message"] for item in made] == [problem.message for problem in found]
    assert [item["path"] for item in made] == [problem.path for problem in found]


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_takes_no_problems(form: str) -> None:
    assert isinstance(report([], form), str)


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_shown_is_printable(text: str) -> None:
    assert shown(text).isprintable()
    assert quoted(text).isprintable()
    assert len(quoted(text)) <= 2 + 60 * 7


def test_exit_codes_tell_contents_from_files() -> None:
    assert exit_code([]) is ExitCode.OK
    assert exit_code([FILE]) is ExitCode.OK
    assert exit_code([PLAIN]) is ExitCode.PROBLEMS
    lost = Problem("x", 0, 0, "LS101", "cannot be read")
    assert exit_code([lost]) is ExitCode.IO
    assert exit_code([lost, PLAIN]) is ExitCode.PROBLEMS


def _back(text: str) -> str:
    """GitHub's own unescaping."""
    for escape, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, char)
    return text
