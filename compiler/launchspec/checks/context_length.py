"""The context is not longer than the checkpoint's positions.

`max_position_embeddings` of config.json bounds the context unless the publisher documents a way to stretch it.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data

CODE = "LS311"
NAME = "context-length"
SEVERITY = Severity.WARNING
_SPEC = """\
context_length: 8192{}
specs:
  - format: pytorch
    size_in_billions: 7
    quantizations: [none]
    architecture:
      max_position_embeddings: {}
"""
VALID = (_SPEC.format("", 8192),)
INVALID = (_SPEC.format(" #!", 4096),)


def find(tree: Data) -> Iterator[Finding]:
    """Contexts that no spec has positions for."""
    known = [spec.get("architecture", {}).get("max_position_embeddings") for spec in tree["specs"]]
    longest = max((positions for positions in known if positions), default=0)
    if longest and all(known) and tree["context_length"] > longest:
        message = f"{tree['context_length']} tokens are more than the {longest} positions that the checkpoints declare"
        yield Finding(("context_length",), message, f"use {longest}, or correct max_position_embeddings")
