"""What is installed is what is tested: the wheel, outside of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="not here: the checkout"),
]


def _run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env={**kept, **(env or {})}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


def _content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the sdist that is built from the checkout's tracked files."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel, pytest and the oracles, and cannot see the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    needs = ["pytest>=8.4", "hypothesis>=6.140", "jsonschema>=4.25", "ruamel.yaml>=0.18.15", "sphinx>=8.2"]
    _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, *needs, cwd=folder)
    return python


def test_both_ways_to_a_wheel_give_the_same_files(wheel: Path, tmp_path: Path) -> None:
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    direct = _content(next(tmp_path.glob("*.whl")))
    assert direct == _content(wheel)


def test_the_wheel_has_specs_templates_and_types(wheel: Path) -> None:
    names = set(_content(wheel))
    wanted = [("templates", "*.jinja"), ("specs", "*.yaml"), ("specs", "*.json")]
    for folder, pattern in wanted:
        for path in (ROOT / folder).rglob(pattern):
            assert f"launchspec/{path.relative_to(ROOT).as_posix()}" in names
    assert "launchspec/py.typed" in names


def test_the_command_works_where_there_is_no_checkout(python: Path, tmp_path: Path) -> None:
    command: Sequence[str | Path] = [python.parent / "launchspec"]
    _run(*command, "--version", cwd=tmp_path)
    _run(*command, "generate", "--out", "built-in", cwd=tmp_path)
    assert (tmp_path / "built-in" / "docs" / "deepseek-r1.rst").is_file()
    _run(*command, "init", "mine", cwd=tmp_path)
    for words in (["check"], ["generate"], ["generate", "--check"]):
        _run(*command, *words, cwd=tmp_path / "mine")


def test_the_tests_pass_outside_of_the_checkout(python: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests", tmp_path / "tests")
    if (ROOT.parent / "shared").is_dir():
        (tmp_path.parent / "shared").unlink(missing_ok=True)
        (tmp_path.parent / "shared").symlink_to(ROOT.parent / "shared")
    words = ["-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
    env = {"LAUNCHSPEC_FUZZ": "1000"}
    said = _run(python, *words, "-W", "ignore::pytest.PytestUnknownMarkWarning", "tests", cwd=tmp_path, env=env)
    assert " passed" in said
