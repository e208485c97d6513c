"""Tasks of a system's own, made by people or its workflows, that say what a task of ours would: then ours is spared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from crmbridge.ledger import made
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.calendar import Calendar
from crmbridge.model.instants import business_date, from_us, start_of_day
from crmbridge.model.names import name_key
from crmbridge.services.follow_up_document import FollowUpConfig
from crmbridge.services.wants import TaskWanted
from crmbridge.sync.twoway.pairs import End

_Said = tuple[str, str, str]
"""Kind and id of the record that a task is about, and its folded title."""


@dataclass(slots=True)
class Alike:
    """What the tasks of others say: `open` ones, and the days of those that are `done`."""

    calendar: Calendar
    days: int
    open: set[_Said] = field(default_factory=set)
    done: dict[_Said, set[date]] = field(default_factory=dict)

    def spares(self, task: TaskWanted) -> bool:
        """Whether an open task says the same, or one that is done and belongs to about the same day."""
        said = (task.kind, task.record_id, name_key(task.title))
        if said in self.open:
            return True
        first, last = _window(self.calendar, task.due, self.days)
        return any(first <= day <= last for day in self.done.get(said, ()))


def alike_tasks(
    tx: LedgerTx, end: End, config: FollowUpConfig, calendar: Calendar, tasks: Sequence[TaskWanted]
) -> Alike:
    """What the tasks of a system that others made say of the records that ours are about."""
    found = Alike(calendar, config.spares_alike_days)
    if not config.spares_alike or not tasks:
        return found
    first, _ = _window(calendar, min(task.due for task in tasks), config.spares_alike_days)
    kinds = sorted({task.kind for task in tasks})
    # A day more, for days that are told without a zone.
    for one in made.standing(tx, end.connection_id, done_from=start_of_day(first - timedelta(days=1), end.zone)):
        for kind_name in kinds:
            if (about := one.about(kind_name)) is not None:
                said = (kind_name, about, name_key(one.title))
                if one.is_done:
                    found.done.setdefault(said, set()).update(_days(one, end.zone))
                else:
                    found.open.add(said)
    return found


def _window(calendar: Calendar, due: date, days: int) -> tuple[date, date]:
    return calendar.add_business_days(due, -days), calendar.add_business_days(due, days)


def _days(one: made.Standing, zone: ZoneInfo) -> Iterator[date]:
    """The days to which a task belongs: when it was due, when it was completed."""
    if one.due_date is not None:
        yield date.fromisoformat(one.due_date)
    yield from (business_date(from_us(us), zone) for us in (one.due_us, one.completed_us) if us is not None)
