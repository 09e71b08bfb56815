"""Files to disk, or a comparison with it; the only module that writes generated files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from launchspec.errors import ExitCode, LaunchspecError, Problem

__all__ = ["Difference", "compare", "remove", "write_file", "write_files"]


@dataclass(slots=True)
class Difference:
    """How a folder differs from the files that should be in it; paths relative to the folder, sorted."""

    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.unknown)


def compare(files: Mapping[str, bytes], folder: Path, *, whole: bool = True) -> Difference:
    """How ``folder`` differs from ``files``; ``whole`` says that nothing else may be in it."""
    difference = Difference()
    for name, content in sorted(files.items()):
        found = _content(folder / name, len(content))
        if found is None:
            difference.missing.append(name)
        elif found != content:
            difference.changed.append(name)
    if whole:
        difference.unknown = sorted(set(_names(folder)) - set(files))
    return difference


def write_files(files: Mapping[str, bytes], folder: Path, difference: Difference) -> None:
    """Write the files that ``difference`` names as changed or missing; raises LaunchspecError (LS501)."""
    for name in (*difference.changed, *difference.missing):
        write_file(folder / name, files[name])


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: a reader sees the old file or the new one, never a part."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise LaunchspecError(
            [Problem(str(path), 0, 0, "LS501", f"cannot be written: {reason}")], ExitCode.IO
        ) from None


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files below ``folder``; raises LaunchspecError (LS501)."""
    for name in names:
        try:
            (folder / name).unlink()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise LaunchspecError(
                [Problem(str(folder / name), 0, 0, "LS501", f"cannot be removed: {reason}")], ExitCode.IO
            ) from None


def _content(path: Path, size: int) -> bytes | None:
    """What is in a file, read no further than one byte past ``size``; None where there is no file."""
    try:
        with path.open("rb") as file:
            return file.read(size + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LaunchspecError([Problem(str(path), 0, 0, "LS101", f"cannot be read: {reason}")], ExitCode.IO) from None


def _names(folder: Path) -> Iterable[str]:
    for place, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
