"""The whole truth of a site as plain JSON, archived issues among it; what callers may see does not matter here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_sim.jira import adf, site
from crmbridge_sim.jira.model import Issue

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator


def dump(sim: JiraSimulator) -> dict[str, Any]:
    """Issues, links, what was deleted, people and projects."""
    return {
        "issues": [row(one) for one in sim.store],
        "deleted": list(sim.store.deleted),
        "links": [
            {"id": one.id, "type": one.type, "inward": one.inward, "outward": one.outward}
            for one in sim.store.links.values()
        ],
        "people": [
            {"account_id": one.account_id, "name": one.name, "display_name": one.display_name, "active": one.active}
            for one in sim.people.values()
        ],
        "projects": sorted(sim.projects),
    }


def row(one: Issue) -> dict[str, Any]:
    """An issue with its inner values; texts are plain."""
    values = {name: adf.text_of(value) if isinstance(value, dict) else value for name, value in one.values.items()}
    comments = [{"id": each.id, "author": each.author, "text": adf.text_of(each.body)} for each in one.comments]
    links = [{"id": each.id, "global_id": each.global_id, **each.content} for each in one.remote_links]
    return {
        "id": one.id, "key": one.key, "project": one.project, "type": one.type_id, "archived": one.archived,
        "created": one.created, "updated": one.updated, "values": values, "comments": comments, "remote_links": links,
        "category": site.STATUSES[one.values["status"]].category, "properties": dict(one.properties),
    }  # fmt: skip
