"""One function per output grammar: a text goes in, the same text comes out at the reader's end."""

from __future__ import annotations

import re

__all__ = ["rst_definitions", "rst_line", "rst_text"]

_RST_MARKUP = re.compile(
    r"""
    (?P<address>(?<![^\s(\[{<"'])https?://[A-Za-z0-9]++(?:(?:[./?=&%#~+,;-]{0,3}_?|:(?=[0-9]))[A-Za-z0-9]++)*+/?+
        (?=[.,;:!?]*+(?:[\s)\]}>"']|\Z)))              # where docutils, too, sees its ends: else it links "http:/"
    | (?P<scheme>[A-Za-z][A-Za-z0-9.+-]*):(?=\S)       # a link of any scheme, were it not for the escape
    | (?P<each>[\\*`|]                                 # escapes, emphasis, literals, substitutions
        | _++(?![^\W_])                                # references: underscores that no letter or digit follows
        | (?<=\S)@(?=\S)                               # mail addresses
        | ::)                                          # literal blocks
    """,
    re.VERBOSE,
)
_RST_LINE_START = re.compile(r"[^\w\s\\\ue001]|_|(?:[0-9]+|[A-Za-z]+)[.)](?=\s|\Z)")
_RST_BREAKS = re.compile(r"\A\n+|\n+\Z|\n{3,}")
_RST_SPACES = re.compile(r"(?m:^\x20+|\x20+$)|[^\S\x20\n]|\ue000")
_RST_MARKS = re.compile("[\ue000-\ue002]")
_RST_NEWLINE = "\ue000"
_RST_REFERENCE = re.compile(r"\ue001([0-9A-F]{4,6})\ue002")


def rst_text(text: str, *, at_line_start: bool = False) -> str:
    """``text`` as RST whose parsed text is exactly ``text``: paragraphs of plain text, without any markup.

    White space that RST does not keep (at the ends of lines, tabs, three newlines in a row) becomes references
    such as ``|U+0009|``; the page has to hold what ``rst_definitions`` gives for the same text. Only addresses
    of http and https stay links. ``at_line_start`` says that the first line stands at the start of a block, not
    after other text. The lines are not indented.
    """
    paragraphs = _keep_white_space(_without_marks(text)).split("\n\n")
    lines = [line for paragraph in paragraphs for line in (*paragraph.split("\n"), "")][:-1]
    starts = [at_line_start] + [True] * (len(lines) - 1)
    return "\n".join(_reference(_escape(line, start)) for line, start in zip(lines, starts, strict=True))


def rst_line(text: str) -> str:
    """``text`` as one line of RST at the start of a block; runs of white space become one space.

    It needs no definitions: the private characters that would become references are U+FFFD here.
    """
    return rst_text(_RST_MARKS.sub("\ufffd", " ".join(text.split())), at_line_start=True)


def rst_definitions(*texts: str) -> list[str]:
    """The lines that define the references in ``rst_text`` of each text."""
    codes = {
        code for text in texts for code in re.findall(r"(?<=\ue001)[0-9A-F]+", _keep_white_space(_without_marks(text)))
    }
    return [f".. |U+{code}| unicode:: U+{code}" for code in sorted(codes)]


def _without_marks(text: str) -> str:
    """The private characters that mark places below become references where they come from outside."""
    return _RST_MARKS.sub(lambda found: f"\ue001{ord(found.group()):04X}\ue002", text)


def _keep_white_space(text: str) -> str:
    """Marks in place of white space that RST would lose; newlines that remain are single or double."""
    text = _RST_BREAKS.sub(lambda found: _RST_NEWLINE * len(found.group()), text)
    return _RST_SPACES.sub(lambda found: "".join(f"\ue001{_code(char)}\ue002" for char in found.group()), text)


def _code(char: str) -> str:
    return f"{ord(char) if char != _RST_NEWLINE else 10:04X}"


def _escape(line: str, at_line_start: bool) -> str:
    escaped = _RST_MARKUP.sub(_escape_markup, line)
    if at_line_start and _RST_LINE_START.match(line) and not escaped.startswith("\\"):
        return "\\" + escaped
    if at_line_start and line and not line.strip("\\"):
        return "\\ " + escaped  # backslashes alone would be read as the line above a title
    return escaped


def _escape_markup(found: re.Match[str]) -> str:
    if found["address"]:
        return found["address"]
    if found["scheme"]:
        return found["scheme"] + "\\:"
    return "".join(f"\\{char}" for char in found["each"])


def _reference(line: str) -> str:
    """Marks to references; `\\ ` sets them off from the text around and vanishes when parsed."""
    parts = _RST_REFERENCE.sub(r"\\ |U+\1|\\ ", line)
    return parts.removesuffix("\\ ")
