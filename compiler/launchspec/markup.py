"""RST to plain text, by a docutils that knows no directive and no role, reads no file and opens no connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import directives, roles

__all__ = ["hazards", "plain_text"]

_SETTINGS: dict[str, Any] = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "input_encoding": "unicode",
    "smart_quotes": False,
    "line_length_limit": 1_000_000,
}
_PLAIN = (nodes.document, nodes.paragraph, nodes.Text, nodes.substitution_definition)
_HARMLESS = (
    *_PLAIN, nodes.strong, nodes.emphasis, nodes.literal, nodes.reference, nodes.target, nodes.bullet_list,
    nodes.enumerated_list, nodes.list_item, nodes.block_quote, nodes.subscript, nodes.superscript, nodes.comment,
    nodes.title_reference, nodes.definition_list, nodes.definition_list_item, nodes.term, nodes.definition,
    nodes.inline, nodes.system_message, nodes.problematic, nodes.literal_block, nodes.line_block, nodes.line,
    nodes.section, nodes.title,
)  # fmt: skip
_REFUSED = ("Unknown directive type", "Unknown interpreted text role")


def plain_text(rst: str) -> str:
    """The text that a reader of ``rst`` sees, paragraphs parted by an empty line."""
    document = _parsed(rst)
    shown = [node for node in document.children if not isinstance(node, (nodes.substitution_definition, nodes.comment))]
    return "\n\n".join(node.astext() for node in shown if not isinstance(node, nodes.system_message))


def hazards(rst: str) -> list[str]:
    """What in ``rst`` does more than show text: directives, roles, links that are not to the web or to a mail box.

    Every directive and role counts, also one that shows nothing here: a role derived from ``raw`` is as good as
    ``raw``, and Sphinx knows more of them than docutils.
    """
    found: list[str] = []
    for node in _parsed(rst).findall():
        if isinstance(node, nodes.system_message):
            text = " ".join(node.astext().split()).rpartition(" (ERROR/3) ")[2]
            if text.startswith(_REFUSED):
                found.append(f"markup that is refused ({text[:100]})")
        elif not isinstance(node, _HARMLESS):
            found.append(f"a {type(node).__name__} node")
        address = node.get("refuri", "") if isinstance(node, (nodes.reference, nodes.target)) else ""
        if address and not address.startswith(("http://", "https://", "mailto:")):
            found.append(f"a link to {address[:60]}")
    return found


def _parsed(rst: str) -> nodes.document:
    with _no_directives_and_roles():
        return publish_doctree(rst, settings_overrides=_SETTINGS)


@contextmanager
def _no_directives_and_roles() -> Iterator[None]:
    """Meanwhile docutils knows but the default role and ``unicode``, of which ``rst_definitions`` makes use."""
    known: Any = directives.directive, roles.role
    directives.directive = lambda name, *rest: known[0](name, *rest) if name == "unicode" else (None, [])
    roles.role = lambda name, *rest: (None, []) if name else known[1](name, *rest)
    try:
        yield
    finally:
        directives.directive, roles.role = known
