"""What each version of an engine's parser takes: the shipped snapshots, loaded when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from launchspec import resources
from launchspec.errors import ExitCode, LaunchspecError, Problem, closest, quoted

__all__ = ["Option", "Snapshot", "lifetime", "programs", "snapshot", "versions"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a program.

    ``kind`` is flag, boolean, value, list or count; ``choices`` is None where the parser takes any value, ``schema``
    and ``registry`` name what the engine itself admits; ``deprecated`` holds the evidence for it.
    """

    flags: tuple[str, ...]
    negations: tuple[str, ...]
    dest: str
    kind: str
    type: str
    choices: tuple[Any, ...] | None
    default: Any
    schema: str | None
    registry: str | None
    deprecated: str
    replaced_by: str | None

    @property
    def name(self) -> str:
        """The long spelling."""
        return next((flag for flag in self.flags if flag.startswith("--")), self.flags[0])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parser of one version; ``options`` by every spelling, negations included."""

    engine: str
    program: str
    version: str
    options: Mapping[str, Option]
    schemas: Mapping[str, Any]
    registries: Mapping[str, tuple[str, ...]]
    env: frozenset[str]

    def all(self) -> list[Option]:
        """Each option once, in the order of its name."""
        return sorted({id(option): option for option in self.options.values()}.values(), key=lambda option: option.name)


@cache
def _files() -> Mapping[str, Mapping[str, Path]]:
    """The files of the snapshots by program and version, oldest first."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted((resources.root() / "specs" / "engines").glob("*/versions/*.json")):
        found.setdefault(path.parent.parent.name, {})[path.stem] = path
    return {key: dict(sorted(paths.items(), key=lambda item: Version(item[0]))) for key, paths in found.items()}


def programs() -> list[str]:
    """The programs of which there are snapshots."""
    return list(_files())


def versions(program: str) -> list[str]:
    """The versions of which there are snapshots, oldest first; raises LaunchspecError (LS702)."""
    if program not in _files():
        hint = closest(program, programs()) or f"known: {', '.join(programs())}"
        raise LaunchspecError(
            [Problem("engines", 0, 0, "LS702", f"there is no {quoted(program)}", hint)], ExitCode.USAGE
        )
    return list(_files()[program])


def snapshot(program: str, version: str | None = None) -> Snapshot:
    """The snapshot of ``version``, else the newest one before it; without a version the newest of all.

    The result says which version it is of. Raises LaunchspecError (LS702).
    """
    known = versions(program)
    if version is None or version in known:
        return _load(program, version or known[-1])
    try:
        older = [each for each in known if Version(each) <= Version(version)]
    except InvalidVersion:
        hint = f"known: {', '.join(known)}"
        problem = Problem(program, 0, 0, "LS702", f"{quoted(version)} is not a version", hint)
        raise LaunchspecError([problem], ExitCode.USAGE) from None
    if not older:
        problem = Problem(
            program, 0, 0, "LS702", f"{quoted(version)} is older than all that is known", f"from {known[0]} on"
        )
        raise LaunchspecError([problem], ExitCode.USAGE)
    return _load(program, older[-1])


@cache
def _load(program: str, version: str) -> Snapshot:
    tree = json.loads(_files()[program][version].read_text(encoding="utf-8"))
    options: dict[str, Option] = {}
    for entry in tree["options"]:
        option = Option(
            flags=tuple(entry["flags"]),
            negations=tuple(entry.get("negations", ())),
            dest=entry["dest"],
            kind=entry["kind"],
            type=entry["type"],
            choices=tuple(entry["choices"]) if "choices" in entry else None,
            default=entry.get("default"),
            schema=entry.get("schema"),
            registry=entry.get("registry"),
            deprecated=entry.get("deprecated", ""),
            replaced_by=entry.get("replaced_by"),
        )
        options.update(dict.fromkeys((*option.flags, *option.negations), option))
    return Snapshot(
        tree["engine"], tree["program"], tree["version"], options, tree["schemas"],
        {name: tuple(values) for name, values in tree["registries"].items()}, frozenset(tree["env"]),
    )  # fmt: skip


def lifetime(program: str, flag: str) -> list[str]:
    """The versions, oldest first, that take a spelling."""
    return [version for version in versions(program) if flag in _load(program, version).options]
