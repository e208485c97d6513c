"""The document, the calendars and the tasks made before as tables of a session, for the queries of the cadence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date
from crmbridge.model.instants import zone as zone_of
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.cadence_document import BY_TIER, CadenceConfig, Policy
from crmbridge.services.cadence_moments import moment
from crmbridge.services.cadence_report import CadenceRequest
from crmbridge.services.scores_document import ScoresConfig
from crmbridge.services.working_time import WorkingTime, own_calendar, write_working_users
from crmbridge.services.world import World, naive

_YEARS_BACK = 20
_MARGIN_DAYS = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A temporary table: its name, and its columns with their types."""

    name: str
    columns: Mapping[str, str]

    def write(self, world: World, rows: Iterable[Sequence[object]]) -> None:
        """The table holds these rows."""
        shape = ", ".join(f'"{name}" {kind}' for name, kind in self.columns.items())
        world.sql(f"CREATE OR REPLACE TEMP TABLE {self.name} ({shape})")
        listed = list(zip(*rows, strict=True))
        if listed:
            values = ", ".join(f"unnest($c{n}::{kind}[])" for n, kind in enumerate(self.columns.values()))
            world.sql(
                f"INSERT INTO {self.name} SELECT {values}",
                **{f"c{n}": list(column) for n, column in enumerate(listed)},
            )


_POLICIES = Table(
    "svc_cadence_policies",
    {
        "no": "INTEGER",
        "policy": "VARCHAR",
        "class": "VARCHAR",
        "calendar": "VARCHAR",
        "anchor": "VARCHAR",
        "start": "DATE",
        "at_once": "BOOLEAN",
        "has_stage": "BOOLEAN",
        "exhausted": "BOOLEAN",
        "by_tier": "BOOLEAN",
        "pause_days": "INTEGER",
        "meeting_days": "INTEGER",
        "on_hold": "BOOLEAN",
        "max_touches": "INTEGER",
        "on_exhausted": "VARCHAR",
    },
)
_LISTS = Table("svc_cadence_lists", {"no": "INTEGER", "what": "VARCHAR", "value": "VARCHAR"})
_STEPS = Table(
    "svc_cadence_steps",
    {
        "policy_no": "INTEGER",
        "step": "INTEGER",
        "channel": "VARCHAR",
        "template": "VARCHAR",
        "n": "INTEGER",
        "unit": "VARCHAR",
        "roll": "VARCHAR",
        "auto": "BOOLEAN",
        "repeat": "BOOLEAN",
        "any_channel": "BOOLEAN",
        "preferred": "BOOLEAN",
        "other_channel": "VARCHAR",
        "other_after": "INTEGER",
        "other_template": "VARCHAR",
    },
)
_WORDS = Table(
    "svc_cadence_words",
    {"policy": "VARCHAR", "word": "VARCHAR", "counts": "BOOLEAN", "resets": "BOOLEAN", "replies": "BOOLEAN"},
)
_RUNGS = Table("svc_cadence_rungs", {"policy": "VARCHAR", "rung": "VARCHAR", "days": "INTEGER"})
_PINS = Table("svc_cadence_pins", {"record": "VARCHAR", "policy": "VARCHAR"})
_TIERS = Table("svc_cadence_tiers", {"tier": "VARCHAR", "no": "INTEGER", "n": "INTEGER", "unit": "VARCHAR"})
_STAGES = Table("svc_cadence_stages", {"kind": "VARCHAR", "pipeline": "VARCHAR", "stage": "VARCHAR", "rank": "INTEGER"})
_POLICY_STAGES = Table(
    "svc_cadence_policy_stages",
    {"policy_no": "INTEGER", "kind": "VARCHAR", "pipeline": "VARCHAR", "stage": "VARCHAR"},
)
_MADE = Table("svc_cadence_made", {"key": "VARCHAR", "state": "VARCHAR", "due": "DATE", "done_day": "DATE"})
_LISTED = Table("svc_cadence_listed", {"calendar": "SMALLINT", "day": "DATE", "is_workday": "BOOLEAN", "no": "INTEGER"})
_GREETED = Table("svc_cadence_greeted", {"person_key": "VARCHAR", "day": "DATE"})
_TEAMS = Table("svc_cadence_teams", {"org_unit_id": "VARCHAR", "calendar": "SMALLINT"})
_HORIZON = Table("svc_cadence_horizon", {"calendar": "SMALLINT", "horizon": "DATE"})
_MOMENTS = Table(
    "svc_cadence_moments",
    {
        "calendar": "SMALLINT",
        "zone": "VARCHAR",
        "day": "DATE",
        "due_at": "TIMESTAMP",
        "auto_at": "TIMESTAMP",
        "is_apart": "BOOLEAN",
    },
)


def write_document(world: World, config: CadenceConfig, scores: ScoresConfig, pipelines: Sequence[Pipeline]) -> None:
    """The policies that are switched on, with their steps, words, rungs and stages, and the tiers."""
    numbered = list(enumerate(config.in_use))
    _POLICIES.write(world, [_policy(no, name, policy) for no, (name, policy) in numbered])
    _LISTS.write(world, [(no, *pair) for no, (_, policy) in numbered for pair in _lists(policy)])
    world.run("cadence_policies")
    _STEPS.write(world, [row for no, (_, policy) in numbered for row in _steps(no, policy)])
    _WORDS.write(world, [(name, *row) for name, policy in config.in_use for row in _words(policy)])
    _RUNGS.write(world, [(name, *rung) for name, policy in config.in_use for rung in policy.overdue.rungs])
    _PINS.write(world, [(pin.record, pin.policy) for pin in config.pins])
    _TIERS.write(
        world,
        [
            (name, place, *(_every(tier.touch_every) if tier.touch_every else (None, None)))
            for place, (name, tier) in enumerate(scores.ranked)
        ],
    )
    stages = [(p.object, p.id, stage.key, p.rank(stage.key)) for p in pipelines for stage in p.stages]
    _STAGES.write(world, stages)
    _POLICY_STAGES.write(world, [(no, *place) for no, (_, policy) in numbered for place in _places(policy, pipelines)])


def unknown_stages(config: CadenceConfig, pipelines: Sequence[Pipeline]) -> tuple[str, ...]:
    """The policies for stages none of which any pipeline has."""
    return tuple(
        name
        for name, policy in config.in_use
        if policy.applies_to.stage is not None and not list(_places(policy, pipelines))
    )


def write_made(world: World, request: CadenceRequest) -> None:
    """What was made under which key, and what became of it."""
    zone = world.facts.zone
    rows = [
        (one.key, one.state, one.due, one.done_at and one.done_at.astimezone(zone).date())
        for one in request.made.values()
    ]
    _MADE.write(world, rows)


def write_greeted(world: World, request: CadenceRequest) -> None:
    """Whom somebody greets on which day up to the last on which a task may be due."""
    ((last,),) = world.sql("SELECT max(horizon) FROM svc_cadence_horizon")
    _GREETED.write(world, [] if request.greeted is None else sorted(set(request.greeted(last))))


def write_calendars(world: World, request: CadenceRequest) -> WorkingTime:
    """Who works by which calendar, and which team: the calendars by their places, the company's is 0."""
    found = write_working_users(world, request.calendar)
    rows = []
    for unit, name in world.tuples("cadence_units"):
        own = own_calendar(request.calendar, name, None)
        if own is not None:
            rows.append((unit, found.place(own)))
    _TEAMS.write(world, rows)
    return found


def write_days(world: World, request: CadenceRequest, config: CadenceConfig, calendars: Sequence[Calendar]) -> date:
    """The days of all calendars from the first that matters on, which is told, and the last day that is due."""
    today = business_date(request.as_of, world.facts.zone)
    ((found,),) = world.tuples("cadence_first_day")
    first = max(found or today, today - timedelta(days=366 * _YEARS_BACK))
    first = min(first, today - timedelta(days=config.answer.look_back_days)) - timedelta(days=_MARGIN_DAYS)
    counts = [
        step.every.count for _, policy in config.in_use for step in policy.steps if isinstance(step.every, Interval)
    ]
    pauses = [policy.pause.on_reply.count for _, policy in config.in_use if policy.pause.on_reply]
    ((by_tier,),) = world.sql("SELECT coalesce(max(n), 0) FROM svc_cadence_tiers")
    last = today + timedelta(days=4 * max([*counts, *pauses, by_tier, config.answer.within.count]) + 2 * _MARGIN_DAYS)
    _LISTED.write(world, [(place, *day) for place, one in enumerate(calendars) for day in one.days(first, last)])
    _HORIZON.write(world, [(place, _end(one, today, config.horizon)) for place, one in enumerate(calendars)])
    return first


def write_moments(world: World, config: CadenceConfig, calendars: Sequence[Calendar]) -> frozenset[str]:
    """At which moments of their days the tasks are due; the names of zones that there are not."""
    odd: set[str] = set()
    rows = []
    for place, customer, day in world.tuples("cadence_zones"):
        found = moment(calendars[place], _zone(customer, world.facts.zone, odd), day, config.quiet.span)
        rows.append((place, customer, day, naive(found.due_at), naive(found.auto_at), found.is_apart))
    _MOMENTS.write(world, rows)
    return frozenset(odd)


def _zone(name: str | None, default: ZoneInfo, odd: set[str]) -> ZoneInfo:
    if name is None:
        return default
    try:
        return zone_of(name)
    except ConfigError:
        odd.add(name)
        return default


def _end(calendar: Calendar, today: date, horizon: Interval) -> date:
    if horizon.unit == "bd":
        return calendar.add_business_days(today, horizon.count)
    return today + timedelta(days=horizon.count)


def _policy(no: int, name: str, policy: Policy) -> tuple[object, ...]:
    reply = policy.pause.on_reply
    return (
        no,
        name,
        policy.policy_class,
        policy.calendar,
        policy.anchor,
        policy.start,
        policy.first == "at_once",
        policy.applies_to.stage is not None,
        policy.applies_to.exhausted,
        any(step.every == BY_TIER for step in policy.steps),
        reply and reply.count,
        policy.pause.days_after_meeting,
        policy.pause.on_hold is not None,
        policy.max_touches_without_response,
        policy.on_exhausted,
    )


def _lists(policy: Policy) -> Iterator[tuple[str, str]]:
    for kind in policy.applies_to.object:
        yield "kind", kind
    for category in policy.applies_to.category:
        yield "category", category
    for tier in policy.applies_to.tier or ():
        yield "tier", tier
    for reason in policy.exit:
        yield "exit", reason


def _steps(no: int, policy: Policy) -> Iterator[tuple[object, ...]]:
    for place, step in enumerate(policy.steps, 1):
        how = (step.roll, step.auto, step.repeat, step.any_channel, step.preferred)
        other = step.otherwise
        instead = (other.channel, other.after, other.template) if other else (None, None, None)
        yield (no, place, step.channel, step.template, *_every(step.every), *how, *instead)


def _words(policy: Policy) -> Iterator[tuple[str, bool, bool, bool]]:
    counts, resets, replies = policy.counts_as_touch, policy.resets_anchor, policy.replies
    for word in sorted(counts | resets | replies):
        yield word, word in counts, word in resets, word in replies


def _every(every: Any) -> tuple[int | None, str | None]:  # noqa: ANN401 - an interval, or the word "tier"
    return (every.count, every.unit) if isinstance(every, Interval) else (None, None)


def _places(policy: Policy, pipelines: Sequence[Pipeline]) -> Iterator[tuple[str, str, str]]:
    """The stages that a policy is for: by key, or by what people read."""
    wanted = {name.casefold() for name in policy.applies_to.stage or ()}
    for pipeline in pipelines:
        if pipeline.object in policy.applies_to.object:
            for stage in pipeline.stages:
                if wanted & {name.casefold() for name in (stage.key, *stage.names.values())}:
                    yield pipeline.object, pipeline.id, stage.key


def moment_of(value: datetime | None) -> datetime | None:
    """An instant as DuckDB gives it, aware."""
    return value and value.replace(tzinfo=ZoneInfo("UTC"))
