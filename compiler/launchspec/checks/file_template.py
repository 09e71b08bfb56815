"""A file template names one file for each choice.

`{quantization}` and, in split files, `{part}` are filled in; nothing else is. A spec with several quantizations and a
template without `{quantization}` would fetch the same file for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity, closest, quoted
from launchspec.read import Data

CODE = "LS305"
NAME = "file-template"
SEVERITY = Severity.ERROR
_SPEC = """\
specs:
  - format: ggufv2
    size_in_billions: 7
    quantizations: [Q4_K_M, Q8_0]
    hubs:
      huggingface:
        id: a/b
"""
VALID = (_SPEC + "        file: b-{quantization}.gguf\n",)
INVALID = (_SPEC + "        file: b-Q8_0.gguf #!\n", _SPEC + "        file: b-{quantisation}.gguf #!\n")
_KNOWN = {"file": ("quantization", "part"), "split_file": ("quantization", "part")}


def find(tree: Data) -> Iterator[Finding]:
    """Unknown placeholders, and templates that cannot tell quantizations apart."""
    for number, spec in enumerate(tree["specs"]):
        for hub, entry in spec.get("hubs", {}).items():
            for field, known in _KNOWN.items():
                if field in entry:
                    pointer = ("specs", number, "hubs", hub, field)
                    several = len(set(entry.get("quantizations", spec["quantizations"]))) > 1
                    yield from _template(entry[field], known, pointer, several)


def _template(
    template: str, known: tuple[str, ...], pointer: tuple[str | int, ...], several: bool
) -> Iterator[Finding]:
    names = re.findall(r"\{([^{}]*)\}", template)
    for name in names:
        if name not in known:
            hint = closest(name, known) or f"known: {', '.join('{' + word + '}' for word in known)}"
            yield Finding(pointer, f"nothing fills in {quoted('{' + name + '}')}", hint)
    if several and "quantization" not in names and all(name in known for name in names):
        message = f"{quoted(template)} is the same file for every quantization"
        yield Finding(pointer, message, "put {quantization} where the name of the quantization stands")
