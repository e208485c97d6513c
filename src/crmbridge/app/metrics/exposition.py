"""Samples as Prometheus reads them: its text format 0.0.4, which every version of it and node_exporter take.

The client library would bring a registry of live objects; what is told here stands in the ledger, and the format is a
page long. Tests read what is written with that library's own parser.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from crmbridge.app.metrics.families import FAMILIES, WORKSPACE, Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_ESCAPED_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})


def text(samples: Iterable[Sample], workspace: str) -> str:
    """All samples, family by family; a family without any is left out."""
    order = {family.name: number for number, family in enumerate(FAMILIES)}
    by_family = groupby(sorted(samples, key=lambda one: order[one.family.name]), key=lambda one: one.family)
    return "".join(
        line
        for family, found in by_family
        for line in (
            f"# HELP {family.name} {family.help.translate(_ESCAPED_HELP)}\n",
            f"# TYPE {family.name} {family.type}\n",
            *_lines(found, workspace),
        )
    )


def _lines(samples: Iterable[Sample], workspace: str) -> Iterator[str]:
    for one in samples:
        labels = {WORKSPACE: workspace, **one.labels}
        told = ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items())
        yield f"{one.name}{{{told}}} {_number(one.value)}\n"


def _number(value: float) -> str:
    """Whole numbers without a fraction, and no exponent that hides digits."""
    return str(int(value)) if value == int(value) else repr(float(value))
