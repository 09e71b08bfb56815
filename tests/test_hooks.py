"""The hooks that other repositories use, run by the real pre-commit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command import catalog, run

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / ".pre-commit-hooks.yaml").exists(), reason="not here: the checkout"),
]


def _try(folder: Path, hook: str) -> subprocess.CompletedProcess[str]:
    words = ["pre_commit", "try-repo", str(ROOT), hook, "--all-files", "--color", "never"]
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder, env={**os.environ, "PRE_COMMIT_HOME": str(ROOT / ".cache" / "pre-commit")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a catalog and what it gives."""
    catalog(tmp_path, ["alpha", "beta"])
    run("generate", cwd=tmp_path, code=0)
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.parametrize("hook", ["launchspec-check", "launchspec-generate"])
def test_a_hook_passes_and_fails_as_its_command_does(repository: Path, hook: str) -> None:
    done = _try(repository, hook)
    assert done.returncode == 0, done.stdout + done.stderr
    spec = repository / "specs" / "models" / "alpha.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("4096", "-1"), encoding="utf-8")
    done = _try(repository, hook)
    assert done.returncode == 1
    assert "alpha.yaml:2:17: LS206" in done.stdout
