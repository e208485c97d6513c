"""The versions of goals, who agreed to them and what became of them, as events: nothing is ever overwritten.

goal          subject GOAL                a version: number, approver, reason, and every share of it
goal_consent  subject GOAL|VERSION|NODE   who agreed, for which node, with a remark
goal_review   subject GOAL                how the goal ended, as people see it
goal_check    subject GOAL|NODE|WEEK      what a week came to, told once after it is over
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.fiscal import FiscalYear
from crmbridge.services.goal_metrics import metric_of
from crmbridge.services.goal_org import Node, People
from crmbridge.services.goal_plans import PlannedGoal
from crmbridge.services.goal_text import period_of
from crmbridge.services.goal_tree import Target, Unit
from crmbridge.services.goals_document import GoalEntry, GoalsConfig
from crmbridge.services.kpi_document import Kpi
from crmbridge.services.world import World

SERVICE, CONSENT, REVIEW, CHECK = "goal", "goal_consent", "goal_review", "goal_check"


@dataclass(frozen=True, slots=True)
class Agreed:
    """Who agreed to the share of a node, when, and what was said."""

    by: str
    at: datetime
    comment: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """How a goal ended, as the one who looked at it says."""

    result: str
    by: str
    at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was remembered of goals up to a moment: versions (the first first), consents, reviews, checked weeks."""

    versions: Mapping[str, Sequence[tuple[datetime, Mapping[str, Any]]]] = field(default_factory=dict)
    consents: Mapping[tuple[str, int, str], Agreed] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def agreed(self, goal: PlannedGoal, node: Node) -> Agreed | None:
        """The consent to a node's share of the goal in that version."""
        return None if goal.version is None else self.consents.get((goal.entry.id, goal.version, node.key))


def kept(world: World) -> Kept:
    """Everything that was remembered up to the cut of the world."""
    versions: dict[str, list[tuple[datetime, Mapping[str, Any]]]] = {}
    consents: dict[tuple[str, int, str], Agreed] = {}
    reviews: dict[str, Review] = {}
    checks: dict[str, Mapping[str, Any]] = {}
    for service, subject, at, written in world.tuples("goal_events"):
        body, moment = orjson.loads(written), at.replace(tzinfo=UTC)
        if service == SERVICE:
            versions.setdefault(subject, []).append((moment, body))
        elif service == CONSENT:
            key = (body["goal"], body["version"], body["node"])
            consents.setdefault(key, Agreed(body["by"], moment, body.get("comment")))
        elif service == REVIEW:
            reviews[subject] = Review(body["result"], body["by"], moment, body.get("text"))
        else:
            checks.setdefault(subject, body)
    return Kept(versions, consents, reviews, checks)


def version_body(goal: PlannedGoal, *, number: int, by: str, reason: str, mode: str | None = None) -> str:
    """A version as it is remembered; the same goal gives the same text."""
    return _text({**_facts(goal), "version": number, "by": by, "reason": reason, "mode": mode})


def is_same(goal: PlannedGoal, body: Mapping[str, Any]) -> bool:
    """Whether a version says of target and shares what the goal says."""
    facts = orjson.loads(_text(_facts(goal)))
    return all(body.get(key) == facts[key] for key in ("entry", "unit", "target", "parts", "tree"))


def is_edited(entry: GoalEntry, body: Mapping[str, Any]) -> bool:
    """Whether a person has changed the goal in `goals.toml` since the version."""
    return bool(orjson.loads(_text(_entry(entry))) != body["entry"])


def restored(
    at: datetime, body: Mapping[str, Any], config: GoalsConfig, kpis: Mapping[str, Kpi], found: People
) -> PlannedGoal:
    """A version as a goal again; whose records are a team's is as the facts say now."""
    entry = GoalEntry.model_validate(body["entry"])
    unit = Unit(body["unit"]["kind"], body["unit"]["currency"])
    year, month, rule = body["fiscal"]
    _, period = period_of(entry.period, month, rule)
    parts = {key: {label: _target(text, unit) for label, text in own.items()} for key, own in body["parts"].items()}
    now = {node.key: node for _, node in found.tree.walk()}
    return PlannedGoal(
        entry,
        metric_of(entry.metric, config, kpis),
        unit,
        _target(body["target"], unit),
        FiscalYear(year, month, rule),
        period,
        _node(body["tree"], now),
        parts,
        version=body["version"],
        published_at=at,
        by=body["by"],
        reason=body["reason"],
        mode=body["mode"],
    )


def consent_of(goal: PlannedGoal, node: Node, *, by: str, comment: str | None) -> tuple[str, str]:
    """Subject and body of a consent."""
    body = {"goal": goal.entry.id, "version": goal.version, "node": node.key, "by": by, "comment": comment}
    return f"{goal.entry.id}|{goal.version}|{node.key}", _text(body)


def goal_named(goals: Sequence[PlannedGoal], name: str) -> PlannedGoal:
    """The goal of that id; ConfigError with the nearest otherwise."""
    found = next((goal for goal in goals if goal.entry.id == name), None)
    if found is None:
        near = suggestion(name, [goal.entry.id for goal in goals])
        raise ConfigError("there is no goal {name}", name=name, nearest=near, hint="did you mean {nearest}?")
    return found


def node_named(goal: PlannedGoal, found: People, name: str) -> Node:
    """The node of a goal's tree of that key or name; ConfigError with the nearest otherwise."""
    nodes = [node for _, node in goal.tree.walk()]
    wanted = name.strip().casefold()
    for node in nodes:
        if wanted in {node.key.casefold(), node.name.strip().casefold(), f"{node.kind}/{node.name}".casefold()}:
            return node
    user = found.user(name.partition("/")[2] or name)
    for node in nodes:
        if user is not None and node.user_id == user:
            return node
    near = suggestion(name, [node.name for node in nodes])
    raise ConfigError("the goal has no node {name}", name=name, nearest=near, hint="did you mean {nearest}?")


def check_of(body: Mapping[str, object]) -> str:
    """What a week came to, as it is remembered."""
    return _text(body)


def _facts(goal: PlannedGoal) -> dict[str, object]:
    parts = {key: {label: str(target) for label, target in own.items()} for key, own in goal.parts.items()}
    return {
        "entry": _entry(goal.entry),
        "unit": {"kind": goal.unit.kind, "currency": goal.unit.currency},
        "target": str(goal.target),
        "fiscal": [goal.fiscal.year, goal.fiscal.start_month, goal.fiscal.rule],
        "tree": _written(goal.tree),
        "parts": parts,
    }


def _entry(entry: GoalEntry) -> dict[str, Any]:
    """The entry without the steps, which people tick off while the goal stays the same."""
    return entry.model_copy(update={"steps": ()}).model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _text(body: Mapping[str, object]) -> str:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def _target(text: str, unit: Unit) -> Target:
    return Decimal(text) if unit.kind == "rate" else int(text)


def _written(node: Node) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": node.key,
        "kind": node.kind,
        "name": node.name,
        "user": node.user_id,
        "manager": node.manager_id,
        "calendar": node.calendar,
        "zone": node.zone,
        "leave": sorted(day.isoformat() for day in node.leave),
        "fte": str(node.fte.normalize()),
        "ramp": str(node.ramp.normalize()),
    }
    return {**told, "children": [_written(child) for child in node.children]}


def _node(body: Mapping[str, Any], now: Mapping[str, Node]) -> Node:
    children = tuple(_node(child, now) for child in body["children"])
    node = Node(
        key=body["key"],
        kind=body["kind"],
        name=body["name"],
        user_id=body["user"],
        manager_id=body["manager"],
        children=children,
        fte=Decimal(body["fte"]),
        ramp=Decimal(body["ramp"]),
        leave=frozenset(map(date.fromisoformat, body["leave"])),
        calendar=body["calendar"],
        zone=body["zone"],
    )
    if node.key in now:
        return replace(node, owners=now[node.key].owners)
    if node.user_id is not None:
        return replace(node, owners=frozenset({node.user_id}))
    return replace(node, owners=frozenset(owner for child in children for owner in child.owners))
