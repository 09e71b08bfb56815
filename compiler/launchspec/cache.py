"""What was compiled before, by the content of everything that went into it.

A key is the digest of a spec's bytes and of every file of ours that an output can depend on, so an entry cannot be
stale: what would make it so makes another key. A damaged entry is not used, and without a usable cache the compiler
works as it does with one.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from launchspec import __version__, resources

__all__ = ["Cache", "key"]

_MOST = 40_000


@cache
def _ours() -> bytes:
    """A digest of our code, templates, schemas and engine data, and of the libraries that format text for us."""
    digest = hashlib.sha256(f"{__version__} {sys.version_info[:2]}".encode())
    for path in (*resources.fingerprint_files(), *_libraries()):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def _libraries() -> list[Path]:
    """A file of each library on which an output depends, which changes with its version."""
    from importlib.util import find_spec

    specs = [find_spec(name) for name in ("jinja2", "markupsafe", "yaml", "jsonschema_rs")]
    return [Path(spec.origin) for spec in specs if spec and spec.origin]


def key(content: bytes) -> bytes:
    """The key of what is compiled from ``content``."""
    return hashlib.sha256(_ours() + content).digest()


class Cache:
    """Bytes by key, in a file of the user's cache folder (``LAUNCHSPEC_CACHE`` names another; ``off`` none)."""

    def __init__(self) -> None:
        self._new: dict[bytes, bytes] = {}
        self._connection: sqlite3.Connection | None = None
        place = os.environ.get("LAUNCHSPEC_CACHE", "")
        if place == "off":
            return
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        folder = Path(place or os.path.join(base, "launchspec"))
        with suppress(sqlite3.Error, OSError):
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(folder / "compiled.sqlite3", timeout=1.0)
            self._connection.execute("CREATE TABLE IF NOT EXISTS compiled (key BLOB PRIMARY KEY, value BLOB NOT NULL)")

    def get(self, key: bytes) -> bytes | None:
        """What was put under ``key``, or None."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT value FROM compiled WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            self._connection = None
            return None
        if row is None or not isinstance(row[0], bytes):
            return None
        seal, value = row[0][:32], row[0][32:]
        return value if seal == hashlib.sha256(key + value).digest() else None

    def put(self, key: bytes, value: bytes) -> None:
        """Remember ``value``; it is stored by ``close``."""
        if self._connection is not None:
            self._new[key] = hashlib.sha256(key + value).digest() + value

    def close(self) -> None:
        """Store what was put, and let the oldest go where there is too much."""
        if self._connection is None:
            return
        with suppress(sqlite3.Error):
            if self._new:
                with self._connection:
                    self._connection.executemany("INSERT OR REPLACE INTO compiled VALUES (?, ?)", self._new.items())
                    self._connection.execute(
                        "DELETE FROM compiled WHERE rowid <= (SELECT max(rowid) FROM compiled) - ?", (_MOST,)
                    )
            self._connection.close()
        self._connection = None
