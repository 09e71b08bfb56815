"""A tree against its JSON Schema: the compiled validator decides, this module finds the words."""

from __future__ import annotations

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
    errors = list(islice(_validator(kind).iter_errors(data), _MOST + 1))
    if sum(_as_written(error, data, marks) for error in errors):
        errors = list(islice(_validator(kind).iter_errors(data), _MOST + 1))
    if not errors:
        return
    schema = resources.schema(kind)
    problems = sorted({problem for error in errors[:_MOST] for problem in _words(error, schema, data, marks)})
    if len(errors) > _MOST:
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
    if name == "propertyNames":
        yield _name_problem(error, schema, pointer, marks)
        return
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
        return "the spec"
    return f"an item of {quoted(names[-1])}" if isinstance(pointer[-1], int) else quoted(names[-1])


def _known(node: dict[str, Any]) -> list[str]:
    return list(node.get("properties", ()))


def _unexpected(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    known = _known(_node(schema, error))
    for name in error.kind.unexpected:
        hint = closest(name, known) or f"known here: {', '.join(known)}"
        yield marks.key((*pointer, name)), "LS201", f"{quoted(name)} is not a field of {_field(pointer)}", hint


def _missing(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    name = error.kind.property
    about = _described(schema, _node(schema, error).get("properties", {}).get(name, {}))
    yield marks.value(pointer), "LS202", f"{_field(pointer)} needs {quoted(name)}", about


def _described(schema: dict[str, Any], node: dict[str, Any]) -> str:
    if "$ref" in node and "description" not in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return str(node.get("description", "")).partition(". ")[0].rstrip(".")


def _type(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    wanted = " or ".join(_KINDS[name] for name in error.kind.types)
    mark = marks.at.get(pointer)
    found = "nothing" if error.instance is None else quoted(mark.plain if mark and mark.plain else error.instance)
    hint = ""
    if "string" in error.kind.types and not isinstance(error.instance, (list, dict)):
        hint = "put it in quotes if a text is meant"
    elif isinstance(error.instance, str) and _looks_numeric(error.instance, error.kind.types):
        hint = "take the quotes away"
    elif isinstance(error.instance, str) and "array" in error.kind.types:
        hint = f"write [{error.instance}]" if len(error.instance) < 40 else "write a list"
    yield marks.value(pointer), "LS203", f"{_field(pointer)} must be {wanted}, found {found}", hint


def _looks_numeric(text: str, types: list[str]) -> bool:
    return bool({"integer", "number"} & set(types)) and len(text) < 40 and text.replace(".", "", 1).isdecimal()


def _enum(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    options = [str(option) for option in error.kind.options]
    hint = closest(str(error.instance), options) or f"known: {', '.join(options)}"
    yield marks.value(pointer), "LS204", f"{_field(pointer)} has no {quoted(error.instance)}", hint


def _pattern(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    hint = str(_node(schema, error).get("patternErrorMessage", f"must match {error.kind.pattern}"))
    yield marks.value(pointer), "LS205", f"{_field(pointer)} cannot be {quoted(error.instance)}", hint


def _limit(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    bound = {
        "minimum": "at least {}", "maximum": "at most {}",
        "exclusiveMinimum": "more than {}", "exclusiveMaximum": "less than {}",
        "minLength": "at least {} character(s) long", "maxLength": "at most {} characters long",
        "minItems": "a list of at least {}", "minProperties": "a mapping with at least {} entry",
    }[error.kind.name]  # fmt: skip
    limit = error.kind.limit
    number = f"{limit:g}" if isinstance(limit, float) else str(limit)
    message = f"{_field(pointer)} must be {bound.format(number)}, found {quoted(error.instance)}"
    yield marks.value(pointer), "LS206", message, ""


def _twice(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> _Said:
    items = error.instance
    for index, item in enumerate(items):
        if item in items[:index]:
            yield marks.value((*pointer, index)), "LS207", f"{_field(pointer)} has {quoted(item)} twice", "keep one"
            return


_SAY: dict[str, Callable[[Any, dict[str, Any], Pointer, Marks], _Said]] = {
    "additionalProperties": _unexpected, "required": _missing, "type": _type, "enum": _enum, "pattern": _pattern,
    "uniqueItems": _twice, "minimum": _limit, "maximum": _limit, "exclusiveMinimum": _limit, "exclusiveMaximum": _limit,
    "minLength": _limit, "maxLength": _limit, "minItems": _limit, "minProperties": _limit,
}  # fmt: skip


def _name_problem(error: Any, schema: dict[str, Any], pointer: Pointer, marks: Marks) -> Problem:
    """A key that `propertyNames` refuses."""
    inner = error.kind.error
    name = str(inner.instance)
    place = marks.key((*pointer, name))
    if inner.kind.name == "enum":
        options = [str(option) for option in inner.kind.options]
        hint = closest(name, options) or f"known: {', '.join(options)}"
        return Problem(marks.path, *place, "LS204", f"{_field(pointer)} has no {quoted(name)}", hint)
    hint = str(_node(schema, error).get("patternErrorMessage", ""))
    return Problem(marks.path, *place, "LS205", f"{_field(pointer)} cannot have the key {quoted(name)}", hint)
