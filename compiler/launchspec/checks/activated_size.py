"""No more parameters work than there are.

`activated_size_in_billions` counts those that work on one token, a part of `size_in_billions`.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data

CODE = "LS309"
NAME = "activated-size"
SEVERITY = Severity.ERROR
VALID = ("specs: [{format: mlx, size_in_billions: 30, activated_size_in_billions: 3, quantizations: [4bit]}]",)
INVALID = ("specs: [{format: mlx, size_in_billions: 3, activated_size_in_billions: 30, quantizations: [4bit]}] #!",)


def find(tree: Data) -> Iterator[Finding]:
    """Activated sizes above the size."""
    for number, spec in enumerate(tree["specs"]):
        activated, size = spec.get("activated_size_in_billions", 0), spec["size_in_billions"]
        if activated > size:
            message = f"{activated} billion activated parameters are more than the model's {size} billion"
            yield Finding(("specs", number, "activated_size_in_billions"), message, "the two may be exchanged")
