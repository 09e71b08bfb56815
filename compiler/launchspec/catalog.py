"""The files of a catalog: where its specs lie, and what kind each is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launchspec import resources
from launchspec.errors import ExitCode, LaunchspecError, Problem, closest, quoted

if TYPE_CHECKING:
    from launchspec.spec import Model

__all__ = ["SpecFile", "default_specs", "find_model", "model_files", "spec_files"]

_SUFFIXES = {".yaml", ".yml"}


@dataclass(frozen=True, slots=True, order=True)
class SpecFile:
    """A file of a catalog and the kind of schema that it follows."""

    path: Path
    kind: str


def default_specs() -> Path:
    """``specs/`` of the working directory where it holds a catalog, else the catalog that launchspec brings along."""
    here = Path("specs")
    return here if (here / "models").is_dir() else resources.root() / "specs"


def spec_files(places: Iterable[Path]) -> list[SpecFile]:
    """The specs at ``places``: files, flat folders of model specs, or catalogs with ``models/`` and ``engines/``.

    Raises LaunchspecError (LS101) where a place does not exist or holds no spec.
    """
    found: dict[Path, SpecFile] = {}
    problems = []
    for place in places:
        files = list(_below(place)) if place.is_dir() else [SpecFile(place, _kind(place))] if place.exists() else []
        if not files:
            message = "holds no specs (*.yaml)" if place.is_dir() else "does not exist"
            problems.append(Problem(str(place), 0, 0, "LS101", message, "name a spec, or a folder of specs"))
        found.update((file.path, file) for file in files)
    if problems:
        raise LaunchspecError(problems, ExitCode.IO)
    return sorted(found.values())


def model_files(specs: Path) -> list[Path]:
    """The model specs of a catalog or of a flat folder, sorted; raises as ``spec_files`` does."""
    return [file.path for file in spec_files([specs]) if file.kind == "model"]


def find_model(specs: Path, name: str) -> Model:
    """The model of this name, big and small letters being the same; raises LaunchspecError (LS321)."""
    from launchspec.read import read
    from launchspec.resolve import resolve
    from launchspec.validate import validate

    files = model_files(specs)
    for path in sorted(files, key=lambda path: path.stem.lower() != name.lower()):
        model = resolve(validate(read(path), "model"))
        if model.page_name == name.lower():
            return model
    raise LaunchspecError(
        [
            Problem(
                str(specs), 0, 0, "LS321", f"has no model {quoted(name)}", closest(name, [path.stem for path in files])
            )
        ]
    )


def _below(folder: Path) -> Iterable[SpecFile]:
    models, engines = folder / "models", folder / "engines"
    if not models.is_dir():
        yield from (
            SpecFile(path, _kind(path)) for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file()
        )
        return
    yield from (SpecFile(path, "model") for path in models.iterdir() if path.suffix in _SUFFIXES)
    if engines.is_dir():
        yield from (SpecFile(path, "engine") for path in engines.glob("*/engine.yaml"))


def _kind(path: Path) -> str:
    return "engine" if path.name == "engine.yaml" else "model"
