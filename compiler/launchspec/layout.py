"""YAML text as nodes that know their places and carry the comments that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from launchspec.errors import LaunchspecError
from launchspec.read import Data, Source, load

__all__ = ["MODELINE", "Comment", "Entry", "Node", "parsed", "resolved", "tree_of"]

MODELINE = "# yaml-language-server:"
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*")


@dataclass(slots=True)
class Comment:
    """A comment and where it stands; lines and columns from 0."""

    line: int
    col: int
    text: str
    own_line: bool


@dataclass(slots=True)
class Node:
    """A value; ``data`` of a scalar, else ``entries`` (keys are None in a list)."""

    line: int = 0
    col: int = 0
    end_line: int = 0
    data: Data = None
    plain: str | None = None
    entries: list[Entry] | None = None
    is_map: bool = False
    is_flow: bool = False
    foot: list[str] = field(default_factory=list)

    def plainly(self) -> bool:
        """True where no comment stands inside."""
        return not self.foot and all(
            not entry.lead and not entry.trail and entry.node.plainly() for entry in self.entries or ()
        )


@dataclass(slots=True)
class Entry:
    """A key and its value, or an item of a list, with the comments above (``lead``) and behind (``trail``) it."""

    key: str | None
    node: Node
    line: int = 0
    lead: list[str] = field(default_factory=list)
    trail: str = ""
    blank: bool = False


def parsed(text: str) -> tuple[Node, list[str]]:
    """The root of a text that ``load`` admits, and the comments that belong to the whole file."""
    root, comments = _Reader(text).document()
    if not root.is_map or root.is_flow:
        return root, [comment.text for comment in comments]
    head = _take_head(root, comments, text)
    _attach(root, comments, text.split("\n"), limit=1 << 60, parent_col=-1)
    root.foot += [comment.text for comment in comments]
    return root, head


def tree_of(data: Data) -> Node:
    """Data as nodes, without comments."""
    if isinstance(data, dict):
        return Node(is_map=True, entries=[Entry(key, tree_of(value)) for key, value in data.items()])
    if isinstance(data, (list, tuple)):
        return Node(entries=[Entry(None, tree_of(value)) for value in data])
    return Node(data=data)


def resolved(text: str) -> Data:
    """What a plain scalar means; nothing where it may not stand, such as a number out of range."""
    try:
        return load(Source("", f"- {text}" if text else "-"))[0] if "\n" not in text else text
    except LaunchspecError:
        return None


class _Reader:
    """libyaml's events as nodes with places, and the comments between them."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.comments: list[Comment] = []
        self.seen = 0

    def document(self) -> tuple[Node, list[Comment]]:
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
            self.comments.append(Comment(line, start - begin, found.group().rstrip(), own))

    def node(self, events: Iterator[Any], event: Any) -> Node:
        self.gap(event.start_mark.index)
        self.seen = event.end_mark.index
        start, end = event.start_mark, event.end_mark
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        node = Node(start.line, start.column, end.line, is_map=isinstance(event, yaml.MappingStartEvent))
        node.is_flow, node.entries = bool(event.flow_style), []
        event = next(events)
        while type(event) not in _ENDS:
            key = self.node(events, event) if node.is_map else None
            child = self.node(events, next(events) if node.is_map else event)
            text = None if key is None else key.plain if key.plain is not None else str(key.data)
            node.entries.append(Entry(text, child, line=key.line if key else child.line))
            event = next(events)
        if node.is_flow:
            self.gap(event.start_mark.index)
            self.seen = event.end_mark.index
        node.end_line = event.end_mark.line if node.is_flow else 0
        return node

    def scalar(self, event: Any) -> Node:
        start, end = event.start_mark, event.end_mark
        if event.style in ("|", ">"):
            return self.block_scalar(event)
        plain = event.value if not event.style else None
        data = event.value if plain is None else resolved(plain)
        return Node(start.line, start.column, end.line, data=data, plain=plain)

    def block_scalar(self, event: Any) -> Node:
        """A block scalar; its header may hold a comment, and libyaml counts comments after it to it."""
        start = event.start_mark
        header_end = self.text.find("\n", start.index)
        header_end = len(self.text) if header_end < 0 else header_end
        found = _COMMENT.search(self.text, start.index, header_end)
        if found:
            self.comments.append(Comment(start.line, start.column, found.group().rstrip(), False))
        body = self.text[header_end + 1 : event.end_mark.index].rstrip()
        self.seen = header_end + 1 + len(body)
        line = start.line + body.count("\n") + 1
        return Node(start.line, start.column, line, data=event.value)


def _take_head(root: Node, comments: list[Comment], text: str) -> list[str]:
    """Comments that belong to the file: the modeline, and what a blank line parts from the first key."""
    first = root.entries[0].line if root.entries else 1 << 60
    lines = text.split("\n")
    top = [comment for comment in comments if comment.line < first]
    count = 0
    for number, comment in enumerate(top, 1):
        below = lines[comment.line + 1].strip() if comment.line + 1 < len(lines) else ""
        if not below or (comment.text.startswith(MODELINE) and number == count + 1):
            count = number
    del comments[:count]
    return [comment.text for comment in top[:count]]


def _attach(node: Node, comments: list[Comment], lines: list[str], limit: int, parent_col: int) -> None:
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


def _take(comments: list[Comment], wanted: Any) -> list[Comment]:
    count = 0
    while count < len(comments) and wanted(comments[count]):
        count += 1
    taken = comments[:count]
    del comments[:count]
    return taken


def _with_blanks(comments: list[Comment], line: int, lines: list[str]) -> list[str]:
    texts: list[str] = []
    for number, comment in enumerate(comments, 1):
        below = comments[number].line if number < len(comments) else line
        texts.append(comment.text)
        if below > comment.line + 1 and not lines[comment.line + 1].strip():
            texts.append("")
    return texts
