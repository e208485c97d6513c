"""Contracts: which step waits too long, which clause is missing, and whether each is ready (services.md 16).

No law is judged here: days and clauses are counted, and people are asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.money import Money, from_e4
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.contract_parts import ToldStep, read_clauses, read_steps
from crmbridge.services.contracts_report import (
    Contract,
    ContractsReport,
    ContractsRequest,
    Step,
    StepCount,
    StepState,
)
from crmbridge.services.owners import owners_asked
from crmbridge.services.results import Evidence, Rate
from crmbridge.services.world import World

DEFINITION = "contracts/1"


def contracts(facts: Facts, pipelines: Sequence[Pipeline], request: ContractsRequest) -> ContractsReport:
    """Every contract at `as_of`; ConfigError for an owner whom nobody knows, or whom the viewer does not see."""
    world = World(facts, pipelines, cut=request.as_of)
    world.parameters["owners"] = owners_asked(world, request.owner, request.viewer)
    desk = _Desk(request, facts, business_date(request.as_of, facts.zone))
    found = tuple(desk.contract(row) for row in world.rows("contracts"))
    known = [one.is_ready for one in found if one.is_live and one.is_ready is not None]
    notes = tuple(_notes([one for one in found if one.is_live]))
    evidence = Evidence(DEFINITION, len(found), request.as_of, cut=request.as_of, zone=str(facts.zone), warnings=notes)
    return ContractsReport(
        request, desk.today, found, Rate.of(sum(known), len(known)), tuple(_counted(found)), evidence
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    request: ContractsRequest
    facts: Facts
    today: date

    def contract(self, row: Mapping[str, Any]) -> Contract:
        """A row of `sql/contracts.sql` with its steps, clauses and what it lacks."""
        told, clauses = read_steps(row["steps"], self.facts.zone), read_clauses(row["clauses"])
        notes = tuple(one for one in (told, clauses) if isinstance(one, Note))
        steps = tuple(self._step(one) for one in told) if isinstance(told, tuple) else ()
        found = Contract(
            id=row["id"],
            subject=row["subject"],
            label=row["number"] or row["name"] or row["external_id"] or row["id"],
            account_id=row["account_id"],
            deal_id=row["deal_id"],
            customer=row["account"],
            deal=row["deal"],
            owner_id=row["owner_id"],
            owner=row["owner"] or row["owner_id"],
            manager_id=row["manager_id"],
            status=row["status"],
            amount=self._amount(row),
            start_date=row["start_date"],
            end_date=row["end_date"],
            steps=steps,
            clauses=None if isinstance(clauses, Note) else clauses,
            is_standard=row["is_standard"],
            approved_by=row["approved_by"],
            lacks=(),
            notes=notes,
        )
        return replace(found, lacks=tuple(_lacks(found, self.request)))

    def _amount(self, row: Mapping[str, Any]) -> Money | None:
        if row["amount_e4"] is None:
            return None
        currency = row["amount_currency"] or self.facts.currency
        return Money(from_e4(row["amount_e4"], currency), currency)

    def _step(self, told: ToldStep) -> Step:
        config, calendar = self.request.config, self.request.calendar
        key = config.step(told.name)
        limit = told.sla_days if told.sla_days is not None else config.steps[key].days if key else None
        due = next_day = over = None
        if told.entered is not None and limit is not None:
            due = calendar.add_business_days(told.entered, limit)
            next_day = calendar.add_business_days(told.entered, limit + 1)
            until = told.done or self.today
            over = max(0, calendar.business_days_between(told.entered, until) - limit)
        return Step(told.name, key, told.entered, told.done, limit, due, next_day, over, _state(told, over))


def _state(told: ToldStep, over: int | None) -> StepState:
    if told.done is not None:
        return "late" if over else "done"
    if told.entered is None:
        return "not_begun"
    if over is None:
        return "untimed"
    return "over" if over else "running"


def _lacks(found: Contract, request: ContractsRequest) -> Iterator[Note]:
    """What keeps a contract from being ready, in the order of clauses, steps, approval."""
    if found.clauses is not None:
        for name, state in sorted(found.clauses.items()):
            if state == "missing":
                yield Note("CLAUSE_MISSING", "clause {clause} is missing", {"clause": name})
        there = {request.config.clause(name) for name in found.clauses}
        for name, words in sorted(request.config.clauses.items()):
            if name not in there:
                yield Note("CLAUSE_UNTOLD", "clause {clause} is not in the checklist", {"clause": words[0]})
    for step in found.steps:
        if step.done is None:
            yield Note("STEP_OPEN", "step {step} is not done", {"step": step.name})
    if found.needs_approver:
        yield Note("NO_APPROVER", "it is not standard, and nobody has approved it")


def _counted(found: Sequence[Contract]) -> Iterator[StepCount]:
    steps: dict[str, list[tuple[Contract, Step]]] = {}
    for one in found:
        for step in one.steps:
            steps.setdefault(step.key or step.name, []).append((one, step))
    for name, some in sorted(steps.items()):
        done = [step for _, step in some if step.done is not None and step.over is not None]
        over = [one.id for one, step in some if step.state == "over" and one.is_in_steps]
        yield StepCount(name, Rate.of(sum(step.state == "done" for step in done), len(done)), len(over), tuple(over))


def _notes(live: Sequence[Contract]) -> Iterator[Note]:
    unknown = sum(one.is_ready is None for one in live)
    if unknown:
        template = "{count} of {n} contracts have no checklist that can be read: nobody knows whether they are ready"
        yield Note("NOT_JUDGED", template, {"count": unknown, "n": len(live)})
    called = sum(one.is_called_ready and one.is_ready is False for one in live)
    if called:
        template = "{count} of {n} contracts are called approved or signed, and are not ready"
        yield Note("CALLED_READY", template, {"count": called, "n": len(live)})
