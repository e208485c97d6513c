"""The pipeline between two moments: the golden vectors, what is counted where, and the identity on worlds of chance."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson
import pytest
from tests.services.test_funnel_vectors import gv_deals
from tests.services.test_random_worlds import random_deal
from tests.services.worlds import SHANGHAI, Deal, company, local, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import MixedCurrency
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.waterfall import waterfall
from crmbridge.services.waterfall_report import Step, Waterfall, WaterfallReport, WaterfallRequest

E4 = 10_000
START = datetime(2026, 6, 14, 16, tzinfo=UTC) - timedelta(microseconds=1)
"""The last moment before Monday 15 June in Shanghai."""
END = START + timedelta(days=7)


def change(
    id_: str, day: str, old: str | None, new: str | None, *, seq: int = 1, currency: str = "CNY"
) -> dict[str, object]:
    told = [None if one is None else {"amount": one, "currency": currency} for one in (old, new)]
    return {
        "record_id": id_,
        "kind": "deal",
        "field": "amount",
        "seq": seq,
        "at": local(day, hour=12),
        "old": orjson.dumps(told[0]).decode(),
        "new": orjson.dumps(told[1]).decode(),
        "origin": "observed",
    }


def world(deals: Iterable[Deal], changes: Iterable[dict[str, object]] = ()) -> Facts:
    facts = company(deals)
    facts.insert("field_changes", list(changes))
    return facts


def asked(facts: Facts, **changes: object) -> WaterfallReport:
    request = WaterfallRequest(**({"start": START, "end": END} | changes))  # type: ignore[arg-type]
    return waterfall(facts, [six_stages()], request)


def amounts(found: Waterfall) -> dict[Step, int]:
    assert found.is_balanced
    return {line.step: line.e4 // E4 for line in found.shown()}


def records(found: Waterfall) -> dict[Step, tuple[str, ...]]:
    return {line.step: line.records for line in found.shown() if line.n}


def test_gv_week_1_waterfall() -> None:
    found = asked(company(gv_deals()), end=datetime(2026, 6, 22, tzinfo=UTC)).whole
    assert amounts(found) == {
        "opening": 260_000,
        "new": 0,
        "amount_up": 0,
        "amount_down": 0,
        "reopened": 0,
        "won": 70_000,
        "lost": 0,
        "closing": 190_000,
    }
    assert records(found) == {"opening": ("G05", "G08", "G10"), "won": ("G10",), "closing": ("G05", "G08")}


def test_gv_week_2_identity() -> None:
    deals = [
        Deal("open", [("S1", "2026-05-01")], "480000.00"),
        Deal("up", [("S1", "2026-05-01")], "150000.00"),
        Deal("down", [("S1", "2026-05-01")], "20000.00"),
        Deal("won", [("S1", "2026-05-01"), ("won", "2026-06-17")], "200000.00"),
        Deal("lost", [("S1", "2026-05-01"), ("lost", "2026-06-18")], "120000.00"),
        Deal("again", [("S1", "2026-04-01"), ("lost", "2026-05-01"), ("S2", "2026-06-16")], "100000.00"),
        Deal("new", [("S1", "2026-06-16")], "150000.00"),
        Deal("quick", [("S1", "2026-06-15"), ("won", "2026-06-19")], "100000.00"),
    ]
    changes = [change("up", "2026-06-16", "100000", "150000"), change("down", "2026-06-16", "100000", "20000")]
    found = asked(world(deals, changes)).whole
    assert amounts(found) == {
        "opening": 1_000_000,
        "new": 250_000,
        "amount_up": 50_000,
        "amount_down": 80_000,
        "reopened": 100_000,
        "won": 300_000,
        "lost": 120_000,
        "closing": 900_000,
    }
    assert "quick" in found["new"].records
    assert "quick" in found["won"].records


def test_a_deal_first_seen_won_is_new_and_won_where_it_began_in_the_week() -> None:
    fresh = Deal("fresh", [("won", "2026-06-16")], "10")
    older = Deal("older", [("won", "2026-06-16")], "7", facts={"created_at": local("2026-01-05")})
    found = asked(company([fresh, older])).whole
    assert records(found) == {"new": ("fresh",), "entered": ("older",), "won": ("fresh", "older")}
    assert found.is_balanced


def test_unknown_amounts_have_rows_of_their_own() -> None:
    deals = [
        Deal("never", [("S1", "2026-05-01")]),
        Deal("found", [("S1", "2026-05-01")], "30"),
        Deal("gone", [("S1", "2026-05-01")]),
    ]
    changes = [change("found", "2026-06-16", None, "30"), change("gone", "2026-06-16", "12", None)]
    report = asked(world(deals, changes))
    found = report.whole
    assert amounts(found)["amount_known"] == 30
    assert amounts(found)["amount_unknown"] == 12
    assert (found["opening"].n, found["opening"].unknown, found["closing"].unknown) == (3, 2, 2)
    assert [note.code for note in report.evidence.warnings] == ["AMOUNTS_UNKNOWN"]


def test_without_earlier_amounts_it_says_so() -> None:
    report = asked(company(gv_deals()))
    assert report.changes is not None
    assert [note.code for note in report.evidence.warnings] == ["AMOUNTS_AS_NOW"]


def test_void_unmapped_deleted_and_merged() -> None:
    deals = [
        Deal("void", [("S1", "2026-05-01"), ("void", "2026-06-16")], "5"),
        Deal("odd", [("S1", "2026-05-01"), ("made up", "2026-06-16")], "6"),
        Deal("back", [("made up", "2026-05-01"), ("S2", "2026-06-16")], "7"),
        Deal("deleted", [("S1", "2026-05-01")], "8", facts={"lifecycle": "deleted"}),
        Deal("merged", [("S1", "2026-05-01")], "9", facts={"lifecycle": "merged"}),
    ]
    found = asked(company(deals)).whole
    assert records(found) == {
        "opening": ("odd", "void"),
        "entered": ("back",),
        "void": ("void",),
        "left": ("odd",),
        "closing": ("back",),
    }
    assert found.is_balanced


def test_currencies_are_never_added_up() -> None:
    deals = [
        Deal("cny", [("S1", "2026-05-01")], "5"),
        Deal("usd", [("S1", "2026-05-01")], "6", facts={"amount_currency": "USD"}),
        Deal("turned", [("S1", "2026-05-01")], "7"),
    ]
    facts = world(deals, [change("turned", "2026-06-16", "1", "7", currency="USD")])
    with pytest.raises(MixedCurrency):
        asked(facts)
    assert records(asked(facts, currency="USD").whole) == {
        "opening": ("turned", "usd"),
        "left": ("turned",),
        "closing": ("usd",),
    }
    assert records(asked(facts, currency="CNY").whole) == {
        "opening": ("cny",),
        "entered": ("turned",),
        "closing": ("cny", "turned"),
    }


def test_the_moments_stand_in_order() -> None:
    with pytest.raises(ConfigError, match="does not come after"):
        asked(company([]), end=START)


def random_facts(seed: int, size: int = 60) -> tuple[Facts, list[datetime]]:
    """A world of chance with owners, teams and changes of amounts."""
    chance = random.Random(seed)  # noqa: S311 - worlds, not secrets
    facts = Facts.in_memory(zone=SHANGHAI, currency="CNY")
    deals, events, changes = [], [], []
    for number in range(size):
        deal, told = random_deal(chance, number)
        deal["amount_currency"] = "CNY" if deal.get("amount_e4") is not None else None
        deal["owner_id"] = chance.choice(["u1", "u2", None])
        deals.append(deal)
        events += told
        for seq in range(chance.choice([0, 0, 1, 2])):
            day = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(60))).date().isoformat()
            old = chance.choice([None, str(chance.randrange(1, 900))])
            changes.append(change(str(deal["id"]), day, old, "1", seq=seq))
    facts.insert("deals", deals)
    facts.insert("stage_events", events)
    facts.insert("field_changes", changes)
    facts.insert("users", [{"id": "u1", "org_unit_id": "north"}, {"id": "u2", "org_unit_id": "south"}])
    moments = sorted(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 70)) for _ in range(3))
    return facts, moments


@pytest.mark.parametrize("seed", range(3))
def test_it_adds_up_between_any_two_moments_and_windows_join(seed: int) -> None:
    facts, (first, second, third) = random_facts(seed)
    one, two = (asked(facts, start=start, end=end).whole for start, end in ((first, second), (second, third)))
    assert one.is_balanced
    assert two.is_balanced
    assert one["closing"].e4 == two["opening"].e4
    assert set(one["closing"].records) == set(two["opening"].records)
    for by in ("owner", "team"):
        report = asked(facts, start=first, end=third, by=by)
        assert all(part.is_balanced for part in report.slices)
        for step, line in report.whole.lines.items():
            assert sum(part[step].e4 for part in report.slices) == line.e4
            assert sum(part[step].n for part in report.slices) == line.n


@pytest.mark.parametrize("seed", range(2))
def test_the_closing_is_what_the_funnel_says_is_open(seed: int) -> None:
    facts, (first, second, _) = random_facts(seed)
    facts.connection.execute("DELETE FROM field_changes")
    found = asked(facts, start=first, end=second).whole
    places: list[tuple[Step, datetime]] = [("opening", first), ("closing", second)]
    for step, moment in places:
        row = funnel(facts, [six_stages()], FunnelRequest(as_of=moment)).whole
        assert (found[step].n, found[step].e4, found[step].unknown) == (
            row.open,
            row.open_amount.e4,
            row.open_amount.unknown,
        )


def test_cents_are_exact() -> None:
    deals = [Deal(f"d{n}", [("S1", "2026-05-01")], "0.01") for n in range(3)]
    assert asked(company(deals)).whole["closing"].e4 == int(Decimal("0.03") * E4)
