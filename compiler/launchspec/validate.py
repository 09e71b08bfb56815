"""A tree against its JSON Schema: the compiled validator decides, this module finds the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from launchspec import resources
from launchspec.errors import LaunchspecError, Problem, closest, quoted
from launchspec.read import Data, Marks, Pointer, Source, load, locate

__all__ = ["faults", "validate", "validate_tree"]

_MOST = 100
_MAPS = ("requires", "engines", "parts", "options", "tool_call_parser", "reasoning_parser", "hubs")
_KINDS = {
    "array": "a list", "object": "a mapping", "string": "a text", "integer": "a whole number",
    "number": "a number", "boolean": "true or false", "null": "nothing",
}  # fmt: skip


def validate(source: Source, kind: str) -> Data:
    """The document of ``source``, which the schema of ``kind`` admits.

    A plain scalar that reads as a number where the schema wants a text is that text: `3.10` stays `3.10`.
    Raises LaunchspecError with every problem found (LS1xx from reading, LS2xx from the schema).
    """
    data = load(source)
    if _validator(kind).is_valid(data):
        return data
    data, marks = locate(source)
    _refuse(data, marks, kind)
    return data


def validate_tree(tree: Data, kind: str, path: str) -> None:
    """The same for data that has no text of its own; ``path`` stands in the problems."""
    if not _validator(kind).is_valid(tree):
        _refuse(tree, Marks(path), kind)


def faults(tree: Data, kind: str) -> list[tuple[Pointer, str]]:
    """Where ``tree`` breaks the schema, and how, without the message's place."""
    schema = resources.schema(kind)
    found: list[tuple[Pointer, str]] = []
    for error in islice(_validator(kind).iter_errors(tree), _MOST):
        said = "; ".join(problem.message for problem in _words(error, schema, tree, Marks("")))
        found.append((tuple(error.instance_path), said))
    return found


def _refuse(data: Data, marks: Marks, kind: str) -> None:
    """Raise what is wrong with ``data``, after numbers that stand for texts have been put right in it."""
    errors = list(_validator(kind).iter_errors(data))
    if sum(_as_written(error, data, marks) for error in errors):
        errors = list(_validator(kind).iter_errors(data))
    if not errors:
        return
    schema = resources.schema(kind)
    words = (problem for error in errors for problem in _words(error, schema, data, marks))
    first = list(dict.fromkeys(islice(words, 2 * _MOST)))
    problems = sorted(first[:_MOST])
    if len(first) > _MOST:
        problems.append(Problem(marks.path, 0, 0, "LS200", f"has more problems than the {_MOST} shown"))
    raise LaunchspecError(problems)


@cache
def _validator(kind: str) -> Any:
    return jsonschema_rs.Draft202012Validator(resources.schema(kind))


def _as_written(error: Any, data: Data, marks: Marks) -> bool:
    """Put the text of a plain number where only a text is admitted; true if that was done."""
    if error.kind.name != "type" or "string" not in error.kind.types:
        return False
    pointer: Pointer = tuple(error.instance_path)
    mark = marks.at.get(pointer)
    if mark is None or mark.plain is None or not pointer or isinstance(error.instance, (bool, type(None))):
        return False
    for step in pointer[:-1]:
        data = data[step]
    data[pointer[-1]] = mark.plain
    return True


def _words(error: Any, schema: dict[str, Any], data: Data, marks: Marks) -> Iterator[Problem]:
    pointer: Pointer = tuple(error.instance_path)
    name = error.kind.name
    say = _SAY.get(name)
    if say is None:
        yield Problem(marks.path, *marks.value(pointer), "LS200", f"{_field(pointer)} {error.message}")
        return
    for place, code, message, hint in say(error, schema, pointer, marks):
        yield Problem(marks.path, *place, code, message, hint)


_Said = Iterator[tuple[tuple[int, int], str, str, str]]


def _node(schema: dict[str, Any], error: Any) -> dict[str, Any]:
    """The part of the schema that holds the keyword that failed."""
    node: Any = schema
    for step in list(error.schema_path)[:-1]:
        node = node[step]
    return node if isinstance(node, dict) else {}


def _field(pointer: Pointer) -> str:
    names = [step for step in pointer if isinstance(step, str)]
    if not names:
        return "the file"
    name = ".".join(names[-2:]) if names[-2:-1] and names[-2] in _MAPS else names[-1]
    return f"an item of {quoted(name)}" if isinstance(pointer[-1], int) else quoted(name)


def _unexpected(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    node = _node(schema, error)
    known = list(node.get("properties", ()))
    what = "an entry" if "patternProperties" in node else "an engine" if "vLLM" in known else "a field"
    for name in error.kind.unexpected:
        hint = closest(name, known) or node.get("patternErrorMessage") or _belongs(name, schema)
        hint = hint or f"known here: {', '.join(known)}"
        yield marks.key((*pointer, name)), "LS201", f"{quoted(name)} is not {what} of {_field(pointer)}", hint


def _belongs(name: str, schema: dict[str, Any]) -> str:
    """A hint for a field that stands at the wrong level."""
    levels = {"an item of 'specs'": "spec", "a hub": "hub", "'architecture'": "architecture"}
    for where, part in levels.items():
        if name in schema.get("$defs", {}).get(part, {}).get("properties", {}):
            return f"it belongs to {where}; indent it below"
    return "it belongs to the top level of the file" if name in schema.get("properties", {}) else ""


def _missing(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    name = error.kind.property
    known = _node(schema, error).get("properties", {})
    if any(name in closest(str(given), known) for given in error.instance if given not in known):
        return  # the misspelt field is reported where it stands
    about = _described(schema, known.get(name, {}))
    yield marks.value(pointer), "LS202", f"{_field(pointer)} needs {quoted(name)}", f"add '{name}: …' ({about})"


def _described(schema: dict[str, Any], node: dict[str, Any]) -> str:
    if "$ref" in node and "description" not in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return str(node.get("description", "")).partition(". ")[0].rstrip(".")


def _type(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    wanted = " or ".join(_KINDS[name] for name in error.kind.types)
    message = f"{_field(pointer)} must be {wanted}, found {_found(error.instance, pointer, marks)}"
    yield marks.value(pointer), "LS203", message, _type_hint(error, schema)


def _found(instance: Data, pointer: Pointer, marks: Marks) -> str:
    """What stands there, as it was written."""
    if instance is None:
        return "nothing"
    if isinstance(instance, (list, dict)):
        return f"{'an empty' if not instance else 'a'} {'list' if isinstance(instance, list) else 'mapping'}"
    mark = marks.at.get(pointer)
    return quoted(mark.plain if mark and mark.plain else instance)


def _type_hint(error: Any, schema: dict[str, Any]) -> str:
    instance, types = error.instance, error.kind.types
    if instance is None:
        return "write a value, or remove the line"
    if types == ["boolean"]:
        return "write true or false"
    if "string" in types:
        return _text_hint(instance, str(_node(schema, error).get("patternErrorMessage", "")))
    if isinstance(instance, str) and {"integer", "number"} & set(types):
        return _number_hint(instance)
    if isinstance(instance, str) and "array" in types:
        return f"write [{instance}]" if len(instance) < 40 and re.fullmatch(r"[\w.+-]+", instance) else "write a list"
    return ""


def _text_hint(instance: Data, message: str) -> str:
    """Where a text is wanted: what it should look like, or that it only lacks its quotes."""
    if isinstance(instance, dict) and list(instance.values()) == [None]:
        return "put a text that begins with '{' in quotes"
    return message or ("" if isinstance(instance, (list, dict)) else "put it in quotes if a text is meant")


def _number_hint(text: str) -> str:
    """How a text that is nearly a number is written as one: 1_5, 128k, 7B, 131,072."""
    if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", text):
        return "take the quotes away"
    if re.fullmatch(r"[0-9]{1,3}(?:[,_][0-9]{3})+", text):
        return f"write {re.sub('[,_]', '', text)}"
    if found := re.fullmatch(r"([0-9]{1,6})[_,]([0-9]{1,2})", text):
        return f"write {found[1]}.{found[2]}"
    if found := re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?[bB]", text):
        return f"write {found[1]}"
    if found := re.fullmatch(r"([0-9]{1,5}) ?[kK]", text):
        return f"write {int(found[1]) * 1024} (or {int(found[1]) * 1000})"
    return ""


def _enum(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    options = [str(option) for option in error.kind.options]
    hint = closest(str(error.instance), options) or f"known: {', '.join(options)}"
    yield marks.value(pointer), "LS204", f"{_field(pointer)} has no {quoted(error.instance)}", hint


def _pattern(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    hint = str(_node(schema, error).get("patternErrorMessage", f"must match {error.kind.pattern}"))
    yield marks.value(pointer), "LS205", f"{_field(pointer)} cannot be {quoted(error.instance)}", hint


def _limit(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    bound = {
        "minimum": "be at least {}", "maximum": "be at most {}",
        "exclusiveMinimum": "be more than {}", "exclusiveMaximum": "be less than {}",
        "minLength": "not be empty", "maxLength": "be at most {} characters long",
        "minItems": "have an item", "minProperties": "have an entry",
    }[error.kind.name]  # fmt: skip
    limit = error.kind.limit
    number = f"{limit:g}" if isinstance(limit, float) else str(limit)
    hint = str(_node(schema, error).get("patternErrorMessage", "")) if isinstance(error.instance, list) else ""
    message = f"{_field(pointer)} must {bound.format(number)}, found {_found(error.instance, pointer, marks)}"
    yield marks.value(pointer), "LS206", message, hint


def _twice(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    seen: set[str] = set()
    for index, item in enumerate(error.instance):
        if repr(item) in seen:
            yield marks.value((*pointer, index)), "LS207", f"{_field(pointer)} has {quoted(item)} twice", "keep one"
            return
        seen.add(repr(item))


_SAY: dict[str, Callable[[Any, dict[str, Any], Pointer, Marks], _Said]] = {
    "additionalProperties": _unexpected, "required": _missing, "type": _type, "enum": _enum, "pattern": _pattern,
    "uniqueItems": _twice, "minimum": _limit, "maximum": _limit, "exclusiveMinimum": _limit, "exclusiveMaximum": _limit,
    "minLength": _limit, "maxLength": _limit, "minItems": _limit, "minProperties": _limit,
}  # fmt: skip
