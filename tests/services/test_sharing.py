"""Shared facts answer as the facts themselves do, and business dates are the zone's own."""

import gc
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.services.worlds import Deal, company, six_stages

from crmbridge.facts.store import Facts
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.kpi import built_in, measure_kpis
from crmbridge.services.quality import quality
from crmbridge.services.quality_report import QualityRequest
from crmbridge.services.results import Period
from crmbridge.services.sharing import KEPT, SharedFacts, beside, share
from crmbridge.services.world import World

AS_OF = datetime(2026, 3, 31, tzinfo=UTC)
EARLIER = datetime(2026, 2, 10, tzinfo=UTC)
PIPELINES = [six_stages("calendar")]


def made() -> Facts:
    return company(
        [
            Deal("won", [("S1", "2026-01-05"), ("S2", "2026-01-20"), ("won", "2026-02-20")], "100"),
            Deal(
                "again",
                [("S1", "2026-01-06"), ("lost", "2026-01-08"), ("S2", "2026-02-01"), ("won", "2026-03-01")],
                "7",
            ),
            Deal("open", [("S1", "2025-11-05"), ("S1", "2025-11-09"), ("S3", "2026-03-01")], "50"),
            Deal("lost", [("S2", None), ("lost", "2025-12-01")]),
        ]
    )


def test_shared_facts_answer_every_question_as_the_facts_do() -> None:
    facts = made()
    requests = [
        FunnelRequest(as_of=AS_OF, by="owner"),
        FunnelRequest(as_of=EARLIER),
        FunnelRequest(as_of=AS_OF, cohort=Period(date(2026, 1, 1), date(2026, 4, 1))),
        FunnelRequest(as_of=AS_OF, window=Period(date(2026, 1, 1), date(2026, 2, 1)), known="then"),
        FunnelRequest(as_of=AS_OF),
    ]
    alone = [funnel(facts, PIPELINES, request) for request in requests]
    kpis = measure_kpis(facts, PIPELINES, built_in(), as_of=AS_OF)
    judged = quality(facts, PIPELINES, QualityRequest(as_of=AS_OF))
    with share(facts) as shared:
        assert [funnel(shared, PIPELINES, request) for request in requests] == alone
        assert measure_kpis(shared, PIPELINES, built_in(), as_of=AS_OF) == kpis
        assert quality(shared, PIPELINES, QualityRequest(as_of=AS_OF)) == judged
        assert measure_kpis(shared, PIPELINES, built_in(), as_of=EARLIER) != kpis


def test_one_moment_is_worked_out_once_and_gone_at_the_end() -> None:
    facts = made()
    with share(facts) as shared:
        for _ in range(3):
            funnel(shared, PIPELINES, FunnelRequest(as_of=AS_OF))
        assert _held(facts) == 1
        funnel(shared, PIPELINES, FunnelRequest(as_of=EARLIER))
        assert _held(facts) == 2
    assert _held(facts) == 0
    assert facts.scalar("SELECT count(*) FROM deals") == 4


def test_only_the_moments_made_last_are_kept() -> None:
    facts = made()
    moments = [FunnelRequest(as_of=AS_OF - timedelta(days=n)) for n in range(KEPT + 1)]
    with share(facts) as shared:
        found = [funnel(shared, PIPELINES, request) for request in (*moments, *moments)]
        assert _held(facts) == KEPT
    alone = [funnel(facts, PIPELINES, request) for request in moments]
    assert found == [*alone, *alone]


def test_no_deal_is_worked_out_before_a_query_asks_for_one() -> None:
    world = World(made(), PIPELINES, cut=AS_OF)
    there = "SELECT table_name FROM duckdb_tables() WHERE temporary ORDER BY 1"
    assert ("svc_moves",) not in world.sql(there)
    assert world.sql("SELECT count(*) > 0 FROM svc_states") == [(True,)]
    assert {("svc_states",), ("svc_moves",)} <= set(world.sql(there))


def _held(facts: Facts) -> int:
    named = "SELECT count(*) FROM duckdb_databases() WHERE starts_with(database_name, ?)"
    return int(facts.scalar(named, [beside(facts)]))


def test_what_was_worked_out_goes_with_facts_that_nobody_closed() -> None:
    facts, shared = made(), SharedFacts(other := made())
    funnel(shared, PIPELINES, FunnelRequest(as_of=AS_OF))
    named = beside(other)
    there = "SELECT count(*) FROM duckdb_databases() WHERE starts_with(database_name, ?)"
    assert facts.scalar(there, [named]) == 1
    del shared, other
    gc.collect()
    assert facts.scalar(there, [named]) == 0


@pytest.mark.parametrize(
    "zone",
    [
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Apia",
    ],
)
def test_a_business_date_is_the_zones_own(zone: str) -> None:
    facts = Facts.in_memory(zone=zone)
    world = World(facts, PIPELINES, cut=AS_OF)
    starts = [datetime(1985, 3, 1, tzinfo=UTC), datetime(2011, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
    moments = [start + timedelta(minutes=37 * n) for start in starts for n in range(12_000)]
    found = world.sql(
        "SELECT list_transform($moments, lambda t: svc_day(t, $zone))",
        moments=[moment.replace(tzinfo=None) for moment in moments],
        zone=zone,
    )
    assert found[0][0] == [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
