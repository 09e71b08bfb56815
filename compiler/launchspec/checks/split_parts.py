"""Parts belong to a quantization of the spec.

`parts` says how many files a quantization is split into. Parts of a quantization that is not listed cannot be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity, closest, quoted
from launchspec.read import Data

CODE = "LS306"
NAME = "split-parts"
SEVERITY = Severity.WARNING
_SPEC = """\
specs:
  - format: ggufv2
    size_in_billions: 7
    quantizations: [Q4_K_M, Q8_0]
    hubs:
      huggingface:
        id: a/b
"""
VALID = (_SPEC + "        split_file: '{quantization}-{part}.gguf'\n        parts: {Q8_0: 2}\n",)
INVALID = (
    _SPEC + "        split_file: '{quantization}-{part}.gguf'\n        parts: {Q9_0: 2} #!\n",
    _SPEC + "        file: '{quantization}.gguf'\n        parts: {Q8_0: 2} #!\n",
)


def find(tree: Data) -> Iterator[Finding]:
    """Parts of unlisted quantizations, and parts that no template names."""
    for number, spec in enumerate(tree["specs"]):
        for hub, entry in spec.get("hubs", {}).items():
            pointer = ("specs", number, "hubs", hub, "parts")
            served = entry.get("quantizations", spec["quantizations"])
            for name in entry.get("parts", {}):
                if name not in served:
                    hint = closest(name, served) or "add it to quantizations to make it a choice"
                    yield Finding((*pointer, name), f"{quoted(name)} is not among the quantizations", hint, at_key=True)
            if entry.get("parts") and "{part}" not in entry.get("split_file", entry.get("file", "")):
                yield Finding(pointer, "no file template has {part}", "add split_file: with {part}", at_key=True)
