"""Stand-ins for modules that an engine imports and a parser does not need (GPU kernels, compiled extensions)."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from typing import Any, TypeVar
from unittest.mock import MagicMock

__all__ = ["USED", "claim_versions", "stand_in", "with_stand_ins"]

T = TypeVar("T")

USED: list[str] = []
"""The modules that were replaced."""

_MOST = 150


class _StandIn(MagicMock):
    """A module of which everything may be asked."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return importlib.import_module("pydantic_core.core_schema").any_schema()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (object,)

    def __or__(self, other: object) -> Any:
        return Any

    __ror__ = __or__


def stand_in(name: str) -> None:
    """Put a stand-in where the module ``name`` and those below it were."""
    for loaded in [module for module in sys.modules if module == name or module.startswith(name + ".")]:
        del sys.modules[loaded]
    module = _StandIn()
    module.__name__, module.__spec__, module.__path__, module.__version__ = name, ModuleSpec(name, None), [], "99.0.0"
    module.__file__, module.__all__ = f"<stand-in for {name}>", []
    sys.modules[name] = module
    USED.append(name)


def with_stand_ins(call: Callable[[], T], own: str, may_replace: tuple[str, ...] = ()) -> T:
    """``call()``, again and again with a stand-in for each module that it misses.

    A module of the engine itself (``own``) is replaced only where its name begins as one of ``may_replace`` does.
    """
    for _ in range(_MOST):
        try:
            return call()
        except ModuleNotFoundError as error:
            name = _missing(error)
            ours = name == own or name.startswith(own + ".")
            if not name or name in USED or (ours and not name.startswith(may_replace or "\0")):
                raise
            stand_in(name)
            _forget_orphans(own)
        except ImportError as error:
            found = re.search(r"from '([\w]+)[\w.]*'", str(error))
            if not found or found[1] == own or found[1] in USED:
                raise
            stand_in(found[1])
            _forget_orphans(own)
    raise SystemExit(f"more than {_MOST} modules are missing")


def _missing(error: BaseException) -> str:
    """The module that was not found, also where another error was raised because of it."""
    while error.__cause__ is not None and not getattr(error, "name", None):
        error = error.__cause__
    return str(getattr(error, "name", None) or "")


def _forget_orphans(own: str) -> None:
    """Let a package whose own import failed be imported as a whole again."""
    if own not in sys.modules:
        for name in [name for name in sys.modules if name.startswith(own + ".")]:
            del sys.modules[name]


def claim_versions(versions: dict[str, str]) -> None:
    """Let ``importlib.metadata.version`` answer for distributions that are not installed."""
    real = importlib.metadata.version
    importlib.metadata.version = lambda distribution_name: versions.get(distribution_name) or real(distribution_name)
