"""Data to YAML in our one style, and YAML to that style with its comments kept.

The style: keys in the order of the schema, two spaces, short collections in one line, long texts folded. It is
written here and not by a YAML library because the round-trip ones hang a comment on the token before it, so that
sorting keys moves each comment to the wrong key. What is emitted is read again and compared before it leaves.
"""

from __future__ import annotations

import json
import re
from typing import Any

from launchspec import resources
from launchspec.errors import LaunchspecError, Problem
from launchspec.layout import MODELINE, Entry, Node, parsed, resolved, tree_of
from launchspec.read import Data, Source, load

__all__ = ["dump", "reformat"]

_WIDTH = 100
_PLAIN = re.compile(r"(?![-?:](?:\s|\Z))[^\s,\[\]{}#&*!|>'\"%@`=-](?:[^\s]| (?! ))*\Z|-[A-Za-z][^\s]*\Z")
_HIDDEN = "\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
_PLAIN_NEVER = re.compile(rf"\A\.\.\.(?:\s|\Z)|:(?:\s|\Z)| #|[\x00-\x1f{_HIDDEN}]|\s\Z")
_UNPRINTABLE = re.compile(f"[{_HIDDEN}]")
_FLOW_NEVER = re.compile(r"\A[:?]|[,\[\]{}]|:(?=\Z|[,\[\]{}])")


def dump(data: Data, kind: str, schema_path: str = "") -> str:
    """``data`` as YAML in our style; ``schema_path`` puts the modeline for editors on top."""
    head = [f"{MODELINE} $schema={schema_path}"] if schema_path else []
    return _checked(_text(tree_of(data), kind, head), data)


def reformat(source: Source, kind: str) -> str:
    """The text of ``source`` in our style, each comment with the key it stood at; raises as ``load`` does."""
    data = load(source)
    root, head = parsed(source.text)
    return _checked(_text(root, kind, head), data)


def _checked(text: str, data: Data) -> str:
    if load(Source("output", text)) != data:
        raise LaunchspecError(
            [Problem("output", 0, 0, "LS190", "the formatter would change the data", "please report it")]
        )
    return text


def _text(root: Node, kind: str, head: list[str]) -> str:
    schema = resources.schema(kind)
    writer = _Writer(schema)
    body = writer.block(root, schema, 0) if root.entries else [_collection_or_scalar(root)]
    return "\n".join([*head, *body]) + "\n"


def _collection_or_scalar(node: Node) -> str:
    return ("{}" if node.is_map else "[]") if node.entries is not None else _scalar(node, flow=False)


class _Writer:
    """Nodes to lines, keys in the order of the schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.definitions = schema.get("$defs", {})

    def part(self, schema: dict[str, Any], key: str | None) -> dict[str, Any]:
        """The schema of an entry."""
        part: dict[str, Any] = schema.get("items", {}) if key is None else schema.get("properties", {}).get(key, {})
        part = part or next(iter(schema.get("patternProperties", {}).values()), {})
        while "$ref" in part:
            part = self.definitions[part["$ref"].rpartition("/")[2]]
        return dict(part)

    def block(self, node: Node, schema: dict[str, Any], indent: int) -> list[str]:
        pad = " " * indent
        order = _order(schema)
        entries = sorted(node.entries or (), key=lambda entry: order.get(entry.key or "", len(order)))
        lines: list[str] = []
        for entry in entries:
            if entry.blank and lines:
                lines.append("")
            lines += [pad + text if text else "" for text in entry.lead]
            lines += self.entry(entry, self.part(schema, entry.key), indent)
        return lines + [pad + text for text in node.foot]

    def entry(self, entry: Entry, schema: dict[str, Any], indent: int) -> list[str]:
        pad = " " * indent
        start = f"{pad}- " if entry.key is None else f"{pad}{_quote(entry.key, flow=False)}:"
        trail = f"  {entry.trail}" if entry.trail else ""
        node = entry.node
        if not node.entries:
            return self.leaf(start, node, trail, indent, is_item=entry.key is None)
        flow = self.flow(node, schema, start, indent, is_item=entry.key is None)
        if flow:
            flow[-1] += trail
            return flow
        if entry.key is not None:
            return [start + trail, *self.block(node, schema, indent + 2)]
        inner = self.block(node, schema, indent + 2)
        comments = 0
        while not inner[comments].strip() or inner[comments].lstrip().startswith("#"):
            comments += 1
        first = start + inner[comments][indent + 2 :]
        above = [line[2:] if line.strip() else line for line in inner[:comments]]
        return [*([pad + entry.trail] if entry.trail else []), *above, first, *inner[comments + 1 :]]

    def leaf(self, start: str, node: Node, trail: str, indent: int, *, is_item: bool) -> list[str]:
        gap = "" if is_item else " "
        if node.entries is not None:
            return [f"{start}{gap}{_collection_or_scalar(node)}{trail}"]
        text = node.data
        if isinstance(text, str) and (lines := _block_scalar(text, start, indent)):
            return [f"{start}{gap}{lines[0]}{trail}", *lines[1:]]
        return [f"{start}{gap}{_scalar(node, flow=False)}{trail}"]

    def flow(self, node: Node, schema: dict[str, Any], start: str, indent: int, *, is_item: bool) -> list[str]:
        """The lines of a collection in flow style, or none where block style suits it better."""
        if not node.plainly() or (is_item and node.is_map):
            return []
        leaves = [entry.node.entries is None for entry in node.entries or ()]
        text = self.inline(node, schema)
        line = f"{start}{'' if is_item else ' '}{text}"
        if "\n" in line:
            return []
        if node.is_map:
            shallow = all(
                leaf or (not entry.node.is_map and self.scalars(entry.node))
                for leaf, entry in zip(leaves, node.entries or (), strict=True)
            )
            return [line] if shallow and len(line) <= _WIDTH else []
        if not all(leaves):
            return []
        return [line] if len(line) <= _WIDTH else self.wrapped(node, start, indent, is_item=is_item)

    @staticmethod
    def scalars(node: Node) -> bool:
        return all(entry.node.entries is None for entry in node.entries or ())

    def inline(self, node: Node, schema: dict[str, Any]) -> str:
        if node.entries is None:
            return _scalar(node, flow=True)
        order = _order(schema)
        entries = sorted(node.entries, key=lambda entry: order.get(entry.key or "", len(order)))
        parts = [self.inline(entry.node, self.part(schema, entry.key)) for entry in entries]
        if not node.is_map:
            return f"[{', '.join(parts)}]"
        return (
            "{"
            + ", ".join(
                f"{_quote(entry.key or '', flow=True)}: {part}" for entry, part in zip(entries, parts, strict=True)
            )
            + "}"
        )

    @staticmethod
    def wrapped(node: Node, start: str, indent: int, *, is_item: bool) -> list[str]:
        items = [_scalar(entry.node, flow=True) for entry in node.entries or ()]
        pad = " " * (indent + 2)
        lines = [start + ("" if is_item else " ") + "["]
        ends = [*[","] * (len(items) - 1), "]"]
        for item in map(str.__add__, items, ends):
            glue = "" if (lines[-1].endswith("[") and len(lines) == 1) or not lines[-1].strip() else " "
            if len(lines[-1]) + len(glue) + len(item) > _WIDTH and lines[-1].strip():
                lines.append(pad + item)
            else:
                lines[-1] += glue + item
        return lines


def _order(schema: dict[str, Any]) -> dict[str, int]:
    """Where the keys of a mapping go; `x-keep-order` says that their order means something."""
    names: list[str] = [] if schema.get("x-keep-order") else list(schema.get("properties", ()))
    return {name: number for number, name in enumerate(names)}


def _block_scalar(text: str, start: str, indent: int) -> list[str]:
    """The header and the lines of a block scalar, or none where one line says it."""
    pad = " " * (indent + 2)
    if "\n" in text:
        if text != text.strip("\n") + "\n" * text.endswith("\n") or not _fits_block(text):
            return []
        return [
            "|" if text.endswith("\n") else "|-",
            *(pad + line if line else "" for line in text.rstrip("\n").split("\n")),
        ]
    if (
        len(start) + len(text) < _WIDTH
        or "  " in text
        or text != text.strip()
        or not _fits_block(text)
        or " " not in text
    ):
        return []
    lines = [pad]
    for word in text.split(" "):
        if len(lines[-1]) > len(pad) and len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append(pad)
        lines[-1] += (" " if len(lines[-1]) > len(pad) else "") + word
    return [">-", *lines]


def _fits_block(text: str) -> bool:
    lines = text.split("\n")
    blank = any(line and not line.strip() for line in lines)
    return not blank and not text[:1].isspace() and not re.search(rf"[\x00-\x09\x0b-\x1f{_HIDDEN}]", text)


def _scalar(node: Node, *, flow: bool) -> str:
    if isinstance(node.data, str):
        return _quote(node.data, flow=flow)
    if node.data is None:
        return "null"
    if isinstance(node.data, bool):
        return "true" if node.data else "false"
    return node.plain if node.plain is not None else repr(node.data)


def _quote(text: str, *, flow: bool) -> str:
    """A text as a scalar in one line: plain where YAML reads it back as this text, else in double quotes."""
    plain = _PLAIN.match(text) and not _PLAIN_NEVER.search(text) and not (flow and _FLOW_NEVER.search(text))
    if plain and text != "<<" and (text[0] not in "~nNtTfF+-.0123456789" or isinstance(resolved(text), str)):
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))
