"""Open deals of which nothing says when they are touched next, and the task that puts that right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.external_keys import key_of
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.results import Evidence, Rate
from crmbridge.services.wants import TaskMade, TaskWanted
from crmbridge.services.world import World

DEFINITION = "unplanned/1"
POLICY = "next-date"


@dataclass(frozen=True, slots=True)
class UnplannedRequest:
    """As of when; a task is due on `due`, its title in the one language given. `made` are the tasks made before."""

    as_of: datetime
    due: date
    title: str
    made: Mapping[str, TaskMade]


@dataclass(frozen=True, slots=True)
class UnplannedReport:
    """The deals without a next date among the open ones that are not on hold, and a task for each.

    Of a deal whose task the rep has deleted none is made again; it stays among `records`.
    """

    rate: Rate
    records: tuple[str, ...]
    tasks: tuple[TaskWanted, ...]
    evidence: Evidence


def unplanned(facts: Facts, pipelines: Sequence[Pipeline], request: UnplannedRequest) -> UnplannedReport:
    """Who is left without a next date at `as_of`."""
    world = World(facts, pipelines, cut=request.as_of)
    today = request.as_of.astimezone(facts.zone).date()
    rows = world.rows("unplanned", today=today)
    left = [row for row in rows if not row["is_planned"]]
    return UnplannedReport(
        rate=Rate.of(len(left), len(rows)),
        records=tuple(row["id"] for row in left),
        tasks=tuple(task for row in left for task in _task(row, request)),
        evidence=Evidence(DEFINITION, len(rows), request.as_of, cut=request.as_of, zone=str(facts.zone)),
    )


def _task(row: dict[str, Any], request: UnplannedRequest) -> Iterator[TaskWanted]:
    """The task under its next number: one that was done is not asked for again, one that was deleted never."""
    number = 1
    while (made := request.made.get(key := _key(row, number))) is not None and made.state in {"done", "cancelled"}:
        number += 1
    if made is not None and made.state == "gone":
        return
    beside = {"contact": row["contact_id"], "account": row["account_id"]}
    yield TaskWanted(
        key=key,
        kind="deal",
        record_id=row["id"],
        title=request.title.replace("{deal}", row["name"] or "?"),
        due=request.due if made is None or made.due is None else made.due,
        why=POLICY,
        owner=row["owner_id"],
        beside={kind: id_ for kind, id_ in beside.items() if id_ is not None},
    )


def _key(row: dict[str, Any], number: int) -> str:
    return key_of(POLICY, "deal", row["subject"] or row["id"], str(number))
