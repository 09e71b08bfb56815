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
_LIBRARIES = ("docutils-", "jinja2-", "jsonschema_rs-", "markupsafe-", "pyyaml-")


@cache
def _ours() -> bytes:
    """A digest of our code, templates, schemas and engine data, and of the libraries that format text for us."""
    digest = hashlib.sha256(f"{__version__} {sys.version_info[:2]} {_libraries()}".encode())
    for path in resources.fingerprint_files():
        name = os.fsencode(f"{path.parent.name}/{path.name}")
        digest.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def _libraries() -> list[str]:
    """The libraries on which an output depends, each with its version, as installers name the folders of metadata."""
    from importlib.util import find_spec

    found = [find_spec(name) for name in ("docutils", "jinja2", "jsonschema_rs", "markupsafe", "yaml")]
    folders = {Path(spec.origin).parents[1] for spec in found if spec and spec.origin}
    return sorted(
        name
        for folder in folders
        if folder.is_dir()
        for name in os.listdir(folder)
        if name.endswith((".dist-info", ".egg-info")) and name.lower().startswith(_LIBRARIES)
    )


def key(content: bytes) -> bytes:
    """The key of what is compiled from ``content``."""
    return hashlib.sha256(_ours() + content).digest()


class Cache:
    """Bytes by key, in a file of the user's cache folder (``LAUNCHSPEC_CACHE`` names another; ``off`` none)."""

    def __init__(self) -> None:
        self._new: dict[bytes, bytes] = {}
        self._connection: sqlite3.Connection | None = None
        self._file = _place()
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(self._file, timeout=1.0)
            connection.execute("CREATE TABLE IF NOT EXISTS compiled (key BLOB PRIMARY KEY, value BLOB NOT NULL)")
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
        else:
            self._connection = connection

    def get(self, key: bytes) -> bytes | None:
        """What was put under ``key``, or None."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT value FROM compiled WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        if row is None or not isinstance(row[0], bytes):
            return None
        seal, value = row[0][:32], row[0][32:]
        return value if seal == hashlib.sha256(key + value).digest() else None

    def _give_up(self, error: Exception) -> None:
        """Go on without; a damaged file, which does not mend itself, is removed for the next run to begin anew."""
        self._connection = None
        if self._file and type(error) is sqlite3.DatabaseError:
            with suppress(OSError):
                self._file.unlink()

    def put(self, key: bytes, value: bytes) -> None:
        """Remember ``value``; it is stored by ``close``."""
        if self._connection is not None:
            self._new[key] = hashlib.sha256(key + value).digest() + value

    def close(self) -> None:
        """Store what was put, and let the oldest go where there is too much."""
        if self._connection is None:
            return
        try:
            if self._new:
                with self._connection:
                    self._connection.executemany("INSERT OR REPLACE INTO compiled VALUES (?, ?)", self._new.items())
                    self._connection.execute(
                        "DELETE FROM compiled WHERE rowid <= (SELECT max(rowid) FROM compiled) - ?", (_MOST,)
                    )
            self._connection.close()
        except sqlite3.Error as error:
            self._give_up(error)
        self._connection = None


def _place() -> Path | None:
    """The file of the cache, or None where there is to be none."""
    given = os.environ.get("LAUNCHSPEC_CACHE", "")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(given or os.path.join(base, "launchspec"))
    if given == "off" or not (given or folder.is_absolute()):
        return None
    return folder / "compiled.sqlite3"
