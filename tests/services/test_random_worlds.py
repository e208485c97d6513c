"""The set-based figures against the plain path, on worlds that chance made."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.services.worlds import six_stages

from crmbridge.facts import stage_moves, tables
from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.services import stats
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_outline import outline
from crmbridge.services.funnel_report import FunnelReport, FunnelRequest
from crmbridge.services.moves import Event, MoveKind, StateClass, state_class
from crmbridge.services.results import Durations
from crmbridge.services.stages import Journey, journey
from crmbridge.services.world import World

START = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 3, 1, 5, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
SHORT = Pipeline(
    id="short",
    stages=(
        Stage(key="S1", order=1, category=Category.OPEN, sla_days=3, sla_unit="calendar"),
        Stage(key="yes", order=2, category=Category.WON),
        Stage(key="no", order=3, category=Category.LOST),
        Stage(key="never", order=4, category=Category.LOST),
    ),
)
PIPELINES = (six_stages("calendar"), SHORT)
KEYS = {
    "sales": [*(f"S{n}" for n in range(1, 6)), "won", "delivery", "lost", "void", "odd"],
    "short": ["S1", "yes", "no", "never"],
}
VENDOR: dict[str, StateClass] = {"won": "won", "post_sale": "won", "lost": "lost", "void": "void", "open": "open"}
Row = dict[str, Any]


def seeds(first: int, end: int, *, quick: int) -> list[Any]:
    """So many seeds for every run, the rest for the wide one."""
    wide = (pytest.param(seed, marks=pytest.mark.wide) for seed in range(first + quick, end))
    return [*range(first, first + quick), *wide]


def moment(chance: random.Random) -> tuple[datetime, str]:
    at = START + timedelta(seconds=chance.randrange(90 * 86_400))
    precision = chance.choice(["exact", "day", "sync"])
    if precision == "day":
        at = at.astimezone(ZONE).replace(hour=0, minute=0, second=0).astimezone(UTC)
    return at, precision


def random_deal(chance: random.Random, number: int) -> tuple[Row, list[Row]]:
    """A deal with a history full of what histories are full of: holes, repeats, returns, unknown stages and times."""
    home = chance.choice(["sales", "sales", "sales", "short"])
    times = sorted(moment(chance) for _ in range(chance.randrange(7)))
    events, previous = [], None
    for seq, (at, precision) in enumerate(times):
        pipeline = chance.choice(["sales", "short"]) if chance.random() < 0.05 else home
        to_stage = chance.choice(KEYS[pipeline])
        lost_track = chance.random() < 0.15
        events.append(
            {
                "record_id": f"d{number:04}",
                "kind": "deal",
                "pipeline": pipeline,
                "seq": seq,
                "from_stage": chance.choice(KEYS[pipeline]) if lost_track else chance.choice([previous, None]),
                "to_stage": to_stage,
                "at": None if chance.random() < 0.1 else at.replace(tzinfo=None),
                "at_precision": precision,
                "origin": "vendor",
            }
        )
        previous = to_stage
    created, precision = moment(chance)
    known = chance.random() < 0.7
    deal: Row = {
        "id": f"d{number:04}",
        "lifecycle": chance.choice(["active"] * 9 + ["deleted"]),
        "pipeline": home,
        "stage": previous or chance.choice([None, "S2"]),
        "category": chance.choice(list(VENDOR)),
        "created_at": created.replace(tzinfo=None) if known else None,
        "created_at_precision": precision if known else None,
        "amount_e4": chance.choice([None, chance.randrange(10**9)]),
        "amount_currency": "CNY",
        "source": chance.choice(["web", "fair", "", None]),
        "history_quality": "full",
    }
    return deal, events


def random_world(seed: int, size: int = 60) -> tuple[Facts, dict[str, Journey], dict[str, Row]]:
    """Facts and, for every deal that existed, its journey by the plain path."""
    chance = random.Random(seed)  # noqa: S311 - worlds, not secrets
    facts = Facts.in_memory(zone=ZONE, currency="CNY")
    ways, deals = {}, {}
    rows, histories = [], []
    for number in range(size):
        deal, events = random_deal(chance, number)
        rows.append(deal)
        histories += events
        if deal["lifecycle"] == "deleted":
            continue
        way = plain_journey(deal, events)
        if way is not None:
            ways[deal["id"]], deals[deal["id"]] = way, deal
    chance.shuffle(rows)
    chance.shuffle(histories)
    for deal in rows:
        facts.insert("deals", [deal])
    facts.insert("stage_events", histories)
    return facts, ways, deals


def plain_journey(deal: Row, events: list[Row]) -> Journey | None:
    told = [
        Event(
            e["to_stage"],
            e["at"] and e["at"].replace(tzinfo=UTC),
            e["at_precision"],
            e["seq"],
            e["from_stage"],
            e["pipeline"],
        )
        for e in events
    ] or [Event(deal["stage"] or "UNKNOWN", None)]
    created = deal["created_at"]
    return journey(
        told,
        PIPELINES,
        as_of=AS_OF,
        zone=ZONE,
        home=deal["pipeline"],
        created=(created and created.replace(tzinfo=UTC), deal["created_at_precision"] or "exact"),
        vendor_state=VENDOR[deal["category"]],
    )


def keep(facts: Facts) -> None:
    """What each event did stands in the facts, as after a refresh."""
    facts.insert("pipelines", [{"id": pipeline.id, "object": "deal"} for pipeline in PIPELINES])
    facts.insert("stages", [stage_row(pipeline, stage) for pipeline in PIPELINES for stage in pipeline.stages])
    stage_moves.keep(facts.connection)
    stages = [(p.id, s.key, state_class(s.category), p.rank(s.key)) for p in PIPELINES for s in p.stages]
    assert stage_moves.is_kept(facts.connection, stages, None)
    assert not stage_moves.is_kept(facts.connection, stages[1:], None)
    assert not stage_moves.is_kept(facts.connection, stages, "sales")


def stage_row(pipeline: Pipeline, stage: Stage) -> Row:
    of = {"pipeline": pipeline.id, "object": "deal", "key": stage.key, "category": str(stage.category)}
    return of | {"ord": stage.order, "rank": pipeline.rank(stage.key)}


@pytest.mark.parametrize("seed", seeds(0, 12, quick=5))
@pytest.mark.parametrize("is_kept", [False, True])
def test_sql_states_are_those_of_the_plain_path(seed: int, *, is_kept: bool) -> None:
    facts, ways, _ = random_world(seed)
    with facts:
        if is_kept:
            keep(facts)
        world = World(facts, PIPELINES, cut=AS_OF)
        found = {
            row[0]: row[1:]
            for row in world.sql(
                "SELECT d.id, s.pipeline, s.stage, s.state, furthest, s.closed_at, gross_us, net_us, gaps, episodes "
                "FROM svc_states s JOIN deals d ON d.no = s.deal_no"
            )
        }
    expected = {
        name: (
            way.last.place.pipeline,
            way.last.place.stage,
            way.state,
            way.furthest,
            way.closed[0].replace(tzinfo=None) if way.closed and way.closed[0] else None,
            way.cycle_gross_us,
            way.cycle_net_us,
            len(way.notes),
            way.episodes,
        )
        for name, way in ways.items()
    }
    assert found == expected


@pytest.mark.parametrize("seed", seeds(12, 18, quick=3))
@pytest.mark.parametrize("is_kept", [False, True])
def test_sql_moves_are_those_of_the_plain_path(seed: int, *, is_kept: bool) -> None:
    facts, ways, _ = random_world(seed)
    with facts:
        if is_kept:
            keep(facts)
        world = World(facts, PIPELINES, cut=AS_OF)
        found = defaultdict(list)
        for name, move in world.sql(
            "SELECT d.id, w.move FROM svc_way w JOIN svc_states USING (deal_no) JOIN deals d ON d.no = w.deal_no "
            "ORDER BY d.id, w.k"
        ):
            found[name].append(move)
    assert found == {name: [str(move.kind) for move in way.moves] for name, way in ways.items()}


def test_rows_that_come_later_are_not_among_the_moves_kept() -> None:
    facts, _, _ = random_world(3, size=5)
    with facts:
        keep(facts)
        facts.insert("stage_events", [{"record_id": "d0001", "kind": "deal", "seq": 99, "to_stage": "S2"}])
        ((count,),) = World(facts, PIPELINES, cut=AS_OF).sql("SELECT count(*) FROM svc_way WHERE NOT is_inferred")
        ((kept,),) = facts.query("SELECT count(*) FROM stage_moves WHERE NOT is_inferred AND placed_at <= ?", [AS_OF])
    assert count > kept


def test_the_words_of_the_facts_are_those_of_the_method() -> None:
    assert set(tables.MOVES) == set(MoveKind)
    assert set(tables.CLASSES) == {state_class(category) for category in Category}


@pytest.mark.parametrize("seed", seeds(18, 26, quick=4))
def test_stage_rows_are_those_of_the_plain_path(seed: int) -> None:
    facts, ways, _ = random_world(seed)
    with facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
    counted = [way for way in ways.values() if way.state != "void"]
    for row in report.stages:
        mine = [way for way in counted if way.last.place.pipeline == row.pipeline]
        reached = [way for way in mine if way.furthest is not None and way.furthest >= row.rank]
        stopped = [way for way in mine if way.furthest == row.rank]
        assert row.reached == len(reached)
        assert row.open_at == sum(way.last.place.state == "open" for way in stopped)
        assert row.lost_at == sum(way.last.place.state == "lost" for way in stopped)
        dwells = [way.dwell_days(row.stage) for way in mine if way.has_left(row.stage)]
        known = [dwell for dwell in dwells if dwell is not None]
        if not known:
            assert not isinstance(row.dwell, Durations)
            continue
        assert isinstance(row.dwell, Durations)
        assert (row.dwell.n, row.dwell.unknown) == (len(known), len(dwells) - len(known))
        assert row.dwell.mean == sum(known, Fraction(0)) / len(known)
        assert row.dwell.median == pytest.approx(stats.quantile(known, 0.5))
        assert row.dwell.p90 == pytest.approx(stats.quantile(known, Fraction(9, 10)))


@pytest.mark.parametrize("seed", seeds(18, 22, quick=1))
@pytest.mark.parametrize("by", [None, "source", "owner"])
def test_an_outline_is_the_funnel_without_its_rows(seed: int, by: str | None) -> None:
    facts, _, _ = random_world(seed, size=100)
    with facts:
        request = FunnelRequest(as_of=AS_OF, by=by, n_min=10)
        whole, found = funnel(facts, PIPELINES, request), outline(facts, PIPELINES, request)
    assert (found.stages, found.bottlenecks, found.verdicts) == (whole.stages, whole.bottlenecks, whole.verdicts)
    assert bool(found.verdicts) == (by == "source")


def test_an_outline_labels_a_pair_of_dimensions_as_the_funnel_does() -> None:
    won: Row = {"id": "w", "category": "won", "source": "web", "channel": None}
    with Facts.in_memory() as facts:
        facts.insert("deals", [won, {"id": "o", "category": "open", "source": "web", "channel": ""}])
        request = FunnelRequest(as_of=AS_OF, by="source+channel")
        whole, found = funnel(facts, (), request), outline(facts, (), request)
    assert found.verdicts == whole.verdicts
    assert len(found.verdicts) == 1


@pytest.mark.parametrize("seed", seeds(26, 34, quick=3))
def test_identities_of_the_funnel_hold(seed: int) -> None:
    facts, _, _ = random_world(seed, 80)
    with facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="source"))
    for row in report.rows:
        assert row.total == row.won + row.lost + row.open + row.void + row.unknown
    for stage in report.stages:
        assert isinstance(stage.reached, int)
        assert stage.reached == stage.reached_next + stage.open_at + stage.lost_at  # type: ignore[operator]
    assert sum(row.total for row in report.slices) == report.whole.total
    assert sum(row.won_amount.e4 for row in report.slices) == report.whole.won_amount.e4
    assert [row.label for row in report.slices] == ["fair", "web", "unknown"]
    assert report.slices[-1].is_unknown


@pytest.mark.parametrize("seed", seeds(34, 38, quick=2))
def test_shuffled_input_changes_nothing(seed: int) -> None:
    facts, _, _ = random_world(seed)
    with facts:
        before = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="source"))
        for table in ("deals", "stage_events"):
            facts.connection.execute(
                f"CREATE TEMP TABLE kept AS SELECT * FROM {table} ORDER BY hash({table}::VARCHAR || '{seed}')"
            )
            facts.connection.execute(f"DELETE FROM {table}")
            facts.connection.execute(f"INSERT INTO {table} SELECT * FROM kept")
            facts.connection.execute("DROP TABLE kept")
        assert funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="source")) == before


@pytest.mark.parametrize("seed", seeds(38, 42, quick=2))
def test_an_unmapped_stage_never_changes_mapped_rows(seed: int) -> None:
    facts, _, _ = random_world(seed)
    with facts:
        before = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
        at = AS_OF.replace(tzinfo=None) - timedelta(days=3)
        for number in range(7):
            facts.insert("deals", [{"id": f"new{number}", "pipeline": "sales", "stage": "UNKNOWN", "category": "open"}])
            event = {"record_id": f"new{number}", "kind": "deal", "pipeline": "sales", "seq": 0, "to_stage": "UNKNOWN"}
            facts.insert("stage_events", [event | {"at": at, "at_precision": "exact"}])
        after = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
    assert after.stages == before.stages
    assert after.whole.unknown == before.whole.unknown + 7
    assert after.whole.win_rate == before.whole.win_rate
    assert told(after) - told(before) <= {"STAGE_UNMAPPED", "FURTHEST_UNKNOWN", "HISTORY_QUALITY"}


def told(report: FunnelReport) -> set[str]:
    return {note.code for note in report.evidence.warnings}


def test_moving_deals_into_a_new_unmapped_stage_keeps_what_they_reached() -> None:
    facts, _, _ = random_world(99)
    with facts:
        before = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
        open_now = facts.query(
            "SELECT record_id, max(seq) FROM stage_events GROUP BY record_id HAVING arg_max(to_stage, seq) = 'S2' "
            """AND arg_max(pipeline, seq) = 'sales' AND max("at") < TIMESTAMP '2026-02-25'"""
        )
        assert open_now
        for name, seq in open_now:
            event: Row = {
                "record_id": name,
                "kind": "deal",
                "pipeline": "sales",
                "seq": seq + 1,
                "to_stage": "brand new",
            }
            facts.insert("stage_events", [event | {"at": AS_OF.replace(tzinfo=None), "at_precision": "exact"}])
            facts.connection.execute("UPDATE deals SET category = 'open' WHERE id = ?", [name])
        after = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
    for old, new in zip(before.stages, after.stages, strict=True):
        assert (old.reached, old.open_at, old.lost_at) == (new.reached, new.open_at, new.lost_at)
