"""A repository is organisation/name.

Hugging Face and ModelScope know no other form; an id with more or fewer parts leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity, quoted
from launchspec.hubs import SHOWN
from launchspec.read import Data

CODE = "LS307"
NAME = "repository"
SEVERITY = Severity.WARNING
_SPEC = """\
specs:
  - format: mlx
    size_in_billions: 7
    quantizations: [4bit]
    hubs:
      huggingface:
"""
VALID = (_SPEC + "        id: organisation/name\n",)
INVALID = (_SPEC + "        id: mirror/organisation/name #!\n",)


def find(tree: Data) -> Iterator[Finding]:
    """Ids of another form."""
    for number, spec in enumerate(tree["specs"]):
        for hub, entry in spec.get("hubs", {}).items():
            if hub in SHOWN and entry["id"].count("/") != 1:
                message = f"{quoted(entry['id'])} is not organisation/name"
                yield Finding(
                    ("specs", number, "hubs", hub, "id"), message, "copy the id from the model's page on the hub"
                )
