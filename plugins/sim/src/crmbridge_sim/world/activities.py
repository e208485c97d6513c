"""Tasks, meetings, calls and notes around deals."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from crmbridge_sim.world import names
from crmbridge_sim.world.model import Call, Meeting, Note, Task

if TYPE_CHECKING:
    from crmbridge_sim.world.world import World

DAY_S = 86_400
HOUR_S = 3_600


def tasks(world: World) -> Iterator[Task]:
    """Tasks; most past ones are done, some are overdue, some lie ahead."""
    roll = Random(f"{world.seed} tasks").random  # noqa: S311  # a world, no secret
    for number in range(world.task_count):
        deal = world.pick(40, number, world.deal_count)
        created = min(world.created_of(deal) + int(roll() * 60 * DAY_S), world.end - HOUR_S)
        due = created + int((1 + roll() * 20) * DAY_S)
        done = created + int(roll() * 15 * DAY_S)
        is_done = roll() < 0.7 and done < world.end  # noqa: PLR2004
        subject = f"{names.TASKS[int(roll() * len(names.TASKS))]} {number}"
        priority = ("normal", "high", "low")[int(roll() * 3)]
        yield Task(
            f"task-{number:06d}",
            subject,
            deal,
            world.owner_of(world.account_of(deal)),
            priority,
            due,
            done if is_done else None,
            created,
        )


def meetings(world: World) -> Iterator[Meeting]:
    """Meetings of half an hour to two hours."""
    roll = Random(f"{world.seed} meetings").random  # noqa: S311  # a world, no secret
    for number in range(world.meeting_count):
        deal = world.pick(41, number, world.deal_count)
        created = min(world.created_of(deal) + int(roll() * 50 * DAY_S), world.end - HOUR_S)
        start = (created + int((1 + roll() * 14) * DAY_S)) // HOUR_S * HOUR_S
        title = f"{names.MEETINGS[int(roll() * len(names.MEETINGS))]} {number}"
        place = "online" if roll() < 0.5 else "customer"  # noqa: PLR2004
        end = start + (1 + int(roll() * 4)) * 1_800
        yield Meeting(
            f"meeting-{number:06d}", title, deal, world.owner_of(world.account_of(deal)), start, end, place, created
        )


def calls(world: World) -> Iterator[Call]:
    """Calls that were made or came in."""
    roll = Random(f"{world.seed} calls").random  # noqa: S311  # a world, no secret
    results = ("interested", "not interested", "no answer", "more info", "call back")
    for number in range(world.call_count):
        deal = world.pick(42, number, world.deal_count)
        start = min(world.created_of(deal) + int(roll() * 50 * DAY_S), world.end - HOUR_S)
        seconds = int(20 + roll() ** 2 * 1_800)
        inbound = roll() < 0.3  # noqa: PLR2004
        subject = f"{'Incoming' if inbound else 'Outgoing'} call {number}"
        result = results[int(roll() * len(results))]
        yield Call(
            f"call-{number:06d}", subject, deal, world.owner_of(world.account_of(deal)), inbound, start, seconds, result
        )


def notes(world: World) -> Iterator[Note]:
    """Remarks on deals."""
    roll = Random(f"{world.seed} notes").random  # noqa: S311  # a world, no secret
    for number in range(world.note_count):
        deal = world.pick(43, number, world.deal_count)
        created = min(world.created_of(deal) + int(roll() * 50 * DAY_S), world.end - HOUR_S)
        text = names.NOTES[int(roll() * len(names.NOTES))]
        yield Note(f"Note {number}", text, deal, world.owner_of(world.account_of(deal)), created)
