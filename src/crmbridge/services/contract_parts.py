"""The steps and clauses of a contract, read from what a source tells.

Steps are `[{name, entered, done, sla_days}]`, clauses `{name: "complete", "missing" or "non-standard"}`; a text is the
same as JSON, or in words: `legal 2026-03-02 2026-03-05 3bd; finance 2026-03-05` and `payment term: missing`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from crmbridge.model.instants import business_date
from crmbridge.model.names import name_key
from crmbridge.model.notes import Note

ClauseState = Literal["complete", "missing", "non_standard"]

_BETWEEN = re.compile(r"[;；\n]+")
_STEP = re.compile(
    r"(?P<name>.*?\S)\s+(?P<entered>\d{4}-\d{2}-\d{2})(?:\s+(?P<done>\d{4}-\d{2}-\d{2}))?(?:\s+(?P<sla_days>\d+)\s*bd)?"
)
_CLAUSE = re.compile(r"(?P<name>[^:：=]*\S)\s*[:：=]\s*(?P<state>\S.*)")
_STATES: Mapping[ClauseState, tuple[str, ...]] = {
    "complete": ("complete", "ok", "yes", "present", "done", "true", "完整", "齐全", "有", "已具备"),
    "missing": ("missing", "no", "absent", "false", "缺失", "缺少", "无", "没有"),
    "non_standard": ("non-standard", "nonstandard", "not standard", "custom", "非标准", "非标"),
}
_WORDS = {name_key(word): state for state, words in _STATES.items() for word in words}
_LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A step as its source tells it: when it began, when it was done, and how many workdays it may take."""

    name: str
    entered: date | None
    done: date | None
    sla_days: int | None


def read_steps(text: str | None, zone: ZoneInfo) -> tuple[ToldStep, ...] | Note | None:
    """The steps in their order; None where none are told, a Note with the reason where one cannot be read."""
    found = _read(text)
    if found is None:
        return None
    if isinstance(found, str):
        matched = [_STEP.fullmatch(part.strip()) for part in _BETWEEN.split(found) if part.strip()]
        found = [one.groupdict() if one else None for one in matched]
    if not isinstance(found, list):
        return _NO_STEPS
    steps = []
    for number, told in enumerate(found, start=1):
        step = _step(told, zone)
        if step is None:
            return Note("STEP_UNREADABLE", "step {number} is not read: it needs a name and days", {"number": number})
        steps.append(step)
    return tuple(steps) or None


def read_clauses(text: str | None) -> Mapping[str, ClauseState] | Note | None:
    """The clauses by name; None where no checklist is told, a Note where a state is none of ours."""
    found = _read(text)
    if found is None:
        return None
    if isinstance(found, str):
        matched = [_CLAUSE.fullmatch(part.strip()) for part in _BETWEEN.split(found) if part.strip()]
        if None in matched:
            return _NO_CLAUSES
        found = {one["name"]: one["state"] for one in matched if one}
    if not isinstance(found, dict):
        return _NO_CLAUSES
    clauses: dict[str, ClauseState] = {}
    for name, told in found.items():
        state = _WORDS.get(name_key(str(told)))
        if state is None:
            return Note("CLAUSE_UNREADABLE", "nobody knows whether clause {clause} is complete", {"clause": name})
        clauses[name] = state
    return clauses or None


def _read(text: str | None) -> object:
    """What the facts keep: JSON, whose text may be JSON again, or words; None where nothing is told."""
    if text is None:
        return None
    found = json.loads(text, parse_float=Decimal)
    if isinstance(found, str) and found.strip().startswith(("[", "{")):
        try:
            return json.loads(found, parse_float=Decimal)
        except (ValueError, RecursionError):
            return Ellipsis
    return found


def _step(told: object, zone: ZoneInfo) -> ToldStep | None:
    if not isinstance(told, Mapping) or not str(told.get("name") or "").strip():
        return None
    days = [_day(told.get(name), zone) for name in ("entered", "done")]
    limit = told.get("sla_days")
    limit = int(limit) if isinstance(limit, str) and limit.isdigit() else limit
    if Ellipsis in days or not (limit is None or (type(limit) is int and 0 <= limit <= _LONGEST_DAYS)):
        return None
    entered, done = (day if isinstance(day, date) else None for day in days)
    return ToldStep(str(told["name"]).strip().rstrip(":："), entered, done, limit)


def _day(value: object, zone: ZoneInfo) -> date | object | None:
    """A day, or the business date of an instant; Ellipsis for what is neither."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value).strip().replace("/", "-"))
    except ValueError:
        return Ellipsis
    return moment.date() if moment.tzinfo is None else business_date(moment, zone)


_NO_STEPS = Note("STEPS_UNREADABLE", "its steps are not read: they are no list of steps")
_NO_CLAUSES = Note("CLAUSES_UNREADABLE", "its clauses are not read: each needs a name and whether it is complete")
