"""Which checks these facts can answer: needs held against what the sources supply, and the tables that checks read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from crmbridge.facts.store import Facts
from crmbridge.facts.tables import plural
from crmbridge.model.calendar.hours import MINUTE_US, add_business_us
from crmbridge.model.instants import business_date
from crmbridge.model.kinds import KIND_NAMES, kind
from crmbridge.model.names import name_key
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import duplicates, quality_answers
from crmbridge.services.duplicates import DuplicateGroup
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.gate_audit import write_gates
from crmbridge.services.owners import owners_seen
from crmbridge.services.quality_checks import KINDS, Check, generic
from crmbridge.services.quality_fields import combined, references, required
from crmbridge.services.quality_of_kinds import activities, deals, leads, stale
from crmbridge.services.quality_report import QualityRequest, Unjudged, not_available
from crmbridge.services.quality_supply import Supply, supply
from crmbridge.services.results import Unavailable
from crmbridge.services.touched import write_touched
from crmbridge.services.world import World, naive

_ACTORS = {"activity": "actor", "task": "assignee"}
_REASONS: Mapping[str, Unavailable] = {
    "@history": not_available("NO_HISTORY", "no source tells when a deal entered a stage"),
    "@sla": not_available("NO_SLA", "no stage has a time limit, or nobody knows since when deals are in theirs"),
    "@calendar": not_available("NO_CALENDAR", "working time needs a calendar that covers the data"),
    "@user.active": not_available("NO_ACTIVE", "no source tells which users are active"),
    "@gates": not_available("NO_GATES", "no stage says what must hold before a deal moves on"),
    "@quote": not_available("NO_QUOTES", "no quotes are read"),
    "@phones": not_available(
        "NO_REGION", "the numbers name no country; set region in quality.toml to say where they are dialled"
    ),
}


@dataclass(slots=True)
class Plan:
    """The world, and of each kind the checks that can be answered. `missing` counts the records not judged.

    `seen` are the users whose records are judged, None for everybody's and nobody's.
    """

    world: World
    request: QualityRequest
    checks: dict[str, list[Check]] = field(default_factory=lambda: {name: [] for name in KINDS})
    supplies: dict[str, Supply] = field(default_factory=dict)
    unjudged: list[Unjudged] = field(default_factory=list)
    missing: dict[tuple[str, str], int] = field(default_factory=dict)
    seen: list[str] | None = None
    groups: tuple[DuplicateGroup, ...] = ()

    def actor(self, kind_name: str) -> str:
        """The field of a kind that says who is responsible."""
        name = _ACTORS.get(kind_name, "owner")
        return name if self.supplies[kind_name].is_supplied(name) != "false" else "owner"


def plan(facts: Facts, pipelines: Sequence[Pipeline], request: QualityRequest) -> Plan:
    """The checks asked for, ready to be run."""
    calendar = request.calendar
    world = open_world(facts, pipelines, FunnelRequest(as_of=request.as_of, calendar=calendar.id if calendar else None))
    made = Plan(world, request, seen=_seen(world, request))
    _write_parameters(made)
    present = [name for name in KIND_NAMES if world.sql(f'SELECT 1 FROM "{plural(name)}" LIMIT 1')]  # noqa: S608 - ours
    candidates = {name: _candidates(made, name) for name in KINDS if name in present}
    for name, checks in candidates.items():
        made.supplies[name] = _supply(world, name, checks, request, pipelines)
        made.supplies[name].write(world)
    given = _given(made, candidates, present)
    if any(check.id == "unmet_gate" for checks in candidates.values() for check in checks):
        write_gates(world, pipelines, request.unfilled, request.not_connected)
        given |= {"@gates"} if world.parameters["gated"] else set()
    if "quote" in present:
        world.run("quality_quotes")
    for name, checks in candidates.items():
        for check in checks:
            _keep(made, check, given)
        _keep_fields(made, name, pipelines, present)
    for name in ("deal", "lead", "account", "contact", "activity"):
        if name not in present and not request.checks:
            reason = not_available("NO_RECORDS", "no records of this kind are read")
            made.unjudged.append(Unjudged("all", name, reason))
    return made


def _seen(world: World, request: QualityRequest) -> list[str] | None:
    seen = owners_seen(world, request.viewer)
    if request.owners is None:
        return seen
    return sorted(request.owners if seen is None else request.owners.intersection(seen))


def _is_wanted(request: QualityRequest, check: str) -> bool:
    setting = request.config.checks.get(check)
    return (not request.checks or check in request.checks) and (setting is None or setting.enabled)


def _candidates(made: Plan, kind_name: str) -> list[Check]:
    own = {"deal": deals, "lead": leads, "activity": activities}
    found: list[Check] = [check for check in generic() if check.kind == kind_name]
    found += own[kind_name]() if kind_name in own else ()
    found += [check for check in stale(made.request.config.stale) if check.kind == kind_name]
    return [check for check in found if _is_wanted(made.request, check.id)]


def _supply(
    world: World, kind_name: str, checks: Sequence[Check], request: QualityRequest, pipelines: Sequence[Pipeline]
) -> Supply:
    known = kind(kind_name).fields
    named = {name for check in checks for need in check.needs for name in need.split("|") if name in known}
    named |= {name for rule in required(kind_name, request.config, pipelines) for name in rule.names}
    named |= {name for rule in references(kind_name, KIND_NAMES) for name in rule.names}
    named |= {name for name in (_ACTORS.get(kind_name), "owner") if name}
    named |= {name for name in request.ask_too if name in known}
    return supply(world, kind_name, named, request.unfilled)


def _write_parameters(made: Plan) -> None:
    request, world = made.request, made.world
    config, calendar = request.config, request.calendar
    limit_us = config.unassigned_lead_minutes * MINUTE_US
    waited_since = (
        add_business_us(calendar, request.as_of, -limit_us)
        if calendar
        else request.as_of - timedelta(microseconds=limit_us)
    )
    today = business_date(request.as_of, world.facts.zone)
    found = world.sql(
        "SELECT workday_no FROM calendar_days WHERE calendar = $calendar AND day = $day",
        calendar=world.parameters["calendar"],
        day=today,
    )
    world.parameters |= {
        "unassigned_before": naive(waited_since),
        "amount_from_rank": config.amount_from_rank,
        "logged_late_days": config.logged_late_business_days,
        "blocking": sorted({name_key(status) for status in config.blocking_status}) or [""],
        "today_no": found[0][0] if found else None,
    }


def _given(made: Plan, candidates: Mapping[str, Sequence[Check]], present: Sequence[str]) -> set[str]:
    """What the facts hold beside fields; the tables that the checks read are made on the way."""
    world = made.world
    wanted = {check.id for checks in candidates.values() for check in checks}
    given = {f"@{name}" for name in present}
    probes = {
        "@history": 'SELECT 1 FROM stage_events e WHERE e."at" IS NOT NULL LIMIT 1',
        "@user.active": "SELECT 1 FROM users WHERE active IS NOT NULL OR lifecycle IN ('archived', 'deleted') LIMIT 1",
    }
    if "stalled" in wanted:
        world.make("ages")
        probes["@sla"] = "SELECT 1 FROM svc_ages WHERE sla_age_us IS NOT NULL AND sla_days IS NOT NULL LIMIT 1"
    if wanted & {"stale", "first_response"}:
        write_touched(world, made.request.not_connected)
        world.run("quality_touches")
        for name in ("deal", "lead"):
            table = plural(name)
            probes[f"@{name}_touches"] = f"SELECT 1 FROM svc_touches t JOIN {table} x ON x.id = t.record_id LIMIT 1"  # noqa: S608 - ours
    if wanted & {"duplicates", "phones"}:
        config = made.request.config
        region = config.region or made.request.region
        duplicates.write_keys(world, region=region, free_mail=config.free_mail)
        world.run("quality_phones")
        probes["@phones"] = "SELECT 1 FROM svc_phones LIMIT 1"
    if "duplicates" in wanted:
        made.groups = duplicates.groups(world)
        duplicates.write_members(world, made.groups)
    if made.request.calendar and world.parameters["today_no"] is not None:
        given.add("@calendar")
        if "first_response" in wanted:
            quality_answers.write(world, made.request.config.first_response, made.request.calendar)
    return given | {token for token, probe in probes.items() if world.sql(probe)}


def _keep(made: Plan, check: Check, given: set[str]) -> None:
    """The check, limited to the sources that supply its needs; or the reason why it cannot be answered."""
    known = made.supplies[check.kind]
    limits = []
    for need in check.needs:
        told = {
            known.is_supplied(name) if not name.startswith("@") else "true" if name in given else "false"
            for name in need.split("|")
        }
        if told == {"false"}:
            made.unjudged.append(Unjudged(check.id, check.kind, _reason(check, need)))
            return
        if "true" not in told:
            limits.append(f"({' OR '.join(sorted(told))})")
    if limits:
        applies = " AND ".join((f"({check.applies})", *limits))
        check = replace(check, applies=applies, joins=(*check.joins, known.join))
    made.checks[check.kind].append(check)
    made.missing[check.id, check.kind] = sum(
        source.records for source in known.sources if not all(_meets(n, source.supplies, given) for n in check.needs)
    )


def _meets(need: str, supplies: frozenset[str], given: set[str]) -> bool:
    return any(name in supplies or name in given for name in need.split("|"))


def _reason(check: Check, need: str) -> Unavailable:
    tokens = [name for name in need.split("|") if name in _REASONS]
    fields = [name for name in need.split("|") if not name.startswith("@")]
    if tokens and not fields:
        return _REASONS[tokens[0]]
    if fields:
        return not_available("NOT_SUPPLIED", "no source gives {fields}", fields=", ".join(fields), kind=check.kind)
    return not_available("NO_TARGETS", "no {target} records are read", target=need.removeprefix("@"))


def _keep_fields(made: Plan, kind_name: str, pipelines: Sequence[Pipeline], present: Sequence[str]) -> None:
    """The checks made of many fields, and a reason for each field that no source supplies."""
    known = made.supplies[kind_name]
    rules = {
        "required_fields": required(kind_name, made.request.config, pipelines),
        "references": references(kind_name, present),
    }
    for name, found in rules.items():
        if not _is_wanted(made.request, name):
            continue
        check, missing = combined(name, found, known)
        if check is not None:
            made.checks[kind_name].append(check)
        if name == "required_fields":
            made.unjudged += list(_without(kind_name, missing))
        told = {field_name for rule in found for field_name in rule.names}
        made.missing[name, kind_name] = sum(s.records for s in known.sources if not told & s.supplies) if told else 0


def _without(kind_name: str, missing: Sequence[str]) -> Iterator[Unjudged]:
    if missing:
        fields = ", ".join(missing)
        yield Unjudged(
            "required_fields",
            kind_name,
            not_available("NOT_SUPPLIED", "no source gives {fields}", fields=fields, kind=kind_name),
        )
