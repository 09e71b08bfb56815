"""A revision is a commit or a tag.

`main` and `master` move: two launches of the same spec then run different weights.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity, quoted
from launchspec.read import Data

CODE = "LS313"
NAME = "branch-revision"
SEVERITY = Severity.WARNING
_SPEC = """\
specs:
  - format: mlx
    size_in_billions: 7
    quantizations: [4bit]
    hubs:
      huggingface:
        id: a/b
"""
VALID = (_SPEC + "        revision: 8a58a132790c9935686eb97f042afa8013451c9f\n",)
INVALID = (_SPEC + "        revision: main #!\n",)


def find(tree: Data) -> Iterator[Finding]:
    """Revisions that are branches."""
    for number, spec in enumerate(tree["specs"]):
        for hub, entry in spec.get("hubs", {}).items():
            if hub == "huggingface" and entry.get("revision") in ("main", "master"):
                message = f"{quoted(entry['revision'])} is a branch, which moves"
                yield Finding(("specs", number, "hubs", hub, "revision"), message, "give the commit, or leave it out")
