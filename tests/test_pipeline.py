"""The pipeline: all or nothing, several at once, and nothing half-written whenever it is killed."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

from command import COMMAND, SPEC, catalog, contents, environment, run

NAMES = [f"model-{number}" for number in range(12)]


def test_a_broken_spec_among_good_ones_changes_no_file(tmp_path: Path) -> None:
    specs = catalog(tmp_path, NAMES)
    run("generate", cwd=tmp_path, code=0)
    before = contents(tmp_path / "generated")
    (specs / "models" / "model-0.yaml").write_text(
        SPEC.format(name="model-0").replace("4096", "8192"), encoding="utf-8"
    )
    (specs / "models" / "broken.yaml").write_text("name: broken\n", encoding="utf-8")
    (specs / "models" / "worse.yaml").write_text("name: [\n", encoding="utf-8")
    done = run("generate", cwd=tmp_path, code=1)
    assert "broken.yaml" in done.stderr
    assert "worse.yaml" in done.stderr
    assert contents(tmp_path / "generated") == before


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    specs = catalog(tmp_path, NAMES)
    run("generate", cwd=tmp_path, code=0)
    docs = tmp_path / "generated" / "docs"
    times = {path.name: path.stat().st_mtime_ns for path in docs.iterdir()}
    (specs / "models" / "model-3.yaml").write_text(
        SPEC.format(name="model-3").replace("4096", "8192"), encoding="utf-8"
    )
    run("generate", cwd=tmp_path, code=0)
    changed = {path.name for path in docs.iterdir() if path.stat().st_mtime_ns != times[path.name]}
    assert changed == {"model-3.rst", "index.rst"}


def test_runs_beside_each_other_leave_whole_files(tmp_path: Path) -> None:
    catalog(tmp_path, NAMES)
    runs = [
        subprocess.Popen(
            [*COMMAND, "generate"], cwd=tmp_path, env=environment(LAUNCHSPEC_CACHE="cache"), stderr=subprocess.PIPE
        )
        for _ in range(6)
    ]
    for process in runs:
        _, stderr = process.communicate(timeout=120)
        assert (process.returncode, b"Traceback" in stderr) == (0, False), stderr
    run("generate", "--check", cwd=tmp_path, code=0)


def test_a_kill_at_any_moment_leaves_old_or_new_files(tmp_path: Path) -> None:
    specs = catalog(tmp_path, NAMES)
    run("generate", cwd=tmp_path, code=0)
    old = contents(tmp_path / "generated")
    for name in NAMES:
        text = SPEC.format(name=name).replace("4096", "8192")
        (specs / "models" / f"{name}.yaml").write_text(text, encoding="utf-8")
    run("generate", "--out", "wanted", cwd=tmp_path, code=0)
    new = contents(tmp_path / "wanted")
    rng = random.Random(7)
    for _ in range(25):
        process = subprocess.Popen([*COMMAND, "generate"], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.02, 0.25))
        process.kill()
        process.wait()
        found = contents(tmp_path / "generated")
        targets = {name: text for name, text in found.items() if not Path(name).name.startswith(".launchspec-")}
        assert set(targets) == set(old)
        assert all(text in (old[name], new[name]) for name, text in targets.items())
    run("generate", "--prune", cwd=tmp_path, code=0)
    run("generate", "--check", cwd=tmp_path, code=0)
