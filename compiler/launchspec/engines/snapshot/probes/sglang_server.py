"""The parser of ``python -m sglang.launch_server``, from a source tree that comes first on the path."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Any

from .arguments import dump, emit
from .stand_ins import USED, claim_versions, with_stand_ins

_KERNELS = ("sglang", "sgl-kernel", "sgl_kernel", "sglang-kernel", "flashinfer_python", "flashinfer-python", "vllm")


def main() -> None:
    """Print the parser."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.argv = ["sglang", "--help"]
    claim_versions(dict.fromkeys(_KERNELS, "99.0.0"))
    arguments = with_stand_ins(lambda: importlib.import_module("sglang.srt.server_args").ServerArgs, "sglang")
    raw = dump(with_stand_ins(lambda: _parser(arguments), "sglang"))
    del raw["classes"]
    emit({**raw, "stubbed": sorted(set(USED)), "env": _environment()})


def _parser(arguments: Any) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sglang.launch_server")
    arguments.add_cli_args(parser)
    return parser


def _environment() -> list[str]:
    """The names that the registry of environment variables declares, in versions that have one."""
    try:
        registry = importlib.import_module("sglang.srt.environ").Envs
    except (ImportError, AttributeError):
        return []
    return sorted(name for name in dir(registry) if name.isupper() and not name.startswith("_"))


if __name__ == "__main__":
    main()
