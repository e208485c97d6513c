"""The list of improvements of a workspace, and two of its periods compared."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.model.errors import ConfigError

AS_OF = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def folder(company: Company) -> Path:
    with Bridge.open(company.folder, as_of=AS_OF) as bridge:
        bridge.sync([])
    return company.folder


def items(folder: Path, later: int = 0, *, everything: bool = True) -> list[tuple[object, ...]]:
    with Bridge.open(folder, as_of=AS_OF + timedelta(days=later)) as bridge:
        rows = bridge.backlog(everything=everything).rows
    return [tuple(row.get(name) for name in ("id", "status", "owner", "verdict")) for row in rows]


def test_an_item_is_taken_measured_again_and_closed_with_its_verdict(folder: Path) -> None:
    """Requirement S4-24."""
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        bridge.backlog_add("few go on", name="S3", source="meeting")
    with Bridge.open(folder, as_of=AS_OF + timedelta(days=1)) as bridge:
        bridge.backlog_take("S3", owner="Li", until=date(2026, 4, 5))
        with pytest.raises(ConfigError, match="no numbers from before"):
            bridge.backlog_close("S3", after="60/200")
    with Bridge.open(folder, as_of=AS_OF + timedelta(days=2)) as bridge:
        bridge.backlog_close("S3", before="36/200", after="60/200")
    assert items(folder, 9) == [("S3", "closed", "Li", "improved")]
    assert items(folder, 9, everything=False) == []
    with Bridge.open(folder, as_of=AS_OF + timedelta(days=9)) as bridge, pytest.raises(ConfigError, match="decided"):
        bridge.backlog_drop("S3", reason="late")


def test_the_findings_of_the_funnel_are_put_on_the_list_once(folder: Path) -> None:
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        assert bridge.backlog_find().rows == (), "too few deals say nothing"


def test_feedback_of_a_rep_and_of_a_meeting_is_one_list(folder: Path) -> None:
    """Requirements S2-28 and S3-33."""
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        bridge.backlog_add("customers ask for an API", author="Li", stage="talk")
        bridge.backlog_add("fewer visits", source="meeting", name="w14-1")
    with Bridge.open(folder, as_of=AS_OF + timedelta(days=1)) as bridge:
        bridge.backlog_add("fewer visits", source="meeting", name="w14-1")
        rows = bridge.backlog().rows
    assert [(row["id"], row["source"], row["reported"]) for row in rows] == [
        ("rep-2026-04-02-1", "rep", 1),
        ("w14-1", "meeting", 2),
    ]


@pytest.mark.parametrize("pair", ["7", "5/4", "a/b", "1/"])
def test_what_is_no_share_of_records_is_refused(folder: Path, pair: str) -> None:
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        bridge.backlog_add("something")
        with pytest.raises(ConfigError, match="no K/N"):
            bridge.backlog_close("rep-2026-04-02-1", before="1/2", after=pair)


def test_two_months_are_compared(folder: Path) -> None:
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        told = bridge.compare(period="2026-02", against="2026-01")
        found = {row["kpi_id"]: row for row in told.rows if row["section"] == "kpis"}
        assert str(found["revenue_won"]["difference"]) == "CNY -99.50"
        assert found["win_rate"]["verdict"] == "insufficient"
        with pytest.raises(ConfigError, match="does not come after"):
            bridge.compare(period="2026-01", against="2026-02")
