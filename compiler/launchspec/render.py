"""Line text from a template: values go in as they are, an undefined one is an error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from launchspec import resources

if TYPE_CHECKING:
    import jinja2

__all__ = ["render"]


def render(template: str, **values: Any) -> str:
    """The text of a template, by its path below ``templates/``, with ``values`` put in."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # here, since a run in which all is cached needs no template

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(resources.template),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
