"""Text given for the page is text.

`page:` puts RST on the page as it is. It may hold no directive, no role and no link other than to the web or a mail
box, since what stands there is executed by whoever builds the pages. Text that equals the derived one is superfluous
and hides later changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data, Pointer

CODE = "LS312"
NAME = "page-text"
SEVERITY = Severity.ERROR
VALID = ("page: {languages: 'en, zh and *others*'}",)
INVALID = (
    "page:\n  description: |- #!\n    text\n\n    .. include:: /etc/passwd\n",
    "page: {languages: ':download:`/etc/passwd`'} #!",
)


def find(tree: Data) -> Iterator[Finding]:
    """Page texts that do more than show text."""
    texts: list[tuple[Pointer, str]] = [(("page", name), text) for name, text in tree.get("page", {}).items()]
    for number, spec in enumerate(tree["specs"]):
        texts += [(("specs", number, "page", name), text) for name, text in spec.get("page", {}).items()]
    if not texts:
        return
    from launchspec.markup import hazards

    for pointer, text in texts:
        for hazard in hazards(text)[:1]:
            yield Finding(pointer, f"the text holds {hazard}", "write plain text, or drop it for the derived one")
