"""A snapshot of one version, from its unpacked source and a Python that has what it imports."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launchspec.engines.snapshot import static
from launchspec.engines.snapshot.normalise import normalise
from launchspec.errors import ExitCode, LaunchspecError, Problem, closest, quoted

__all__ = ["RECIPES", "Recipe", "snapshot"]

_MARK = "@launchspec-snapshot@"
_SECONDS = 300
_ARGPARSE: Mapping[str, Any] = {"kind": "argparse", "abbreviations": True, "equals": True}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the options of a program are found: ``probe`` runs in the engine's environment, or the source is read."""

    engine: str
    program: str
    package: str
    probe: tuple[str, ...]
    parser: Mapping[str, Any]
    registries: Callable[[Path], Mapping[str, Iterable[str]]]
    env: tuple[str, ...]
    declared: Callable[[Path], set[str]] | None
    machine: frozenset[str] = frozenset()


def _vllm_registries(source: Path) -> Mapping[str, Iterable[str]]:
    package = source / "vllm"
    layers = package / "model_executor" / "layers" / "quantization" / "__init__.py"
    folders = [package / "tool_parsers", package / "entrypoints" / "openai" / "tool_parsers"]
    tools = [name for folder in folders for name in _parsers(folder, "ToolParserManager", "_TOOL_PARSERS_TO_REGISTER")]
    reasons = _parsers(package / "reasoning", "ReasoningParserManager", "_REASONING_PARSERS_TO_REGISTER")
    methods = static.literals(layers, "QuantizationMethods") or static.literals(layers, "QUANTIZATION_METHODS")
    return {"quantization": methods, "tool_call_parser": tools, "reasoning_parser": reasons}


def _parsers(folder: Path, manager: str, table: str) -> list[str]:
    return [*static.registered(folder, manager), *static.literals(folder / "__init__.py", table)]


def _none(source: Path) -> Mapping[str, Iterable[str]]:
    return {}


RECIPES: dict[str, Recipe] = {
    "vllm": Recipe(
        "vLLM", "vllm serve", "vllm", ("probes.vllm_serve", "{version}"),
        {**_ARGPARSE, "underscores": "as-dashes", "dotted": True, "config": "--config"},
        _vllm_registries, ("VLLM",), static.vllm, frozenset({"mm_processor_device"}),
    ),
    "sglang": Recipe(
        "SGLang", "python -m sglang.launch_server", "sglang", ("probes.sglang_server",),
        {**_ARGPARSE, "underscores": "distinct", "config": "--config"}, _none, ("SGLANG", "SGL"), static.sglang,
    ),
    "mlx": Recipe(
        "MLX", "mlx_lm.server", "mlx-lm", ("probes.main_function", "mlx_lm.server", "main", "mlx_lm.server"),
        {**_ARGPARSE, "underscores": "distinct"}, _none, (), None,
    ),
    "llama_cpp.server": Recipe(
        "llama.cpp", "python -m llama_cpp.server", "llama-cpp-python", ("probes.llama_cpp_server",),
        {**_ARGPARSE, "underscores": "distinct", "config": "--config_file"}, _none, (), None,
        frozenset({"n_threads", "n_threads_batch"}),
    ),
    "transformers": Recipe(
        "Transformers", "transformers serve", "transformers", (),
        {"kind": "typer", "equals": True, "underscores": "distinct"}, _none, (), None,
    ),
}  # fmt: skip
"""The recipes, by the key of the engine's folder in ``specs/engines``."""


def snapshot(key: str, version: str, source: Path, path: Iterable[Path], python: str) -> dict[str, Any]:
    """The snapshot of ``version`` from its source tree; ``path`` comes after it, ``python`` has what it imports.

    Raises LaunchspecError (LS701) where the program is not known, the probe fails, or importing finds fewer options
    than reading the source does.
    """
    if key not in RECIPES:
        hint = closest(key, RECIPES) or f"known: {', '.join(RECIPES)}"
        raise LaunchspecError([Problem("engines", 0, 0, "LS701", f"there is no {quoted(key)}", hint)], ExitCode.USAGE)
    recipe = RECIPES[key]
    raw = _probed(recipe, version, source, path, python) if recipe.probe else static.transformers(source)
    made = normalise(
        raw,
        engine=recipe.engine,
        program=recipe.program,
        version=version,
        source={
            "how": "import" if recipe.probe else "static",
            "package": recipe.package,
            "stubbed": raw.get("stubbed"),
            "added": raw.get("added"),
        },
        parser=recipe.parser,
        registries=recipe.registries(source),
        env=static.environment(source, recipe.env) if recipe.env else (),
        machine=recipe.machine,
    )
    _cross_check(recipe, source, made)
    return made


def _probed(recipe: Recipe, version: str, source: Path, path: Iterable[Path], python: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(Path(__file__).parent / "probes", Path(folder) / "probes")
        search = os.pathsep.join(map(str, (folder, source, *path)))
        words = [python, "-m", *(word.format(version=version) for word in recipe.probe)]
        done = subprocess.run(
            words, cwd=folder, env={**os.environ, "PYTHONPATH": search}, capture_output=True, text=True,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    found = re.search(rf"^{_MARK}(.*)$", done.stdout, re.MULTILINE)
    if not found:
        last = (done.stderr.strip() or done.stdout.strip() or "it printed nothing").splitlines()[-1]
        place = f"{recipe.package} {version}"
        raise LaunchspecError([Problem(place, 0, 0, "LS701", f"the probe failed: {quoted(last, 200)}")])
    raw: dict[str, Any] = json.loads(found[1])
    return raw


def _cross_check(recipe: Recipe, source: Path, made: Mapping[str, Any]) -> None:
    if recipe.declared is None:
        return
    imported = {flag for option in made["options"] for flag in (*option["flags"], *option.get("negations", ()))}
    missing = {flag for flag in recipe.declared(source) if flag.startswith("--")} - imported
    if len(missing) > len(imported) // 20:
        names = ", ".join(sorted(missing)[:8])
        message = (
            f"importing finds {len(imported)} spellings and lacks {len(missing)} that the source declares: {names}"
        )
        raise LaunchspecError([Problem(f"{recipe.package} {made['version']}", 0, 0, "LS701", message)])
