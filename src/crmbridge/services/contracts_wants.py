"""What follows from contracts: a step that waits too long is escalated, what lacks something is asked for."""

from collections.abc import Iterator

from crmbridge.model.external_keys import key_of
from crmbridge.services.callbacks import day_after
from crmbridge.services.contracts_document import Asked
from crmbridge.services.contracts_report import Contract, ContractsReport
from crmbridge.services.satisfaction_document import worded
from crmbridge.services.wants import NoticeWanted, TaskWanted

ESCALATION, NOT_READY, REVIEW = "contract-escalation", "contract-not-ready", "contract-review"


def wants_of(report: ContractsReport) -> list[TaskWanted | NoticeWanted]:
    """What is to be done now, in the order of the contracts; each is told under one key for ever.

    A contract that hangs on no deal and no customer is told to the person instead.
    """
    return [want for one in report.contracts if one.is_live for want in _wants(one, report)]


def _wants(one: Contract, report: ContractsReport) -> Iterator[TaskWanted | NoticeWanted]:
    config = report.request.config
    above = one.manager_id or one.owner_id
    if config.escalation.enabled and one.is_in_steps:
        for step in one.steps:
            if step.state == "over":
                told = {"step": step.name, "over": str(step.over), "limit": str(step.limit)}
                began = step.entered.isoformat() if step.entered else ""
                key = key_of(ESCALATION, "contract", one.subject, step.key or step.name, began)
                yield from _asked(one, report, config.escalation, (key, ESCALATION, above), told)
    names = [str(value) for note in one.lacks for name, value in note.params.items() if name in {"clause", "step"}]
    if config.not_ready.enabled and one.is_called_ready and names:
        key = key_of(NOT_READY, "contract", one.subject, *sorted(names))
        told = {"lacks": ", ".join(names)}
        yield from _asked(one, report, config.not_ready, (key, NOT_READY, one.owner_id), told)
    if config.review.enabled and one.needs_approver:
        key = key_of(REVIEW, "contract", one.subject)
        yield from _asked(one, report, config.review, (key, REVIEW, above), {})


def _asked(
    one: Contract, report: ContractsReport, wish: Asked, what: tuple[str, str, str | None], told: dict[str, str]
) -> Iterator[TaskWanted | NoticeWanted]:
    """A task on the deal, else on the customer; `what` is its key, its policy and whom it is for."""
    key, why, to = what
    language, customer = report.request.config.language, one.customer or one.deal or "?"
    title = worded(wish.title, language, contract=one.label, customer=customer, **told)
    known = {"deal": one.deal_id, "account": one.account_id}
    places = [(kind, id_) for kind, id_ in known.items() if id_ is not None]
    if not places:
        if to is not None:
            yield NoticeWanted(key, to, title, why)
        return
    (kind, record_id), *beside = places
    calendar = report.request.calendar
    due = calendar.roll(day_after(calendar, report.today, wish.within), "forward")
    yield TaskWanted(key, kind, record_id, title, due, why, owner=to, priority="high", beside=dict(beside))
