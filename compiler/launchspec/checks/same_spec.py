"""A format, a size and a quantization choose one spec.

The launch command names these three; where two specs answer to them the first is always taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data

CODE = "LS308"
NAME = "same-spec"
SEVERITY = Severity.WARNING
_SPEC = """\
specs:
  - {format: mlx, size_in_billions: 7, quantizations: [4bit]}
"""
VALID = (_SPEC + "  - {format: mlx, size_in_billions: 7, quantizations: [8bit]}\n",)
INVALID = (_SPEC + "  - {format: mlx, size_in_billions: 7.0, quantizations: [8bit, 4bit]} #!\n",)


def find(tree: Data) -> Iterator[Finding]:
    """Specs that an earlier one hides."""
    seen: dict[tuple[str, float, str], int] = {}
    for number, spec in enumerate(tree["specs"]):
        for name in dict.fromkeys(spec["quantizations"]):
            key = (spec["format"], float(spec["size_in_billions"]), name)
            if key in seen:
                message = (
                    f"{spec['format']}, {spec['size_in_billions']} billion, {name} also chooses spec {seen[key] + 1}"
                )
                yield Finding(("specs", number), message, "join the two, or take the quantization out of one")
                break
            seen[key] = number
