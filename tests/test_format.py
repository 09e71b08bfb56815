"""The formatter: data stays as it is, comments stay with their keys, and a second pass changes nothing."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from launchspec import resources
from launchspec.errors import LaunchspecError
from launchspec.format import dump, reformat
from launchspec.read import Data, Source, load, locate
from launchspec.validate import validate

SEED = 20240607
ROUNDS = 150
MODELINE = "# yaml-language-server: $schema=../schemas/model.schema.json"
SPECS = sorted((resources.root() / "specs" / "models").glob("*.yaml"))

LAWFUL = st.characters(
    codec="utf-8",
    exclude_categories=("Cs",),
    exclude_characters=[chr(c) for c in (*range(9), *range(11, 32), *range(127, 160))],
)
TOKENS = st.sampled_from(
    [
        *(
            "a",
            "b c",
            "no",
            "yes",
            "on",
            "off",
            "y",
            "n",
            "null",
            "~",
            "true",
            "False",
            "1",
            "1_5",
            "3.10",
            "0x1F",
            "0o17",
            "017",
            "1e3",
        ),
        *(
            ".5",
            "-1",
            "+1",
            ".inf",
            ".nan",
            "12:30",
            "2024-01-01",
            "=",
            "<<",
            "-",
            "--- ",
            "...",
            "- a",
            "? a",
            ": ",
            "a: b",
            "a:",
            " #",
        ),
        *(
            "# c",
            "#",
            "!",
            "!!str",
            "&a",
            "*a",
            "[",
            "]",
            "{",
            "}",
            ",",
            "|",
            ">",
            "'",
            '"',
            "%",
            "@",
            "`",
            "\\",
            "\\n",
            "\n",
            "\n\n",
        ),
        *(
            "\t",
            " ",
            "  ",
            "\u00a0",
            "\u2028",
            "\u2029",
            "\x85"[:0],
            "\u202e",
            "\u2066",
            "\ufeff",
            "\ufffe",
            "\uffff",
            "é",
            "日本",
            "\U0001f600",
        ),
        *("word " * 30, "x" * 120, "end ", "{quantization}", "{{ x }}", "key: [a, b]"),
    ]
)
TEXT = st.one_of(st.text(LAWFUL, max_size=40), st.lists(TOKENS, max_size=6).map("".join), TOKENS)
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), TEXT
)
ANY = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5), max_leaves=30
)


PEER_DEPARTS = re.compile(r"<<|\\ufeff|[0-9]{4}-[0-9]|[0-9]_")
"""What ruamel.yaml reads as merge keys, drops, or reads as dates and numbers, which YAML 1.2 does not."""


def source(text: str) -> Source:
    return Source("x.yaml", text)


def formatted(text: str) -> str:
    """``text`` in our style; its data is the same and a second pass changes nothing."""
    made = reformat(source(text), "model")
    assert load(source(made)) == load(source(text))
    assert reformat(source(made), "model") == made
    return made


def peer(text: str) -> Any:
    """``text`` as ruamel.yaml reads it."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    return yaml.load(io.StringIO(text))


def same(one: Data, other: Data) -> bool:
    """Equal in types as well: 1 is neither True nor 1.0."""
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def of_schema(node: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Data]:
    """Data of the shape of a schema, its texts being any text."""
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    kinds = node["type"] if isinstance(node.get("type"), list) else [node.get("type")]
    return st.one_of([_of_kind(kind, node, root) for kind in kinds])


def _of_kind(kind: str | None, node: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Data]:
    if kind == "object":
        known = {
            name: st.deferred(lambda part=part: of_schema(part, root))
            for name, part in node.get("properties", {}).items()
        }
        return st.fixed_dictionaries({}, optional=known) if known else st.dictionaries(TEXT, LEAF, max_size=3)
    if kind == "array":
        return st.lists(of_schema(node["items"], root) if "items" in node else LEAF, max_size=4)
    return {"integer": st.integers(0, 10**9), "number": st.floats(0, 1e6), "boolean": st.booleans()}.get(
        kind or "", TEXT
    )


@settings(deadline=None, max_examples=500, derandomize=True)
@given(ANY)
@example({"a": "x\u202ey"})
@example({"": {"": ""}})
@example({"": {":0": None, "?": "?x"}})
@example({"<<": [".inf", "9" * 30], ".nan": None, "9" * 30: 1})
@example([[], {}, [[]], [{}]])
@example({"a": "- b"})
@example({"k": ["x" * 60, "y" * 60]})
def test_any_data_comes_back(data: Data) -> None:
    text = dump(data, "model")
    assert same(load(source(text)), data) or isinstance(data, dict)
    assert load(source(text)) == data
    assert reformat(source(text), "model") == text


@settings(deadline=None, max_examples=150, derandomize=True)
@given(of_schema(resources.schema("model"), resources.schema("model")))
def test_data_of_the_schema_comes_back(data: Data) -> None:
    text = dump(data, "model", "model.schema.json")
    assert load(source(text)) == data
    assert reformat(source(text), "model") == text


@settings(deadline=None, max_examples=300, derandomize=True)
@given(ANY)
def test_another_reader_agrees(data: Data) -> None:
    def sorted_keys(value: Data) -> Data:
        if isinstance(value, dict):
            return {key: sorted_keys(value[key]) for key in sorted(value)}
        return [sorted_keys(item) for item in value] if isinstance(value, list) else value

    text = dump(data, "model")
    if not PEER_DEPARTS.search(text):
        assert same(sorted_keys(peer(text)), sorted_keys(data)), text


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_catalog_is_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text
    assert peer(text) == load(source(text))


@settings(deadline=None, max_examples=300, derandomize=True)
@given(st.text(st.sampled_from("ab:-#,[]{}'\"|>\n\n  \t?&*!%é1_."), max_size=40))
def test_any_text_is_formatted_or_refused(text: str) -> None:
    try:
        load(source(text))
    except LaunchspecError:
        with pytest.raises(LaunchspecError):
            reformat(source(text), "model")
    else:
        formatted(text)


def keys(data: Data) -> Iterator[tuple[tuple[Any, ...], Data]]:
    """Every entry below ``data`` by its path."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (key,), value
        for path, inner in keys(value):
            yield (key, *path), inner


def owner(text: str, comment: str) -> tuple[Any, ...]:
    """The entry on the line of ``comment``, else the first one below it."""
    _, marks = locate(source(text))
    lines = text.split("\n")
    number = next(i for i, line in enumerate(lines, 1) if comment in line)
    begins = {}
    for path, mark in marks.at.items():
        if path:
            begins.setdefault(mark.key_line or mark.line, path)
    if not lines[number - 1].lstrip().startswith("#"):
        return begins[max(line for line in begins if line <= number)]
    return begins[min(line for line in begins if line > number)]


def sprinkled(text: str, random_: random.Random, count: int) -> str:
    """``text`` with comments above and behind entries, where YAML has a place for them."""
    _, marks = locate(source(text))
    starts = sorted({mark.key_line or mark.line for path, mark in marks.at.items() if path})
    lines = text.split("\n")
    block = block_lines(lines)
    for number in sorted(random_.sample(starts, min(count, len(starts))), reverse=True):
        line = lines[number - 1]
        indent = line[: len(line) - len(line.lstrip())]
        if random_.random() < 0.5 and number not in block:
            lines[number - 1] = f"{line}  # behind {number}"
        else:
            lines.insert(number - 1, f"{indent}# above {number}")
    return "\n".join(lines)


def block_lines(lines: list[str]) -> set[int]:
    """The lines within block scalars."""
    found: set[int] = set()
    indent = -1
    for number, line in enumerate(lines, 1):
        own = len(line) - len(line.lstrip())
        if indent >= 0 and (own > indent or not line.strip()):
            found.add(number)
            continue
        indent = own if re.search(r": [|>][-+]?$", line) else -1
    return found


@pytest.mark.parametrize("path", SPECS[::4], ids=lambda path: path.stem)
def test_comments_stay_with_their_keys(path: Path) -> None:
    random_ = random.Random(SEED)
    text = path.read_text(encoding="utf-8")
    for _ in range(max(2, ROUNDS // len(SPECS))):
        before = sprinkled(text, random_, 12)
        after = formatted(before)
        for comment in re.findall(r"# (?:above|behind) \d+", before):
            assert len(re.findall(rf"{comment}\b", after)) == 1, comment
            stood, stands = owner(before, comment), owner(after, comment)
            assert stands in (stood, stood[:-1]), comment  # from within a flow list a comment moves to its key


def shuffled(data: Data, random_: random.Random, schema: dict[str, Any]) -> Data:
    if isinstance(data, dict):
        names = list(data)
        random_.shuffle(names)
        return {name: shuffled(data[name], random_, schema) for name in names}
    return [shuffled(item, random_, schema) for item in data] if isinstance(data, list) else data


def test_keys_come_in_the_order_of_the_schema() -> None:
    random_ = random.Random(SEED)
    schema = resources.schema("model")
    for path in SPECS[::5]:
        data = validate(source(path.read_text(encoding="utf-8")), "model")
        made = load(source(dump(shuffled(data, random_, schema), "model")))
        assert made == data
        assert list(made) == [name for name in schema["properties"] if name in made]
        for spec in made["specs"]:
            assert list(spec) == [name for name in schema["$defs"]["spec"]["properties"] if name in spec]
            for hub in spec.get("hubs", {}).values():
                assert list(hub) == [name for name in schema["$defs"]["hub"]["properties"] if name in hub]


MESSY = f"""\
{MODELINE}
# about the file

# above specs
specs:   # behind specs
# above the first
-   format:  pytorch    # behind format
    quantizations: [ none,   # behind none
      4-bit ]
    size_in_billions: 1_5
    # above engines
    engines: {{SGLang: all, vLLM: [none]}}
# above the second
- size_in_billions: 3.10   # behind size
  format: "mlx"
  quantizations:
  # above 4bit
  - 4bit
  - 8bit  # behind 8bit
  # below 8bit
description: |  # behind description
  two

  lines # no comment
name: 'no'     # behind name


abilities: [   # behind abilities
]
# at the end
"""


def test_a_messy_file() -> None:
    made = formatted(MESSY)
    comments = re.findall(r"# (?:above|behind|below|at|about) [^\n]*", MESSY)
    assert sorted(comments) == sorted(re.findall(r"# (?:above|behind|below|at|about) [^\n]*", made))
    assert re.findall(r"(?m)^[a-z].*|^# .*|^  [#-].*", made) == [
        MODELINE,
        "# about the file",
        "name: no  # behind name",
        "# behind abilities",
        "abilities: []",
        "# behind description",
        "description: |",
        "# above specs",
        "specs:  # behind specs",
        "  # above the first",
        "  - format: pytorch  # behind format",
        "  # above the second",
        "  - format: mlx",
        "# at the end",
    ]
    assert "size_in_billions: 1_5" in made
    assert "size_in_billions: 3.10  # behind size" in made
    assert (
        made.index("# above 4bit") < made.index("- 4bit") < made.index("- 8bit  # behind 8bit") < made.index("# below")
    )


@pytest.mark.parametrize(
    "text", ["3.10", "no", "1_5", "0o17", "1e3", "yes", "12:30", "2024-01-01", "1.0", "-0", "+1", "0x1F"]
)
def test_a_plain_scalar_stays_as_it_was_written(text: str) -> None:
    assert formatted(f"name: {text}\n") == f"name: {text}\n"
    assert formatted(f"languages: [{text}]\n") == f"languages: [{text}]\n"
    quoted = formatted(f'name: "{text}"\n')
    assert load(source(quoted)) == {"name": text}


@pytest.mark.parametrize(
    "text",
    [
        "description: |\n  a\n\n  b\n",
        "description: |-\n  a\n\n  b\n",
        "description: |2-\n    a\n  b\n",
        "description: |+\n  a\n\n\n",
        "description: >\n  a\n  b\n\n  c\n",
        "description: >-\n  a\n   b\n",
        "description: |\n  a # b\n# comment\nname: x\n",
        "description: >-\n  a\n\n# comment\nname: x\n",
        "specs:\n- description: |-\n    a\n    b\n  # comment\n  name: x\n",
        "description: 'a\n  b'\n",
        'description: "a\\\n  b"\n',
        "description: a\n  b\n",
    ],
)
def test_long_texts(text: str) -> None:
    made = formatted(text)
    assert made.count("# comment") == text.count("# comment")


@pytest.mark.parametrize("text", [MESSY, "name: a # b\r\nspecs: []\r\n", "# a\r\n\r\nname: x\r\n# b\r\n"])
def test_line_ends_are_line_feeds(text: str) -> None:
    made = formatted(text.replace("\r\n", "\n").replace("\n", "\r\n"))
    assert "\r" not in made
    assert made == formatted(text.replace("\r\n", "\n"))


@pytest.mark.parametrize("text", ["", "a: b: c", "a: &x 1", "a: 1\na: 2", "\x00", "- 1\n---\n- 2"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(LaunchspecError):
        reformat(source(text), "model")


def test_texts_that_yaml_cannot_hold_are_refused() -> None:
    for text in ("\x00", "\x07", "\r", "\x85"):
        with pytest.raises(LaunchspecError):
            dump({"a": text}, "model")


def test_lines_are_short() -> None:
    data = {
        "languages": ["en"] * 60,
        "description": "word " * 60 + "end",
        "specs": [{"quantizations": ["Q4_K_M"] * 40}],
    }
    assert all(len(line) <= 100 for line in dump(data, "model").split("\n"))


def test_a_modeline_comes_first() -> None:
    assert dump({"name": "x"}, "model", "../schemas/model.schema.json") == f"{MODELINE}\nname: x\n"
    assert formatted(f"{MODELINE}\nname: x\n") == f"{MODELINE}\nname: x\n"
