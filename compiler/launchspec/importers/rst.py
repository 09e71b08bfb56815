"""Documentation pages of Xinference's catalog, and our own, to specs.

The page is a fixed frame around field texts. The frame is matched line by line, so that a page that deviates is
refused at the line where it does; the texts are read by docutils. At the end the spec is compiled again: what does
not come out as the page had it is put into ``page:``, and a page that still differs is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from launchspec import resources
from launchspec.errors import LaunchspecError, Problem, closest, quoted
from launchspec.hubs import SHOWN
from launchspec.importers import Imported, Note
from launchspec.read import Data, Source, read
from launchspec.resolve import resolve
from launchspec.targets import docs
from launchspec.validate import validate_tree

__all__ = ["import_pages", "page_notes", "page_tree"]

_LINK = re.compile(r"`([^`<>]+) <([^`<>\s]+)>`__")
_ONLY = re.compile(r"(?P<engines>[^()]*?)(?: \((?P<limits>[^()]* only available for quantization [^()]*)\))?")
_LIMIT = re.compile(r"(?P<engines>.+) only available for quantization (?P<served>.+)")
_DEFINITION = re.compile(r"\.\. \|U\+[0-9A-F]{4,6}\| unicode:: U\+[0-9A-F]{4,6}")
_CHOICE = "--quantization ${quantization}"
_LAUNCH = "   xinference launch --model-engine ${engine} "


def import_pages(places: list[Path]) -> Imported:
    """Specs from pages: files, or folders of which every ``*.rst`` but the index is read."""
    done = Imported()
    for place in places:
        files = sorted(file for file in place.glob("*.rst") if file.name != docs.INDEX) if place.is_dir() else [place]
        if not files:
            done.problems.append(Problem(str(place), 0, 0, "LS401", "holds no pages (*.rst)"))
        for file in files:
            try:
                tree = page_tree(read(file))
            except LaunchspecError as error:
                done.problems += error.problems
                continue
            done.trees[tree["name"]] = tree
            done.notes += page_notes(tree)
    return done


def page_tree(source: Source) -> Data:
    """The tree, lawful by the model schema, that compiles to this very page; raises LaunchspecError (LS4xx)."""
    page = _Page(source)
    tree = page.tree()
    validate_tree(tree, "model", source.path)
    made = docs.page(resolve(tree))
    if made != source.text:
        ours, theirs = made.split("\n"), source.text.split("\n")
        line = next(
            (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)) - 1
        )
        wanted, found, col = _difference(ours[line], theirs[line])
        message = f"the page is not what its fields give: {found} for {wanted}"
        raise LaunchspecError([Problem(source.path, line + 1, col, "LS403", message)])
    return tree


def page_notes(tree: Data) -> list[Note]:
    """A note for each text of the page that its fields do not give."""
    names = list(tree.get("page", ()))
    names += [
        f"specs[{number}].{name}" for number, spec in enumerate(tree["specs"], 1) for name in spec.get("page", ())
    ]
    return [
        Note(tree["name"], f"page.{name}", "keeps the page's own text, which the fields do not give") for name in names
    ]


@dataclass(slots=True)
class _SpecText:
    line: int
    format: str
    size: str
    quantizations: str
    engines: str
    model_id: str
    hubs: str


class _Page:
    """A cursor over the lines of a page."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = source.text.split("\n")
        self.at = 0

    def refuse(self, message: str, hint: str = "", line: int | None = None, col: int = 1) -> NoReturn:
        place = min(self.at if line is None else line, len(self.lines) - 1)
        raise LaunchspecError([Problem(self.source.path, place + 1, col, "LS402", message, hint)])

    def line(self) -> str:
        return self.lines[self.at] if self.at < len(self.lines) else ""

    def expect(self, *lines: str) -> None:
        for line in lines:
            if self.at >= len(self.lines):
                self.refuse(f"expected {quoted(line)}, found the end of the page")
            if self.line() != line:
                wanted, found, col = _difference(line, self.line())
                self.refuse(f"expected {wanted if line else 'an empty line'}, found {found}", col=col)
            self.at += 1

    def rest(self, start: str) -> str:
        """What follows ``start`` on this line."""
        text = self.line()
        if not text.startswith(start):
            self.refuse(f"expected a line that begins with {quoted(start)}, found {quoted(text)}")
        self.at += 1
        return text[len(start) :]

    def tree(self) -> Data:
        if "\r" in self.source.text:
            self.refuse("has carriage returns", "save it with line feeds only")
        label = self.rest(".. _models_llm_").removesuffix(":")
        self.expect("")
        name = self.title(label)
        context = self.rest("- **Context Length:** ")
        self.expect(f"- **Model Name:** {name}")
        languages, abilities = self.rest("- **Languages:** "), self.rest("- **Abilities:** ")
        description = self.description()
        specs: list[_SpecText] = []
        while self.line().startswith("Model Spec ") or (
            self.line() == "" and self.at + 1 < len(self.lines) and self.lines[self.at + 1].startswith("Model Spec ")
        ):
            specs.append(self.spec(name, len(specs) + 1))
        definitions = self.definitions()
        tree: Data = {
            "name": name,
            "context_length": 1,
            "languages": _lawful(languages, "languages"),
            "abilities": _lawful(abilities, "abilities"),
        }
        given: dict[str, str] = {}
        if context.isdecimal() and str(int(context)) == context and int(context):
            tree["context_length"] = int(context)
        else:
            given["context_length"] = context
        tree["description"] = self.plain(description, definitions)
        if docs.description_text(tree["description"]) != description:
            given["description"] = description
        for field, text in (("languages", languages), ("abilities", abilities)):
            if ", ".join(tree[field]) != text:
                given[field] = text
        if given:
            tree["page"] = given
        tree["specs"] = [self.spec_tree(spec) for spec in specs]
        return tree

    def title(self, label: str) -> str:
        """The name between two rules; in lower case it is the page's label."""
        rule = self.line()
        if not re.fullmatch("={40,}", rule):
            self.refuse(f"expected a title between two lines of 40 '=', found {quoted(rule)}")
        self.at += 1
        name = self.line()
        if name.lower() != label:
            self.refuse(f"the title {quoted(name)} is not that of the label {quoted(label)}")
        self.at += 1
        self.expect(rule, "")
        return name

    def description(self) -> str:
        """All lines up to the heading of the specs: texts may have line breaks and be indented in any way."""
        first = (
            self.rest("- **Description:** ") if self.line() != "- **Description:**" else self.rest("- **Description:**")
        )
        lines = [first]
        while self.lines[self.at : self.at + 3] != ["", "Specifications", "^^^^^^^^^^^^^^"]:
            if self.at >= len(self.lines):
                self.refuse("expected the heading 'Specifications', found the end of the page")
            lines.append(self.line())
            self.at += 1
        self.at += 3
        self.expect("", "")
        return "\n".join(lines)

    def plain(self, rst: str, definitions: list[str]) -> str:
        """The text of a description; what does more than show text is refused."""
        from launchspec.markup import hazards, plain_text

        if docs.description_text(rst) == rst:
            return rst
        text = "\n".join([_dedented(rst), "", *definitions])
        found = hazards(text)
        if found:
            line = next((i for i, line in enumerate(self.lines) if line.startswith("- **Description:**")), 0)
            self.refuse(f"the description holds {found[0]}", "a description is text; remove the markup", line=line)
        return plain_text(text)

    def spec(self, name: str, number: int) -> _SpecText:
        if number > 1 or self.line() == "":
            self.expect("")
        start = self.at
        head = re.fullmatch(rf"Model Spec {number} \((.+), (.+) Billion\)", self.line())
        if not head:
            self.refuse(f"expected 'Model Spec {number} (<format>, <size> Billion)', found {quoted(self.line())}")
        format_, size = head.groups()
        self.at += 1
        self.expect(
            "+" * max(40, len(head.group())),
            "",
            f"- **Model Format:** {format_}",
            f"- **Model Size (in billions):** {size}",
        )
        texts = [
            self.rest(f"- {field} ")
            for field in ("**Quantizations:**", "**Engines**:", "**Model ID:**", "**Model Hubs**: ")
        ]
        self.expect(
            "",
            "Execute the following command to launch the model, remember to replace ``${quantization}`` with your",
            "chosen quantization method from the options listed above::",
            "",
            f"{_LAUNCH}--model-name {name} --size-in-billions {size} --model-format {format_} {_CHOICE}",
            "",
        )
        return _SpecText(start, format_, size, *texts)

    def definitions(self) -> list[str]:
        lines = self.lines[self.at :]
        self.at = len(self.lines)
        if lines[-1:] != [""]:
            self.refuse("expected a line feed at the end")
        for number, line in enumerate(lines[:-1]):
            if not _DEFINITION.fullmatch(line):
                self.refuse(
                    f"expected 'Model Spec …' or the end of the page, found {quoted(line)}",
                    line=self.at - len(lines) + number,
                )
        return lines[:-1]

    def spec_tree(self, text: _SpecText) -> Data:
        tree: Data = {"format": text.format}
        given: dict[str, str] = {}
        size = re.fullmatch(r"[0-9]{1,7}(?:[._][0-9]{1,12})?", text.size)
        tree["size_in_billions"] = _number(text.size.replace("_", ".")) if size else 1
        if docs.size_text(tree["size_in_billions"]) != text.size:
            given["size"] = text.size
        tree["quantizations"] = _lawful(text.quantizations, "quantizations")
        if ", ".join(tree["quantizations"]) != text.quantizations:
            given["quantizations"] = text.quantizations
        tree["engines"] = self.engines(text.engines, tree["quantizations"], text.line)
        hubs = self.hubs(text.hubs, text.line)
        if hubs:
            tree["hubs"] = hubs
        spec = resolve({**_FRAME, "specs": [tree]}).specs[0]
        derived = {"engines": docs.engines_text(spec), "model_id": docs.id_text(spec), "hubs": docs.hubs_text(spec)}
        given |= {name: getattr(text, name) for name, made in derived.items() if getattr(text, name) != made}
        if given:
            tree["page"] = given
        return tree

    def engines(self, text: str, quantizations: list[str], line: int) -> Data:
        found = _ONLY.fullmatch(text)
        if not found:
            self.refuse(f"cannot read the engines {quoted(text)}", line=line + 6)
        names = _list(found["engines"])
        limited: dict[str, list[str]] = {}
        for limit in (found["limits"] or "").split("; "):
            part = _LIMIT.fullmatch(limit)
            if part:
                limited |= dict.fromkeys(_words(part["engines"]), _words(part["served"]))
        if not set(limited) & set(names):
            return names
        return {name: limited.get(name, "all") for name in names}

    def hubs(self, text: str, line: int) -> dict[str, Data]:
        hubs: dict[str, Data] = {}
        for label, address in _LINK.findall(text):
            site = next(((key, site) for key, site in SHOWN.items() if site.name == label), None)
            if site is None:
                hint = closest(label, [site.name for site in SHOWN.values()])
                self.refuse(f"{quoted(label)} is not a hub that is known here", hint, line=line + 8)
            key, shown = site
            if not address.startswith(shown.address):
                self.refuse(f"the address of {label} is not below {shown.address}: {quoted(address)}", line=line + 8)
            repository = re.sub("/+", "/", address.removeprefix(shown.address))
            if _admits("repository", repository):
                hubs[key] = {"id": repository}
        return hubs


_FRAME: Data = {"name": "x", "context_length": 1, "languages": [], "abilities": [], "description": ""}


def _lawful(text: str, field: str) -> list[str]:
    """The items of a list that the schema admits; the page's own text keeps the others."""
    return [word for word in _list(text) if _admits(field, word)]


def _admits(field: str, text: str) -> bool:
    schema = resources.schema("model")
    rules = {
        "languages": schema["properties"]["languages"]["items"],
        "abilities": schema["properties"]["abilities"]["items"],
        "quantizations": schema["$defs"]["quantization"],
        "repository": schema["$defs"]["repository"],
    }
    rule = rules[field]
    return text in rule["enum"] if "enum" in rule else re.search(rule["pattern"], text) is not None


def _list(text: str) -> list[str]:
    return [word for word in text.split(", ") if word]


def _words(text: str) -> list[str]:
    return [word for part in text.split(" and ") for word in part.split(", ") if word]


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value == int(value) else value


def _difference(wanted: str, found: str) -> tuple[str, str, int]:
    """Two lines as they may stand in a message, from shortly before they part, and the column where they do."""
    pairs = enumerate(zip(wanted, found, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(wanted), len(found)))
    start = same - 20 if same > 40 else 0
    texts = (quoted("…" + text[start:] if start else text) for text in (wanted, found))
    return next(texts), next(texts), same + 1


def _dedented(text: str) -> str:
    """The text of a list item, its lines after the first no longer indented as such."""
    first, *others = text.split("\n")
    if not all(line.startswith("  ") or not line for line in others):
        return text
    return "\n".join([first, *(line.removeprefix("  ") for line in others)])
