"""The one way to another status: transitions, per project and status, some with a screen (dossier A4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge_sim.jira import changing, rendering, site, values
from crmbridge_sim.jira.commenting import add_comment, checked_comments
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import bad_fields, bad_request
from crmbridge_sim.jira.model import Issue, Transition
from crmbridge_sim.wire import Response


def available(ctx: Ctx, issue: Issue) -> list[Transition]:
    """The ways out of the present status; without the right there are none (dossier A4)."""
    if "TRANSITION_ISSUES" in ctx.sim.lacking:
        return []
    return ctx.sim.projects[issue.project].workflow[issue.values["status"]]


def listing(ctx: Ctx) -> Response:
    """``GET /issue/{id}/transitions``."""
    issue, params = ctx.issue(), ctx.request.params
    wanted = params.get("transitionId", "")
    fields = "transitions.fields" in params.get("expand", "")
    rows = [one for one in available(ctx, issue) if not wanted or one.id == wanted]
    told = [rendering.transition(ctx, one, fields=fields) for one in rows]
    return Response.of_json({"expand": "transitions", "transitions": told})


def make(ctx: Ctx) -> Response:
    """``POST /issue/{id}/transitions``: 204."""
    issue = ctx.issue(writing=True)
    way, taken = checked_transition(ctx, issue, ctx.sent)
    comments = checked_comments(ctx, ctx.part("update"))
    moved(ctx, issue, way, taken)
    for body in comments:
        add_comment(ctx, issue, body, {})
    return Response(204)


def checked_transition(ctx: Ctx, issue: Issue, sent: Mapping[str, Any]) -> tuple[Transition, dict[str, Any]]:
    """The way asked for and the fields of its screen."""
    asked = sent.get("transition")
    name = str(asked.get("id")) if isinstance(asked, dict) else ""
    way = next((one for one in available(ctx, issue) if one.id == name), None)
    if way is None:
        raise bad_request(f"Transition id '{name}' is not valid for this issue.")
    fields = sent.get("fields") or {}
    taken = values.checked(ctx, set(way.screen), fields, {}, issue) if isinstance(fields, dict) and fields else {}
    missing = {one: f"{site.FIELDS[one].name} is required." for one in way.screen if taken.get(one) is None}
    if missing:
        raise bad_fields(missing)
    return way, taken


def moved(ctx: Ctx, issue: Issue, way: Transition, taken: Mapping[str, Any]) -> None:
    """Goes the way: status, resolution and the screen's fields in one entry of the changelog."""
    changes = {"status": way.target, **consequences(issue, way.target, way.resolution, ctx.now), **taken}
    changing.change(ctx.sim, issue, changes, ctx.me, seen_at=ctx.seen_at)


def consequences(issue: Issue, status: str, resolution: str, now: int) -> dict[str, Any]:
    """A done status has a resolution and its instant; leaving it takes both away."""
    if site.STATUSES[status].category != "done":
        return {"resolution": None, "resolutiondate": None}
    return {"resolution": resolution or issue.values.get("resolution") or "10000", "resolutiondate": now}


ROUTES = {"GET /issue/{issue}/transitions": listing, "POST /issue/{issue}/transitions": make}
