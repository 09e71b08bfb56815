"""What Xinference would register: its fields and types, and back to the same spec."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from launchspec import resources
from launchspec.importers.xinference import import_families
from launchspec.read import Data, read
from launchspec.resolve import resolve
from launchspec.spec import Model
from launchspec.targets.xinference import registration
from launchspec.validate import validate, validate_tree

SPECS = sorted((resources.root() / "specs" / "models").glob("*.yaml"))
FORMATS = ["pytorch", "gptq", "awq", "fp4", "fp8", "bnb"]


def maybe(kind: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [kind, {"type": "null"}]}


TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
SIZE = {"anyOf": [{"type": "string", "pattern": "^[0-9]+(_[0-9]+)?$"}, {"type": "integer"}]}
ENTRY: dict[str, Any] = {
    "model_size_in_billions": SIZE,
    "activated_size_in_billions": maybe(SIZE),
    "quantization": TEXT,
    "model_id": maybe(TEXT),
    "model_hub": TEXT,
    "model_uri": maybe(TEXT),
    "model_revision": maybe(TEXT),
    "draft_model_id": maybe(TEXT),
    "draft_quantizations": maybe(TEXTS),
}
GGUF: dict[str, Any] = {
    "model_file_name_template": TEXT,
    "model_file_name_split_template": maybe(TEXT),
    "quantization_parts": maybe({"type": "object", "additionalProperties": TEXTS}),
    "multimodal_projectors": maybe(TEXTS),
    "draft_model_file_name_template": maybe(TEXT),
}


def entry(formats: list[str], fields: dict[str, Any], *more: str) -> dict[str, Any]:
    needed = ["model_format", "model_size_in_billions", "quantization", "model_hub", *more]
    properties = {"model_format": {"enum": formats}, **fields}
    return {"type": "object", "required": needed, "properties": properties, "additionalProperties": False}


REGISTRATION = {
    "type": "object",
    "required": [
        "version",
        "model_name",
        "model_lang",
        "model_ability",
        "model_family",
        "model_specs",
        "context_length",
    ],
    "additionalProperties": False,
    "properties": {
        "version": {"const": 2},
        "model_name": TEXT,
        "model_family": TEXT,
        "model_description": maybe(TEXT),
        "context_length": {"type": "integer"},
        "model_lang": TEXTS,
        "model_ability": {
            "type": "array",
            "items": {"enum": ["embed", "generate", "chat", "tools", "vision", "audio", "omni", "reasoning", "hybrid"]},
        },
        "architectures": maybe(TEXTS),
        "chat_template": maybe(TEXT),
        "stop": maybe(TEXTS),
        "stop_token_ids": maybe({"type": "array", "items": {"type": "integer"}}),
        "reasoning_start_tag": maybe(TEXT),
        "reasoning_end_tag": maybe(TEXT),
        "tool_parser": maybe(TEXT),
        "model_specs": {
            "type": "array",
            "items": {
                "oneOf": [
                    entry(FORMATS, ENTRY),
                    entry(["mlx"], ENTRY),
                    entry(["ggufv2"], ENTRY | GGUF, "model_file_name_template"),
                ]
            },
        },
    },
}

TREE: Data = {
    "name": "Mine",
    "family": "base",
    "context_length": 4096,
    "languages": ["en"],
    "abilities": ["chat", "tools", "video"],
    "description": 'Some "text" with \\ and é.',
    "license": "mit",
    "homepage": "https://x.y/",
    "architectures": ["LlamaForCausalLM"],
    "chat_template": "{{ x }}",
    "stop": ["<|end|>"],
    "stop_token_ids": [1, 2],
    "tool_call_parser": {"Xinference": "qwen", "vLLM": "hermes"},
    "reasoning_tags": {"start": "<think>", "end": "</think>"},
    "requires": {"vLLM": ">=0.8"},
    "options": {"vLLM": {"max-num-seqs": 1}},
    "specs": [
        {
            "format": "pytorch",
            "size_in_billions": 1.5,
            "activated_size_in_billions": 0.5,
            "quantizations": ["4-bit", "none"],
            "hubs": {
                "huggingface": {"id": "org/m", "revision": "main"},
                "modelscope": {"id": "Org/M", "quantizations": ["none"]},
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
                    "parts": {"Q8_0": 2},
                    "projectors": ["mmproj.gguf"],
                    "draft": {"id": "org/d", "quantizations": ["Q4_0"], "file": "d-{draft_quantization}.gguf"},
                }
            },
        },
        {
            "format": "mlx",
            "size_in_billions": 7,
            "quantizations": ["4bit", "8bit"],
            "hubs": {"huggingface": {"id": "mlx/m-{quantization}"}},
        },
        {
            "format": "nvfp4",
            "size_in_billions": 7,
            "quantizations": ["none"],
            "hubs": {"huggingface": {"id": "org/m-FP4"}},
        },
        {"format": "awq", "size_in_billions": 7, "quantizations": ["Int4"], "uri": "file:///srv/m"},
        {"format": "gptq", "size_in_billions": 7, "quantizations": ["Int4"], "hubs": {"modelscope": {"id": "org/q"}}},
        {
            "format": "ggufv2",
            "size_in_billions": 8,
            "quantizations": ["Q4_0"],
            "hubs": {"huggingface": {"id": "org/no-file"}},
        },
    ],
}


def model(tree: Data = TREE) -> Model:
    validate_tree(tree, "model", "x")
    return resolve(tree)


def back(tmp_path: Path, made: dict[str, Any]) -> Data:
    """The tree that the importer makes of a registration."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps(made))
    done = import_families([path], None)
    assert not done.problems
    ((_, tree),) = done.trees.items()
    return tree


def test_a_registration_has_what_xinference_demands() -> None:
    made, _ = registration(model(), "huggingface")
    jsonschema.validate(made, REGISTRATION)
    assert json.loads(json.dumps(made)) == made
    shown = [
        (spec["model_format"], spec["model_size_in_billions"], spec["quantization"]) for spec in made["model_specs"]
    ]
    assert shown == [
        ("pytorch", "1_5", "4-bit"),
        ("pytorch", "1_5", "none"),
        ("ggufv2", 7, "Q4_K_M"),
        ("ggufv2", 7, "Q8_0"),
        ("mlx", 7, "4bit"),
        ("mlx", 7, "8bit"),
        ("awq", 7, "Int4"),
    ]


def test_what_it_cannot_say_is_named() -> None:
    _, notes = registration(model(), "huggingface")
    assert notes == [
        "Mine: specs[4] (nvfp4, 7 billion) is left out: Xinference has no format 'nvfp4'",
        "Mine: specs[6] (gptq, 7 billion) is left out: it is not on huggingface",
        "Mine: specs[7] (ggufv2, 8 billion) is left out: a ggufv2 registration needs a file template",
        "Mine: Xinference has no ability 'video'",
        "Mine: requires has no place in a registration",
        "Mine: options has no place in a registration",
        "Mine: license has no place in a registration",
        "Mine: homepage has no place in a registration",
        "Mine: tool_call_parser of other engines has no place in a registration",
    ]


def test_each_fact_comes_along_or_is_named() -> None:
    """Without a field the registration or its notes are others."""
    before = registration(model(), "huggingface")
    for name in set(TREE) - {"name", "context_length", "languages", "abilities", "description", "specs"}:
        tree = {key: value for key, value in TREE.items() if key != name}
        assert registration(model(tree), "huggingface") != before, name
    for name, value in {"remote_code": True, "reasoning_parser": {"vLLM": "x"}, "page": {"languages": "x"}}.items():
        assert registration(model({**TREE, name: value}), "huggingface") != before, name
    first, *others = TREE["specs"]
    for name, value in {"architecture": {"hidden_size": 1}, "page": {"engines": "x"}}.items():
        tree = {**TREE, "specs": [{**first, name: value}, *others]}
        assert registration(model(tree), "huggingface") != before, name


def test_another_hub() -> None:
    made, notes = registration(model(), "modelscope")
    jsonschema.validate(made, REGISTRATION)
    shown = [
        (spec["model_format"], spec["quantization"], spec["model_id"], spec["model_hub"])
        for spec in made["model_specs"]
    ]
    assert shown == [
        ("pytorch", "none", "Org/M", "modelscope"),
        ("awq", "Int4", None, "huggingface"),
        ("gptq", "Int4", "org/q", "modelscope"),
    ]
    assert "Mine: specs[2] (ggufv2, 7 billion) is left out: it is not on modelscope" in notes


def test_placeholders_are_filled_in() -> None:
    made, _ = registration(model(), "huggingface")
    assert [spec["model_id"] for spec in made["model_specs"] if spec["model_format"] == "mlx"] == [
        "mlx/m-4bit",
        "mlx/m-8bit",
    ]


def test_a_registration_comes_back(tmp_path: Path) -> None:
    made, _ = registration(model(), "huggingface")
    tree = back(tmp_path, made)
    assert tree["tool_call_parser"] == {"Xinference": "qwen"}
    changed = {"abilities", "tool_call_parser", "license", "homepage", "requires", "options", "specs"}
    for field in set(TREE) - changed:
        assert tree[field] == TREE[field], field
    assert tree["abilities"] == ["chat", "tools"]
    assert tree["specs"][3]["hubs"]["huggingface"] == TREE["specs"][1]["hubs"]["huggingface"]
    assert tree["specs"][-1]["uri"] == "file:///srv/m"
    again, _ = registration(model(tree), "huggingface")
    assert again == made


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_catalog_is_registered(path: Path, tmp_path: Path) -> None:
    found = resolve(validate(read(path), "model"))
    for hub in ("huggingface", "modelscope"):
        made, notes = registration(found, hub)
        jsonschema.validate(made, REGISTRATION)
        assert made["model_specs"] or notes
        if made["model_specs"]:
            again, _ = registration(model(back(tmp_path, made)), hub)
            assert again == {**made, "tool_parser": again["tool_parser"]}


def test_the_model_is_left_as_it_is() -> None:
    tree = copy.deepcopy(TREE)
    made, _ = registration(model(tree), "huggingface")
    made["model_specs"].clear()
    assert tree == TREE
