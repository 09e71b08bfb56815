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
    for left in reversed(range(10)):
        try:
            _replace(path, content)
        except FileNotFoundError as error:  # another run has pruned the folder in this moment
            if not left:
                raise _unwritable(path, error) from None
        except OSError as error:
            raise _unwritable(path, error) from None
        else:
            return


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".launchspec-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _unwritable(path: Path, error: OSError) -> LaunchspecError:
    reason = error.strerror or type(error).__name__
    return LaunchspecError([Problem(str(path), 0, 0, "LS501", f"cannot be written: {reason}")], ExitCode.IO)


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files below ``folder``; raises LaunchspecError (LS501)."""
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
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
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LaunchspecError([Problem(str(path), 0, 0, "LS101", f"cannot be read: {reason}")], ExitCode.IO) from None


def _names(folder: Path) -> Iterable[str]:
    for place, folders, names in os.walk(folder, onerror=_refuse):
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*names, *links):
            yield os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
