"""What call-backs want in a CRM: the task of each call that is due, and the result of it as an activity, once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from crmbridge.model.external_keys import key_of
from crmbridge.model.instants import local_instant
from crmbridge.services.callbacks_report import POLICY, VIP, Call, Sale
from crmbridge.services.satisfaction_document import CallBack, Names, SatisfactionConfig, VipCall, worded
from crmbridge.services.wants import ActivityWanted, TaskWanted

_NOON = time(12)


def tasks_of(calls: Sequence[Call], config: SatisfactionConfig) -> Iterator[TaskWanted]:
    """The tasks for the calls that are due."""
    for call in calls:
        if call.state == "due":
            sale = call.sale
            yield TaskWanted(
                key=call.key,
                kind="account",
                record_id=sale.account_id,
                title=_title(call, config),
                due=call.due,
                why=f"{POLICY}.{call.steps[0]}",
                owner=sale.owner_id,
                content="\n".join(worded(one, config.language, **_values(call)) for one in contents(call, config)),
                beside=_beside(sale),
            )


def logs_of(calls: Sequence[Call], config: SatisfactionConfig, zone: ZoneInfo) -> Iterator[ActivityWanted]:
    """What reps wrote into the tasks of calls, to be logged once on the accounts; none where nobody wrote anything."""
    for call in calls:
        told = call.result
        if not config.call_backs.result.log or told is None or told.kind != "task":
            continue
        if told.text:
            yield ActivityWanted(
                key=logged_key(told.key),
                task=told.key,
                kind="account",
                record_id=call.sale.account_id,
                type="call",
                title=_title(call, config),
                at=told.at or local_instant(datetime.combine(call.due, _NOON), zone),
                why=f"{POLICY}.result",
                owner=call.sale.owner_id,
                text=told.text,
                content=told.content,
                feedback=told.feedback,
                next_step=told.next_step,
                next_step_due=told.next_step_due,
                beside=_beside(call.sale),
            )


def _step(name: str, config: SatisfactionConfig) -> CallBack | VipCall:
    return config.call_backs.vip if name == VIP else config.call_backs.steps[name]


def _title(call: Call, config: SatisfactionConfig) -> str:
    return worded(_step(call.steps[0], config).title, config.language, **_values(call))


def _values(call: Call) -> dict[str, str]:
    return {"customer": call.sale.customer or "?"}


def contents(call: Call, config: SatisfactionConfig) -> Iterator[Names]:
    """What a task says of its steps, and how its result is written."""
    yield from (text for name in call.steps if (text := _step(name, config).content) is not None)
    yield config.call_backs.result.content


def _beside(sale: Sale) -> dict[str, str]:
    beside = {"contact": sale.contact_id, "deal": sale.id if sale.kind == "deal" else None}
    return {kind: id_ for kind, id_ in beside.items() if id_ is not None}


def logged_key(task_key: str) -> str:
    """The key under which the result of the task of a key is logged as an activity."""
    return key_of("result", task_key)
