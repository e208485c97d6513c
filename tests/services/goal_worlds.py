"""Companies with teams, reps and won deals, and goals written as TOML."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tests.services.worlds import SHANGHAI, Deal, company, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model import calendar
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_pace import PaceReport, PaceRequest, PaceRow, pace
from crmbridge.services.goal_publish import publication
from crmbridge.services.goal_versions import CONSENT, SERVICE, consent_of, goal_named, node_named
from crmbridge.services.goals_document import GoalsConfig, load_goals
from crmbridge.services.kpi import registry

CN = calendar.named("CN", zone=ZoneInfo("Asia/Shanghai"))
PIPELINES = [six_stages()]
KPIS = registry()
Sale = tuple[str, str | None, str, str]
"""Id, owner, day, amount."""


def end_of(day: str) -> datetime:
    """The last second of a business day."""
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), SHANGHAI).astimezone(UTC)


def sold(name: str, owner: str | None, day: str, amount: str, **facts: object) -> Deal:
    return Deal(name, [("S1", "2025-01-05"), ("won", day)], amount, facts={"owner_id": owner, **facts})


TEAMS: list[dict[str, object]] = [{"id": "t1", "name": "North"}, {"id": "t2", "name": "South"}]
USERS: list[dict[str, object]] = [
    {"id": "m", "name": "Meng", "org_unit_id": "t1", "manager_id": None},
    {"id": "u1", "name": "Li", "org_unit_id": "t1", "manager_id": "m"},
    {"id": "u2", "name": "Wang", "org_unit_id": "t1", "manager_id": "m"},
    {"id": "u3", "name": "Zhao", "org_unit_id": "t2", "manager_id": "m"},
]


def people(
    facts: Facts, users: Sequence[Mapping[str, object]] = USERS, teams: Sequence[Mapping[str, object]] = TEAMS
) -> Facts:
    facts.insert("org_units", list(teams))
    facts.insert("users", list(users))
    return facts


def world(deals: Iterable[Deal], **asked: Any) -> Facts:
    return people(company(deals), **asked)


def goals(text: str) -> GoalsConfig:
    return load_goals(text)


def ask(facts: Facts, config: GoalsConfig, day: str, **asked: Any) -> PaceReport:
    request = PaceRequest(end_of(day), CN, config, asked.pop("kpis", KPIS), **asked)
    return pace(facts, asked.pop("pipelines", PIPELINES), request)


def row(report: PaceReport, node: str = "company", period: str | None = None, goal: str | None = None) -> PaceRow:
    (found,) = [
        one
        for one in report.rows
        if one.node.key == node and period in {None, one.period.label} and goal in {None, one.goal}
    ]
    return found


def desk(facts: Facts, config: GoalsConfig, day: str, **asked: Any) -> GoalDesk:
    return GoalDesk(facts, PIPELINES, PaceRequest(end_of(day), CN, config, KPIS, **asked))


def event(facts: Facts, service: str, subject: str, day: str, body: str) -> None:
    moment = end_of(day).replace(tzinfo=None)
    facts.insert("service_events", [{"service": service, "subject": subject, "at": moment, "body": body}])


def publish(facts: Facts, config: GoalsConfig, day: str) -> list[str]:
    """The versions made."""
    opened, made = desk(facts, config, day), []
    for entry in config.goals:
        found = publication(opened, entry, by="Boss", reason="the plan of the year")
        if found.body is not None:
            event(facts, SERVICE, entry.id, day, found.body)
            made.append(f"{entry.id}/{found.number}")
    return made


def agree(facts: Facts, config: GoalsConfig, goal: str, node: str, day: str) -> None:
    opened = desk(facts, config, day)
    found = goal_named(opened.goals(), goal)
    subject, body = consent_of(found, node_named(found, opened.people, node), by=node, comment="fine")
    event(facts, CONSENT, subject, day, body)
