"""What changes for whoever starts an engine when its version does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from launchspec.engines.knowledge import Option, Snapshot

__all__ = ["Change", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``breaks`` says that a command that used the option is refused, not only changed in meaning."""

    flag: str
    what: str
    breaks: bool


def changes(old: Snapshot, new: Snapshot) -> list[Change]:
    """What breaks, then what changes silently, then what is new."""
    found = [change for option in old.all() for change in _of(option, old, new)]
    added = [Change(option.name, "is new", False) for option in new.all() if not set(option.flags) & set(old.options)]
    return [*(c for c in found if c.breaks), *(c for c in found if not c.breaks), *added]


def _of(option: Option, old: Snapshot, new: Snapshot) -> Iterator[Change]:
    for flag in (*option.flags, *option.negations):
        if flag not in new.options:
            hint = f"; use {option.replaced_by}" if option.replaced_by else ""
            yield Change(flag, f"is gone{hint}", True)
    now = new.options.get(option.name)
    if now is None:
        return
    if (option.kind, option.type) != (now.kind, now.type):
        takes = f"took {_takes(option)}, takes {_takes(now)}"
        yield Change(option.name, takes, (option.kind in ("flag", "boolean")) != (now.kind in ("flag", "boolean")))
    lost = set(option.choices or ()) - set(now.choices or option.choices or ()) - {"None"}  # which leaving it out says
    if lost:
        yield Change(option.name, f"no longer takes {', '.join(sorted(map(str, lost)))}", True)
    if option.registry and now.registry:
        gone = set(old.registries[option.registry]) - set(new.registries[now.registry])
        if gone:
            yield Change(option.name, f"no longer knows {', '.join(sorted(gone))}", True)
    if option.default != now.default and (option.default or now.default):
        yield Change(option.name, f"default {option.default!r} is now {now.default!r}", False)
    if now.deprecated and not option.deprecated:
        hint = f"; use {now.replaced_by}" if now.replaced_by else ""
        yield Change(option.name, f"is deprecated{hint}", False)


def _takes(option: Option) -> str:
    return "nothing" if option.kind in ("flag", "boolean") else f"{option.type} ({option.kind})"
