"""An ``argparse.ArgumentParser`` as plain data: what each action says of itself, without judgement."""

from __future__ import annotations

import argparse
import dataclasses
import enum
import functools
import inspect
import json
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["dump", "emit", "plain"]

_DEEPEST = 6


def emit(raw: dict[str, Any]) -> None:
    """Print the answer of a probe, after whatever the engine printed."""
    print("\n@launchspec-snapshot@" + json.dumps(raw, ensure_ascii=True, sort_keys=True))


def dump(parser: argparse.ArgumentParser) -> dict[str, Any]:
    """Options, positional arguments and settings of ``parser``; ``classes`` maps names to the types of JSON values."""
    spellings: dict[int, list[str]] = {}
    for spelling, action in parser._option_string_actions.items():
        spellings.setdefault(id(action), []).append(spelling)
    titles = {id(action): group.title for group in parser._action_groups for action in group._group_actions}
    marked = {id(action) for action in getattr(parser, "_deprecated", ()) if isinstance(action, argparse.Action)}
    classes: dict[str, type] = {}
    options = [
        {
            **_action(action, spellings.get(id(action), []), classes),
            "group": titles.get(id(action)),
            "marked_deprecated": id(action) in marked or bool(getattr(action, "deprecated", False)),
        }
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction | argparse._VersionAction | argparse._SubParsersAction)
    ]
    return {"options": options, "classes": classes, "abbreviations": parser.allow_abbrev}


def _action(action: argparse.Action, spellings: list[str], classes: dict[str, type]) -> dict[str, Any]:
    kind, types = type(action), _types(action.type)
    json_class = next((known for known in types if isinstance(known, type) and dataclasses.is_dataclass(known)), None)
    if json_class is not None:
        classes[json_class.__name__] = json_class
    return {
        "spellings": spellings,
        "visible": [spelling for spelling in spellings if spelling in action.option_strings],
        "negative": sorted(_negative(action, spellings)),
        "dest": action.dest,
        "actions": [each.__name__ for each in kind.__mro__ if each.__name__.endswith("Action")],
        "types": [_name(each) for each in types],
        "json_class": json_class.__name__ if json_class is not None else None,
        "nargs": action.nargs,
        "const": plain(action.const),
        "default": plain(action.default),
        "choices": None if action.choices is None else [plain(choice) for choice in _ordered(action.choices)],
        "metavar": plain(action.metavar),
        "required": action.required,
        "help": action.help if isinstance(action.help, str) and action.help is not argparse.SUPPRESS else None,
        "hidden": action.help is argparse.SUPPRESS,
        "new_flag": plain(getattr(action, "new_flag", None)),
        "error_message": plain(getattr(action, "error_message", None)),
        "const_value": plain(getattr(action, "const_value", None)),
    }


def _negative(action: argparse.Action, spellings: list[str]) -> set[str]:
    """The spellings that turn a boolean off."""
    named = getattr(action, "negative_option_strings", None)
    if named is not None:
        return set(named)
    if not isinstance(action, argparse.BooleanOptionalAction):
        return set()
    return {each for each in spellings if each.startswith("--no-") and "--" + each[5:] in spellings}


def _ordered(choices: Iterable[Any]) -> list[Any]:
    return sorted(choices, key=str) if isinstance(choices, set | frozenset) else list(choices)


def _types(called: Any) -> list[Any]:
    """What ``type=`` calls, from the outermost wrapper to the innermost."""
    chain: list[Any] = []
    while called is not None and called not in chain:
        chain.append(called)
        called = _wrapped(called)
    return chain


def _wrapped(called: Any) -> Any:
    if isinstance(called, functools.partial):
        return called.func
    if not inspect.isfunction(called):
        return None
    bound = inspect.signature(called).parameters.get("cls")
    if bound is not None and dataclasses.is_dataclass(bound.default):
        return bound.default
    closed = inspect.getclosurevars(called).nonlocals
    names = ("dataclass_cls", "return_type", "cls", "func", "val_type")
    return next((closed[name] for name in names if closed.get(name) is not None), None)


def _name(called: Callable[..., Any]) -> str:
    if called is json.loads:
        return "json.loads"
    return str(getattr(called, "__qualname__", None) or type(called).__qualname__)


def plain(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 -- one return per kind of value
    """``value`` as JSON can say it; what it cannot say becomes ``{"$": name}``."""
    if value is argparse.SUPPRESS:
        return {"$": "SUPPRESS"}
    if isinstance(value, enum.Enum):
        return plain(value.value, depth + 1)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0.0 else {"$": repr(value)}
    if depth < _DEEPEST and isinstance(value, dict):
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return [plain(each, depth + 1) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(each, depth + 1) for each in value), key=repr)
    if depth < 3 and dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"$": type(value).__name__}
    if isinstance(value, type) or callable(value):
        return {"$": getattr(value, "__qualname__", repr(type(value)))}
    return {"$": type(value).__qualname__}
