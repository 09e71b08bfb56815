"""Xinference's family JSON to specs: built-in families of 2025 and 2026, and models that users registered.

Engines are not in the JSON; they come from the pages where given. Where a page and the JSON disagree the page's
text is kept, so that the page stays as it is, and a note says what the JSON has.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from launchspec.errors import ExitCode, LaunchspecError, Problem, quoted
from launchspec.importers import Imported, Note
from launchspec.importers.joining import join
from launchspec.read import Data, Pointer, read
from launchspec.validate import faults, validate_tree

__all__ = ["import_families"]

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MAX_BYTES = 64 * 1024 * 1024
_DROPPED = {
    "version": "specs have no version of their own; the schema has",
    "virtualenv": "launchspec pins engine environments itself",
    "cache_config": "is about Xinference's own cache",
    "featured": "is about Xinference's own catalog",
    "updated_at": "is about Xinference's own catalog",
    "is_builtin": "is about Xinference's own catalog",
    "is_built_in": "is about Xinference's own catalog",
    "model_type": "specs are of language models",
}
_FAMILY = {
    "model_family": "family", "context_length": "context_length", "model_lang": "languages",
    "model_ability": "abilities", "model_description": "description", "architectures": "architectures",
    "stop": "stop", "stop_token_ids": "stop_token_ids",
}  # fmt: skip
_FAMILY_OTHER = {
    "model_name",
    "model_specs",
    "chat_template",
    "tool_parser",
    "reasoning_start_tag",
    "reasoning_end_tag",
}
_SPEC = {"model_format", "model_size_in_billions", "activated_size_in_billions", "model_src", "model_uri", "model_hub"}
_HUB = {
    "model_id": "id", "model_revision": "revision", "quantizations": "quantizations",
    "model_file_name_template": "file", "model_file_name_split_template": "split_file",
    "quantization_parts": "parts", "multimodal_projectors": "projectors",
}  # fmt: skip
_DRAFT = {"draft_model_id": "id", "draft_quantizations": "quantizations", "draft_model_file_name_template": "file"}
_HUB_ALSO = {"quantization", "multimodal_projector", *_DRAFT}


def import_families(files: list[Path], pages: Path | None) -> Imported:
    """Specs from family files, in any order; those with ``model_hub`` join the families of the same name.

    ``pages`` is a folder with a page per family, named by its lower-case name.
    """
    done = Imported()
    families: dict[str, _Family] = {}
    for file in files:
        try:
            for family in _families(file):
                name = family.name
                families[name] = families[name].joined(family) if name in families else family
        except LaunchspecError as error:
            done.problems += error.problems
    for family in families.values():
        try:
            tree = family.tree(done.notes)
            _leave_out(tree, done.notes)
            for pointer, message in _unreadable(tree):
                _refuse(family.place, f"{_place(pointer)} {message}", "remove it from the JSON")
            page = pages / f"{family.name.lower()}.rst" if pages else None
            if page and page.is_file():
                tree = join(read(page), tree, done.notes)
            else:
                why = (
                    "no page gives them; the engines that read each format are meant"
                    if pages
                    else "the JSON has none; give --pages, or the engines that read each format are meant"
                )
                done.notes.append(Note(family.name, "engines", why))
            validate_tree(tree, "model", family.place)
            done.trees[family.name] = tree
        except LaunchspecError as error:
            done.problems += [_named(problem, family) for problem in error.problems]
    return done


def _named(problem: Problem, family: _Family) -> Problem:
    """A problem of the JSON says which model it is about, since it has no line."""
    if problem.path != family.place:
        return problem
    message = f"model {quoted(family.name)}: {problem.message}"
    return Problem(problem.path, 0, 0, problem.code, message, problem.hint)


def _refuse(path: str, message: str, hint: str = "", line: int = 0, col: int = 0) -> NoReturn:
    raise LaunchspecError([Problem(path, line, col, "LS411", message, hint)])


def _families(file: Path) -> list[_Family]:
    """The families of one file: a list of them, or one registered model."""
    path = str(file)
    try:
        if file.stat().st_size > _MAX_BYTES:
            _refuse(path, f"is larger than {_MAX_BYTES} bytes")
        text = file.read_text(encoding="utf-8")
        loaded = json.loads(text, parse_constant=lambda constant: _refuse(path, f"has {constant}, which is not JSON"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LaunchspecError([Problem(path, 0, 0, "LS101", f"cannot be read: {reason}")], ExitCode.IO) from None
    except json.JSONDecodeError as error:
        _refuse(path, f"is not JSON: {error.msg}", "", error.lineno, error.colno)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        _refuse(path, f"is not JSON: {type(error).__name__}")
    if _SURROGATE.search(text):
        _refuse_surrogates(path, loaded)
    entries = loaded if isinstance(loaded, list) else [loaded]
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("model_name"), str):
            _refuse(
                path, "holds something that is not a model family", "expected objects with model_name and model_specs"
            )
        specs = entry.get("model_specs")
        if not isinstance(specs, list) or not all(isinstance(spec, dict) for spec in specs):
            _refuse(path, f"model {quoted(entry['model_name'])}: model_specs must be a list of objects")
        if any(not isinstance(spec.get("model_src", {}), dict) for spec in specs):
            _refuse(path, f"model {quoted(entry['model_name'])}: model_src must be an object with hubs")
    return [_Family(entry, path) for entry in entries]


def _refuse_surrogates(path: str, loaded: Any) -> None:
    try:
        json.dumps(loaded, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _refuse(path, "has half a surrogate pair, which is no character", "write the character itself")


class _Family:
    """One family, and how its fields are called here."""

    def __init__(self, entry: dict[str, Any], place: str) -> None:
        self.entry = entry
        self.place = place
        self.name: str = entry["model_name"]
        self.specs = [_sources(spec) for spec in entry["model_specs"]]

    def joined(self, other: _Family) -> _Family:
        """This family with the hubs that another file has for it."""
        first, second = (other, self) if _is_twin(self.entry) and not _is_twin(other.entry) else (self, other)
        used: set[int] = set()
        for spec in first.specs:
            found = _twin(spec, second.specs)
            if found is not None:
                used.add(found)
                spec["model_src"] = {**second.specs[found]["model_src"], **spec["model_src"]}
        first.specs += [
            spec for number, spec in enumerate(second.specs) if number not in used and _twin(spec, first.specs) is None
        ]
        return first

    def tree(self, notes: list[Note]) -> Data:
        entry = self.entry
        tree: Data = {"name": self.name}
        for theirs, ours in _FAMILY.items():
            if entry.get(theirs) not in (None, []) or theirs in ("model_lang", "model_ability"):
                tree[ours] = entry.get(theirs, [])
        tree.setdefault("description", "")
        if tree.get("family") == self.name:
            del tree["family"]
        if isinstance(tree.get("stop"), list) and "" in tree["stop"]:
            tree["stop"] = [text for text in tree["stop"] if text]
            notes.append(Note(self.name, "stop", "an empty text ends nothing and is left out"))
            if not tree["stop"]:
                del tree["stop"]
        self.texts(tree, notes)
        for name in sorted(set(entry) - set(_FAMILY) - _FAMILY_OTHER):
            notes.append(Note(self.name, name, _DROPPED.get(name, "there is no such field in a spec")))
        tree["specs"] = [self.spec(spec, number, notes) for number, spec in enumerate(self.specs, 1)]
        return tree

    def texts(self, tree: Data, notes: list[Note]) -> None:
        entry = self.entry
        template = entry.get("chat_template")
        if isinstance(template, str) and template:
            if "{" in template:
                tree["chat_template"] = template
            else:
                notes.append(
                    Note(
                        self.name,
                        "chat_template",
                        f"{quoted(template)} names a template inside Xinference, not one that can be carried",
                    )
                )
        if entry.get("tool_parser"):
            tree["tool_call_parser"] = {"Xinference": entry["tool_parser"]}
        start, end = entry.get("reasoning_start_tag"), entry.get("reasoning_end_tag")
        if start and end:
            tree["reasoning_tags"] = {"start": start, "end": end}
        elif start or end:
            notes.append(Note(self.name, "reasoning_start_tag", "one tag without the other is left out"))

    def spec(self, spec: dict[str, Any], number: int, notes: list[Note]) -> Data:
        where = f"model_specs[{number}]"
        tree: Data = {"format": spec.get("model_format"), "size_in_billions": _size(spec.get("model_size_in_billions"))}
        if spec.get("activated_size_in_billions") is not None:
            tree["activated_size_in_billions"] = _size(spec["activated_size_in_billions"])
        sources = spec["model_src"]
        names = sorted(sources, key=lambda name: (name != "huggingface", name != "modelscope"))
        named = [name for name in names if sources[name].get("model_id")]
        first = next((sources[name] for name in [*named, *names]), spec)
        tree["quantizations"] = _quantizations(first)
        hubs = {name: self.hub(sources[name], tree["quantizations"], f"{where}.{name}", notes) for name in named}
        notes += [
            Note(self.name, f"{where}.{name}", "a hub without model_id is left out")
            for name in names
            if name not in named
        ]
        if hubs:
            tree["hubs"] = hubs
        if spec.get("model_uri"):
            tree["uri"] = _uri(spec["model_uri"])
        extra = set(spec) - _SPEC - ({*_HUB, *_HUB_ALSO} if "model_id" in spec or not sources else set())
        notes += [Note(self.name, f"{where}.{name}", "there is no such field in a spec") for name in sorted(extra)]
        return tree

    def hub(self, source: dict[str, Any], quantizations: list[str], where: str, notes: list[Note]) -> Data:
        tree: Data = {
            ours: source[theirs] for theirs, ours in _HUB.items() if source.get(theirs) not in (None, "", [], {})
        }
        tree.pop("quantizations", None)
        if _quantizations(source) != quantizations:
            tree["quantizations"] = _quantizations(source)
        if isinstance(tree.get("parts"), dict):
            tree["parts"] = {name: _parts(parts) for name, parts in tree["parts"].items()}
        if source.get("multimodal_projector"):
            tree["projectors"] = [source["multimodal_projector"]]
        draft = {ours: source[theirs] for theirs, ours in _DRAFT.items() if source.get(theirs) not in (None, "", [])}
        if "id" in draft:
            tree["draft"] = draft
        elif draft:
            notes.append(Note(self.name, f"{where}.draft_model_id", "a draft model without a repository is left out"))
        extra = set(source) - set(_HUB) - _HUB_ALSO - (_SPEC if "model_format" in source else set())
        notes += [Note(self.name, f"{where}.{name}", "there is no such field in a spec") for name in sorted(extra)]
        order = ("id", "revision", "quantizations", "file", "split_file", "parts", "projectors", "draft")
        return {name: tree[name] for name in order if name in tree}


def _sources(spec: dict[str, Any]) -> dict[str, Any]:
    """A spec with its hubs in ``model_src``, as the layout of 2026 has them."""
    sources = spec.get("model_src")
    if isinstance(sources, dict):
        return {**spec, "model_src": {name: hub if isinstance(hub, dict) else {} for name, hub in sources.items()}}
    hub = str(spec.get("model_hub") or "huggingface")
    return {**spec, "model_src": {hub: spec} if spec.get("model_id") else {}}


def _is_twin(entry: dict[str, Any]) -> bool:
    return any(spec.get("model_hub", "huggingface") != "huggingface" for spec in entry["model_specs"])


def _twin(spec: dict[str, Any], others: list[dict[str, Any]]) -> int | None:
    """The spec among ``others`` of the same format and size: that of the same quantizations, else the last."""
    key = (spec.get("model_format"), str(spec.get("model_size_in_billions")))
    same = [
        i
        for i, other in enumerate(others)
        if (other.get("model_format"), str(other.get("model_size_in_billions"))) == key
    ]
    exact = [i for i in same if _quantizations(others[i]) == _quantizations(spec)]
    return max(exact or same, default=None)


def _quantizations(source: dict[str, Any]) -> list[str]:
    single = source.get("quantization")
    found = source.get("quantizations", [single] if single else [])
    if not found and isinstance(source.get("model_src"), dict):
        return next((_quantizations(hub) for hub in source["model_src"].values()), [])
    return list(found) if isinstance(found, list) else []


def _size(value: Any) -> Any:
    """Xinference writes 1.5 as "1_5"."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,7}(?:[._][0-9]{1,12})?", value):
        number = float(value.replace("_", "."))
        return int(number) if number == int(number) else number
    return value


def _parts(parts: Any) -> Any:
    """A count where the parts are numbered as usual."""
    if isinstance(parts, list) and parts == [f"{i:05d}-of-{len(parts):05d}" for i in range(1, len(parts) + 1)]:
        return len(parts)
    return parts


def _uri(value: Any) -> Any:
    return f"file://{value}" if isinstance(value, str) and value.startswith("/") else value


_OPTIONAL = {
    "family", "architectures", "chat_template", "stop", "stop_token_ids", "tool_call_parser", "reasoning_tags",
    "activated_size_in_billions", "uri", "revision", "file", "split_file", "parts", "projectors", "draft",
}  # fmt: skip


def _leave_out(tree: Data, notes: list[Note]) -> None:
    """Take out what may be left out and breaks the schema, with a note; the rest is for ``validate_tree`` to refuse."""
    for pointer, message in [*faults(tree, "model"), *_unreadable(tree)]:
        depth = next((number for number, step in enumerate(pointer, 1) if step in _OPTIONAL), 0)
        holder = tree
        for step in pointer[: depth - 1]:
            holder = holder[step]
        if depth and pointer[depth - 1] in holder:
            del holder[pointer[depth - 1]]
            notes.append(Note(tree["name"], _place(pointer[:depth]), f"is left out: {message}"))


def _unreadable(data: Data, pointer: Pointer = ()) -> list[tuple[Pointer, str]]:
    """Texts that YAML cannot hold, as ``faults`` gives them."""
    if isinstance(data, str):
        found = _CONTROL.search(data)
        return [(pointer, f"has the control character U+{ord(found.group()):04X}")] if found else []
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [fault for key, value in entries for fault in _unreadable(value, (*pointer, key))]


def _place(pointer: Pointer) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in pointer)
