"""Query heads share key and value heads evenly.

Grouped-query attention gives each key and value head the same number of query heads, so `num_key_value_heads` divides
`num_attention_heads`.
"""

from __future__ import annotations

from collections.abc import Iterator

from launchspec.checks import Finding
from launchspec.errors import Severity
from launchspec.read import Data

CODE = "LS310"
NAME = "attention-heads"
SEVERITY = Severity.ERROR
_SPEC = """\
specs:
  - format: pytorch
    size_in_billions: 7
    quantizations: [none]
    architecture:
      num_attention_heads: 32
"""
VALID = (_SPEC + "      num_key_value_heads: 8\n",)
INVALID = (_SPEC + "      num_key_value_heads: 6 #!\n",)


def find(tree: Data) -> Iterator[Finding]:
    """Numbers of heads that do not divide."""
    for number, spec in enumerate(tree["specs"]):
        facts = spec.get("architecture", {})
        heads, shared = facts.get("num_attention_heads"), facts.get("num_key_value_heads")
        if heads and shared and heads % shared:
            message = f"{shared} key and value heads do not divide {heads} attention heads"
            hint = "compare with config.json"
            yield Finding(("specs", number, "architecture", "num_key_value_heads"), message, hint)
