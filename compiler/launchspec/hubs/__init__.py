"""Shelf of hubs: where models are published."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SHOWN", "HubSite"]


@dataclass(frozen=True, slots=True)
class HubSite:
    """A hub as pages show it: its name and the address that a repository's id is appended to."""

    name: str
    address: str


SHOWN: dict[str, HubSite] = {
    "huggingface": HubSite("Hugging Face", "https://huggingface.co/"),
    "modelscope": HubSite("ModelScope", "https://modelscope.cn/models/"),
}
"""The hubs that a page links to, in its order; a spec may name others, which pages leave out."""
