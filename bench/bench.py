"""Speed and memory as ratios in one run; a report, not a test: machines are noisy."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from launchspec.errors import LaunchspecError
from launchspec.importers import write_specs
from launchspec.importers.xinference import import_families
from launchspec.read import Source, load

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "xinference-2026-08"
COMMAND = [sys.executable, "-m", "launchspec"]
EMPTY = "import typer\napp = typer.Typer()\n@app.command()\ndef main() -> None: ...\napp()\n"
XINFERENCE_SECONDS = 8.0
"""CPU of Xinference's own generator for its model pages, as it was measured for this project."""
SPEC = (ROOT / "specs" / "models" / "qwen3-coder.yaml").read_text(encoding="utf-8")
WORST = {
    "500 KB of brackets": "[" * 500_000,
    "500 KB of one plain scalar": "a" * 500_000,
    "20,000 nodes": ("- [" + "1," * 999 + "]\n") * 20,
    "100,000 escapes": '"' + "\\x41" * 100_000 + '"',
    "500 KB of comments": "#" * 500_000,
}


def cpu_seconds(words: Sequence[str], times: int = 9, before: Sequence[Path] = (), cache: str = "off") -> float:
    """The median CPU time of a whole process; ``before`` is removed ahead of each run."""
    env = {**os.environ, "LAUNCHSPEC_CACHE": cache}
    found = []
    for _ in range(times):
        for path in before:
            shutil.rmtree(path, ignore_errors=True)
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, env=env, check=True, capture_output=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime)
    return statistics.median(found)


def start_up(folder: Path) -> None:
    """The command beside an empty Typer app."""
    app = folder / "empty.py"
    app.write_text(EMPTY, encoding="utf-8")
    cache, out = str(folder / "cache"), str(folder / "generated")
    check = [*COMMAND, "generate", "--specs", str(ROOT / "specs"), "--out", out]
    subprocess.run(check, env={**os.environ, "LAUNCHSPEC_CACHE": cache}, check=True, capture_output=True)
    empty = cpu_seconds([sys.executable, str(app)])
    print("start-up, CPU of the whole process (median of 9)")
    row("an empty Typer app", empty, empty)
    row("launchspec --version", cpu_seconds([*COMMAND, "--version"]), empty, "at most 1.2")
    row("generate --check, nothing to do", cpu_seconds([*check, "--check"], cache=cache), empty, "at most 2")


def corpus(folder: Path) -> None:
    """The 104 families of 2026, cold and warm."""
    print("\ngenerate over Xinference's families of 2026, CPU of the whole process")
    if not CORPUS.is_dir():
        print("  not here: ../shared")
        return
    specs, out, cache = folder / "families", folder / "pages", folder / "families-cache"
    done = import_families([CORPUS / "llm_family.json"], CORPUS / "pages")
    write_specs(done, specs, overwrite=True)
    words = [*COMMAND, "generate", "--specs", str(specs), "--out", str(out)]
    cold = cpu_seconds(words, 5, [out, cache], str(cache))
    warm = cpu_seconds(words, 5, [out], str(cache))
    row(f"{len(done.trees)} families, cold", cold, XINFERENCE_SECONDS, "of Xinference's own 8 s; at most 1 s")
    row(f"{len(done.trees)} families, warm, pages missing", warm, XINFERENCE_SECONDS, "at most 0.3 s")


def growth(folder: Path) -> None:
    """Catalogs of 1,000 to 10,000 specs."""
    print("\nlarge catalogs, cold: CPU and peak memory")
    first = 0.0
    for count in (1_000, 3_000, 10_000):
        specs, out = folder / f"specs-{count}", folder / f"out-{count}"
        specs.mkdir()
        for number in range(count):
            spec = SPEC.replace("name: Qwen3-Coder", f"name: model-{number}", 1)
            (specs / f"model-{number}.yaml").write_text(spec, encoding="utf-8")
        words = [*COMMAND, "generate", "--specs", str(specs), "--out", str(out)]
        code = (
            "import resource, runpy, sys\nsys.argv = ['launchspec', *sys.argv[1:]]\n"
            "try: runpy.run_module('launchspec', run_name='__main__')\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = subprocess.run(
            [sys.executable, "-c", code, *words[3:]],
            env={**os.environ, "LAUNCHSPEC_CACHE": "off"}, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
        first = first or seconds / count
        ratio, memory = seconds / count / first, int(said.split()[-1]) / 1024
        print(
            f"  {count:6,} specs  {seconds:7.2f} s  {ratio:5.2f} of the first per spec  {memory:6.0f} MiB (at most 400)"
        )
        shutil.rmtree(specs)
        shutil.rmtree(out)


def worst() -> None:
    """Hostile files: time until they are refused."""
    print("\nhostile files, CPU until refused or read (at most 200 ms)")
    for name, text in WORST.items():
        start = time.process_time()
        try:
            load(Source("hostile", text))
            verdict = "read"
        except LaunchspecError:
            verdict = "refused"
        print(f"  {name:<28}{(time.process_time() - start) * 1000:7.1f} ms  {verdict}")


def row(what: str, seconds: float, base: float, limit: str = "") -> None:
    """One line of the report."""
    print(f"  {what:<42}{seconds * 1000:8.0f} ms {seconds / base:6.2f}  {limit}")


def main() -> None:
    """All measurements."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start_up(folder)
        corpus(folder)
        growth(folder)
    worst()


if __name__ == "__main__":
    main()
