"""What ``xinference register`` takes: a model as JSON, one entry per quantization."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from launchspec.errors import quoted
from launchspec.spec import Hub, Model, ModelSpec, PageText, SpecPageText
from launchspec.targets.docs import size_text

__all__ = ["registration"]

_FORMATS = ("pytorch", "gptq", "awq", "fp4", "fp8", "bnb", "ggufv2", "mlx")
_ABILITIES = ("embed", "generate", "chat", "tools", "vision", "audio", "omni", "reasoning", "hybrid")


def registration(model: Model, hub: str) -> tuple[dict[str, Any], list[str]]:
    """The JSON of a model for ``xinference register -t LLM``, fetched from ``hub``, and what it cannot say."""
    notes: list[str] = []
    entries: list[dict[str, Any]] = []
    for number, spec in enumerate(model.specs, 1):
        made, why = _entries(spec, hub)
        entries += made
        if why:
            what = f"specs[{number}] ({spec.format}, {size_text(spec.size_in_billions)} billion)"
            notes.append(f"{model.name}: {what} is left out: {why}")
    for ability in model.abilities:
        if ability not in _ABILITIES:
            notes.append(f"{model.name}: Xinference has no ability {quoted(ability)}")
    fields = {
        "requires": model.requires,
        "options": model.options or any(spec.options for spec in model.specs),
        "license": model.license,
        "homepage": model.homepage,
        "remote_code": model.remote_code,
        "tool_call_parser": set(model.tool_call_parser) - {"Xinference"},
        "reasoning_parser": model.reasoning_parser,
        "architecture": any(spec.architecture for spec in model.specs),
        "page": model.page != PageText() or any(spec.page != SpecPageText() for spec in model.specs),
    }
    for field, value in fields.items():
        if value:
            whose = " of other engines" if field == "tool_call_parser" else ""
            notes.append(f"{model.name}: {field}{whose} has no place in a registration")
    tags = model.reasoning_tags or (None, None)
    return {
        "version": 2,
        "model_name": model.name,
        "model_family": model.family,
        "model_description": model.description,
        "context_length": model.context_length,
        "model_lang": list(model.languages),
        "model_ability": [ability for ability in model.abilities if ability in _ABILITIES],
        "architectures": list(model.architectures) or None,
        "chat_template": model.chat_template,
        "stop": list(model.stop) or None,
        "stop_token_ids": list(model.stop_token_ids) or None,
        "reasoning_start_tag": tags[0],
        "reasoning_end_tag": tags[1],
        "tool_parser": model.tool_call_parser.get("Xinference"),
        "model_specs": entries,
    }, notes


def _entries(spec: ModelSpec, hub: str) -> tuple[list[dict[str, Any]], str]:
    """An entry per quantization, or none and the reason."""
    if spec.format not in _FORMATS:
        return [], f"Xinference has no format {quoted(spec.format)}"
    source = spec.hubs.get(hub)
    if source is None and spec.uri is None:
        return [], f"it is not on {hub}"
    if spec.format == "ggufv2" and not (source and source.file):
        return [], "a ggufv2 registration needs a file template"
    return list(_each(spec, source)), ""


def _each(spec: ModelSpec, source: Hub | None) -> Iterator[dict[str, Any]]:
    for quantization in source.quantizations if source else spec.quantizations:
        entry: dict[str, Any] = {
            "model_format": spec.format,
            "model_size_in_billions": _size(spec.size_in_billions),
            "activated_size_in_billions": None
            if spec.activated_size_in_billions is None
            else _size(spec.activated_size_in_billions),
            "quantization": quantization,
            "model_id": source.id.replace("{quantization}", quantization) if source else None,
            "model_hub": source.name if source else "huggingface",
            "model_revision": source.revision if source else None,
            "model_uri": spec.uri if source is None else None,
        }
        if source and spec.format == "ggufv2":
            parts = source.parts.get(quantization)
            entry["model_file_name_template"] = source.file
            entry["model_file_name_split_template"] = source.split_file or (source.file if parts else None)
            entry["quantization_parts"] = {quantization: list(parts)} if parts else None
            entry["multimodal_projectors"] = list(source.projectors) or None
        if source and source.draft:
            entry["draft_model_id"] = source.draft.id
            entry["draft_quantizations"] = list(source.draft.quantizations) or None
            if spec.format == "ggufv2":
                entry["draft_model_file_name_template"] = source.draft.file
        yield entry


def _size(size: int | float) -> int | str:
    return size if isinstance(size, int) else size_text(size)
