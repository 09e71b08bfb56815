"""Shelf of importers: foreign catalogs to specs, with a note for each thing that cannot come along."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from launchspec.errors import Problem
from launchspec.format import dump
from launchspec.read import Data
from launchspec.write import write_file

__all__ = ["Imported", "Note", "write_specs"]

_SCHEMA = "../schemas/model.schema.json"


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A field of the source that is not in the spec, or not as it was, and why."""

    model: str
    field: str
    message: str


@dataclass(slots=True)
class Imported:
    """What an importer made: trees for the model schema by model name, notes, and problems where it refused."""

    trees: dict[str, Data] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def write_specs(imported: Imported, out: Path, *, overwrite: bool) -> int:
    """Write each tree to ``out``, named by its lower-case name; returns how many files changed.

    A file that exists and differs is left alone and becomes a problem (LS502) unless ``overwrite`` is on.
    """
    written = 0
    for name, tree in imported.trees.items():
        path = out / f"{name.lower()}.yaml"
        content = dump(tree, "model", _SCHEMA).encode()
        if path.exists():
            if path.read_bytes() == content:
                continue
            if not overwrite:
                problem = Problem(
                    str(path), 0, 0, "LS502", "exists and differs, and is left as it is", "--overwrite replaces it"
                )
                imported.problems.append(problem)
                continue
        write_file(path, content)
        written += 1
    return written
