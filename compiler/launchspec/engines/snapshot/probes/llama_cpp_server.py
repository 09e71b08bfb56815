"""The parser of ``python -m llama_cpp.server``; its shared library is not needed and is replaced."""

from __future__ import annotations

import argparse
import ctypes
import importlib
import os
import pathlib
import sys
from typing import Any
from unittest.mock import MagicMock

from .arguments import dump, emit, plain


def main() -> None:
    """Print the parser, the JSON Schema of its config file and what its settings say of each field."""
    _without_library()
    os.environ.clear()  # every setting may come from a variable of its own name
    settings = importlib.import_module("llama_cpp.server.settings")
    parser = argparse.ArgumentParser()
    importlib.import_module("llama_cpp.server.cli").add_args_from_model(parser, settings.Settings)
    parser.add_argument("--config_file", type=str, help="Path to a config file to load.")
    raw = dump(parser)
    del raw["classes"]
    fields = settings.Settings.model_fields
    for option in raw["options"]:
        field = fields.get(option["dest"])
        if field is not None:
            option.update(_setting(option["dest"], field, option["dest"] in settings.ServerSettings.model_fields))
    emit({**raw, "schemas": {"ConfigFileSettings": settings.ConfigFileSettings.model_json_schema()}})


def _without_library() -> None:
    exists = pathlib.Path.exists
    ctypes.CDLL = lambda *arguments, **named: MagicMock()  # type: ignore[misc,assignment]
    pathlib.Path.exists = lambda self, **named: self.suffix == ".so" or exists(self)  # type: ignore[method-assign]
    library = importlib.import_module("llama_cpp")
    for asked in ("llama_supports_mmap", "llama_supports_mlock"):
        setattr(library, asked, lambda: True)


def _setting(name: str, field: Any, of_server: bool) -> dict[str, Any]:
    required = bool(field.is_required())
    return {
        "default": None if required else plain(field.default),
        "required": required,
        "annotation": str(field.annotation),
        "env": name.upper(),
        "group": "server" if of_server else "model",
    }


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    main()
