"""What services remember: appended once, the last of each subject, and as facts beside everything else."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge.facts import build
from crmbridge.facts.build import open_facts
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.changes import last_change
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.service_events import ServiceEvent


def keep(ledger: Ledger, *events: ServiceEvent, service: str = "tiers") -> int:
    with ledger.begin() as tx:
        return service_events.append(tx, service, events)


def latest(ledger: Ledger, until_us: int) -> list[ServiceEvent]:
    with ledger.read() as tx:
        return service_events.latest(tx, "tiers", until_us=until_us)


def test_the_last_event_of_each_subject_up_to_a_moment(ledger: Ledger) -> None:
    first, second = ServiceEvent("a", 10, '"B"'), ServiceEvent("a", 20, '"A"')
    other = ServiceEvent("b", 15, '"C"')
    assert keep(ledger, second, first, other) == 3
    keep(ledger, ServiceEvent("a", 12, '"X"'), service="forecasts")
    assert latest(ledger, 9) == []
    assert latest(ledger, 19) == [first, other]
    assert latest(ledger, 20) == [second, other]


def test_what_is_told_again_writes_nothing(ledger: Ledger) -> None:
    one = ServiceEvent("a", 10, '"B"')
    keep(ledger, one)
    assert keep(ledger, one, ServiceEvent("a", 10, '"A"')) == 0
    assert keep(ledger) == 0
    with ledger.read() as tx:
        before = last_change(tx)
    keep(ledger)
    with ledger.read() as tx:
        assert last_change(tx) == before
    assert latest(ledger, 10) == [one]


def test_they_are_facts_and_only_new_ones_are_read(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened() -> Facts:
        return open_facts(ledger, cache=tmp_path / "facts.duckdb", zone=ZoneInfo("UTC"), currency="CNY")

    monkeypatch.setattr(build, "SMALL_ROWS", -1)
    keep(ledger, ServiceEvent("a", 1_000_000, '{"tier": "B"}'))
    with opened():
        pass
    keep(ledger, ServiceEvent("a", 2_000_000, '{"tier": "A"}'))
    with opened() as facts:
        assert facts.refreshed.read["service_event"] == 1
        found = facts.query("SELECT body ->> 'tier', epoch_us(\"at\") FROM service_events ORDER BY 2")
    assert found == [("B", 1_000_000), ("A", 2_000_000)]
