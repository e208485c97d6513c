"""HTML pages out of templates: everything put in is escaped, and a name that a template misspells is an error.

Only a `Drawing` and other markup of our own, built of escaped parts, goes in as it is. No template uses `|safe`.
"""

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""The page may load nothing, run nothing, send nothing."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("crmbridge.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, values: Mapping[str, object]) -> str:
    """The page of a template under `templates/`."""
    return _environment().get_template(template).render(policy=CONTENT_SECURITY_POLICY, **values)
