"""Documentation pages: a page per model, in the form of Xinference's catalog, and an index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from launchspec.hubs import SHOWN
from launchspec.quoting import rst_definitions, rst_line, rst_text
from launchspec.render import render
from launchspec.spec import Model, ModelSpec

__all__ = [
    "INDEX", "IndexRow", "description_text", "engines_text", "hubs_text", "id_text", "index", "index_row", "page",
    "page_file", "size_text",
]  # fmt: skip

INDEX = "index.rst"
_RULE = 40


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the index says of one model, as RST."""

    name: str
    page: str
    abilities: str
    context_length: int
    description: str


def page_file(model: Model) -> str:
    """The file name of the page of a model."""
    return f"{model.page_name}.rst"


def page(model: Model) -> str:
    """The page of one model, as RST."""
    given = model.page
    values = {
        "name": model.name,
        "page": model.page_name,
        "rule": "=" * max(_RULE, len(model.name)),
        "context_length": _or(given.context_length, str(model.context_length)),
        "languages": _or(given.languages, ", ".join(model.languages)),
        "abilities": _or(given.abilities, ", ".join(model.abilities)),
        "description": _or(given.description, description_text(model.description)),
    }
    definitions = rst_definitions(model.description) if given.description is None else []
    return render(
        "docs/model.rst.jinja",
        model=values,
        specs=[_spec(spec, number) for number, spec in enumerate(model.specs, 1)],
        definitions=definitions,
    )


def index_row(model: Model) -> IndexRow:
    """What the index says of a model."""
    return IndexRow(
        model.name, model.page_name, ", ".join(model.abilities), model.context_length, rst_line(model.description)
    )


def index(rows: Iterable[IndexRow]) -> str:
    """The page that lists all models, for Sphinx; rows are sorted by the names of their pages."""
    return render("docs/index.rst.jinja", rows=sorted(rows, key=lambda row: row.page))


def description_text(text: str) -> str:
    """A description as it stands in the list of a page: lines after the first are indented."""
    first, *others = rst_text(text).split("\n")
    return "\n".join([first, *(f"  {line}" if line else line for line in others)])


def size_text(size: int | float) -> str:
    """A size in billions as pages and commands of Xinference write it: 1.5 is ``1_5``."""
    return f"{Decimal(f'{size:.12g}'):f}".replace(".", "_")


def engines_text(spec: ModelSpec) -> str:
    """The engines, and which of them serve only some of the quantizations."""
    text = ", ".join(spec.engines)
    partial = [(served, name) for name, served in spec.engines.items() if set(served) != set(spec.quantizations)]
    ordered = sorted(
        partial, key=lambda pair: ([spec.quantizations.index(q) for q in pair[0] if q in spec.quantizations], pair[0])
    )
    groups = [(served, [name for _, name in group]) for served, group in groupby(ordered, key=lambda pair: pair[0])]
    limits = [
        f"{_and(sorted(names, reverse=True))} only available for quantization {_and(served)}"
        for served, names in groups
    ]
    return f"{text} ({'; '.join(limits)})" if limits else text


def id_text(spec: ModelSpec) -> str:
    """The repository to name for a spec."""
    return rst_text(spec.id)


def hubs_text(spec: ModelSpec) -> str:
    """Links to the repositories on the hubs that pages show."""
    links = [
        f"`{site.name} <{site.address}{rst_text(spec.hubs[name].id)}>`__"
        for name, site in SHOWN.items()
        if name in spec.hubs
    ]
    return ", ".join(links)


def _spec(spec: ModelSpec, number: int) -> dict[str, str]:
    given = spec.page
    size = _or(given.size, size_text(spec.size_in_billions))
    heading = f"Model Spec {number} ({spec.format}, {size} Billion)"
    return {
        "heading": heading,
        "rule": "+" * max(_RULE, len(heading)),
        "format": spec.format,
        "size": size,
        "quantizations": _or(given.quantizations, ", ".join(spec.quantizations)),
        "engines": _or(given.engines, engines_text(spec)),
        "model_id": _or(given.model_id, id_text(spec)),
        "hubs": _or(given.hubs, hubs_text(spec)),
    }


def _or(given: str | None, derived: str) -> str:
    return derived if given is None else given


def _and(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
