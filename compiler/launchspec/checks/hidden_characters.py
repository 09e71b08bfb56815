"""What is written is what is seen.

Characters that turn the direction of text or take no space can make a reviewer see another text than a program reads.
Right-to-left scripts need none of them in a description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data, Pointer

CODE = "LS314"
NAME = "hidden-characters"
SEVERITY = Severity.WARNING
VALID = ("description: مرحبا by שלום",)
INVALID = ('description: "a\\u202egpj.exe" #!',)
_HIDDEN = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def find(tree: Data) -> Iterator[Finding]:
    """Texts with such characters, save chat templates and stop words, where models do use them."""
    for name in ("description", "license", "family"):
        yield from _text(tree.get(name), (name,))
    for name, text in tree.get("page", {}).items():
        yield from _text(text, ("page", name))


def _text(text: Data, pointer: Pointer) -> Iterator[Finding]:
    found = _HIDDEN.search(text) if isinstance(text, str) else None
    if found:
        yield Finding(pointer, f"the text has the hidden character U+{ord(found.group()):04X}", "remove it")
