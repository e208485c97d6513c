"""The people of the world as members, two boards of teams, and the world's tasks as cards."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from crmbridge_sim.trello import changing, rendering
from crmbridge_sim.trello.model import Board, Member
from crmbridge_sim.world import World

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

BOARDS = ("Sales", "Operations")
LISTS = ("Inbox", "This week", "Waiting", "Done")
LABELS = (("urgent", "red"), ("", "green"))
SIZES = ("small", "large")
ELSEWHERE = 10  # every tenth task is of the other team


def fixed_id(seed: int, key: str) -> str:
    """24 hex digits whose first 8 are a time long ago."""
    return "5f0c0c0c" + hashlib.sha256(f"{seed}|{key}".encode()).hexdigest()[:16]


def members(seed: int, world: World) -> dict[str, Member]:
    """The service member who calls, and the colleagues of the world."""
    made = [Member(fixed_id(seed, "service"), "crmsync", "CRM Sync", "crm-sync@example.com")]
    for one in world.colleagues:
        name = f"{one.first_name} {one.last_name}"
        user = one.email.partition("@")[0].replace(".", "").lower()
        made.append(Member(fixed_id(seed, one.key), user, name, one.email))
    return {one.id: one for one in made}


def boards(sim: TrelloSimulator) -> None:
    """Two boards with the same lists; everybody is on both."""
    for name in BOARDS:
        made = Board(sim.new_id(), name, sim.new_short(), list(sim.members))
        made.labels = {sim.new_id(): label for label in LABELS}
        made.custom_fields = {sim.new_id(): ("CRM reference", "text"), sim.new_id(): ("Effort", "number")}
        size = sim.new_id()
        made.custom_fields[size] = ("Size", "list")
        made.options[size] = {sim.new_id(): text for text in SIZES}
        sim.boards[made.id] = made
        for place in LISTS:
            sim.add_list(made.id, place, top=False)


def tasks(sim: TrelloSimulator, world: World) -> None:
    """The world's tasks, oldest first; those that are done stand in the last list."""
    both = list(sim.boards)
    lists = {key: [one.id for one in sim.lists.values() if one.board == key] for key in both}
    people = list(sim.members)[1:]
    for number, task in enumerate(sorted(world.tasks(), key=lambda one: (one.created, one.key))):
        board = both[number % ELSEWHERE == ELSEWHERE - 1]
        done = task.done is not None
        values = {
            "place": lists[board][-1 if done else 0],
            "name": task.subject,
            "desc": f"Task {task.key}",
            "due": rendering.instant(task.due * 1000),
            "due_complete": done,
            "members": [people[task.owner]],
        }
        changing.make(sim, values, people[task.owner])
