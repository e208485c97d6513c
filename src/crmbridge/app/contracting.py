"""Asks how contracts stand: the workspace's limits and clauses, its calendar, and whether one contract is ready."""

from dataclasses import replace

from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.report.contracts import contracts_listing
from crmbridge.report.listing import Listing
from crmbridge.services.contracts import contracts
from crmbridge.services.contracts_document import ContractsConfig, built_in, load_contracts
from crmbridge.services.contracts_report import Contract, ContractsReport, ContractsRequest
from crmbridge.services.contracts_wants import wants_of
from crmbridge.services.wants import NoticeWanted, TaskWanted

FILE = "contracts.toml"
NOT_READY = 3
"""How the command ends about a contract that is not ready: a person must look."""


def own_document(asker: Asker) -> ContractsConfig:
    """The workspace's `contracts.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(asker.wiring, FILE, load_contracts, built_in)


def reported(asker: Asker, *, owner: str | None = None, viewer: str | None = None) -> ContractsReport:
    """The report, for what others write of it."""
    request = ContractsRequest(asker.as_of, own_document(asker), asker.wiring.calendar, owner, viewer)
    return contracts(asker.facts, asker.pipelines, request)


def ask_contracts(
    asker: Asker,
    *,
    check: str | None = None,
    owner: str | None = None,
    viewer: str | None = None,
    everything: bool = False,
    explain: bool = False,
) -> Listing:
    """How contracts stand; `check` is the number, name or id of one, of which it is told whether it is ready.

    One that is not ready, or of which nobody knows, gives the exit code 3; ConfigError for one that is not there.
    """
    report = reported(asker, owner=owner, viewer=viewer)
    behind: dict[str, object] | None = None
    if explain:
        records = {group: list(ids) for group, ids in report.records().items()}
        behind = {"definition": _DEFINITION, "records": records}
    if check is None:
        return contracts_listing(report, everything=everything, explain=behind).in_zone(asker.facts.zone)
    found = _named(report, check)
    told = contracts_listing(report, only=found.id, explain=behind).in_zone(asker.facts.zone)
    return told if found.is_ready else replace(told, exit_code=NOT_READY)


def contract_wants(asker: Asker) -> list[TaskWanted | NoticeWanted]:
    """Who is asked about contracts now."""
    return wants_of(reported(asker))


def _named(report: ContractsReport, name: str) -> Contract:
    found = [one for one in report.contracts if name in {one.label, one.id, one.subject}]
    if len(found) == 1:
        return found[0]
    known = [one.label for one in report.contracts]
    if found:
        ids = ", ".join(one.id for one in found)
        raise ConfigError("several contracts are called {name}: {ids}", name=name, ids=ids, hint="give an id")
    raise ConfigError(
        "there is no contract {name}", name=name, nearest=suggestion(name, known), hint="did you mean {nearest}?"
    )


_DEFINITION = {
    "over": "workdays since the step began, less its limit; escalated on the first workday over it",
    "ready": "no clause is missing, every clause of contracts.toml is in the checklist, every step is done, and what "
    "is not standard has an approver; unknown where no checklist can be read",
    "kept": "steps done within their limit / steps done whose limit and days are known",
}
