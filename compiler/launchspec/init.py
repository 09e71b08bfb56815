"""A catalog of the user's own: what ``launchspec init`` writes."""

from __future__ import annotations

from pathlib import Path

from launchspec import __version__, resources
from launchspec.errors import ExitCode, LaunchspecError, Problem
from launchspec.render import render
from launchspec.write import write_file

__all__ = ["start"]

_FILES = {
    "README.md": "init/README.md.jinja",
    "specs/models/example.yaml": "init/example.yaml.jinja",
    ".pre-commit-config.yaml": "init/pre-commit-config.yaml.jinja",
    ".github/workflows/launchspec.yml": "init/workflow.yml.jinja",
    ".gitattributes": "init/gitattributes.jinja",
}


def start(folder: Path) -> list[Path]:
    """Write a catalog to ``folder`` and return its files.

    Raises LaunchspecError (LS502) where one of them exists, and then writes none.
    """
    files = {name: render(template, version=__version__).encode() for name, template in _FILES.items()}
    files |= {f"specs/schemas/{path.name}": path.read_bytes() for path in resources.schema_files()}
    taken = [folder / name for name in files if (folder / name).exists()]
    if taken:
        hint = "start in an empty folder, or move the file away"
        raise LaunchspecError(
            [Problem(str(path), 0, 0, "LS502", "exists and is left as it is", hint) for path in taken], ExitCode.IO
        )
    for name, content in files.items():
        write_file(folder / name, content)
    return [folder / name for name in files]
