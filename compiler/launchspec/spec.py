"""What a model spec means, after ``resolve``: nothing is optional that has a default, nothing is spelled two ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Draft", "Hub", "Model", "ModelSpec", "PageText", "SpecPageText"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft model for speculative decoding, on the hub of the model that it drafts for."""

    id: str
    quantizations: tuple[str, ...]
    file: str | None


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository on one hub.

    ``parts`` has the names of the parts of each quantization that is split, in order.
    """

    name: str
    id: str
    revision: str | None
    quantizations: tuple[str, ...]
    file: str | None
    split_file: str | None
    parts: Mapping[str, tuple[str, ...]]
    projectors: tuple[str, ...]
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class SpecPageText:
    """RST that stands on the page in place of the derived text of a spec; None where it is derived."""

    size: str | None = None
    quantizations: str | None = None
    engines: str | None = None
    model_id: str | None = None
    hubs: str | None = None


@dataclass(frozen=True, slots=True)
class PageText:
    """RST that stands on the page in place of the derived text of a model; None where it is derived."""

    context_length: str | None = None
    languages: str | None = None
    abilities: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The model in one format and size (billions of parameters, whole or fractional).

    ``engines`` has the quantizations each engine serves, engines in the order of the page.
    """

    format: str
    size_in_billions: int | float
    activated_size_in_billions: int | float | None
    quantizations: tuple[str, ...]
    engines: Mapping[str, tuple[str, ...]]
    hubs: Mapping[str, Hub]
    uri: str | None
    architecture: Mapping[str, Any]
    options: Mapping[str, Mapping[str, Any]]
    page: SpecPageText = SpecPageText()

    @property
    def id(self) -> str:
        """The repository to name for it: Hugging Face's, else that of the first hub, else its address."""
        hub = self.hubs.get("huggingface") or next(iter(self.hubs.values()), None)
        return hub.id if hub else self.uri or ""


@dataclass(frozen=True, slots=True)
class Model:
    """One model: ``context_length`` in tokens, ``specs`` in the order of the page."""

    name: str
    family: str
    context_length: int
    languages: tuple[str, ...]
    abilities: tuple[str, ...]
    description: str
    license: str | None
    homepage: str | None
    architectures: tuple[str, ...]
    remote_code: bool
    chat_template: str | None
    stop: tuple[str, ...]
    stop_token_ids: tuple[int, ...]
    tool_call_parser: Mapping[str, str]
    reasoning_parser: Mapping[str, str]
    reasoning_tags: tuple[str, str] | None
    requires: Mapping[str, str]
    options: Mapping[str, Mapping[str, Any]]
    specs: tuple[ModelSpec, ...]
    page: PageText = PageText()

    @property
    def page_name(self) -> str:
        """The name of its page and of its file, without the extension."""
        return self.name.lower()
