"""What a probe printed, as a snapshot: one plain mapping per option, in one order, the same on every machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["normalise", "write"]

Raw = Mapping[str, Any]

_KEYS = (
    "flags", "negations", "dest", "kind", "type", "nullable", "nargs", "repeats", "choices", "default", "const",
    "required", "schema", "registry", "env", "deprecated", "replaced_by", "removed", "hidden", "group",
)  # fmt: skip
_DEPRECATED = re.compile(
    r"\bdeprecated\b|\[DEPRECATED|will be removed|no longer (?:used|supported|has any effect)|has been removed", re.I
)
_TYPES = {
    "int": "int", "float": "float", "str": "str", "bool": "truthy", "json.loads": "json", "nullable_str": "str",
    "union_dict_and_str": "json|str", "human_readable_int": "human-int", "human_readable_int_or_auto": "human-int|auto",
    "_parse_bool_arg": "bool", "_parse_json_object_arg": "json", "json_list_type": "json", "nullable_kvs": "key=int,…",
    "positive_number": "int", "_parse_size": "size", "parse_reasoning_parser": "str",
    "parse_cuda_graph_config_arg": "json", "parse_cuda_graph_backend_arg": "str",
    "CompilationConfig.from_cli": "json", "KVTransferConfig.from_cli": "json", "PoolerConfig.from_json": "json",
}  # fmt: skip
_PLAIN_GROUPS = {"options", "optional arguments", "positional arguments"}


def normalise(
    raw: Raw,
    *,
    engine: str,
    program: str,
    version: str,
    source: Raw,
    parser: Raw,
    registries: Mapping[str, Iterable[str]],
    env: Iterable[str],
    machine: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The snapshot; ``machine`` names the options whose default depends on the machine, ``registries`` go by dest."""
    named = {name: sorted(set(values)) for name, values in registries.items() if values}
    options = [_option(each, named, machine) for each in raw["options"] if each["spellings"]]
    options = _once(options)
    single = {flag for each in options for flag in (*each["flags"], *each.get("negations", ())) if _single_long(flag)}
    return {
        "snapshot": 1,
        "engine": engine,
        "program": program,
        "version": version,
        "source": {key: value for key, value in source.items() if value not in (None, [], "")},
        "parser": {
            **parser,
            "single_dash_long": sorted(single),
            "positional": [_positional(each) for each in raw["options"] if not each["spellings"]],
        },
        "options": sorted(options, key=_name),
        "schemas": {name: _bare(schema) for name, schema in sorted(raw.get("schemas", {}).items())},
        "registries": dict(sorted(named.items())),
        "env": sorted({*env, *raw.get("env", ())}),
    }


def write(snapshot: Mapping[str, Any]) -> str:
    """The snapshot as JSON that diffs well: one option, one schema property, one registry and one variable per line."""
    parts = []
    for key, value in snapshot.items():
        depth = {"options": 1, "schemas": 3, "registries": 1, "env": 1, "source": 1, "parser": 1}.get(key, 0)
        parts.append(f" {_compact(key)}: {_lines(value, depth, 1)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: Any, depth: int, indent: int) -> str:
    if depth == 0 or not value or not isinstance(value, dict | list):
        return _compact(value)
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        entries = [f"{pad}{_compact(key)}: {_lines(each, depth - 1, indent + 1)}" for key, each in value.items()]
        return "{\n" + ",\n".join(entries) + "\n" + " " * indent + "}"
    entries = [pad + _lines(each, depth - 1, indent + 1) for each in value]
    return "[\n" + ",\n".join(entries) + "\n" + " " * indent + "]"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _name(option: Mapping[str, Any]) -> str:
    """The long spelling by which an option is sorted."""
    flags: list[str] = option["flags"]
    return next((flag for flag in flags if flag.startswith("--")), flags[0])


def _single_long(flag: str) -> bool:
    return len(flag) > 2 and not flag.startswith("--")


def _once(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No spelling twice: the parser's last declaration of it is the one that counts."""
    seen: set[str] = set()
    kept = []
    for option in reversed(options):
        flags = [flag for flag in option["flags"] if flag not in seen]
        seen.update(option["flags"], option.get("negations", ()))
        if flags:
            kept.append({**option, "flags": flags})
    return kept


def _positional(raw: Raw) -> dict[str, Any]:
    filled = {"dest": raw["dest"], "nargs": raw.get("nargs"), "default": _default(raw, frozenset())}
    return {key: value for key, value in filled.items() if value is not None}


def _option(raw: Raw, registries: Mapping[str, Any], machine: frozenset[str]) -> dict[str, Any]:
    negative = set(raw.get("negative", ()))
    kind = _kind(raw)
    type_ = _type(raw, kind)
    dest = raw["dest"]
    default = _default(raw, machine)
    values = {
        "flags": [flag for flag in raw["spellings"] if flag not in negative],
        "negations": [flag for flag in raw["spellings"] if flag in negative]
        or sorted(negative - set(raw["spellings"])),
        "dest": dest,
        "kind": kind,
        "type": type_,
        "nullable": any(name.startswith(("optional_type.", "nullable_")) for name in raw.get("types", ())),
        "nargs": raw.get("nargs") if kind in ("value", "list") else None,
        "repeats": "_AppendAction" in raw.get("actions", ()) or "_ExtendAction" in raw.get("actions", ()),
        "choices": _choices(raw),
        "default": None if kind == "flag" and default is False else default,
        "const": _const(raw, kind),
        "required": raw.get("required"),
        "schema": raw.get("json_class"),
        "registry": dest if dest in registries and not raw.get("choices") else None,
        "env": raw.get("env"),
        **_fate(raw),
        "hidden": raw.get("hidden"),
        "group": raw.get("group") if raw.get("group") not in _PLAIN_GROUPS else None,
    }
    return {key: values[key] for key in _KEYS if _says_something(key, values[key])}


def _says_something(key: str, value: Any) -> bool:
    return value is not None if key in ("default", "const") else value not in (None, False, [], "")


def _kind(raw: Raw) -> str:
    if raw.get("takes"):
        return {"nothing": "flag", "bool": "boolean", "two": "list"}.get(raw["takes"], "value")
    actions = raw.get("actions", ())
    if raw.get("negative"):
        return "boolean"
    if "_CountAction" in actions:
        return "count"
    if raw.get("nargs") == 0:
        return "flag"
    many = raw.get("nargs") in ("+", "*") or isinstance(raw.get("nargs"), int)
    return "list" if many or "_AppendAction" in actions or "_ExtendAction" in actions else "value"


def _type(raw: Raw, kind: str) -> str:
    if kind in ("flag", "boolean"):
        return "bool"
    if "type" in raw:
        return str(raw["type"])
    if raw.get("json_class"):
        return "json"
    chain = raw.get("types") or ["str"]
    if "<lambda>" in chain[-1]:
        return "str-folded" if raw.get("choices") else "str"
    return _TYPES.get(chain[-1], "str")


def _choices(raw: Raw) -> list[Any] | None:
    choices = raw.get("choices")
    return None if choices is None else [each for each in choices if each is not None]


def _const(raw: Raw, kind: str) -> Any:
    if raw.get("const_value") is not None:
        return raw["const_value"]
    if kind == "flag":
        return False if "_StoreFalseAction" in raw.get("actions", ()) else None
    return raw.get("const")


def _default(raw: Raw, machine: frozenset[str]) -> Any:
    default = raw.get("default")
    if raw["dest"] in machine:
        return {"depends": "machine"}
    if isinstance(default, dict) and set(default) == {"$"}:
        return None if default["$"] == "SUPPRESS" else {"object": default["$"]}
    return default


def _fate(raw: Raw) -> dict[str, Any]:
    """Whether an option is deprecated, by what evidence, and what replaces it."""
    text = raw.get("help") or ""
    actions = raw.get("actions", ())
    evidence = [
        word
        for word, holds in (
            ("marker", raw.get("marked_deprecated")),
            ("action", any("Deprecated" in name for name in actions)),
            ("help", raw["dest"] != "show_hidden_metrics_for_version" and _DEPRECATED.search(text)),
        )
        if holds
    ]
    message = raw.get("error_message") or (text if "the argument has been removed" in text else "")
    used = re.search(r"[Uu]se (?:the respective )?[`'\"]?(--[\w*-]+)", message or text) if evidence else None
    return {
        "deprecated": ", ".join(evidence),
        "replaced_by": raw.get("new_flag") or (used[1] if used else None),
        "removed": bool(message),
    }


def _bare(schema: Any) -> Any:
    """A JSON Schema without its texts."""
    if isinstance(schema, dict):
        kept = {
            key: value for key, value in schema.items() if key not in ("description", "title") or not _is_text(value)
        }
        return {key: _bare(kept[key]) for key in sorted(kept)}
    return [_bare(each) for each in schema] if isinstance(schema, list) else schema


def _is_text(value: Any) -> bool:
    """A property may be called ``title``; then it is no text."""
    return isinstance(value, str)
