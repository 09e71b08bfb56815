"""YAML text to plain data, and plain data back to the places it came from.

The YAML that is read is the core schema of YAML 1.2, less what a reviewer cannot see through:
anchors, aliases, merge keys, tags, directives and second documents are refused, as are control
characters, duplicate keys and files beyond the caps below. libyaml scans; this module resolves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from launchspec.errors import ExitCode, LaunchspecError, Problem, quoted

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_ENTRIES",
    "MAX_NODES",
    "Data",
    "Mark",
    "Marks",
    "Source",
    "load",
    "locate",
    "read",
]

MAX_BYTES = 512 * 1024
MAX_DEPTH = 24
MAX_NODES = 20_000
MAX_ENTRIES = 2_000

Data: TypeAlias = Any
"""What YAML and JSON can say: dict[str, Data], list[Data], str, int, float, bool, None."""

Pointer: TypeAlias = tuple[str | int, ...]

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
_DIRECTIVE = re.compile(r"(?:\A|[\r\n])%")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NON_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_WORDS: dict[str, Data] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_MAY_RESOLVE = frozenset("~nNtTfF+-.0123456789")
_INT64 = range(-(2**63), 2**63)


_NOT_YAML = (
    (r"cannot start any token", "\t", "a tab cannot indent", "use spaces"),
    (r"cannot start any token", "", "a text cannot begin with {char}", "put the text in quotes"),
    (r"unexpected end of stream.*quoted|document indicator.*quoted", "", "this quote is never closed", "close it"),
    (r"expected ',' or '[]}]'", "", "the list or mapping that begins here is not closed, or lacks a comma", ""),
    (r"expected (?:alphabetic|the digit)|did not find.*(?:alias|anchor)|tag", "", "", "put the text in quotes"),
    (r"escape code", "", "this is no Unicode character", "write the character itself"),
    (r"unknown escape", "", "there is no such escape", "use single quotes, or double the backslash"),
    (
        r"could not find expected ':'",
        "",
        "this line has no ': ' after its key",
        "put a colon and a space after the key",
    ),
    (r"mapping values are not allowed", "", "", "a text with ': ' needs quotes; or the line is indented too far"),
    (
        r"expected <?block end>?|expected key|did not find expected key",
        "",
        "",
        "indent like the lines above; close quotes",
    ),
)


def _not_yaml(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    """libyaml's words in ours, at the place where the mistake was made rather than where it was noticed."""
    words = " ".join(part for part in (error.problem, error.context) if part)
    mark = error.problem_mark or error.context_mark
    lines = source.text.split("\n")
    text = lines[mark.line] if mark and mark.line < len(lines) else ""
    char = text[mark.column : mark.column + 1] if mark else ""
    for pattern, only, message, hint in _NOT_YAML:
        if re.search(pattern, words) and only in (char, ""):
            opened = error.context_mark if re.search("never closed|begins here|no ': '", message) else None
            said = message.format(char=quoted(char)) or words
            return _at(opened or mark, source, f"is not YAML: {said}", hint)
    return _at(mark, source, f"is not YAML: {words}", "")


def _at(mark: Any, source: Source, message: str, hint: str) -> Problem:
    line, col = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(source.path, line, col, "LS105", message, hint)


def _no_key(event: Any) -> tuple[str, str]:
    """The message and the hint for what cannot be a key."""
    if type(event) is yaml.AliasEvent:
        return f"the alias {quoted(f'*{event.anchor}')} cannot be a key", "write the key out"
    if event.anchor is not None:
        return f"anchor {quoted(f'&{event.anchor}')} is not allowed", "remove it"
    if event.tag is not None:
        return f"tag {quoted(event.tag)} is not allowed", "remove it"
    hint = "use a plain word; a template's '{{ … }}' has to be filled in first, and a text with braces quoted"
    return "a list or mapping cannot be a key", hint


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text and the name it goes by in messages."""

    path: str
    text: str


class Mark(NamedTuple):
    """Where a node begins and, for a plain scalar, the text it was written as; lines and columns from 1."""

    line: int
    col: int
    plain: str | None = None
    key_line: int = 0
    key_col: int = 0


@dataclass(slots=True)
class Marks:
    """Places of the nodes of one document, by their path from the root."""

    path: str
    at: dict[Pointer, Mark] = field(default_factory=dict)

    def value(self, pointer: Pointer) -> tuple[int, int]:
        """Line and column of a value, or of the nearest ancestor that exists."""
        while pointer not in self.at and pointer:
            pointer = pointer[:-1]
        mark = self.at.get(pointer)
        return (mark.line, mark.col) if mark else (1, 1)

    def key(self, pointer: Pointer) -> tuple[int, int]:
        """Line and column of the key of a mapping's entry, or of the value where there is no key."""
        mark = self.at.get(pointer)
        return (mark.key_line, mark.key_col) if mark and mark.key_line else self.value(pointer)


def read(path: Path, shown: str | None = None) -> Source:
    """The text of a UTF-8 file, at most ``MAX_BYTES`` long; raises LaunchspecError (LS101–LS103, LS105)."""
    name = shown or str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LaunchspecError([Problem(name, 0, 0, "LS101", f"cannot be read: {reason}")], ExitCode.IO) from None
    if len(raw) > MAX_BYTES:
        hint = "a spec is a few kilobytes; split it, or move what a program computes into a file of its own"
        raise LaunchspecError([Problem(name, 1, 1, "LS102", f"is larger than {MAX_BYTES} bytes", hint)])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line, col = before.count("\n") + 1, len(before) - before.rfind("\n")
        problem = Problem(name, line, col, "LS103", f"byte 0x{raw[error.start]:02x} is not UTF-8", "save it as UTF-8")
        raise LaunchspecError([problem]) from None
    return Source(name, text.removeprefix("\ufeff"))


def load(source: Source) -> Data:
    """The document as plain data; raises LaunchspecError (LS102, LS104–LS111)."""
    try:
        return _Walk(source, None).document()
    except LaunchspecError:
        return locate(source)[0]  # fails again, with every place at hand for the message


def locate(source: Source) -> tuple[Data, Marks]:
    """The document as plain data, and where each node stands; raises as ``load`` does."""
    marks = Marks(source.path)
    return _Walk(source, marks).document(), marks


class _Walk:
    """One pass over libyaml's events."""

    def __init__(self, source: Source, marks: Marks | None) -> None:
        self.source = source
        self.marks = marks
        self.nodes = 0

    def stop(self, mark: Any, code: str, message: str, hint: str = "") -> LaunchspecError:
        problem = Problem(self.source.path, mark.line + 1, mark.column + 1, code, message, hint)
        return LaunchspecError([problem])

    def document(self) -> Data:
        self.refuse_characters()
        self.refuse_directives()
        parser = CParser(self.source.text)
        try:
            return self.single_document(parser)
        except yaml.MarkedYAMLError as error:
            raise LaunchspecError([_not_yaml(error, self.source)]) from None
        except yaml.YAMLError as error:
            message = "is not YAML: " + str(error).partition("\n")[0]
            raise LaunchspecError([Problem(self.source.path, 1, 1, "LS105", message)]) from None
        finally:
            parser.dispose()

    def refuse_characters(self) -> None:
        text = self.source.text
        if len(text) > MAX_BYTES:
            raise LaunchspecError([Problem(self.source.path, 1, 1, "LS102", f"is larger than {MAX_BYTES} bytes")])
        found = _FORBIDDEN.search(text)
        if found:
            before = text[: found.start()]
            line, col = before.count("\n") + 1, len(before) - before.rfind("\n")
            char = ord(found.group())
            what = "control" if char < 0xA0 else "hidden"
            message = f"{what} character U+{char:04X} is not allowed"
            hint = f'write "\\u{char:04x}" in double quotes' if 0x2028 <= char <= 0x2069 else "remove it"
            raise LaunchspecError([Problem(self.source.path, line, col, "LS104", message, hint)])

    def refuse_directives(self) -> None:
        """Before libyaml sees them: its time is quadratic in their number."""
        found = _DIRECTIVE.search(self.source.text)
        if found:
            line = len(re.findall("\r\n|\r|\n", self.source.text[: found.end() - 1])) + 1
            raise LaunchspecError(
                [Problem(self.source.path, line, 1, "LS107", "YAML directives are not allowed", "remove the line")]
            )

    def single_document(self, parser: Any) -> Data:
        get = parser.get_event
        get()  # stream start
        event = get()
        if type(event) is not yaml.DocumentStartEvent:
            hint = "a spec begins with 'name:'"
            raise LaunchspecError([Problem(self.source.path, 1, 1, "LS106", "is empty", hint)])
        if event.version or event.tags:
            raise self.stop(event.start_mark, "LS107", "YAML directives are not allowed", "remove the line")
        data = self.node(get, get(), (), 0)
        get()  # document end
        event = get()
        if type(event) is not yaml.StreamEndEvent:
            hint = "put each model in a file of its own"
            raise self.stop(event.start_mark, "LS108", "a second document begins here", hint)
        return data

    def node(self, get: Any, event: Any, pointer: Pointer, depth: int) -> Data:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.stop(event.start_mark, "LS102", f"has more than {MAX_NODES} nodes")
        kind = type(event)
        if kind is yaml.AliasEvent:
            hint = "write the value out, so that each line means what it says"
            raise self.stop(event.start_mark, "LS107", f"alias {quoted('*' + event.anchor)} is not allowed", hint)
        if event.anchor is not None:
            hint = "remove it and write the value out where it is needed"
            raise self.stop(event.start_mark, "LS107", f"anchor {quoted('&' + event.anchor)} is not allowed", hint)
        if event.tag is not None:
            message = f"tag {quoted(event.tag)} is not allowed"
            raise self.stop(event.start_mark, "LS107", message, "remove it; types come from the schema")
        if kind is yaml.ScalarEvent:
            return self.scalar(event, pointer)
        if depth >= MAX_DEPTH:
            raise self.stop(event.start_mark, "LS102", f"is nested deeper than {MAX_DEPTH} levels")
        if self.marks is not None:
            self.marks.at[pointer] = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        if kind is yaml.MappingStartEvent:
            return self.mapping(get, pointer, depth)
        items: list[Data] = []
        event = get()
        while type(event) is not yaml.SequenceEndEvent:
            self.refuse_many(event, len(items))
            items.append(self.node(get, event, (*pointer, len(items)), depth + 1))
            event = get()
        return items

    def mapping(self, get: Any, pointer: Pointer, depth: int) -> dict[str, Data]:
        entries: dict[str, Data] = {}
        event = get()
        while type(event) is not yaml.MappingEndEvent:
            self.refuse_many(event, len(entries))
            key = self.key(event, entries, pointer)
            start = event.start_mark
            child = (*pointer, key)
            entries[key] = self.node(get, get(), child, depth + 1)
            if self.marks is not None:
                mark = self.marks.at[child]
                self.marks.at[child] = mark._replace(key_line=start.line + 1, key_col=start.column + 1)
            event = get()
        return entries

    def refuse_many(self, event: Any, count: int) -> None:
        if count >= MAX_ENTRIES:
            raise self.stop(event.start_mark, "LS102", f"a list or mapping has more than {MAX_ENTRIES} entries")

    def key(self, event: Any, entries: dict[str, Data], pointer: Pointer) -> str:
        if type(event) is not yaml.ScalarEvent or event.anchor is not None or event.tag is not None:
            raise self.stop(event.start_mark, "LS109", *_no_key(event))
        key: str = event.value
        if key == "<<" and not event.style:
            raise self.stop(event.start_mark, "LS107", "merge keys ('<<') are not allowed", "write the entries out")
        self.refuse_control(event)
        if key in entries:
            line, _ = self.first(pointer, key)
            message = f"key {quoted(key)} is given twice"
            hint = f"the first is on line {line}; keep one" if line else "keep one"
            raise self.stop(event.start_mark, "LS110", message, hint)
        return key

    def first(self, pointer: Pointer, key: str) -> tuple[int, int]:
        return self.marks.key((*pointer, key)) if self.marks is not None else (0, 0)

    def refuse_control(self, event: Any) -> None:
        found = _CONTROL.search(event.value)
        if found:
            message = f"control character U+{ord(found.group()):04X} is not allowed in a text"
            raise self.stop(event.start_mark, "LS104", message, "remove the escape that makes it")

    def scalar(self, event: Any, pointer: Pointer) -> Data:
        text: str = event.value
        plain = not event.style
        if self.marks is not None:
            mark = event.start_mark
            self.marks.at[pointer] = Mark(mark.line + 1, mark.column + 1, text if plain else None)
        if plain and (not text or text[0] in _MAY_RESOLVE):
            return self.resolve(event, text)
        self.refuse_control(event)
        return text

    def resolve(self, event: Any, text: str) -> Data:
        """A plain scalar by the YAML 1.2 core schema: `no`, `1_5` and `12:30` stay text."""
        if text in _WORDS:
            return _WORDS[text]
        if _INT.match(text):
            number = self.integer(text)
            if number not in _INT64:
                raise self.stop(event.start_mark, "LS111", f"number {quoted(text)} is out of range", "quote a text")
            return number
        if _FLOAT.match(text):
            value = float(text)
            if value - value != 0.0:
                raise self.stop(event.start_mark, "LS111", f"number {quoted(text)} is out of range", "quote a text")
            return value
        if _NON_FINITE.match(text):
            raise self.stop(event.start_mark, "LS111", f"{quoted(text)} is not a finite number", "quote a text")
        return text

    @staticmethod
    def integer(text: str) -> int:
        if len(text) > 40:
            return 2**63
        if text.startswith(("0o", "0x")):
            return int(text, 0)
        return int(text)
