"""Shelf of importers: foreign catalogs to specs, with a note for each thing that cannot come along."""

from __future__ import annotations

from dataclasses import dataclass, field

from launchspec.errors import Problem
from launchspec.read import Data

__all__ = ["Imported", "Note"]


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
