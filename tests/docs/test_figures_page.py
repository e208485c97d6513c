"""docs/reference/figures.md defines every figure that is printed."""

import re

from tests.docs.pages import ROOT, text_of

from crmbridge.model.kinds import kind
from crmbridge.report.figures import _FUNNEL
from crmbridge.services.kpi_document import built_in
from crmbridge.services.measures import _COMPUTED

TEXT = text_of(ROOT / "docs" / "reference" / "figures.md")


def defined(heading: str) -> dict[str, str]:
    text = TEXT.split(heading, 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))


def test_every_figure_of_the_funnel_is_defined() -> None:
    named = set(defined("one row for the whole")) | set(defined("one row for each open stage"))
    named |= set(defined("## What lost deals were lost for"))
    assert named == {column.name for column in _FUNNEL} - {"slice"}


def test_every_shipped_kpi_is_defined_with_unit_and_smallest_sample() -> None:
    shown = {name: rest.split(" | ")[:2] for name, rest in defined("## KPIs").items()}
    assert shown == {kpi.id: [kpi.unit, str(kpi.min_sample)] for kpi in built_in()}


def test_every_computed_field_of_a_kpi_is_named() -> None:
    page = text_of(ROOT / "docs" / "how-to" / "own-kpis.md")
    own = {kind_name: kind(kind_name).fields for kind_name in _COMPUTED}
    computed = {one.name for kind_name, ones in _COMPUTED.items() for one in ones if one.name not in own[kind_name]}
    assert not {name for name in computed if f"`{name}`" not in page}
