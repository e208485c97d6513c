"""Every figure says what it rests on and when that was read; what is old is warned of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.app.freshness import dated
from crmbridge.report import documents
from crmbridge.report.i18n import catalog

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("funnel", {}),
    ("kpi", {}),
    ("forecast", {}),
    ("tiers", {}),
    ("scores", {}),
    ("quality", {}),
]


def test_every_figure_names_its_sources_with_the_time_of_reading(company: Company) -> None:
    before = datetime.now(UTC)
    with Bridge.open(company.folder) as bridge:
        assert bridge.funnel().read == {}, "no connection was read yet"
        bridge.sync([])
        for name, options in ASKED:
            told = getattr(bridge, name)(**options)
            assert told.read is not None, name
            (at,) = told.read.values()
            assert before <= at <= datetime.now(UTC), name
            assert "DATA_OLD" not in {note.code for note in told.warnings}
            assert list(documents.document(told, catalog("en"))["read"]) == ["books"]  # type: ignore[call-overload] # a mapping


@pytest.mark.parametrize(("hours", "is_old"), [(23, False), (25, True)])
def test_what_was_read_longer_than_a_day_ago_is_warned_of(company: Company, hours: int, is_old: bool) -> None:  # noqa: FBT001 - a case
    with Bridge.open(company.folder) as bridge:
        bridge.sync([])
        told = bridge.funnel()
        later = dated(bridge.wiring, told, now=datetime.now(UTC) + timedelta(hours=hours))
        assert ("DATA_OLD" in {note.code for note in later.warnings}) == is_old
    then = datetime.now(UTC) + timedelta(hours=hours)
    with Bridge.open(company.folder, as_of=then) as bridge:
        assert "DATA_OLD" not in {note.code for note in bridge.funnel().warnings}, "as of a moment that was given"
