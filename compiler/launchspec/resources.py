"""Where ``specs/`` and ``templates/`` lie: inside an installed package, or at the root of a checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["fingerprint_files", "root", "schema", "template"]

_PACKAGE = Path(__file__).resolve().parent


@cache
def root() -> Path:
    """The folder that holds ``specs/`` and ``templates/``."""
    if (_PACKAGE / "specs").is_dir():
        return _PACKAGE
    return _PACKAGE.parent.parent


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of ``kind`` (model, engine, …)."""
    text = (root() / "specs" / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def template(name: str) -> str:
    """The text of a template, by its path below ``templates/``."""
    return (root() / "templates" / name).read_text(encoding="utf-8")


def fingerprint_files() -> list[Path]:
    """Every file of ours on which an output can depend, in a fixed order."""
    places = [(_PACKAGE, "*.py"), (root() / "templates", "*.jinja"), (root() / "specs" / "schemas", "*.json"), (root() / "specs" / "engines", "*.yaml")]
    return sorted(path for folder, pattern in places for path in folder.rglob(pattern))
