"""Reading: what is refused and where, what a plain scalar means, and what no input may do."""

from __future__ import annotations

import difflib
import itertools
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from launchspec.errors import ExitCode, LaunchspecError, Problem
from launchspec.read import MAX_BYTES, MAX_DEPTH, MAX_ENTRIES, MAX_NODES, Data, Marks, Source, load, locate, read
from launchspec.validate import validate

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.yaml"))
INVALID = sorted((HERE / "invalid").glob("*/*.yaml"))

SEED = 20240607
INPUTS = int(os.environ.get("LAUNCHSPEC_FUZZ", "6000"))
SECONDS = 0.2


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def problems(run: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(LaunchspecError) as caught:
        run()
    return caught.value.problems


def problem(text: str) -> str:
    """The one problem of ``text``, without its path."""
    (found,) = problems(lambda: load(Source("x", text)))
    return str(found).removeprefix("x:")


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_problems_are_those_beside_the_file(path: Path) -> None:
    refused = problems(lambda: validate(read(path), "model"))
    found = [str(p).removeprefix(p.path).lstrip(": ") for p in refused]
    expected = path.with_suffix(".errors").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    diff = list(difflib.unified_diff(expected, found, f"{path.stem}.errors", "found", lineterm=""))
    assert not diff, "\n".join(["", *diff])
    assert {p.code[:3] for p in refused} == {{"read": "LS1", "schema": "LS2"}[path.parent.name]}


def test_every_file_of_problems_has_its_input() -> None:
    assert {path.with_suffix("") for path in (HERE / "invalid").glob("*/*.errors")} == {
        path.with_suffix("") for path in INVALID
    }


@pytest.mark.parametrize("path", VALID, ids=name)
def test_a_valid_file_is_read_the_same_with_and_without_places(path: Path) -> None:
    source = read(path)
    data, marks = locate(source)
    assert repr(load(source)) == repr(data)
    marks_stand(source, data, marks)


def test_a_missing_file_is_an_input_output_problem(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(LaunchspecError) as caught:
            read(path, shown="shown.yaml")
        assert caught.value.exit_code is ExitCode.IO
        assert str(caught.value).startswith("shown.yaml: LS101 cannot be read: ")


# What a plain scalar means.

MEANINGS: dict[str, Data] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nULL": "nULL", "none": "none", "None": "None",
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False, "tRUE": "tRUE",
    "yes": "yes", "no": "no", "on": "on", "off": "off", "y": "y", "N": "N",
    "0": 0, "-0": 0, "+7": 7, "007": 7, "0777": 777, "0o17": 15, "0x1F": 31, "0X1F": "0X1F", "-0x1": "-0x1", "08": 8,
    "9223372036854775807": 2**63 - 1, "-9223372036854775808": -(2**63), "0b11": "0b11", "1_000": "1_000",
    "1.": 1.0, ".5": 0.5, "-.5": -0.5, "3.10": 3.1, "1e3": 1000.0, "1E+3": 1000.0, ".5e3": 500.0, "-0.0": -0.0,
    "1e-400": 0.0, ".": ".", "e1": "e1", "1e": "1e", "1.2.3": "1.2.3", "inf": "inf", "NaN": "NaN", "-.nan": "-.nan",
    "12:30:45": "12:30:45", "2024-01-01": "2024-01-01", "=": "=", "<<": "<<", "١٢": "١٢", "1²": "1²", "4-bit": "4-bit",
}  # fmt: skip

INTENDED = {
    r".*_.*": "underscores in numbers are YAML 1.1",
    r"[-+]?0b[01]+": "so are binary numbers",
    r"[-+]0[xo][0-9a-fA-F]+": "the core schema has no sign before 0x and 0o",
    r"\.[0-9]+[eE][0-9]+": "ruamel.yaml wants a sign in the exponent of .5e3, the core schema does not",
    r"[0-9]{4}-.*": "dates are YAML 1.1",
    r"=|<<": "so are the value and the merge key; as a value they are texts",
    r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|1e400|[-+]?9{20}": "a number must be finite and fit 64 bits",
}
"""Plain scalars that ruamel.yaml reads otherwise, and why."""


def meaning(text: str) -> str:
    try:
        return repr(load(Source("x", f"- {text}\n"))[0])
    except LaunchspecError as error:
        return {"LS111": "refused"}[error.problems[0].code]


def meaning_elsewhere(text: str) -> str:
    try:
        return repr(YAML(typ="safe", pure=True).load(f"- {text}\n")[0])
    except (YAMLError, ValueError):
        return "refused"


@pytest.mark.parametrize("text", MEANINGS)
def test_a_plain_scalar_is_resolved_by_the_core_schema(text: str) -> None:
    assert meaning(text) == repr(MEANINGS[text])


@pytest.mark.parametrize("text", ["'1'", '"1"', "|-\n  1", ">-\n  1"])
def test_a_quoted_scalar_is_a_text(text: str) -> None:
    assert meaning(text) == "'1'"


def test_plain_scalars_mean_what_another_reader_says() -> None:
    short = ["".join(chars) for n in (1, 2, 3) for chars in itertools.product("01.-+eExo_:", repeat=n)]
    numbers = [text for text in short if not text.endswith(":") and text not in ("-", "---", "...")]
    more = ["0b11", "-0b1", "+0x1f", "2024-01-01", "1.5e3", ".inf", "-.Inf", ".nan", "1e400", "9" * 20, "1:30.5"]
    differ = {text for text in [*MEANINGS, *numbers, *more] if meaning(text) != meaning_elsewhere(text)}
    assert {text for text in differ if not any(re.fullmatch(rule, text) for rule in INTENDED)} == set()
    assert [rule for rule in INTENDED if not any(re.fullmatch(rule, text) for text in differ)] == []


# Where things stand.


def at(data: Data, pointer: tuple[Any, ...]) -> Data:
    for step in pointer:
        data = data[step]
    return data


def first_word(text: str) -> str:
    """The part of a plain scalar that surely stands in the file as it is: line breaks may have become spaces."""
    return re.split("[ \n]", text)[0]


def marks_stand(source: Source, data: Data, marks: Marks) -> None:
    """Check that each place shows the text that made the node there."""
    lines = [*re.split("\r\n|\r|\n", source.text), ""]  # libyaml ends a last line that has no end
    for pointer, mark in marks.at.items():
        here = lines[mark.line - 1][mark.col - 1 :]
        value = at(data, pointer)
        if mark.plain is not None:
            assert here.startswith(first_word(mark.plain)), (pointer, mark)
        elif isinstance(value, list):
            assert here[0] in "[-", (pointer, mark)
        elif isinstance(value, str):
            assert here[0] in "'\"|>", (pointer, mark)
        if mark.key_line:
            key = lines[mark.key_line - 1][mark.key_col - 1 :]
            assert key[:1] in ("'", '"', "|", ">") or key.startswith(first_word(str(pointer[-1]))), (pointer, mark)
            assert marks.key(pointer) == (mark.key_line, mark.key_col)
        assert marks.value(pointer) == (mark.line, mark.col)


PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"], exclude_characters="\ufeff"))
INT64 = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.none() | st.booleans() | INT64 | st.floats(allow_nan=False, allow_infinity=False) | PRINTABLE
TREES = st.recursive(SCALARS, lambda child: st.lists(child) | st.dictionaries(PRINTABLE, child), max_leaves=30)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(TREES, st.sampled_from([None, 0, 3]))
def test_json_is_read_as_json_with_every_place_right(tree: Data, indent: int | None) -> None:
    source = Source("x", json.dumps(tree, ensure_ascii=False, indent=indent))
    data, marks = locate(source)
    assert repr(data) == repr(tree) == repr(load(source))
    marks_stand(source, data, marks)


def test_a_place_that_does_not_exist_is_its_parents() -> None:
    _, marks = locate(Source("x", "a:\n  b: [1]\n"))
    assert marks.value(("a", "b", 7, "c")) == (2, 6)
    assert marks.key(("a", "c")) == (2, 3)
    assert Marks("x").value(("a",)) == (1, 1)


# The caps.


def test_a_file_may_have_exactly_so_many_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: " + b"x" * (MAX_BYTES - 3))
    assert len(load(read(path))["a"]) == MAX_BYTES - 3
    path.write_bytes(b"a: " + b"x" * (MAX_BYTES - 2))
    assert [p.code for p in problems(lambda: read(path))] == ["LS102"]
    assert problem("x" * (MAX_BYTES + 1)) == f"1:1: LS102 is larger than {MAX_BYTES} bytes"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? a\n: ", "")])
def test_a_file_may_be_exactly_so_deep(opening: str, closing: str) -> None:
    def nested(depth: int) -> str:
        indents = (" " * 2 * n if "\n" in opening else "" for n in range(depth))
        return "".join(opening.replace("\n", f"\n{indent}") for indent in indents) + "1" + closing * depth

    load(Source("x", nested(MAX_DEPTH)))
    assert problem(nested(MAX_DEPTH + 1)).endswith(f"LS102 is nested deeper than {MAX_DEPTH} levels")


def test_a_file_may_have_exactly_so_many_nodes() -> None:
    row = "- [" + "1," * 999 + "]\n"  # a thousand nodes
    rows = MAX_NODES // 1000
    assert len(load(Source("x", row * (rows - 1) + "- 1\n" * 999))) == rows + 998
    assert problem(row * (rows - 1) + "- 1\n" * 1000).endswith(f"LS102 has more than {MAX_NODES} nodes")


def test_a_list_or_mapping_may_have_exactly_so_many_entries() -> None:
    assert len(load(Source("x", "- 1\n" * MAX_ENTRIES))) == MAX_ENTRIES
    said = f"LS102 a list or mapping has more than {MAX_ENTRIES} entries"
    assert problem("- 1\n" * (MAX_ENTRIES + 1)) == f"{MAX_ENTRIES + 1}:3: {said}"
    assert problem("".join(f"k{i}: 1\n" for i in range(MAX_ENTRIES + 1))) == f"{MAX_ENTRIES + 1}:1: {said}"


# What no input may do: raise anything else, take long, take much memory.

TOKENS = [
    token.encode("utf-8", "surrogatepass")
    for token in [
        "&a ", "*a", "<<: ", "!!str ", "!<x> ", "? ", "- ", ": ", "[", "]", "{", "}", ",", "#", " #", "|", ">-\n",
        "|9\n", "'", '"', "\\", "\\0", "\\ud800", "%", "%TAG ! x\n", "---\n", "...\n", "\n", "\r", "\r\n", "\t",
        " ", "  ", "~", ".inf", "0x", "9" * 50, "1e999", "3.10", "yes", "null", "true", "\0", "\x1b", "\x85", "\u2028",
        "\ufeff", "\uffff", "\ud800", "\u202e", "🚀", "模", "é", "[" * 30, "k" * 1100, "{quantization}", "$(id)",
    ]
] + [b"\xff", b"\xc0\xaf", b"\xe6\xa8", b"\xff\xfe"]  # fmt: skip


def flip(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    spot = rng.randrange(len(raw) + 1)
    return raw[:spot] + rng.randbytes(1) + raw[spot + 1 :]


def splice_token(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    spot = rng.randrange(len(raw) + 1)
    return raw[:spot] + rng.choice(TOKENS) + raw[spot + rng.choice([0, 0, 1, 4]) :]


def splice_unicode(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    spot = rng.randrange(len(raw) + 1)
    limit = rng.choice([0x100, 0x3000, 0x110000])
    chars = "".join(chr(rng.randrange(limit)) for _ in range(rng.randint(1, 5)))
    return raw[:spot] + chars.encode("utf-8", "surrogatepass") + raw[spot:]


def delete(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    spot = rng.randrange(len(raw) + 1)
    return raw[:spot] + raw[spot + rng.randint(1, 40) :]


def truncate(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def repeat_lines(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    start = rng.randrange(len(lines) + 1)
    end = start + rng.randint(1, 3)
    return b"".join(lines[:end] + lines[start:end] * rng.choice([1, 1, 2, 50]) + lines[end:])


def splice_lines(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    """Put lines of another file here, indented as the line before is."""
    lines, others = raw.splitlines(keepends=True), other.splitlines(keepends=True)
    spot, start = rng.randrange(len(lines) + 1), rng.randrange(len(others) + 1)
    before = lines[spot - 1] if lines else b""
    indent = before[: len(before) - len(before.lstrip(b" "))] + rng.choice([b"", b"", b"  ", b"- "])
    return b"".join(lines[:spot] + [indent + line for line in others[start : start + 3]] + lines[spot:])


def splice_value(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    """Give an entry the value of another entry."""
    entries = list(re.finditer(rb"(?<=: ).+", raw))
    values: list[bytes] = re.findall(rb"(?<=: ).+", other)
    if not entries or not values:
        return raw
    entry = rng.choice(entries)
    return raw[: entry.start()] + rng.choice(values) + raw[entry.end() :]


MUTATIONS = [flip, splice_token, splice_unicode, delete, truncate, repeat_lines, splice_lines, splice_value]


def mutant(rng: random.Random, corpus: list[bytes]) -> bytes:
    raw = rng.choice(corpus)
    for _ in range(rng.choice([1, 1, 2, 4])):
        raw = rng.choice(MUTATIONS)(rng, raw, rng.choice(corpus))
    return raw[: MAX_BYTES + 1]


def outcome(run: Callable[[], object]) -> str:
    try:
        return repr(run())
    except LaunchspecError as error:
        lines = [str(problem) for problem in error.problems]
    assert lines
    assert all(line.isprintable() for line in lines), lines
    return "\n".join(["refused:", *lines])


def examine(path: Path) -> None:
    """Read a file every way there is; only a LaunchspecError may come of it."""
    try:
        source = read(path)
    except LaunchspecError:
        return
    loaded = outcome(lambda: load(source))
    assert loaded == outcome(lambda: locate(source)[0])
    if not loaded.startswith("refused:"):
        data, marks = locate(source)
        marks_stand(source, data, marks)
        outcome(lambda: validate(source, "model"))


def cpu(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def slow(run: Callable[[], object]) -> bool:
    """Whether it takes too long three times in a row; once may be the machine's fault."""
    return all(cpu(run) > SECONDS for _ in range(3))


def test_no_input_does_harm(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    corpus = [path.read_bytes() for path in [*VALID * 10, *INVALID] if path.stat().st_size < 8000]
    path = tmp_path / "input.yaml"
    for number in range(INPUTS):
        path.write_bytes(mutant(rng, corpus))
        try:
            assert not slow(lambda: examine(path)), f"takes more than {SECONDS} s"
        except Exception as error:
            pytest.fail(f"input {number} of seed {SEED}, kept in {path}: {type(error).__name__}: {error}")


WORST: dict[str, str] = {
    "many nodes": "[" + "1," * (MAX_NODES - 10) + "]",
    "many lists": "[" * 23 + "[]," * (MAX_NODES - 100) + "]" * 23,
    "many entries": "".join(f"k{n}: v\n" for n in range(MAX_NODES - 10)),
    "many deep entries": "{a: " * 23 + "{" + ",".join(f"k{n}: 1" for n in range(MAX_NODES - 100)) + "}" * 24,
    "too many entries": "".join(f"k{n}: v\n" for n in range(2 * MAX_NODES)),
    "late duplicate": "".join(f"k{n}: v\n" for n in range(MAX_NODES - 10)) + "k0: v\n",
    "pairs in a list": "[" + "a: b," * (MAX_NODES // 2 - 10) + "]",
    "open lists": "[" * MAX_BYTES,
    "open mappings": "{" * MAX_BYTES,
    "nested block lists": "- " * (MAX_BYTES // 2),
    "nested complex keys": "? " * (MAX_BYTES // 2),
    "colons": "a:" * (MAX_BYTES // 2),
    "anchors": "[" + "&a ," * (MAX_BYTES // 4 - 1) + "]",
    "tag directives": "".join(f"%TAG !a{n}! x\n" for n in range(MAX_BYTES // 18)),
    "tag directives of a second document": "a: b\n" + "".join(f"%TAG !a{n}! x\n" for n in range(MAX_BYTES // 18)),
    "one tag": "!" + "x" * (MAX_BYTES - 3) + " a",
    "one anchor": "&" + "x" * (MAX_BYTES - 3) + " a",
    "one line": "a: " + "x" * (MAX_BYTES - 3),
    "one key": "k" * (MAX_BYTES - 3) + ": a",
    "long keys": "".join(f"{n}{'k' * 1000}: v\n" for n in range(MAX_BYTES // 1010)),
    "one number": "a: " + "9" * (MAX_BYTES - 3),
    "one fraction": "a: 0." + "9" * (MAX_BYTES - 5),
    "one exponent": "a: 1e" + "9" * (MAX_BYTES - 5),
    "wide characters": "a: " + "🚀" * (MAX_BYTES // 4 - 1),
    "escapes": 'a: "' + "\\U0001F680" * (MAX_BYTES // 10 - 1) + '"',
    "quotes": "'" + "''" * (MAX_BYTES // 2 - 1) + "'",
    "unclosed quote": "'" + "x\n" * (MAX_BYTES // 2 - 1),
    "folded lines": "a: " + "x\n " * (MAX_BYTES // 3 - 2),
    "block lines": "a: |\n" + " x\n" * (MAX_BYTES // 3 - 2),
    "comments": "# c\n" * (MAX_BYTES // 4),
    "spaces": " " * MAX_BYTES,
    "line breaks": "\r" * MAX_BYTES,
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_the_worst_inputs_take_no_time(text: str) -> None:
    assert len(text.encode()) <= MAX_BYTES
    source = Source("x", text)
    assert outcome(lambda: load(source)) == outcome(lambda: locate(source)[0])
    assert not slow(lambda: outcome(lambda: load(source)))


LIMITED = """
import pathlib, resource, sys
from launchspec.errors import LaunchspecError
from launchspec.read import Source, load, locate, read
from launchspec.validate import validate
load(Source("x", "name: m"))
pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for path in map(pathlib.Path, sys.argv[1:]):
    for step in (load, locate, lambda source: validate(source, "model")):
        try:
            step(read(path))
        except LaunchspecError:
            pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="not here: Linux, whose limits on memory this uses")
def test_the_worst_inputs_take_no_memory(tmp_path: Path) -> None:
    paths = [tmp_path / f"{label}.yaml" for label in WORST]
    for path, text in zip(paths, WORST.values(), strict=True):
        path.write_text(text, encoding="utf-8", newline="")
    command: list[Any] = [sys.executable, "-c", LIMITED, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
