"""A wanted task as one system can keep it: the fields that its mapping writes, and whom and what it can point at there.

One system knows a day and another a moment; one has room for one record that a task is about, another for several.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.adapter.catalog import Catalog
from crmbridge.app.follow_up_alike import alike_tasks
from crmbridge.ledger import catalogs, links
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.calendar import Calendar
from crmbridge.model.canonical import Value
from crmbridge.model.instants import local_instant, to_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.services.follow_up_document import FollowUpConfig
from crmbridge.services.wants import ActivityWanted, TaskWanted
from crmbridge.sync.twoway.intents import Make
from crmbridge.sync.twoway.one_way import LINKS, one_place
from crmbridge.sync.twoway.pairs import End, written_by

_NO_TASKS = mark("{count} tasks wait: the mapping of {connection} writes no tasks")
_NO_LINK = mark("{count} tasks wait: in {connection} a task cannot say which {what} it is about")
_NOBODY = mark("{count} tasks wait: whoever is to do them is nobody in {connection}")
_ALIKE = mark("{count} tasks are not made: {connection} has some of its own that say the same of the same records")


@dataclass(slots=True)
class Fitting:
    """Makes the tasks of one connection; what cannot be kept there is counted, and told by `notes`."""

    tx: LedgerTx
    end: End
    config: FollowUpConfig
    calendar: Calendar
    left: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fitted(self, tasks: Sequence[TaskWanted]) -> Iterator[Make]:
        """The tasks as this system keeps them."""
        if not tasks:
            return
        objects = self.end.objects("task")
        if not objects or "title" not in written_by(objects[0]):
            self.left[_NO_TASKS, ""] += len(tasks)
            return
        compiled, written = objects[0], written_by(objects[0])
        owners = self._owners(tasks)
        here = self._here(tasks, owners)
        has_key = compiled.object in self._key_fields()
        alike = alike_tasks(self.tx, self.end, self.config, self.calendar, tasks)
        for task in tasks:
            owner = owners.get(task.record_id) if task.owner is None else task.owner
            if alike.spares(task):
                self.left[_ALIKE, ""] += 1
            elif task.kind not in written:
                self.left[_NO_LINK, task.kind] += 1
            elif owner is not None and ("user", owner) not in here:
                self.left[_NOBODY, ""] += 1
            else:
                values = self._values(task, owner, has_key=has_key)
                values |= {name: one for name, one in links_of(task, compiled).items() if (name, one) in here}
                told = {name: value for name, value in values.items() if name in written and value is not None}
                yield Make("task", task.key, told, task.why, is_asked_again=True)

    def notes(self) -> list[Note]:
        """What is left, and why."""
        return [
            Note("TASKS_LEFT", text, {"count": count, "connection": self.end.connection, "what": what})
            for (text, what), count in sorted(self.left.items())
        ]

    def _values(self, task: TaskWanted, owner: str | None, *, has_key: bool) -> dict[str, Value]:
        due_at = task.due_at or local_instant(datetime.combine(task.due, self.config.due_at), self.end.zone)
        content = task.content if has_key else "\n".join(part for part in (task.content, task.key) if part)
        return {
            "title": task.title,
            "due_date": task.due.isoformat(),
            "due_at": (to_us(due_at), "exact"),
            "priority": task.priority,
            "content": content,
            "assignee": owner,
            "owner": owner,
            "external_key": task.key,
            "policy_ref": task.why,
        }

    def _owners(self, tasks: Sequence[TaskWanted]) -> dict[str, str]:
        """Who owns what the tasks are about."""
        found: dict[str, str] = {}
        for kind_name in sorted({task.kind for task in tasks}):
            found |= links.people(self.tx, kind_name, sorted({t.record_id for t in tasks if t.kind == kind_name}))
        return found

    def _here(self, tasks: Sequence[TaskWanted], owners: dict[str, str]) -> set[tuple[str, str]]:
        """The people and records among those that tasks name which this system holds, by kind."""
        wanted: dict[str, set[str]] = {"user": {*owners.values()}}
        for task in tasks:
            wanted["user"] |= {task.owner} if task.owner else set()
            for kind_name, record_id in (*task.beside.items(), (task.kind, task.record_id)):
                wanted.setdefault(kind_name, set()).add(record_id)
        return {
            (kind_name, record_id)
            for kind_name, ids in wanted.items()
            for record_id in links.places(self.tx, kind_name, sorted(ids), self.end.connection_id)
        }

    def _key_fields(self) -> frozenset[str]:
        body = catalogs.latest(self.tx, self.end.connection_id)
        return frozenset() if body is None else frozenset(Catalog.model_validate_json(body).external_key_fields())


def links_of(task: TaskWanted | ActivityWanted, compiled: CompiledObject) -> dict[str, str]:
    """What it is about, as far as there is room: its own record first."""
    wanted = {task.kind: task.record_id, **{name: one for name, one in task.beside.items() if name != task.kind}}
    for names in one_place(compiled):
        said = [name for name in (task.kind, *LINKS) if name in names and name in wanted]
        for name in said[1:]:
            if name != said[0]:
                wanted.pop(name, None)
    return wanted
