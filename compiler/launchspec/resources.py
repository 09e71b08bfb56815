"""Where ``specs/`` and ``templates/`` lie: inside an installed package, or at the root of a checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from launchspec.errors import ExitCode, LaunchspecError, Problem, closest, quoted

__all__ = ["fingerprint_files", "root", "schema", "schema_file", "schema_files", "template"]

_PACKAGE = Path(__file__).resolve().parent


@cache
def root() -> Path:
    """The folder that holds ``specs/`` and ``templates/``."""
    if (_PACKAGE / "specs").is_dir():
        return _PACKAGE
    return _PACKAGE.parent.parent


def schema_files() -> list[Path]:
    """The files of all JSON Schemas."""
    return sorted((root() / "specs" / "schemas").glob("*.schema.json"))


def schema_file(kind: str) -> Path:
    """The file of the JSON Schema of ``kind``; raises LaunchspecError (LS101) where there is none."""
    path = root() / "specs" / "schemas" / f"{kind}.schema.json"
    if path in schema_files():
        return path
    known = [file.name.removesuffix(".schema.json") for file in schema_files()]
    hint = closest(kind, known) or f"known: {', '.join(known)}"
    raise LaunchspecError([Problem("schema", 0, 0, "LS101", f"there is none for {quoted(kind)}", hint)], ExitCode.USAGE)


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of ``kind`` (model, engine, …)."""
    loaded: dict[str, Any] = json.loads(schema_file(kind).read_text(encoding="utf-8"))
    return loaded


def template(name: str) -> str:
    """The text of a template, by its path below ``templates/``."""
    return (root() / "templates" / name).read_text(encoding="utf-8")


def fingerprint_files() -> list[Path]:
    """Every file of ours on which an output can depend, in a fixed order."""
    places = [
        (_PACKAGE, "*.py"),
        (root() / "templates", "*.jinja"),
        (root() / "specs" / "schemas", "*.json"),
        (root() / "specs" / "engines", "*.yaml"),
    ]
    return sorted(path for folder, pattern in places for path in folder.rglob(pattern))
