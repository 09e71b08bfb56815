"""A spec says where its weights are.

Without a hub or a `uri` there is nothing to fetch, and the spec can be shown but not launched.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data

CODE = "LS304"
NAME = "no-source"
SEVERITY = Severity.WARNING
VALID = ("specs: [{format: mlx, size_in_billions: 7, quantizations: [4bit], uri: 'file:///srv/models/a'}]",)
INVALID = ("specs: [{format: mlx, size_in_billions: 7, quantizations: [4bit]}] #!",)


def find(tree: Data) -> Iterator[Finding]:
    """Specs without a hub and without a uri."""
    for number, spec in enumerate(tree["specs"]):
        if not spec.get("hubs") and "uri" not in spec:
            yield Finding(("specs", number), "the spec does not say where its weights are", "add hubs: or uri:")
