"""Keeps what people decide about goals: versions, consent, re-planning, the result; and lints drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import orjson

from crmbridge.app.asker import Asker
from crmbridge.app.goal_paces import desk_of, paces
from crmbridge.app.person import who
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import to_us
from crmbridge.model.notes import Note
from crmbridge.report.goals import agreed_listing, lint_listing, published_listing, replan_listing
from crmbridge.report.listing import Listing
from crmbridge.services.goal_history import linted
from crmbridge.services.goal_lint import Draft, Linting, understood
from crmbridge.services.goal_publish import Publication, publication, replanned
from crmbridge.services.goal_replan import Mode, replan
from crmbridge.services.goal_versions import CONSENT, REVIEW, SERVICE, consent_of, goal_named, node_named
from crmbridge.services.goal_wants import behind, checks, reminders
from crmbridge.services.wants import NoticeWanted

Result = Literal["met", "partly", "missed"]


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a draft beside its text, as typed."""

    metric: str | None = None
    target: str | None = None
    baseline: str | None = None
    node: str | None = None
    owner: str | None = None
    period: str | None = None
    parent: str | None = None
    checks: Sequence[date] = ()


def lint_goals(asker: Asker, text: str | None = None, said: Said | None = None) -> Listing:
    """The findings on a draft, or on every goal of `goals.toml`."""
    desk = desk_of(asker)
    request = desk.request
    around = Linting(desk.day, str(request.currency), request.config, request.kpis, request.start_month)
    if text is not None or said is not None:
        beside = {} if said is None else {name: getattr(said, name) for name in Said.__dataclass_fields__}
        draft = Draft(text or "", **beside)
        told = [(text or "draft", linted(desk, understood(draft, around), around))]
    else:
        told = [(one.id, linted(desk, understood(Draft.of(one), around), around, one)) for one in request.config.goals]
    return lint_listing(told, as_of=asker.as_of).in_zone(asker.facts.zone)


def publish(asker: Asker, goals: Sequence[str] = (), *, reason: str, by: str | None = None) -> Listing:
    """A new version of each goal that says something new; the old ones stay."""
    desk = desk_of(asker)
    names = [goal_named(desk.goals(), name).entry.id for name in goals]
    entries = [entry for entry in desk.request.config.goals if not names or entry.id in names]
    made = [publication(desk, entry, by=by or who(), reason=reason) for entry in entries]
    _keep(asker, SERVICE, {one.goal.entry.id: one.body for one in made if one.body is not None})
    return published_listing(made, as_of=asker.as_of, notes=tuple(desk.notes)).in_zone(asker.facts.zone)


def agree(asker: Asker, goal: str, *, node: str, by: str | None = None, comment: str | None = None) -> Listing:
    """Somebody agrees to a node's share; told again, the first stays. ConfigError for a goal that is not published."""
    desk = desk_of(asker)
    found = goal_named(desk.goals(), goal)
    if found.version is None:
        text = "the goal {goal} is not published: nobody can agree to it yet"
        raise ConfigError(text, goal=goal, hint="crmbridge goals publish {goal} --reason TEXT")
    place = node_named(found, desk.people, node)
    told = desk.kept.agreed(found, place)
    if told is None:
        subject, body = consent_of(found, place, by=by or who(), comment=comment)
        _keep(asker, CONSENT, {subject: body})
    return agreed_listing(found, place, told.by if told else by or who(), as_of=told.at if told else asker.as_of)


def review(asker: Asker, goal: str, *, result: Result, by: str | None = None, text: str | None = None) -> None:
    """How a goal ended, as people see it; its page shows it."""
    desk = desk_of(asker)
    found = goal_named(desk.goals(), goal)
    body = {"result": result, "by": by or who(), "text": text}
    _keep(asker, REVIEW, {found.entry.id: orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()})


@dataclass(frozen=True, slots=True)
class Applied:
    """Whether a proposal becomes a version, and who says so why."""

    is_applied: bool = False
    by: str | None = None
    reason: str | None = None


def replan_goal(asker: Asker, goal: str, mode: Mode, *, floor: bool = True, applied: Applied | None = None) -> Listing:
    """What the plan of a goal becomes, period by period; applied it is a new version, and the old one stays."""
    desk, wish = desk_of(asker), applied or Applied()
    proposal = replan(desk, goal_named(desk.goals(), goal), mode, floor=floor)
    made: Publication | None = None
    if wish.is_applied:
        if not wish.reason:
            raise ConfigError("a new version needs a reason", hint="give --reason TEXT")
        made = replanned(proposal, by=wish.by or who(), reason=wish.reason)
        if made.body is not None:
            _keep(asker, SERVICE, {goal: made.body})
    return replan_listing(proposal, made, as_of=asker.as_of).in_zone(asker.facts.zone)


def goal_wants(asker: Asker) -> tuple[list[NoticeWanted], dict[str, list[ServiceEvent]], tuple[Note, ...]]:
    """Who is told of goals that are behind or wait for agreement, and the results of weeks that are to be kept."""
    place = (asker.wiring, asker.facts, asker.pipelines, asker.as_of, asker.own)
    report = paces(*place)
    if not any(goal.version is not None for goal in report.goals):
        return [], {}, ()
    notices, notes = behind(report)
    at_us = to_us(asker.as_of)
    kept = [ServiceEvent(subject, at_us, body) for subject, body in checks(paces(*place, level="week"))]
    return [*notices, *reminders(report)], {"goal_check": kept} if kept else {}, notes


def _keep(asker: Asker, service: str, bodies: dict[str, str]) -> None:
    """Events of this moment; ConfigError where the subject has one of the same moment, which would stay."""
    at_us = to_us(asker.as_of)
    events = [ServiceEvent(subject, at_us, body) for subject, body in sorted(bodies.items())]
    with asker.wiring.ledger.begin() as tx:
        if events and service_events.append(tx, service, events) < len(events):
            text = "something was decided about {subject} at this very moment already"
            raise ConfigError(text, subject=", ".join(sorted(bodies)), hint="give a later --as-of")
