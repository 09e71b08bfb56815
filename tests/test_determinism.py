"""Same inputs, same bytes: whatever the hash seed, time zone, locale, umask, folder order or Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command import COMMAND, catalog, contents, environment
from launchspec import resources

NAMES = ["gamma", "Alpha", "beta-2", "delta.5"]
SETTINGS = {
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "random hash seed": {"PYTHONHASHSEED": "random"},
    "far west": {"TZ": "Pacific/Pago_Pago"},
    "far east": {"TZ": "Pacific/Kiritimati"},
    "no locale": {"LC_ALL": "C"},
    "UTF-8 mode": {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8"},
    "wide terminal": {"COLUMNS": "300"},
    "no colour": {"NO_COLOR": "1"},
}
ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")


def _specs(folder: Path, names: list[str]) -> Path:
    """A catalog with models of our own and some of the real one, made in the order given."""
    specs = catalog(folder, names)
    for name in ("deepseek-r1", "qwen3", "smollm2"):
        shutil.copy(resources.root() / "specs" / "models" / f"{name}.yaml", specs / "models")
    return specs


def _generated(folder: Path, command: list[str] | None = None, umask: int = 0o022, **env: str) -> dict[str, bytes]:
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    words = ["generate", "--specs", "specs", "--out", "out", "--target", "docs", "--target", "reference"]
    subprocess.run(
        [*(command or COMMAND), *words],
        cwd=folder,
        env=environment(**env),
        umask=umask,
        check=True,
        capture_output=True,
    )
    modes = {path.stat().st_mode & 0o777 for path in out.rglob("*.rst")}
    assert modes == {0o644}
    return contents(out)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the catalog gives under ordinary settings."""
    folder = tmp_path_factory.mktemp("plain")
    _specs(folder, NAMES)
    return _generated(folder)


@pytest.mark.parametrize("env", SETTINGS.values(), ids=SETTINGS.keys())
def test_settings_change_nothing(tmp_path: Path, wanted: dict[str, bytes], env: dict[str, str]) -> None:
    _specs(tmp_path, NAMES)
    assert _generated(tmp_path, **env) == wanted


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_umask_changes_nothing(tmp_path: Path, wanted: dict[str, bytes], umask: int) -> None:
    _specs(tmp_path, NAMES)
    assert _generated(tmp_path, umask=umask) == wanted


def test_the_order_and_the_place_of_files_change_nothing(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    folder = tmp_path / "a folder with spaces" / "日本"
    _specs(folder, NAMES[::-1])
    assert _generated(folder) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("version", PYTHONS)
def test_another_python_changes_nothing(tmp_path: Path, wanted: dict[str, bytes], version: str) -> None:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        command = COMMAND
    else:
        command = [str(_environment(version)), "-m", "launchspec"]
    _specs(tmp_path, NAMES)
    assert _generated(tmp_path, command) == wanted


def _environment(version: str) -> Path:
    """A Python of this version with what launchspec needs, made once and kept in ``.cache/``."""
    found = next((python for python in _pythons(version) if _runs(python, version)), None)
    if not found:
        pytest.skip(f"not here: Python {version}")
    folder = ROOT / ".cache" / f"python{version}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([found, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(ROOT)]
    subprocess.run(install, check=True, env={**os.environ, "PYTHONPATH": ""})
    return python


def _pythons(version: str) -> list[str]:
    """Where a Python of this version may be: on the path, or among those that pyenv keeps."""
    on_path = shutil.which(f"python{version}")
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [*([on_path] if on_path else []), *map(str, sorted(kept.glob(f"{version}.*/bin/python")))]


def _runs(python: str, version: str) -> bool:
    done = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.startswith(f"Python {version}.")
