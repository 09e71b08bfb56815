"""An engine serves quantizations that the spec has.

`engines` may limit an engine to some of the spec's quantizations; a name that the spec does not have can never be
chosen.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity, closest, quoted
from launchspec.read import Data

CODE = "LS302"
NAME = "engine-quantization"
SEVERITY = Severity.ERROR
VALID = ("specs: [{format: pytorch, size_in_billions: 7, quantizations: [4-bit, none], engines: {vLLM: [none]}}]",)
INVALID = ("specs: [{format: pytorch, size_in_billions: 7, quantizations: [4-bit, none], engines: {vLLM: [nope]}}] #!",)


def find(tree: Data) -> Iterator[Finding]:
    """Names that the spec does not list."""
    for number, spec in enumerate(tree["specs"]):
        engines = spec.get("engines")
        for engine, served in engines.items() if isinstance(engines, dict) else ():
            for index, name in enumerate(served if isinstance(served, list) else ()):
                if name not in spec["quantizations"]:
                    hint = closest(name, spec["quantizations"]) or f"the spec has {', '.join(spec['quantizations'])}"
                    message = f"{engine} cannot serve {quoted(name)}, which the spec does not have"
                    yield Finding(("specs", number, "engines", engine, index), message, hint)
