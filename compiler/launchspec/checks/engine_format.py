"""An engine reads the format it is listed for.

What each engine reads is in `specs/engines/`. A spec may state otherwise, and is told so.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity, quoted
from launchspec.read import Data
from launchspec.resolve import engines_for

CODE = "LS303"
NAME = "engine-format"
SEVERITY = Severity.WARNING
VALID = ("specs: [{format: ggufv2, size_in_billions: 7, quantizations: [Q8_0], engines: [llama.cpp]}]",)
INVALID = ("specs: [{format: mlx, size_in_billions: 7, quantizations: [4bit], engines: [SGLang]}] #!",)


def find(tree: Data) -> Iterator[Finding]:
    """Engines that do not read the format."""
    for number, spec in enumerate(tree["specs"]):
        known = engines_for(spec["format"])
        engines = spec.get("engines", ())
        for index, engine in enumerate(engines):
            if engine not in known and engine != "LMDEPLOY":
                step: str | int = engine if isinstance(engines, dict) else index
                message = f"{engine} does not read the format {quoted(spec['format'])}"
                hint = f"engines that do: {', '.join(known)}" if known else "no engine that is known here does"
                yield Finding(("specs", number, "engines", step), message, hint, at_key=isinstance(step, str))
