"""The people of the world, and its tasks as issues under the same keys (property ``world``)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crmbridge_sim.jira import adf, changing
from crmbridge_sim.jira.model import History, User
from crmbridge_sim.world import World

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator

ZONES = ("Europe/Stockholm", "Asia/Shanghai", "America/New_York")
PRIORITY = {"high": "2", "normal": "3", "low": "4"}
DONE = {"SALE": "10004", "OPS": "10022"}
ELSEWHERE = 10  # every tenth task is of the other team


def account_id(seed: int, key: str) -> str:
    """24 hex digits."""
    return hashlib.sha256(f"{seed}|{key}".encode()).hexdigest()[:24]


def people(seed: int, zone: str, world: World) -> dict[str, User]:
    """The service account that calls, an administrator, and the colleagues of the world."""
    home = ZoneInfo(zone)
    made = [
        User(account_id(seed, "service"), "crm-sync", "CRM Sync", "crm-sync@example.com", home),
        User(account_id(seed, "admin"), "admin", "Site Admin", "admin@example.com", home, admin=True),
    ]
    for number, one in enumerate(world.colleagues):
        name = f"{one.first_name} {one.last_name}"
        own = ZoneInfo(ZONES[number % len(ZONES)])
        made.append(User(account_id(seed, one.key), one.key, name, one.email, own, active=not one.left))
    return {one.account_id: one for one in made}


def tasks(sim: JiraSimulator, world: World) -> None:
    """The world's tasks, oldest first, as the colleagues made them."""
    colleagues = [account_id(sim.seed, one.key) for one in world.colleagues]
    for number, task in enumerate(sorted(world.tasks(), key=lambda one: (one.created, one.key))):
        key = "OPS" if number % ELSEWHERE == ELSEWHERE - 1 else "SALE"
        project = sim.projects[key]
        text = f"Task {task.key}"
        values = {
            "summary": task.subject,
            "description": adf.document(text) if sim.cloud else text,
            "duedate": datetime.fromtimestamp(task.due, UTC).strftime("%Y-%m-%d"),
            "assignee": colleagues[task.owner],
            "priority": PRIORITY[task.priority],
        }
        by, at = sim.people[colleagues[task.owner]], task.created * 1000
        issue = changing.create(sim, project, project.types[0].id, values, by, seen_at=0, at=at)
        issue.properties["world"] = {"key": task.key}
        if task.done is not None:
            item = changing.item(sim, "status", issue.values["status"], DONE[key])
            issue.values |= {"status": DONE[key], "resolution": "10000", "resolutiondate": task.done * 1000}
            issue.updated = task.done * 1000
            issue.history.append(History(sim.store.new_id(), by.account_id, issue.updated, (item,)))
        sim.store.keep(issue, seen_at=0)
