"""The pool (公海): which records go back to it and when, who is warned, and what a rep may take and hold.

Everything is worked out in DuckDB for all records at once. Rules: `services.md` 7.8, and `pool.toml`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import key_of
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.owners import owners_asked
from crmbridge.services.pool_report import (
    STATES,
    Blocked,
    Holder,
    Neglected,
    OwnerSeen,
    PoolReport,
    PoolRequest,
    PoolState,
)
from crmbridge.services.results import Evidence
from crmbridge.services.scores import write_scores
from crmbridge.services.scores_report import ScoresRequest
from crmbridge.services.telling import write_telling
from crmbridge.services.wants import NoticeWanted
from crmbridge.services.working_time import write_working_time
from crmbridge.services.world import World

DEFINITION = "pool/1"
SERVICE = "pool"
"""The service of the events that say who came to own a record, or that it went back (owner null)."""

_FIRST = """SELECT least((SELECT min(created_at) FROM leads WHERE created_at > TIMESTAMP '1990-01-01'),
  (SELECT min(created_at) FROM accounts WHERE created_at > TIMESTAMP '1990-01-01'),
  (SELECT min(moment) FROM svc_pool_touches WHERE moment > TIMESTAMP '1990-01-01'))::DATE"""


def pool(facts: Facts, pipelines: Sequence[Pipeline], request: PoolRequest) -> PoolReport:
    """What goes back to the pool at `as_of`; ConfigError for an owner whom nobody knows."""
    world, notes = _open(facts, pipelines, request)
    (counted,) = world.rows("pool_counted")
    counts = {state: int(counted[state]) for state in STATES}
    told = Note(
        "NO_TOUCHES_TOLD",
        "of {n} records nobody tells when they were last touched: they never go back by this rule",
        {"n": counts["unavailable"]},
    )
    return PoolReport(
        request=request,
        neglected=tuple(_neglected(row) for row in world.rows("pool_neglected", most=request.limit)),
        blocked=tuple(Blocked(*row) for row in world.tuples("pool_blocked")),
        holders=tuple(_holder(row, request) for row in world.rows("pool_holders")),
        seen=tuple(OwnerSeen(*row) for row in world.tuples("pool_seen")),
        counts=counts,
        pooled=counted["pooled"],
        exempt=counted["exempt"],
        evidence=Evidence(
            DEFINITION,
            sum(counts.values()),
            request.as_of,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=(*((told,) if counts["unavailable"] else ()), *notes),
        ),
    )


def records_of_pool(facts: Facts, pipelines: Sequence[Pipeline], request: PoolRequest) -> Mapping[str, tuple[str, ...]]:
    """The ids of the records in each state, sorted."""
    world, _ = _open(facts, pipelines, request)
    return {state: tuple(ids) for state, ids in world.tuples("pool_records")}


def notices(report: PoolReport) -> list[NoticeWanted]:
    """What people are told: the owner that a record will go back, the manager (else the owner) that it should.

    A key is of the record and the day on which it would go back, so that nobody is told twice of one neglect.
    """
    texts, found = report.request.config.texts, list[NoticeWanted]()
    for one in report.neglected:
        is_back = one.state == "return"
        to = (one.manager_id or one.owner_id) if is_back else one.owner_id
        if to is None:
            continue
        template = (texts.back if is_back else texts.warn)[texts.language]
        text = template.format(record=one.name or one.id, day=one.back_on, days=one.days, owner=one.owner or "")
        key = key_of("pool", one.state, one.kind, one.subject, one.back_on.isoformat())
        found.append(NoticeWanted(key, to, text, SERVICE, one.kind, one.id))
    return found


def _open(facts: Facts, pipelines: Sequence[Pipeline], request: PoolRequest) -> tuple[World, tuple[Note, ...]]:
    world = open_world(facts, pipelines, FunnelRequest(as_of=request.as_of))
    config, today = request.config, business_date(request.as_of, facts.zone)
    world.parameters |= {
        "owners": owners_asked(world, request.owner, request.viewer),
        "today": today,
        "kinds": list(config.kinds),
        "only_pooled": config.only_pooled,
        "open_deals_stay": config.open_deals_stay,
        "after_n": config.after.count,
        "after_unit": config.after.unit,
        "warn_days": config.warn.count,
        "warn_workdays": config.warn_workdays.count,
        "blocked_days": config.blocked_days,
    }
    write_scores(world, ScoresRequest(request.as_of, unfilled=request.unfilled), request.scores)
    world.sql("CREATE OR REPLACE TEMP TABLE svc_pool_after (tier VARCHAR, n BIGINT, unit VARCHAR)")
    for name, tier in request.scores.ranked if config.tiers else ():
        if tier.pool_after is not None and tier.pool_after.unit != "bh":
            after = tier.pool_after
            world.sql("INSERT INTO svc_pool_after VALUES ($tier, $n, $unit)", tier=name, n=after.count, unit=after.unit)
    write_telling(world, request.unfilled)
    world.run("pool_touches")
    ((first,),) = world.sql(_FIRST)
    time = write_working_time(world, request.calendar, min(first or today, today), today)
    world.run("pool_owners")
    world.run("pool")
    return world, tuple(time.notes)


def _neglected(row: Mapping[str, Any]) -> Neglected:
    return Neglected(
        kind=row["kind"],
        id=row["id"],
        subject=row["subject"],
        name=row["name"],
        owner_id=row["owner_id"],
        owner=row["owner_name"],
        manager_id=row["manager_id"],
        tier=row["tier"],
        since=row["since"],
        days=row["days"],
        after=Interval(row["n"], row["unit"]),
        warn_on=row["warn_on"],
        back_on=row["back_on"],
        state=row["state"],
    )


def _holder(row: Mapping[str, Any], request: PoolRequest) -> Holder:
    counts: dict[PoolState, int] = {state: row["held_in_time" if state == "held" else state] for state in STATES}
    daily, most = request.config.claims_per_day.get(row["kind"]), request.config.holding.get(row["kind"])
    return Holder(
        owner_id=row["owner"],
        owner=row["name"],
        kind=row["kind"],
        held=row["held"],
        counts=counts,
        claimed=row["claimed"],
        claims_left=None if daily is None else daily - row["claimed"],
        room=None if most is None else most - row["held"],
    )
