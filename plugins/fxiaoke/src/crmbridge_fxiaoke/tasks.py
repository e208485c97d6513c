"""Follow-up tasks in a tenant that has no task object: a sales record with a plan (dossier 3.13).

No public API makes a task, and whether a tenant has `TaskObj` is for `object/list` to say. Where it has none, a change
of `TaskObj` is written as a sales record (`ActiveRecordObj`) or a schedule (`ScheduleObj`): the task's words in its
content, the time in the field for it where one is configured. It reminds nobody by itself, and says so (PARTIAL).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from crmbridge.adapter.contract import Change, Rejected
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.values import is_empty
from crmbridge_fxiaoke.words import DONE_WORD, HEAD, OPEN_WORD, STATE

TASKS, RECORDS, SCHEDULES = "TaskObj", "ActiveRecordObj", "ScheduleObj"
NAME, TEXT, DUE, STATUS, EXECUTOR = "name", "description", "dead_line", "status", "executor"
_WORDS = frozenset({NAME, TEXT, DUE, STATUS, EXECUTOR, "finished_time", "priority"})
"""What a task has and a sales record has not: they become its content."""
_DONE = frozenset({"2", "已完成", "done", "completed", "finished"})
_DUE_LINE, _BODY = "截止：", "说明："
_HOUR_MS = 3_600_000
"""A schedule must end after it begins: one hour, as nobody says how long the task takes."""


def plan_of(session: Session, objects: Objects) -> "Plan | None":
    """How tasks are written here; None where they are written as such. ConfigError where the way asked is not there."""
    options = session.options
    if options.task_by == "task_object" or (options.task_by == "auto" and objects.has(TASKS)):
        return None
    wanted = SCHEDULES if options.task_by == "schedule" else RECORDS
    return Plan(wanted, session.options.date_zone, options.task_text_field, options.task_time_field)


def object_of(change: Change, plan: "Plan | None") -> str:
    """The object that a change is written to."""
    return plan.written_to if plan is not None and change.object == TASKS else change.object


def read_from(session: Session, objects: Objects, object_name: str) -> str:
    """The object in which records of that one are found again: tasks where their plans were written."""
    plan = plan_of(session, objects) if object_name == TASKS else None
    return object_name if plan is None else plan.written_to


@dataclass(frozen=True, slots=True)
class Plan:
    """How a task is written where there is no task object; `time_field` takes its time in a sales record."""

    written_to: str
    zone: ZoneInfo
    text_field: str | None = None
    time_field: str | None = None

    def written(self, change: Change, present: Callable[[], Mapping[str, object]]) -> Change | Rejected:
        """The change as it goes to the plan's object; `present` is the record as it stands, for an update."""
        if change.delete:
            return replace(change, object=self.written_to)
        told = {name: value for name, value in change.fields.items() if name in _WORDS}
        rest = {name: value for name, value in change.fields.items() if name not in _WORDS}
        if change.external_id is None and is_empty(told.get(NAME)):
            return Rejected("TASK_NAMELESS", "a task without a name cannot be written as a plan", {}, NAME)
        if not is_empty(due := told.get(DUE)) and _at(due, self.zone) is None:
            message = "{field} takes a time with an offset from UTC, and this is none: {value}"
            return Rejected("VALUE_TYPE", message, {"field": DUE, "value": str(due)[:60]}, DUE)
        before: Mapping[str, object] = present() if change.external_id is not None and told else {}
        fields = self._fields(told, before) if told else {}
        return replace(change, object=self.written_to, fields={**rest, **fields})

    def _fields(self, told: Mapping[str, JsonValue], before: Mapping[str, object]) -> dict[str, JsonValue]:
        is_record = self.written_to == RECORDS
        content = "active_record_content" if is_record else "content"
        words = _Words.read(str(before.get(self.text_field or content) or ""))
        words = words.told(told, self.zone)
        fields: dict[str, JsonValue] = {content: words.text()}
        if is_record and self.text_field is not None:
            fields[self.text_field] = words.text()
        if DUE in told and is_record and self.time_field is not None:
            fields[self.time_field] = told[DUE]
        if not is_record:
            fields |= self._times(told)
            if EXECUTOR in told:
                fields["participants"] = told[EXECUTOR]
        return fields

    def _times(self, told: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        at = _at(told.get(DUE), self.zone)
        if at is None:
            return {}
        begin = int(at.timestamp()) * 1000
        return {"begin_time": begin, "end_time": begin + _HOUR_MS}


@dataclass(frozen=True, slots=True)
class _Words:
    """A task as the lines of a content."""

    name: str = ""
    due: str = ""
    state: str = OPEN_WORD
    body: str = ""

    @classmethod
    def read(cls, text: str) -> "_Words":
        """The words of a content that was written here; what a person wrote instead is kept as the body."""
        if not text.startswith(HEAD):
            return cls(body=text)
        above, _, body = text.partition(f"\n{_BODY}")
        head, *lines = above.split("\n")
        due = next((line.removeprefix(_DUE_LINE) for line in lines if line.startswith(_DUE_LINE)), "")
        state = next((line.removeprefix(STATE) for line in lines if line.startswith(STATE)), OPEN_WORD)
        return cls(head.removeprefix(HEAD), due, state, body)

    def told(self, fields: Mapping[str, JsonValue], zone: ZoneInfo) -> "_Words":
        """The same with what a change says."""
        found = self
        if NAME in fields:
            found = replace(found, name=_line(fields[NAME]))
        if DUE in fields:
            at = _at(fields[DUE], zone)
            found = replace(found, due=at.strftime("%Y-%m-%d %H:%M") if at else "")
        if STATUS in fields:
            is_done = str(fields[STATUS]).casefold() in _DONE
            found = replace(found, state=DONE_WORD if is_done else OPEN_WORD)
        if TEXT in fields:
            found = replace(found, body=str(fields[TEXT] or ""))
        return found

    def text(self) -> str:
        """The content."""
        lines = [f"{HEAD}{self.name}"]
        lines += [f"{_DUE_LINE}{self.due}"] if self.due else []
        lines += [f"{STATE}{self.state}"]
        lines += [f"{_BODY}{self.body}"] if self.body else []
        return "\n".join(lines)


def _line(value: object) -> str:
    return " ".join(str(value or "").split())


def _at(value: object, zone: ZoneInfo) -> datetime | None:
    """The time of a task: milliseconds, or a text with an offset; None for anything else."""
    if isinstance(value, bool) or is_empty(value):
        return None
    if isinstance(value, int):
        return datetime.fromtimestamp(value // 1000, zone)
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.astimezone(zone) if at.tzinfo is not None else None
