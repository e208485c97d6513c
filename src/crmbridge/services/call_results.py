"""What came of call-backs: an activity that was logged, or what the rep wrote into the task, read line by line."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date
from typing import Any

from crmbridge.services.call_wants import contents, logged_key
from crmbridge.services.callbacks_report import Call, CallState, Result, Written
from crmbridge.services.satisfaction_document import ResultWords, SatisfactionConfig
from crmbridge.services.wants import TaskMade
from crmbridge.services.world import World

_KEY = re.compile(r"cb1-[0-9a-f]{24}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def with_results(
    world: World, calls: Sequence[Call], made: Mapping[str, TaskMade], config: SatisfactionConfig
) -> tuple[Call, ...]:
    """The calls, each with what stands in the CRM under its key, under that of its log, or in its task."""
    names = [
        (key, name)
        for call in calls
        for key in call.keys
        if key in made
        for name in (key, logged_key(key), made[key].record_id)
        if name is not None
    ]
    if not names:
        return tuple(calls)
    rows = world.rows("call_back_results", keys=[key for key, _ in names], names=[name for _, name in names])
    found = {row["key"]: row for row in rows}
    return tuple(_with_result(call, found, config) for call in calls)


def read(text: str | None, ours: Collection[str], words: ResultWords) -> Written:
    """A text of lines, without those that were `ours` and without keys; `Feedback: ...` and `Next step: ...` apart.

    The day of a next step is the first one in it, written 2026-03-31.
    """
    lines: list[str] = []
    said: list[str] = []
    found: dict[str, str] = {}
    for line in (text or "").splitlines():
        told = line.strip()
        if not told or told in ours or _KEY.fullmatch(told):
            continue
        lines.append(told)
        label, value = _labelled(told, words)
        if label is None:
            said.append(told)
        elif value:
            found[label] = f"{found[label]} {value}" if label in found else value
    step = found.get("next_step")
    whole, rest = ("\n".join(some) or None for some in (lines, said))
    return Written(whole, rest, found.get("feedback"), step, _day_of(step))


def _labelled(line: str, words: ResultWords) -> tuple[str | None, str]:
    for name, labels in (("feedback", words.feedback), ("next_step", words.next_step)):
        for label in labels:
            if line.casefold().startswith(label.casefold()):
                rest = line[len(label) :].lstrip()
                if rest[:1] in {":", "："}:
                    return name, rest[1:].strip()
    return None, line


def _day_of(text: str | None) -> date | None:
    found = _DAY.search(text or "")
    if found is None:
        return None
    try:
        return date.fromisoformat(found[0])
    except ValueError:
        return None


def _with_result(call: Call, results: Mapping[str, Mapping[str, Any]], config: SatisfactionConfig) -> Call:
    row = next((results[key] for key in call.keys if key in results), None)
    if row is None:
        return call
    state: CallState = "done" if call.state == "made" else call.state
    return replace(call, state=state, result=_result(row, call, config))


def _result(row: Mapping[str, Any], call: Call, config: SatisfactionConfig) -> Result:
    """What stands there; what is no field of its own is found among the lines."""
    ours = {
        line.strip()
        for names in contents(call, config)
        for text in names.values()
        for line in text.replace("{customer}", call.sale.customer or "?").splitlines()
    }
    said = read(row["content"], ours, config.call_backs.result)
    at = row["moment"]
    return Result(
        text=said.text,
        content=said.content,
        feedback=row["customer_feedback"] or said.feedback,
        next_step=row["next_step"] or said.next_step,
        next_step_due=row["next_step_due"] or said.next_step_due,
        key=row["key"],
        kind=row["kind"],
        id=row["id"],
        account_id=row["account_id"],
        at=None if at is None else at.replace(tzinfo=UTC),
        day=row["day"],
    )
