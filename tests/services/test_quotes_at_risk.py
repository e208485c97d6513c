"""An expired quote on an open deal of a late stage is a risk signal; where nobody can tell, it is no 'no'."""

from collections.abc import Sequence

import pytest
from tests.services.quote_worlds import PIPELINES, Row, deal, moment, quote, told

from crmbridge.services.results import Period
from crmbridge.services.risk import risk
from crmbridge.services.risk_report import RiskRequest, Signal

QUARTER = Period(moment("2026-01-01").date(), moment("2026-04-01").date())


def signal(rows: Sequence[Row], stage: str = "S4", day: str = "2026-03-06") -> Signal | None:
    with told(rows, [deal(stage=stage)]) as facts:
        report = risk(facts, PIPELINES, RiskRequest(moment(day), QUARTER, least="low"))
    found = [one for deal in report.deals for one in deal.signals if one.id == "quote_expired"]
    return found[0] if found else None


@pytest.mark.parametrize(("stage", "points"), [("S3", 0), ("S4", 2), ("S5", 2), ("won", None)])
def test_an_expired_quote_counts_on_an_open_deal_of_the_fourth_stage_or_later(stage: str, points: int | None) -> None:
    found = signal([quote(valid_until="2026-03-05")], stage)
    assert (found.points if found else None) == points
    if points:
        assert found is not None
        assert str(found.why) == "its last quote held until 2026-03-05"


def test_it_holds_to_the_end_of_its_last_day() -> None:
    rows = [quote(valid_until="2026-03-05")]
    assert [getattr(signal(rows, day=day), "points", None) for day in ("2026-03-05", "2026-03-06")] == [0, 2]


@pytest.mark.parametrize(
    ("more", "points"),
    [
        ([quote("q2", valid_until="2026-04-01")], 0),
        ([quote("q2", status="accepted")], 0),
        ([quote("q2", status="draft", valid_until="2026-04-01")], 2),
        ([quote("q2", valid_until="2026-04-01", lifecycle="deleted")], 2),
    ],
)
def test_only_where_no_other_quote_holds(more: list[Row], points: int) -> None:
    found = signal([quote(valid_until="2026-03-05"), *more])
    assert found is not None
    assert found.points == points


@pytest.mark.parametrize("rows", [[], [quote()]])
def test_nobody_can_tell_without_quotes_or_their_days(rows: list[Row]) -> None:
    found = signal(rows)
    assert found is not None
    assert found.points is None
    assert str(found.why) == "its source tells no quotes or not how long they hold"


def test_a_quote_that_its_source_calls_expired_is() -> None:
    found = signal([quote(status="expired")])
    assert found is not None
    assert (found.points, str(found.why)) == (2, "its quotes have expired")
