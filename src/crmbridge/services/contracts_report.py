"""Contracts: what is asked, and the answer. Plain values; nothing here computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.services.contract_parts import ClauseState
from crmbridge.services.contracts_document import ContractsConfig
from crmbridge.services.results import Evidence, Rate

StepState = Literal["done", "late", "running", "over", "not_begun", "untimed"]
"""`late`: done after its limit; `over`: not done, and its limit has passed; `untimed`: nobody knows its limit."""
CLOSED = frozenset({"ended", "cancelled"})
READY = frozenset({"approved", "signed"})
"""The states by which a source calls a contract ready."""


@dataclass(frozen=True, slots=True)
class ContractsRequest:
    """As of when; `owner` narrows it, and what `viewer` sees (names, addresses or ids)."""

    as_of: datetime
    config: ContractsConfig
    calendar: Calendar
    owner: str | None = None
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step, `key` its name of ours. `limit` and `over` are workdays; `escalate_on` is the workday after its last."""

    name: str
    key: str | None
    entered: date | None
    done: date | None
    limit: int | None
    due: date | None
    escalate_on: date | None
    over: int | None
    state: StepState


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract. `lacks` is what keeps it from being ready; `notes` what could not be read of it."""

    id: str
    subject: str
    label: str
    account_id: str | None
    deal_id: str | None
    customer: str | None
    deal: str | None
    owner_id: str | None
    owner: str | None
    manager_id: str | None
    status: str | None
    amount: Money | None
    start_date: date | None
    end_date: date | None
    steps: tuple[Step, ...]
    clauses: Mapping[str, ClauseState] | None
    is_standard: bool | None
    approved_by: str | None
    lacks: tuple[Note, ...]
    notes: tuple[Note, ...]

    @property
    def is_ready(self) -> bool | None:
        """Whether nothing is missing; None where no checklist is told, or one cannot be read."""
        if self.lacks:
            return False
        return None if self.clauses is None or self.notes else True

    @property
    def is_called_ready(self) -> bool:
        """Whether its source calls it approved or signed."""
        return self.status in READY

    @property
    def is_live(self) -> bool:
        """Whether it has neither ended nor been cancelled."""
        return self.status not in CLOSED

    @property
    def is_in_steps(self) -> bool:
        """Whether its steps still matter: it is neither signed nor over."""
        return self.is_live and self.status != "signed"

    @property
    def needs_approver(self) -> bool:
        """Whether somebody must approve what is not standard, and nobody has."""
        odd = self.is_standard is False or "non_standard" in (self.clauses or {}).values()
        return odd and self.approved_by is None


@dataclass(frozen=True, slots=True)
class StepCount:
    """How often a step was done within its limit, of those done whose limit and days are known; `over` are not done."""

    name: str
    kept: Rate
    over: int
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContractsReport:
    """The contracts, by key. `ready` counts those of which it is known, among those that have not ended."""

    request: ContractsRequest
    today: date
    contracts: tuple[Contract, ...]
    ready: Rate
    steps: tuple[StepCount, ...]
    evidence: Evidence

    def records(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the contracts by whether they are ready, and of those with a step over its limit."""
        found: dict[str, list[str]] = {}
        words = {True: "ready", False: "not ready", None: "unknown"}
        for one in self.contracts:
            found.setdefault(words[one.is_ready], []).append(one.id)
            if one.is_in_steps and any(step.state == "over" for step in one.steps):
                found.setdefault("over", []).append(one.id)
            if one.is_called_ready and one.is_ready is False:
                found.setdefault("called ready", []).append(one.id)
        return {group: tuple(ids) for group, ids in sorted(found.items())}
