"""The parser of ``vllm serve``, from a source tree that comes first on the path: ``vllm_serve VERSION``."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from typing import Any

from .arguments import dump, emit
from .stand_ins import USED, claim_versions, with_stand_ins

_PARSERS = ("vllm.entrypoints.common", "vllm.entrypoints.launchers", "vllm.entrypoints.openai")
_COMPILED = ("vllm._", "vllm.vllm_flash_attn", "vllm.third_party", "vllm.cumem")


def main(version: str) -> None:
    """Print the parser; the version is only what ``importlib.metadata`` is to say."""
    os.environ.update(VLLM_LOGGING_LEVEL="ERROR", VLLM_TARGET_DEVICE="cpu", VLLM_NO_USAGE_STATS="1", HF_HUB_OFFLINE="1")
    sys.argv = ["vllm", "--help"]  # the texts of help are attached only where it is asked for
    claim_versions({"vllm": f"{version}+cpu"})
    make_parser = with_stand_ins(_make_parser, "vllm", _COMPILED)
    with_stand_ins(_still_device, "vllm", _COMPILED)
    flexible = with_stand_ins(_flexible, "vllm", _COMPILED)
    parser = with_stand_ins(lambda: make_parser(flexible(prog="vllm serve")), "vllm", _COMPILED)
    raw = dump(parser)
    added = _of_subcommand(parser)
    if added:
        raw = dump(parser)
    raw["schemas"] = {name: _schema(known) for name, known in raw.pop("classes").items()}
    names = set(importlib.import_module("vllm.envs").environment_variables)
    emit({**raw, "stubbed": sorted(set(USED)), "added": added, "env": sorted(names)})


def _make_parser() -> Any:
    found = next(name for name in _PARSERS if _exists(name) and _exists(name + ".cli_args"))
    return importlib.import_module(found + ".cli_args").make_arg_parser


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _flexible() -> Any:
    for name in ("vllm.utils.argparse_utils", "vllm.utils"):
        if _exists(name) and hasattr(importlib.import_module(name), "FlexibleArgumentParser"):
            return importlib.import_module(name).FlexibleArgumentParser
    raise SystemExit("FlexibleArgumentParser is not where it was")


def _still_device() -> None:
    """Keep the default of ``device_config`` from asking the machine what it has."""
    name = "vllm.config.device" if _exists("vllm.config.device") else "vllm.config"
    importlib.import_module(name).DeviceConfig.__post_init__ = lambda self: None


def _of_subcommand(parser: argparse.ArgumentParser) -> list[str]:
    """Add what the ``serve`` subcommand itself adds in old versions."""
    if any(action.dest == "model_tag" for action in parser._actions):
        return []
    parser.add_argument("model_tag", type=str, nargs="?", help="The model tag to serve")
    if "--config" in parser._option_string_actions:
        return ["model_tag"]
    parser.add_argument("--config", type=str, default="", help="Read CLI options from a config file")
    return ["model_tag", "--config"]


def _schema(known: type) -> dict[str, Any]:
    """The JSON Schema of a dataclass, or its field names where pydantic cannot express it."""
    import dataclasses

    adapter = importlib.import_module("pydantic").TypeAdapter
    try:
        schema: dict[str, Any] = adapter(known).json_schema()
    except Exception:  # whatever a future pydantic or dataclass brings, the names remain
        fields: list[Any] = list(dataclasses.fields(known))
        return {"type": "object", "properties": {field.name: {} for field in fields if field.init}}
    return schema


if __name__ == "__main__":
    main(sys.argv[1])
