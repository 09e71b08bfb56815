"""Xinference's JSON to specs: layouts of all years, broken input, and a note for each thing that stays behind."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launchspec.errors import Problem
from launchspec.format import dump
from launchspec.importers import Imported
from launchspec.importers.xinference import import_families
from launchspec.read import Data, Source
from launchspec.resolve import resolve
from launchspec.targets import docs
from launchspec.validate import validate

SEED = 20240607
MUTANTS = max(1000, int(os.environ.get("LAUNCHSPEC_FUZZ", "0")) // 10)
WRONG: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    1e308,
    "",
    "x",
    "1_5",
    "../x",
    "\x00",
    "\r",
    "\u202e",
    "\uffff",
    "é" * 70,
    [],
    [None],
    ["x"],
    [1],
    [[]],
    [{}],
    {},
    {"x": 1},
    {"x": []},
    {"huggingface": {}},
    {"huggingface": {"model_id": "a/b"}},
    {"": None},
]

FAMILY_2026: dict[str, Any] = {
    "version": 2,
    "context_length": 32768,
    "model_name": "m",
    "model_lang": ["en", "zh"],
    "model_ability": ["chat", "tools"],
    "model_description": "A model.",
    "model_family": "base",
    "architectures": ["LlamaForCausalLM"],
    "chat_template": "{% for m in messages %}{{ m }}{% endfor %}",
    "stop": ["<|end|>"],
    "stop_token_ids": [2, 3],
    "tool_parser": "qwen",
    "reasoning_start_tag": "<think>",
    "reasoning_end_tag": "</think>",
    "model_specs": [
        {
            "model_format": "pytorch",
            "model_size_in_billions": "1_5",
            "activated_size_in_billions": "0_5",
            "model_src": {
                "huggingface": {"quantizations": ["none"], "model_id": "org/m", "model_revision": "main"},
                "modelscope": {"quantizations": ["none"], "model_id": "org/M"},
                "openmind_hub": {"quantizations": ["none"], "model_id": "org/mm"},
            },
        },
        {
            "model_format": "ggufv2",
            "model_size_in_billions": 7,
            "model_src": {
                "huggingface": {
                    "quantizations": ["Q4_K_M", "Q8_0"],
                    "quantization_parts": {"Q8_0": ["00001-of-00002", "00002-of-00002"], "Q4_K_M": ["a", "b"]},
                    "model_id": "org/m-GGUF",
                    "model_file_name_template": "m-{quantization}.gguf",
                    "model_file_name_split_template": "m-{quantization}-{part}.gguf",
                    "multimodal_projectors": ["mmproj.gguf"],
                    "draft_model_id": "org/d",
                    "draft_quantizations": ["Q4_0"],
                    "draft_model_file_name_template": "d-{draft_quantization}.gguf",
                },
                "modelscope": {
                    "quantizations": ["Q4_K_M"],
                    "model_id": "org/m-GGUF",
                    "model_file_name_template": "m-{quantization}.gguf",
                },
            },
        },
    ],
}
TREE: Data = {
    "name": "m",
    "family": "base",
    "context_length": 32768,
    "languages": ["en", "zh"],
    "abilities": ["chat", "tools"],
    "description": "A model.",
    "architectures": ["LlamaForCausalLM"],
    "stop": ["<|end|>"],
    "stop_token_ids": [2, 3],
    "chat_template": "{% for m in messages %}{{ m }}{% endfor %}",
    "tool_call_parser": {"Xinference": "qwen"},
    "reasoning_tags": {"start": "<think>", "end": "</think>"},
    "specs": [
        {
            "format": "pytorch",
            "size_in_billions": 1.5,
            "activated_size_in_billions": 0.5,
            "quantizations": ["none"],
            "hubs": {
                "huggingface": {"id": "org/m", "revision": "main"},
                "modelscope": {"id": "org/M"},
                "openmind_hub": {"id": "org/mm"},
            },
        },
        {
            "format": "ggufv2",
            "size_in_billions": 7,
            "quantizations": ["Q4_K_M", "Q8_0"],
            "hubs": {
                "huggingface": {
                    "id": "org/m-GGUF",
                    "file": "m-{quantization}.gguf",
                    "split_file": "m-{quantization}-{part}.gguf",
                    "parts": {"Q8_0": 2, "Q4_K_M": ["a", "b"]},
                    "projectors": ["mmproj.gguf"],
                    "draft": {"id": "org/d", "quantizations": ["Q4_0"], "file": "d-{draft_quantization}.gguf"},
                },
                "modelscope": {"id": "org/m-GGUF", "quantizations": ["Q4_K_M"], "file": "m-{quantization}.gguf"},
            },
        },
    ],
}
FAMILY_2025: dict[str, Any] = {
    "version": 1,
    "context_length": 4096,
    "model_name": "old",
    "model_lang": ["en"],
    "model_ability": ["chat"],
    "model_description": "An old model.",
    "model_specs": [
        {
            "model_format": "pytorch",
            "model_size_in_billions": 7,
            "quantizations": ["4-bit", "none"],
            "model_id": "org/old",
            "model_revision": "main",
        },
        {
            "model_format": "mlx",
            "model_size_in_billions": 7,
            "quantizations": ["4bit"],
            "model_id": "mlx/old-{quantization}",
        },
    ],
}
TWIN_2025: dict[str, Any] = {
    **FAMILY_2025,
    "model_specs": [
        {
            "model_format": "pytorch",
            "model_size_in_billions": 7,
            "quantizations": ["4-bit", "none"],
            "model_id": "Org/Old",
            "model_hub": "modelscope",
        },
        {
            "model_format": "awq",
            "model_size_in_billions": 7,
            "quantizations": ["Int4"],
            "model_id": "Org/Old-AWQ",
            "model_hub": "modelscope",
        },
    ],
}
CUSTOM: dict[str, Any] = {
    "version": 2,
    "context_length": 2048,
    "model_name": "mine",
    "model_lang": ["en"],
    "model_ability": ["generate"],
    "model_family": "other",
    "is_builtin": False,
    "model_specs": [
        {
            "model_format": "pytorch",
            "model_size_in_billions": 1,
            "quantization": "none",
            "model_id": None,
            "model_hub": "huggingface",
            "model_uri": "/srv/models/mine",
            "model_revision": None,
        },
        {
            "model_format": "ggufv2",
            "model_size_in_billions": "0.5",
            "quantization": "Q4_0",
            "model_id": "org/mine",
            "model_file_name_template": "m.gguf",
        },
    ],
}


def run(tmp: Path, *families: Any, pages: Path | None = None) -> Imported:
    """What comes of families, each in a file of its own."""
    files = []
    for number, family in enumerate(families):
        files.append(tmp / f"{number}.json")
        files[-1].write_text(json.dumps(family), encoding="utf-8")
    return import_families(files, pages)


def tree(done: Imported) -> Data:
    assert not done.problems
    ((_, made),) = done.trees.items()
    assert validate(Source("dumped", dump(made, "model")), "model") == made
    return made


def problem(done: Imported) -> Problem:
    assert not done.trees
    (found,) = done.problems
    return found


def notes(done: Imported) -> dict[str, str]:
    return {note.field: note.message for note in done.notes}


def nodes(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in ``data``."""
    yield path
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield from nodes(value, (*path, key))


def put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of ``data`` with another value at ``path``."""
    if not path:
        return value
    data = copy.deepcopy(data)
    holder = data
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return data


def test_a_family_of_2026(tmp_path: Path) -> None:
    done = run(tmp_path, [FAMILY_2026])
    assert tree(done) == TREE
    assert set(notes(done)) == {"engines", "version"}


@pytest.mark.parametrize("families", [(FAMILY_2025, TWIN_2025), (TWIN_2025, FAMILY_2025)])
def test_a_family_of_2025_and_its_twin(tmp_path: Path, families: tuple[Any, ...]) -> None:
    made = tree(run(tmp_path, *([family] for family in families)))
    assert made["specs"] == [
        {
            "format": "pytorch",
            "size_in_billions": 7,
            "quantizations": ["4-bit", "none"],
            "hubs": {"huggingface": {"id": "org/old", "revision": "main"}, "modelscope": {"id": "Org/Old"}},
        },
        {
            "format": "mlx",
            "size_in_billions": 7,
            "quantizations": ["4bit"],
            "hubs": {"huggingface": {"id": "mlx/old-{quantization}"}},
        },
        {
            "format": "awq",
            "size_in_billions": 7,
            "quantizations": ["Int4"],
            "hubs": {"modelscope": {"id": "Org/Old-AWQ"}},
        },
    ]


def test_a_registered_model(tmp_path: Path) -> None:
    done = run(tmp_path, CUSTOM)
    made = tree(done)
    assert (made["family"], made["description"]) == ("other", "")
    assert made["specs"] == [
        {"format": "pytorch", "size_in_billions": 1, "quantizations": ["none"], "uri": "file:///srv/models/mine"},
        {
            "format": "ggufv2",
            "size_in_billions": 0.5,
            "quantizations": ["Q4_0"],
            "hubs": {"huggingface": {"id": "org/mine", "file": "m.gguf"}},
        },
    ]
    assert "is_builtin" in notes(done)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", (1, 1), "is not JSON: Expecting value"),
        ("[\n {,}]", (2, 3), "is not JSON: Expecting property name"),
        ('{"a": 1', (1, 8), "is not JSON: Expecting ',' delimiter"),
        ("[NaN]", (0, 0), "has NaN, which is not JSON"),
        ("[-Infinity]", (0, 0), "has -Infinity, which is not JSON"),
        ('["\\ud800"]', (0, 0), "has half a surrogate pair, which is no character"),
        ("[" * 200_000, (0, 0), "is not JSON: RecursionError"),
        ("[" + "1" * 5000 + "]", (0, 0), "is not JSON: ValueError"),
        ("1", (0, 0), "holds something that is not a model family"),
        ("[1]", (0, 0), "holds something that is not a model family"),
        ('[{"model_name": 1}]', (0, 0), "holds something that is not a model family"),
        ('[{"model_name": "x"}]', (0, 0), "model 'x': model_specs must be a list of objects"),
        ('[{"model_name": "x", "model_specs": [1]}]', (0, 0), "model 'x': model_specs must be a list of objects"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_broken_file(tmp_path: Path, text: str, place: tuple[int, int], message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    found = problem(import_families([path], None))
    assert ((found.line, found.col), found.code, found.path) == (place, "LS411", str(path))
    assert found.message.startswith(message)


def test_a_file_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"\xff\xfe")
    assert problem(import_families([path], None)).message == "is not JSON: UnicodeDecodeError"
    assert problem(import_families([tmp_path / "none.json"], None)).code == "LS101"
    assert problem(import_families([tmp_path], None)).code == "LS101"


def test_one_bad_family_does_not_spoil_the_others(tmp_path: Path) -> None:
    done = run(tmp_path, [put(FAMILY_2025, ("context_length",), "long"), FAMILY_2026])
    assert list(done.trees) == ["m"]
    (found,) = done.problems
    assert (found.code, found.message) == (
        "LS203",
        "model 'old': 'context_length' must be a whole number, found 'long'",
    )


@pytest.mark.parametrize("family", [FAMILY_2026, FAMILY_2025, CUSTOM], ids=["2026", "2025", "custom"])
def test_any_type_anywhere(tmp_path: Path, family: dict[str, Any]) -> None:
    for path in nodes(family):
        for value in WRONG:
            done = run(tmp_path, put(family, path, value))
            assert bool(done.trees) != bool(done.problems) or (not path and value == []), (path, value)
            for made in done.trees.values():
                docs.page(resolve(made))
                dump(made, "model")


def test_many_wrong_types_at_once(tmp_path: Path) -> None:
    random_ = random.Random(SEED)
    for _ in range(MUTANTS):
        one, other = copy.deepcopy(FAMILY_2025), copy.deepcopy(TWIN_2025)
        for _ in range(random_.randint(1, 4)):
            path = random_.choice([path for path in nodes(one) if path])
            one = put(one, path, random_.choice(WRONG))
            path = random_.choice([path for path in nodes(other) if path])
            other = put(other, path, random_.choice(WRONG))
        families = [[one], [other]]
        random_.shuffle(families)
        done = run(tmp_path, *families)
        assert done.trees or done.problems


@pytest.mark.parametrize("family", [FAMILY_2026, FAMILY_2025, CUSTOM], ids=["2026", "2025", "custom"])
def test_a_note_for_each_field_that_is_unknown(tmp_path: Path, family: dict[str, Any]) -> None:
    for path in nodes(family):
        holder = family
        for step in path:
            holder = holder[step]
        if not isinstance(holder, dict) or path[-1:] == ("quantization_parts",):
            continue
        done = run(tmp_path, put(family, (*path, "new_field"), {"x": 1}))
        assert [note for note in notes(done) if note.endswith("new_field")], path


@pytest.mark.parametrize("family", [FAMILY_2026, FAMILY_2025, CUSTOM], ids=["2026", "2025", "custom"])
def test_what_is_changed_comes_along_or_is_noted(tmp_path: Path, family: dict[str, Any]) -> None:
    """Each text or number of the JSON matters: another one changes the spec, a note or a problem."""
    before = run(tmp_path, family)
    for path in nodes(family):
        holder = family
        for step in path:
            holder = holder[step]
        if isinstance(holder, (dict, list)) or holder in (None, False) or path[-1] == "version":
            continue
        if path == ("model_specs", 0, "model_hub") and family is CUSTOM:  # says where it is not
            continue
        changed = holder + 1 if isinstance(holder, int) else holder.replace("o", "u").replace("e", "a") + "7"
        done = run(tmp_path, put(family, path, changed))
        assert (done.trees, done.notes, [p.message for p in done.problems]) != (before.trees, before.notes, []), path


def test_what_breaks_the_schema_is_left_out_with_a_note(tmp_path: Path) -> None:
    done = run(tmp_path, put(FAMILY_2026, ("architectures",), ["not a class"]))
    assert "architectures" not in tree(done)
    assert "is left out" in notes(done)["architectures"]
    done = run(tmp_path, put(FAMILY_2026, ("chat_template",), "{% x %}\r\n"))
    assert "chat_template" not in tree(done)
    assert notes(done)["chat_template"] == "is left out: has the control character U+000D"
    path = ("model_specs", 0, "model_src", "huggingface", "model_revision")
    done = run(tmp_path, put(FAMILY_2026, path, "a b"))
    assert "revision" not in tree(done)["specs"][0]["hubs"]["huggingface"]
    assert "is left out" in notes(done)["specs.1.hubs.huggingface.revision"]


def test_a_description_that_yaml_cannot_hold_is_refused(tmp_path: Path) -> None:
    found = problem(run(tmp_path, put(FAMILY_2026, ("model_description",), "a\x07b")))
    assert (found.code, found.message) == ("LS411", "model 'm': description has the control character U+0007")


@pytest.mark.parametrize(
    ("field", "value", "noted", "message"),
    [
        ("stop", [""], "stop", "an empty text ends nothing"),
        ("chat_template", "vicuna", "chat_template", "names a template inside Xinference"),
        ("reasoning_end_tag", None, "reasoning_start_tag", "one tag without the other"),
        ("virtualenv", {"packages": ["x"]}, "virtualenv", "pins engine environments itself"),
        ("cache_config", {}, "cache_config", "Xinference's own cache"),
        ("prompt_style", {"style_name": "x"}, "prompt_style", "no such field"),
    ],
)
def test_notes(tmp_path: Path, field: str, value: Any, noted: str, message: str) -> None:
    done = run(tmp_path, put(FAMILY_2026, (field,), value))
    assert message in notes(done)[noted]
    assert field not in tree(done)


@pytest.mark.parametrize(
    ("value", "size"), [("1_5", 1.5), ("0.5", 0.5), ("0_5", 0.5), ("7", 7), (7.0, 7), (1.8, 1.8), (671, 671)]
)
def test_sizes(tmp_path: Path, value: Any, size: float) -> None:
    made = tree(run(tmp_path, put(FAMILY_2026, ("model_specs", 0, "model_size_in_billions"), value)))
    assert made["specs"][0]["size_in_billions"] == size


@pytest.mark.parametrize("value", ["large", "1__5", "-1", "", None, True, 0])
def test_sizes_that_are_none(tmp_path: Path, value: Any) -> None:
    found = problem(run(tmp_path, put(FAMILY_2026, ("model_specs", 0, "model_size_in_billions"), value)))
    assert "'size_in_billions'" in found.message


def test_pages_give_engines_and_win(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    page_tree = copy.deepcopy(TREE)
    page_tree["context_length"] = 8192
    page_tree["description"] = "Another text."
    page_tree["specs"][0]["engines"] = ["SGLang"]
    page_tree["specs"][0]["hubs"]["huggingface"]["id"] = "org/elsewhere"
    page_tree["specs"][1]["engines"] = []
    page_tree["specs"][1]["quantizations"] = ["Q8_0"]
    extra = {"format": "awq", "size_in_billions": 7, "quantizations": ["Int4"], "engines": ["vLLM"]}
    page_tree["specs"].append(extra)
    text = docs.page(resolve(page_tree))
    (pages / "m.rst").write_text(text)
    family = copy.deepcopy(FAMILY_2026)
    family["model_specs"].append({"model_format": "mlx", "model_size_in_billions": 7, "model_src": {}})
    done = run(tmp_path, family, pages=pages)
    made = tree(done)
    assert docs.page(resolve(made)) == text
    assert made["tool_call_parser"] == {"Xinference": "qwen"}
    assert made["specs"][0]["activated_size_in_billions"] == 0.5
    assert made["specs"][0]["hubs"]["openmind_hub"] == {"id": "org/mm"}
    assert made["specs"][1]["hubs"]["huggingface"]["parts"] == {"Q8_0": 2, "Q4_K_M": ["a", "b"]}
    assert notes(done) == {
        "version": "specs have no version of their own; the schema has",
        "context_length": "the page has '8192' and is kept; the JSON has '32768'",
        "description": "the page's text is kept; the JSON has 'A model.'",
        "specs[1].huggingface.id": "the page links 'org/elsewhere' and is kept; the JSON has 'org/m'",
        "specs[2].quantizations": "the page has '['Q8_0']' and is kept; the JSON has '['Q4_K_M', 'Q8_0']'",
        "specs[3]": "is on the page only; the JSON has no such format and size",
        "model_specs[3]": "(mlx, 7 billion) is not on the page and is left out",
    }


def test_a_page_that_is_refused_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "m.rst").write_text("x\n")
    found = problem(run(tmp_path, FAMILY_2026, pages=tmp_path))
    assert (found.path, found.line, found.code) == (str(tmp_path / "m.rst"), 1, "LS402")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "", "/etc/passwd", "x\x00"])
def test_names_lead_nowhere(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, put(FAMILY_2026, ("model_name",), name), pages=tmp_path)
    assert not done.trees
    assert {found.code for found in done.problems} <= {"LS205", "LS206", "LS411"}
