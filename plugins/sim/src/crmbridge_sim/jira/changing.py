"""Changes carried out: values, changelog, ``updated``, the index, and an event for the webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmbridge_sim.jira import adf, site
from crmbridge_sim.jira.events import Happening
from crmbridge_sim.jira.model import Comment, History, Issue, Project, User

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator


def create(
    sim: JiraSimulator,
    project: Project,
    type_id: str,
    values: Mapping[str, Any],
    by: User,
    *,
    seen_at: int,
    at: int = 0,
) -> Issue:
    """A new issue in the first status of its project's workflow."""
    at = at or sim.now_ms()
    project.issue_count += 1
    first: dict[str, Any] = {
        "status": project.first_status,
        "priority": "3",
        "reporter": by.account_id,
        "labels": [],
        "assignee": None,
    }
    number, key = sim.store.new_issue_id(), f"{project.key}-{project.issue_count}"
    issue = Issue(number, key, project.key, type_id, {**first, **values}, at, at, by.account_id)
    sim.store.keep(issue, seen_at=seen_at)
    sim.events.happened(Happening("jira:issue_created", issue.frozen(), by.account_id, at, "issue_created"))
    return issue


def change(
    sim: JiraSimulator, issue: Issue, changes: Mapping[str, Any], by: User, *, seen_at: int, told: str = "issue_generic"
) -> bool:
    """New values of fields; what is the same as before is no change. Whether anything was."""
    items = []
    for name, value in changes.items():
        before = issue.values.get(name)
        if before == value:
            continue
        if name != "resolutiondate":
            items.append(item(sim, name, before, value))
        issue.values[name] = value
    if items:
        note(sim, issue, items, by, seen_at=seen_at, told=told)
    return bool(items)


def note(
    sim: JiraSimulator,
    issue: Issue,
    items: list[dict[str, Any]],
    by: User,
    *,
    seen_at: int,
    told: str = "issue_generic",
) -> None:
    """Writes the changelog, moves ``updated`` and tells the webhooks."""
    at = sim.now_ms()
    entry = History(sim.store.new_id(), by.account_id, at, tuple(items))
    issue.history.append(entry)
    issue.updated = at
    sim.store.keep(issue, seen_at=seen_at)
    sim.events.happened(Happening("jira:issue_updated", issue.frozen(), by.account_id, at, told, entry))


def delete(sim: JiraSimulator, issue: Issue, by: User, *, seen_at: int) -> None:
    """For good, its subtasks too."""
    for below in sim.store.subtasks(issue):
        delete(sim, below, by, seen_at=seen_at)
    sim.store.remove(issue, at=sim.now_ms(), seen_at=seen_at)
    sim.events.happened(Happening("jira:issue_deleted", issue.frozen(), by.account_id, sim.now_ms(), "issue_deleted"))


def commented(sim: JiraSimulator, issue: Issue, comment: Comment, by: User, word: str, *, seen_at: int) -> None:
    """A comment was created, updated or deleted; whether that moves ``updated`` is UNCERTAIN."""
    moves = sim.switches.text("comment_moves_updated")
    if moves == "all" or (moves == "add" and word == "created"):
        issue.updated = sim.now_ms()
    sim.store.keep(issue, seen_at=seen_at)
    event = Happening(f"comment_{word}", issue.frozen(), by.account_id, sim.now_ms(), "", None, comment)
    sim.events.happened(event)


def item(sim: JiraSimulator, name: str, before: Any, after: Any) -> dict[str, Any]:  # noqa: ANN401  # any value
    """One line of the changelog: ids and words, before and after (dossier A2)."""
    field = site.FIELDS[name]
    told = field.name if field.custom else name
    (start, start_word), (end, end_word) = _named(sim, name, before), _named(sim, name, after)
    kind = {"fieldtype": "custom" if field.custom else "jira", "fieldId": name}
    return {"field": told, **kind, "from": start, "fromString": start_word, "to": end, "toString": end_word}


def _named(  # noqa: PLR0911  # one line a kind
    sim: JiraSimulator,
    name: str,
    value: Any,  # noqa: ANN401  # any value
) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    match site.FIELDS[name].kind:
        case "status":
            return value, site.STATUSES[value].name
        case "user":
            return value, sim.people[value].display_name
        case "priority":
            return value, site.PRIORITIES[value]
        case "resolution":
            return value, site.RESOLUTIONS[value]
        case "option":
            return value, dict(site.FIELDS[name].options)[value]
        case "labels":
            return "", " ".join(value)
        case "date":
            return value, f"{value} 00:00:00.0"
        case "issuelink":
            above = sim.store.issues.get(value)
            return str(value), above.key if above else None
        case _:
            return None, adf.text_of(value) if isinstance(value, dict) else str(value)
