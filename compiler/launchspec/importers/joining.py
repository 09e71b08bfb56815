"""A page and the JSON of the same family: the page gives what is shown, the JSON what only it knows."""

from __future__ import annotations

import copy

from launchspec.errors import LaunchspecError, Problem, quoted
from launchspec.hubs import SHOWN
from launchspec.importers import Note
from launchspec.importers.rst import page_notes, page_tree
from launchspec.read import Data, Source
from launchspec.resolve import resolve
from launchspec.targets import docs
from launchspec.validate import validate_tree

__all__ = ["join"]


def join(source: Source, tree: Data, notes: list[Note]) -> Data:
    """The tree of a page, with what only the JSON knows."""
    made = page_tree(source)
    name = made["name"]
    for field, value in tree.items():
        if field == "specs":
            continue
        if field not in made:
            made[field] = value
        elif made[field] != value and field != "description":
            notes.append(
                Note(name, field, f"the page has {quoted(made[field])} and is kept; the JSON has {quoted(value)}")
            )
        elif made[field].strip() != value.strip() if field == "description" else False:
            notes.append(Note(name, field, f"the page's text is kept; the JSON has {quoted(value)}"))
    left = list(range(len(tree["specs"])))
    for number, spec in enumerate(made["specs"], 1):
        found = _match(spec, tree["specs"], left)
        if found is None:
            notes.append(Note(name, f"specs[{number}]", "is on the page only; the JSON has no such format and size"))
            continue
        left.remove(found)
        _enrich(spec, tree["specs"][found], f"specs[{number}]", name, notes)
    for number in left:
        spec = tree["specs"][number]
        what = f"{spec['format']}, {spec['size_in_billions']} billion"
        notes.append(Note(name, f"model_specs[{number + 1}]", f"({what}) is not on the page and is left out"))
    notes += page_notes(made)
    validate_tree(made, "model", source.path)
    if docs.page(resolve(made)) != source.text:
        raise LaunchspecError([Problem(source.path, 0, 0, "LS403", "the page and the JSON cannot be joined")])
    return made


def _match(spec: Data, others: list[Data], left: list[int]) -> int | None:
    same = [
        i
        for i in left
        if others[i]["format"] == spec["format"] and others[i]["size_in_billions"] == spec["size_in_billions"]
    ]

    def likeness(index: int) -> tuple[bool, bool]:
        other = others[index]
        ids = [
            {hub: entry["id"] for hub, entry in one.get("hubs", {}).items() if hub in SHOWN} for one in (spec, other)
        ]
        return ids[0] == ids[1], other["quantizations"] == spec["quantizations"]

    return max(same, key=likeness, default=None)


def _enrich(spec: Data, other: Data, where: str, name: str, notes: list[Note]) -> None:
    for field in ("activated_size_in_billions", "uri"):
        if field in other:
            spec[field] = other[field]
    if other["quantizations"] != spec["quantizations"]:
        kept = f"the page has {quoted(spec['quantizations'])} and is kept"
        text = f"{kept}; the JSON has {quoted(other['quantizations'])}"
        notes.append(Note(name, f"{where}.quantizations", text))
    for hub, entry in other.get("hubs", {}).items():
        mine = spec.get("hubs", {}).get(hub)
        if mine is None and hub in SHOWN:
            notes.append(Note(name, f"{where}.{hub}", f"is not on the page; the JSON has {quoted(entry['id'])}"))
        elif mine is not None and mine["id"] != entry["id"]:
            notes.append(
                Note(
                    name,
                    f"{where}.{hub}.id",
                    f"the page links {quoted(mine['id'])} and is kept; the JSON has {quoted(entry['id'])}",
                )
            )
        else:
            served = entry.get("quantizations", other["quantizations"])
            joined = copy.deepcopy(entry) | ({"quantizations": served} if served != spec["quantizations"] else {})
            if served == spec["quantizations"]:
                joined.pop("quantizations", None)
            spec.setdefault("hubs", {})[hub] = joined
