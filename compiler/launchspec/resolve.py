"""A lawful tree to a ``Model``: defaults are filled in, short forms written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from launchspec import resources
from launchspec.read import Data, read
from launchspec.spec import Draft, Hub, Model, ModelSpec, PageText, SpecPageText
from launchspec.validate import validate

__all__ = ["engines_for", "part_names", "resolve"]


def resolve(tree: Data) -> Model:
    """The model that a tree admitted by the model schema describes."""
    tags = tree.get("reasoning_tags")
    return Model(
        name=tree["name"],
        family=tree.get("family", tree["name"]),
        context_length=int(tree["context_length"]),
        languages=tuple(tree["languages"]),
        abilities=tuple(tree["abilities"]),
        description=tree["description"],
        license=tree.get("license"),
        homepage=tree.get("homepage"),
        architectures=tuple(tree.get("architectures", ())),
        remote_code=tree.get("remote_code", False),
        chat_template=tree.get("chat_template"),
        stop=tuple(tree.get("stop", ())),
        stop_token_ids=tuple(tree.get("stop_token_ids", ())),
        tool_call_parser=tree.get("tool_call_parser", {}),
        reasoning_parser=tree.get("reasoning_parser", {}),
        reasoning_tags=(tags["start"], tags["end"]) if tags else None,
        requires=tree.get("requires", {}),
        options=tree.get("options", {}),
        specs=tuple(_spec(spec, _facts(spec, tree["specs"])) for spec in tree["specs"]),
        page=PageText(**tree.get("page", {})),
    )


def part_names(parts: int | Sequence[str]) -> tuple[str, ...]:
    """The names of the parts of a split file: of a count, as gguf-split and safetensors number them."""
    if isinstance(parts, int):
        return tuple(f"{part:05d}-of-{parts:05d}" for part in range(1, parts + 1))
    return tuple(parts)


@cache
def engines_for(format_: str) -> tuple[str, ...]:
    """The engines that read a format, in the order of the page."""
    files = sorted((resources.root() / "specs" / "engines").glob("*/engine.yaml"))
    engines = [validate(read(file), "engine") for file in files]
    return tuple(sorted((engine["name"] for engine in engines if format_ in engine["formats"]), reverse=True))


def _facts(spec: Data, specs: Sequence[Data]) -> Mapping[str, Data]:
    """The architecture of a spec: its own, else that of the first spec of the same size."""
    same = (other for other in (spec, *specs) if other["size_in_billions"] == spec["size_in_billions"])
    return next((other["architecture"] for other in same if "architecture" in other), {})


def _spec(tree: Data, facts: Mapping[str, Data]) -> ModelSpec:
    quantizations = tuple(tree["quantizations"])
    return ModelSpec(
        format=tree["format"],
        size_in_billions=_number(tree["size_in_billions"]),
        activated_size_in_billions=_number(tree["activated_size_in_billions"])
        if "activated_size_in_billions" in tree
        else None,
        quantizations=quantizations,
        engines=_engines(tree, quantizations),
        hubs={name: _hub(name, hub, quantizations) for name, hub in tree.get("hubs", {}).items()},
        uri=tree.get("uri"),
        architecture=facts,
        options=tree.get("options", {}),
        page=SpecPageText(**tree.get("page", {})),
    )


def _number(value: int | float) -> int | float:
    return int(value) if value == int(value) else value


def _engines(tree: Data, quantizations: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    engines = tree.get("engines")
    if isinstance(engines, dict):
        return {name: quantizations if served == "all" else tuple(served) for name, served in engines.items()}
    return dict.fromkeys(engines_for(tree["format"]) if engines is None else engines, quantizations)


def _hub(name: str, tree: Data, quantizations: tuple[str, ...]) -> Hub:
    draft = tree.get("draft")
    return Hub(
        name=name,
        id=tree["id"],
        revision=tree.get("revision"),
        quantizations=tuple(tree.get("quantizations", quantizations)),
        file=tree.get("file"),
        split_file=tree.get("split_file"),
        parts={quantization: part_names(parts) for quantization, parts in tree.get("parts", {}).items()},
        projectors=tuple(tree.get("projectors", ())),
        draft=Draft(draft["id"], tuple(draft.get("quantizations", ())), draft.get("file")) if draft else None,
    )
