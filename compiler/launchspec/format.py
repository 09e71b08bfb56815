"""Data to YAML in our one style, and YAML to that style with its comments kept.

The style: keys in the order of the schema, two spaces, short collections in one line, long texts folded. It is
written here and not by a YAML library because the round-trip ones hang a comment on the token before it, so that
sorting keys moves each comment to the wrong key. What is emitted is read again and compared before it leaves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from launchspec import resources
from launchspec.errors import LaunchspecError, Problem
from launchspec.read import Data, Source, load

__all__ = ["dump", "reformat"]

_WIDTH = 100
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_MODELINE = "# yaml-language-server:"
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*")
_PLAIN = re.compile(r"(?![-?:](?:\s|\Z))[^\s,\[\]{}#&*!|>'\"%@`=-](?:[^\s]| (?! ))*\Z|-[A-Za-z][^\s]*\Z")
_HIDDEN = "\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
_PLAIN_NEVER = re.compile(rf"\A\.\.\.(?:\s|\Z)|:(?:\s|\Z)| #|[\x00-\x1f{_HIDDEN}]|\s\Z")
_UNPRINTABLE = re.compile(f"[{_HIDDEN}]")
_FLOW_NEVER = re.compile(r"\A[:?]|[,\[\]{}]|:(?=\Z|[,\[\]{}])")


@dataclass(slots=True)
class _Comment:
    line: int
    col: int
    text: str
    own_line: bool


@dataclass(slots=True)
class _Node:
    """A value; ``data`` of a scalar, else ``entries`` (keys are None in a list)."""

    line: int = 0
    col: int = 0
    end_line: int = 0
    data: Data = None
    plain: str | None = None
    entries: list[_Entry] | None = None
    is_map: bool = False
    is_flow: bool = False
    foot: list[str] = field(default_factory=list)

    def plainly(self) -> bool:
        """True where no comment stands inside."""
        return not self.foot and all(
            not entry.lead and not entry.trail and entry.node.plainly() for entry in self.entries or ()
        )


@dataclass(slots=True)
class _Entry:
    key: str | None
    node: _Node
    line: int = 0
    lead: list[str] = field(default_factory=list)
    trail: str = ""
    blank: bool = False


def dump(data: Data, kind: str, schema_path: str = "") -> str:
    """``data`` as YAML in our style; ``schema_path`` puts the modeline for editors on top."""
    head = [f"{_MODELINE} $schema={schema_path}"] if schema_path else []
    return _checked(_text(_tree(data), kind, head), data)


def reformat(source: Source, kind: str) -> str:
    """The text of ``source`` in our style, each comment with the key it stood at; raises as ``load`` does."""
    data = load(source)
    root, comments = _Reader(source.text).document()
    if root.is_map and not root.is_flow:
        head = _take_head(root, comments, source.text)
        _attach(root, comments, source.text.split("\n"), limit=1 << 60, parent_col=-1)
        root.foot += [comment.text for comment in comments]
    else:
        head = [comment.text for comment in comments]
    return _checked(_text(root, kind, head), data)


def _checked(text: str, data: Data) -> str:
    if load(Source("output", text)) != data:
        raise LaunchspecError(
            [Problem("output", 0, 0, "LS190", "the formatter would change the data", "please report it")]
        )
    return text


def _tree(data: Data) -> _Node:
    if isinstance(data, dict):
        return _Node(is_map=True, entries=[_Entry(key, _tree(value)) for key, value in data.items()])
    if isinstance(data, (list, tuple)):
        return _Node(entries=[_Entry(None, _tree(value)) for value in data])
    return _Node(data=data)


class _Reader:
    """libyaml's events as nodes with places, and the comments between them."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.comments: list[_Comment] = []
        self.seen = 0

    def document(self) -> tuple[_Node, list[_Comment]]:
        parser = CParser(self.text)
        try:
            events = iter(parser.get_event, None)
            next(events), next(events)
            root = self.node(events, next(events))
            self.gap(len(self.text))
        finally:
            parser.dispose()
        return root, self.comments

    def gap(self, end: int) -> None:
        """Note the comments between the last event and the place ``end``."""
        for found in _COMMENT.finditer(self.text, self.seen, end):
            start = found.start()
            begin = self.text.rfind("\n", 0, start) + 1
            line = self.text.count("\n", 0, start)
            own = not self.text[begin:start].strip()
            self.comments.append(_Comment(line, start - begin, found.group().rstrip(), own))

    def node(self, events: Iterator[Any], event: Any) -> _Node:
        self.gap(event.start_mark.index)
        self.seen = event.end_mark.index
        start, end = event.start_mark, event.end_mark
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        node = _Node(start.line, start.column, end.line, is_map=isinstance(event, yaml.MappingStartEvent))
        node.is_flow, node.entries = bool(event.flow_style), []
        event = next(events)
        while type(event) not in _ENDS:
            key = self.node(events, event) if node.is_map else None
            child = self.node(events, next(events) if node.is_map else event)
            text = None if key is None else key.plain if key.plain is not None else str(key.data)
            node.entries.append(_Entry(text, child, line=key.line if key else child.line))
            event = next(events)
        if node.is_flow:
            self.gap(event.start_mark.index)
            self.seen = event.end_mark.index
        node.end_line = event.end_mark.line if node.is_flow else 0
        return node

    def scalar(self, event: Any) -> _Node:
        start, end = event.start_mark, event.end_mark
        if event.style in ("|", ">"):
            return self.block_scalar(event)
        plain = event.value if not event.style else None
        data = event.value if plain is None else _resolved(plain)
        return _Node(start.line, start.column, end.line, data=data, plain=plain)

    def block_scalar(self, event: Any) -> _Node:
        """A block scalar; its header may hold a comment, and libyaml counts comments after it to it."""
        start = event.start_mark
        header_end = self.text.find("\n", start.index)
        header_end = len(self.text) if header_end < 0 else header_end
        found = _COMMENT.search(self.text, start.index, header_end)
        if found:
            self.comments.append(_Comment(start.line, start.column, found.group().rstrip(), False))
        body = self.text[header_end + 1 : event.end_mark.index].rstrip()
        self.seen = header_end + 1 + len(body)
        line = start.line + body.count("\n") + 1
        return _Node(start.line, start.column, line, data=event.value)


def _resolved(text: str) -> Data:
    """What a plain scalar means; nothing where it may not stand, such as a number out of range."""
    try:
        return load(Source("", f"- {text}" if text else "-"))[0] if "\n" not in text else text
    except LaunchspecError:
        return None


def _take_head(root: _Node, comments: list[_Comment], text: str) -> list[str]:
    """Comments that belong to the file: the modeline, and what a blank line parts from the first key."""
    first = root.entries[0].line if root.entries else 1 << 60
    lines = text.split("\n")
    top = [comment for comment in comments if comment.line < first]
    count = 0
    for number, comment in enumerate(top, 1):
        below = lines[comment.line + 1].strip() if comment.line + 1 < len(lines) else ""
        if not below or (comment.text.startswith(_MODELINE) and number == count + 1):
            count = number
    del comments[:count]
    return [comment.text for comment in top[:count]]


def _attach(node: _Node, comments: list[_Comment], lines: list[str], limit: int, parent_col: int) -> None:
    """Hand each comment to the entry it stands above or behind."""
    entries = node.entries or []
    for index, entry in enumerate(entries):
        above = _take(comments, lambda comment, line=entry.line: comment.line < line)
        top = above[0].line if above else entry.line
        entry.blank = index > 0 and top > 0 and not lines[top - 1].strip()
        entry.lead = _with_blanks(above, entry.line, lines)
        after = entries[index + 1].line if index + 1 < len(entries) else limit
        value = entry.node
        if value.entries is None or value.is_flow:
            inner = _take(comments, lambda comment, line=value.end_line: comment.line < line)
            entry.lead += [comment.text for comment in inner]
            entry.trail = " ".join(c.text for c in _take(comments, lambda c, line=value.end_line: c.line == line))
            continue
        behind = (
            _take(comments, lambda c, line=entry.line: c.line == line and not c.own_line)
            if entry.key is not None
            else []
        )
        entry.trail = " ".join(comment.text for comment in behind)
        _attach(value, comments, lines, after, node.col)
    least = max(node.col, parent_col + 1)
    foot = _take(comments, lambda comment: comment.line < limit and comment.own_line and comment.col >= least)
    node.foot = [comment.text for comment in foot]


def _take(comments: list[_Comment], wanted: Any) -> list[_Comment]:
    count = 0
    while count < len(comments) and wanted(comments[count]):
        count += 1
    taken = comments[:count]
    del comments[:count]
    return taken


def _with_blanks(comments: list[_Comment], line: int, lines: list[str]) -> list[str]:
    texts: list[str] = []
    for number, comment in enumerate(comments, 1):
        below = comments[number].line if number < len(comments) else line
        texts.append(comment.text)
        if below > comment.line + 1 and not lines[comment.line + 1].strip():
            texts.append("")
    return texts


def _text(root: _Node, kind: str, head: list[str]) -> str:
    schema = resources.schema(kind)
    writer = _Writer(schema)
    body = writer.block(root, schema, 0) if root.entries else [_collection_or_scalar(root)]
    return "\n".join([*head, *body]) + "\n"


def _collection_or_scalar(node: _Node) -> str:
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

    def block(self, node: _Node, schema: dict[str, Any], indent: int) -> list[str]:
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

    def entry(self, entry: _Entry, schema: dict[str, Any], indent: int) -> list[str]:
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

    def leaf(self, start: str, node: _Node, trail: str, indent: int, *, is_item: bool) -> list[str]:
        gap = "" if is_item else " "
        if node.entries is not None:
            return [f"{start}{gap}{_collection_or_scalar(node)}{trail}"]
        text = node.data
        if isinstance(text, str) and (lines := _block_scalar(text, start, indent)):
            return [f"{start}{gap}{lines[0]}{trail}", *lines[1:]]
        return [f"{start}{gap}{_scalar(node, flow=False)}{trail}"]

    def flow(self, node: _Node, schema: dict[str, Any], start: str, indent: int, *, is_item: bool) -> list[str]:
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
    def scalars(node: _Node) -> bool:
        return all(entry.node.entries is None for entry in node.entries or ())

    def inline(self, node: _Node, schema: dict[str, Any]) -> str:
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
    def wrapped(node: _Node, start: str, indent: int, *, is_item: bool) -> list[str]:
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


def _scalar(node: _Node, *, flow: bool) -> str:
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
    if plain and text != "<<" and (text[0] not in "~nNtTfF+-.0123456789" or isinstance(_resolved(text), str)):
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))
