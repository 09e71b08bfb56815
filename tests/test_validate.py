"""Validation: the verdict is the schema's, the words are ours, and a number may stand for a text."""

from __future__ import annotations

import copy
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from launchspec import resources
from launchspec.errors import LaunchspecError, Problem
from launchspec.read import Data, Source, load, read
from launchspec.validate import _SAY, validate, validate_tree

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.yaml"))
REFUSED = sorted((HERE / "invalid" / "schema").glob("*.yaml"))
SCHEMAS = sorted((resources.root() / "specs" / "schemas").glob("*.schema.json"))

SEED = 20240607
MUTANTS = 4000

SPEC = """\
name: m
context_length: 4096
languages: [en]
abilities: [chat]
description: A model.
specs:
- format: pytorch
  size_in_billions: 7
  quantizations: [none]
"""


def spec(**fields: str) -> Source:
    """A valid spec, but for these fields of the model or of its one form; new ones are the model's."""
    entries = dict(line.split(":", 1) for line in SPEC.splitlines())
    indented = {key.lstrip(" -"): key for key in entries}
    entries |= {indented.get(name, name): f" {value}" for name, value in fields.items()}
    return Source("x", "".join(f"{key}:{value}\n" for key, value in entries.items()))


def problems(source: Source) -> tuple[Problem, ...]:
    with pytest.raises(LaunchspecError) as caught:
        validate(source, "model")
    return caught.value.problems


# The verdict, against another validator.


def pattern(_: object, wanted: str, instance: object, __: object) -> Iterator[jsonschema.ValidationError]:
    """`$` is the end of the text in JSON Schema; Python's also matches before a last line break."""
    if isinstance(instance, str) and not re.search(wanted.replace("$", r"\Z"), instance):
        yield jsonschema.ValidationError(f"does not match {wanted}")


ORACLE = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": pattern})(resources.schema("model"))


def refused(tree: Data) -> bool:
    """Whether the tree is refused, in words of ours and in the order of the places."""
    try:
        validate_tree(tree, "model", "x")
    except LaunchspecError as error:
        found = error.problems
        assert [p for p in found if p.code == "LS200" and "more problems" not in p.message] == []
        assert list(found[:100]) == sorted(found[:100])
        return True
    return False


@pytest.mark.parametrize("path", [*VALID, *REFUSED], ids=lambda path: path.stem)
def test_a_file_is_valid_where_another_validator_says_so(path: Path) -> None:
    tree = load(read(path))
    assert refused(tree) is not ORACLE.is_valid(tree)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_validated_tree_is_lawful_as_it_stands(path: Path) -> None:
    assert ORACLE.is_valid(validate(read(path), "model"))


VALUES: list[Data] = [
    None, True, False, 0, 1, -1, 0.5, 1.0, -0.0, 2**63 - 1, 1e300, 99999, 100000,
    "", "none", "all", "vLLM", "m\n", "a b", "..", "../x", "x/..", "$(id)", "`id`", "https://x.org", "javascript:x",
    "é", "\u2028", "a" * 65, "a" * 129, "a" * 513, "🚀" * 128,
    [], ["none"], ["none", "none"], ["vLLM"], [1], [1, 1.0], [True, 1], [None], [[]],
    {}, {"vLLM": "all"}, {"vLLM": ["none"]}, {"vLLM": {}}, {"id": "org/m"}, {"start": "a"}, {"Q4": 1}, {"a b": 1},
]  # fmt: skip


def places(data: Data) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys or indices."""
    steps = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for step in steps:
        yield data, step
        yield from places(data[step])


def mutate(rng: random.Random, tree: Data, names: list[str], donor: Data) -> None:
    parent, step = rng.choice(list(places(tree)))
    match rng.randrange(6):
        case 0:
            del parent[step]
        case 1 | 2:
            parent[step] = copy.deepcopy(rng.choice(VALUES))
        case 3:
            other, at = rng.choice(list(places(donor)))
            parent[step] = copy.deepcopy(other[at])
        case 4 if isinstance(parent, dict):
            parent[rng.choice(names)] = parent.pop(step)
        case 4:
            parent.append(copy.deepcopy(parent[step]))
        case 5 if isinstance(parent, dict):
            parent[rng.choice(names)] = copy.deepcopy(rng.choice(VALUES))
        case 5:
            parent.insert(step, copy.deepcopy(rng.choice(VALUES)))


def test_mutants_are_valid_where_another_validator_says_so() -> None:
    rng = random.Random(SEED)
    trees = [validate(read(path), "model") for path in VALID]
    names = sorted(set(re.findall(r'"(\w+)": \{', json.dumps(resources.schema("model")))))
    names += ["vLLM", "Q4", "a b", ""]
    verdicts = []
    for number in range(MUTANTS):
        tree = copy.deepcopy(rng.choice(trees))
        for _ in range(rng.choice([1, 1, 1, 3])):
            mutate(rng, tree, names, rng.choice(trees))
        verdicts.append(refused(tree))
        assert verdicts[-1] is not ORACLE.is_valid(tree), f"mutant {number} of seed {SEED}: {json.dumps(tree)}"
    assert 0.1 < verdicts.count(False) / MUTANTS < 0.9


# The words.

APPLICATORS = {"properties", "patternProperties", "items", "$ref", "$defs"}
ANNOTATIONS = {"$schema", "$id", "title", "description", "examples", "default", "patternErrorMessage", "x-keep-order"}


def subschemas(node: Any) -> Iterator[dict[str, Any]]:
    """A schema and the schemas inside it."""
    assert isinstance(node, dict), "true and false say nothing that can be worded"
    yield node
    inner = [*node.get("properties", {}).values(), *node.get("$defs", {}).values()]
    inner += [*node.get("patternProperties", {}).values(), *([node["items"]] if "items" in node else [])]
    for schema in inner:
        yield from subschemas(schema)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_every_keyword_of_a_schema_is_worded(path: Path) -> None:
    keywords = {name for node in subschemas(json.loads(path.read_text(encoding="utf-8"))) for name in node}
    assert keywords - APPLICATORS - ANNOTATIONS <= set(_SAY)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_no_schema_names_keys_in_a_way_that_costs_a_copy_per_key(path: Path) -> None:
    nodes = list(subschemas(json.loads(path.read_text(encoding="utf-8"))))
    assert not [node for node in nodes if "propertyNames" in node]
    assert all(node["additionalProperties"] is False for node in nodes if "additionalProperties" in node)


def test_all_problems_are_told_at_once_in_order_of_place() -> None:
    found = problems(spec(nam="x", format="awk", abilities="[fly]", languages="en", context_length="0", name="m m"))
    codes = [(1, "LS205"), (2, "LS206"), (3, "LS203"), (4, "LS204"), (7, "LS204"), (10, "LS201")]
    assert [(p.line, p.code) for p in found] == codes


MANY = {
    "wrong items": {"abilities": f"[{', '.join(['fly'] * 150)}]"},
    "unknown fields": {f"field{n}": "1" for n in range(150)},
    "wrong keys": {"requires": "{" + ", ".join(f"engine{n}: '>=1'" for n in range(150)) + "}"},
}


@pytest.mark.parametrize("fields", MANY.values(), ids=MANY.keys())
def test_a_hundred_problems_are_enough(fields: dict[str, str]) -> None:
    found = problems(spec(**fields))
    assert len(found) == 101
    assert (found[-1].code, found[-1].message) == ("LS200", "has more problems than the 100 shown")


def test_a_problem_is_one_line_whatever_was_written() -> None:
    for written in ['"a\\nb"', '"a\\u202eb"', "|\n    none", '["\\n"]', '{"\\n": 1}']:
        for field in ("name", "languages", "quantizations", "license"):
            found = [str(problem) for problem in problems(spec(**{field: written}))]
            assert [line for line in found if not line.isprintable()] == []


# A number that stands for a text.


@pytest.mark.parametrize("written", ["3.10", "4", "1e3", "0x1F", "0777", "12.50", "0o17"])
def test_a_number_is_the_text_it_was_written_as(written: str) -> None:
    tree = validate(spec(name=written, quantizations=f"[none, {written}]", stop=f"[{written}]"), "model")
    assert tree["name"] == written
    assert tree["specs"][0]["quantizations"] == ["none", written]
    assert tree["stop"] == [written]


def test_a_number_stays_one_where_a_number_is_admitted() -> None:
    tree = validate(spec(context_length="0x20", options="{vLLM: {a: 1.10, b: '1.10'}}"), "model")
    assert tree["context_length"] == 32
    assert tree["options"]["vLLM"] == {"a": 1.1, "b": "1.10"}


def test_more_numbers_than_problems_are_shown_may_stand_for_texts() -> None:
    names = [f"{number}.0" for number in range(250)]
    assert validate(spec(quantizations=f"[{', '.join(names)}]"), "model")["specs"][0]["quantizations"] == names


@pytest.mark.parametrize("written", ["true", "False", "null", "~", ""])
def test_only_a_number_stands_for_a_text(written: str) -> None:
    assert [p.code for p in problems(spec(name=written))] == ["LS203"]


def test_a_tree_without_a_text_is_taken_as_it_is() -> None:
    tree = validate(spec(), "model")
    tree["name"] = 3.1
    with pytest.raises(LaunchspecError, match=r"^x:1:1: LS203 'name' must be a text, found '3\.1'"):
        validate_tree(tree, "model", "x")


# What it takes.

WORST = {
    "unknown fields": {f"kontext_lengt{n}": "1" for n in range(9000)},
    "unknown keys": {"options": "{" + ", ".join(f"vLM{n}: 1" for n in range(9000)) + "}"},
    "late twin": {"architectures": "[" + ", ".join(f"A{n}" for n in range(19000)) + ", A18999]"},
    "wrong items": {"abilities": "[" + "chatt, " * 19000 + "]"},
    "numbers for texts": {"quantizations": "[" + "1.0, " * 19000 + "]"},
    "long name": {"name": "a" * 500_000},
    "long file": {"hubs": "{huggingface: {id: " + "a." * 100_000 + ", file: " + "a." * 100_000 + ".}}"},
    "long specifier": {"requires": "{vLLM: '" + ">=1," * 100_000 + "'}"},
}

LIMITED = """
import contextlib, pathlib, resource, sys, time
from launchspec.errors import LaunchspecError
from launchspec.read import Source
from launchspec.validate import validate
def seconds(source):
    start = time.process_time()
    with contextlib.suppress(LaunchspecError):
        validate(source, "model")
    return time.process_time() - start
seconds(Source("x", "name: m"))
pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
source = Source("x", sys.stdin.read())
assert any(seconds(source) < 0.2 for _ in range(3)), "takes more than 0.2 s"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="not here: Linux, whose limits on memory this uses")
@pytest.mark.parametrize("fields", WORST.values(), ids=WORST.keys())
def test_the_worst_specs_take_little_time_and_memory(fields: dict[str, str]) -> None:
    """In a process of its own: one that takes too much memory must not take the tests along."""
    text = spec(**fields).text
    command = [sys.executable, "-c", LIMITED]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
