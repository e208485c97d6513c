"""Issues one by one and in bulk: create, read, edit, assign, delete, archive (dossier A2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge_sim.jira import changing, rendering, values
from crmbridge_sim.jira.commenting import add_comment, checked_comments
from crmbridge_sim.jira.context import Ctx, part_of
from crmbridge_sim.jira.errors import Refusal, bad_fields, bad_request
from crmbridge_sim.jira.model import Issue, Project, Transition
from crmbridge_sim.jira.properties import checked_properties
from crmbridge_sim.jira.transitions import available, checked_transition, moved
from crmbridge_sim.wire import Response

MOST_BULK, MOST_FETCHED, MOST_ARCHIVED, MOST_PROPERTIES = 50, 100, 1000, 5
NOTHING = Response(204)


def create(ctx: Ctx) -> Response:
    """``POST /issue``: 201 with id, key and self."""
    _ = ctx.me
    return Response.of_json(_created(ctx, ctx.sent), status=201)


def create_bulk(ctx: Ctx) -> Response:
    """``POST /issue/bulk``: 201 if any worked, else 400; search takes longer to see them (dossier A2, A3)."""
    _ = ctx.me
    asked = ctx.listed("issueUpdates")
    if not asked or len(asked) > MOST_BULK:
        raise bad_request(f"The number of issues must be between 1 and {MOST_BULK}.")
    ctx.lag_switch = "bulk_lag_s"
    made, failed = [], []
    for number, one in enumerate(asked):
        try:
            if not isinstance(one, dict):
                raise bad_request("Invalid request payload.")
            made.append(_created(ctx, one))
        except Refusal as refused:
            failed.append({"status": refused.status, "elementErrors": refused.body(), "failedElementNumber": number})
    return Response.of_json({"issues": made, "errors": failed}, status=201 if made else 400)


def _created(ctx: Ctx, sent: Mapping[str, Any]) -> dict[str, str]:
    fields = sent.get("fields")
    if not isinstance(fields, dict):
        raise bad_request("Field 'fields' is required.")
    project, type_id = _place(ctx, fields)
    rest = {name: value for name, value in fields.items() if name not in {"project", "issuetype"}}
    update = part_of(sent, "update")
    taken = values.checked(ctx, project.screens[type_id], rest, update)
    subtask = next(kind for kind in project.types if kind.id == type_id).subtask
    missing = {name: f"{name} is required." for name in project.required if taken.get(name) is None}
    if "summary" not in taken:
        missing["summary"] = "You must specify a summary of the issue."
    if subtask and not taken.get("parent"):
        missing["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
    if missing:
        raise bad_fields(missing)
    properties = checked_properties(sent.get("properties") or [])
    comments = checked_comments(ctx, update)
    way = _first_way(ctx, project, type_id, sent)
    issue = changing.create(ctx.sim, project, type_id, taken, ctx.me, seen_at=ctx.seen_at)
    issue.properties.update(properties)
    for body in comments:
        add_comment(ctx, issue, body, {})
    if way is not None:
        moved(ctx, issue, *way)
    ctx.sim.store.keep(issue, seen_at=ctx.seen_at)
    return {"id": str(issue.id), "key": issue.key, "self": ctx.url(f"issue/{issue.id}")}


def _first_way(
    ctx: Ctx, project: Project, type_id: str, sent: Mapping[str, Any]
) -> tuple[Transition, dict[str, Any]] | None:
    """The transition asked for with the create, checked before anything is made."""
    if not isinstance(sent.get("transition"), dict):
        return None
    begun = Issue(0, "", project.key, type_id, {"status": project.first_status}, ctx.now, ctx.now, ctx.me.account_id)
    return checked_transition(ctx, begun, {"transition": sent["transition"]})


def _place(ctx: Ctx, fields: Mapping[str, Any]) -> tuple[Any, str]:
    named = fields.get("project")
    name = (named.get("key") or named.get("id")) if isinstance(named, dict) else None
    try:
        project = ctx.project(str(name))
    except Refusal:
        raise bad_fields({"project": "Specify a valid project ID or key"}) from None
    kind = fields.get("issuetype")
    for one in project.types:
        if isinstance(kind, dict) and (kind.get("id") == one.id or ("id" not in kind and kind.get("name") == one.name)):
            return project, one.id
    raise bad_fields({"issuetype": "Specify a valid issue type"})


def get(ctx: Ctx) -> Response:
    """``GET /issue/{id}``: read-your-write, all fields by default; a moved issue tells its new key (dossier A2, A3)."""
    issue = ctx.issue()
    asked = ctx.names("fields") or rendering.ALL
    expand = ctx.request.params.get("expand", "")
    told = rendering.issue(ctx, issue, asked, properties=ctx.names("properties") or (), expand=expand)
    if "transitions" in expand:
        told["transitions"] = [rendering.transition(ctx, one) for one in available(ctx, issue)]
    return Response.of_json(told)


def edit(ctx: Ctx) -> Response:
    """``PUT /issue/{id}``: 204; a status among the fields is refused like any field that is on no screen."""
    issue = ctx.issue(writing=True)
    fields, update = ctx.part("fields"), ctx.part("update")
    project = ctx.sim.projects[issue.project]
    taken = values.checked(ctx, project.screens[issue.type_id] - {"project"}, fields, update, issue)
    comments = checked_comments(ctx, update)
    properties = checked_properties(ctx.listed("properties"))
    kind = taken.pop("issuetype", None)
    if kind is not None and kind not in {issue.type_id, ctx.sim.type_of(issue).name}:
        raise bad_fields({"issuetype": "The issue type selected is invalid."})
    changing.change(ctx.sim, issue, taken, ctx.me, seen_at=ctx.seen_at)
    for body in comments:
        add_comment(ctx, issue, body, {})
    issue.properties.update(properties)
    ctx.sim.store.keep(issue, seen_at=ctx.seen_at)
    return Response.of_json(rendering.issue(ctx, issue)) if ctx.flag("returnIssue") else NOTHING


def assign(ctx: Ctx) -> Response:
    """``PUT /issue/{id}/assignee``: null unassigns, ``-1`` is the project's default (dossier A2)."""
    issue = ctx.issue(writing=True)
    key = "accountId" if ctx.sim.cloud else "name"
    name = ctx.sent.get(key)
    lead = ctx.sim.projects[issue.project].lead
    who = lead if name == values.AUTOMATIC else values.assignee(ctx, name)
    changing.change(ctx.sim, issue, {"assignee": who}, ctx.me, seen_at=ctx.seen_at, told="issue_assigned")
    return NOTHING


def delete(ctx: Ctx) -> Response:
    """``DELETE /issue/{id}``: permanent; 400 if it has subtasks that are not to go with it (dossier A2)."""
    issue = ctx.issue(writing=True)
    if ctx.sim.store.subtasks(issue) and not ctx.flag("deleteSubtasks"):
        told = "You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks."
        raise bad_request(f"The issue '{issue.key}' has subtasks. {told}")
    changing.delete(ctx.sim, issue, ctx.me, seen_at=ctx.seen_at)
    return NOTHING


def fetch(ctx: Ctx) -> Response:
    """``POST /issue/bulkfetch``: ascending ids; unknown and invisible ones are silently absent (dossier A2)."""
    asked = ctx.listed("issueIdsOrKeys")
    if not asked or len(asked) > MOST_FETCHED:
        raise bad_request(f"The number of issue IDs or keys must be between 1 and {MOST_FETCHED}.")
    properties = ctx.texts("properties")
    if len(properties) > MOST_PROPERTIES:
        raise bad_request(f"At most {MOST_PROPERTIES} properties can be asked for.")
    found: dict[int, Issue] = {}
    for name in asked:
        one = ctx.sim.store.find(str(name))
        gone = one is None or (one.archived and ctx.sim.switches.text("archived_get") == "404")
        if one is not None and not gone and ctx.may_see(one):
            found[one.id] = one
    ctx.objects_read += len(found)
    fields = ctx.texts("fields") or ["*navigable"]
    expand = ",".join(ctx.texts("expand"))
    told = [rendering.issue(ctx, found[key], fields, properties=properties, expand=expand) for key in sorted(found)]
    return Response.of_json({"issues": told, "issueErrors": []})


def archive(ctx: Ctx) -> Response:
    """``PUT /issue/archive``: administrators of a paid plan; gone from search, read-only by link (dossier A2, C)."""
    return _archived(ctx, on=True)


def unarchive(ctx: Ctx) -> Response:
    """``PUT /issue/unarchive``."""
    return _archived(ctx, on=False)


def _archived(ctx: Ctx, *, on: bool) -> Response:
    if not ctx.me.admin or not ctx.sim.switches.flag("premium"):
        raise Refusal(403, "You are not authorized to perform this action. Administrator privileges are required.")
    asked = ctx.listed("issueIdsOrKeys")
    if not asked or len(asked) > MOST_ARCHIVED:
        raise bad_request(f"The number of issues must be between 1 and {MOST_ARCHIVED}.")
    done, unknown = 0, []
    for name in asked:
        issue = ctx.sim.store.find(str(name))
        if issue is None or not ctx.may_see(issue):
            unknown.append(str(name))
        elif issue.archived != on:
            issue.archived = on
            ctx.sim.store.keep(issue, seen_at=ctx.seen_at)
            done += 1
    told: dict[str, Any] = {"numberOfIssuesUpdated": done, "errors": {}}
    if unknown:
        said = {"count": len(unknown), "issueIdsOrKeys": unknown, "message": "Issues not found"}
        told["errors"] = {"issuesNotFound": said}
    return Response.of_json(told)


CLOUD_ONLY = ("POST /issue/bulkfetch", "PUT /issue/archive", "PUT /issue/unarchive")
ROUTES = {
    "POST /issue": create,
    "POST /issue/bulk": create_bulk,
    "POST /issue/bulkfetch": fetch,
    "PUT /issue/archive": archive,
    "PUT /issue/unarchive": unarchive,
    "GET /issue/{issue}": get,
    "PUT /issue/{issue}": edit,
    "DELETE /issue/{issue}": delete,
    "PUT /issue/{issue}/assignee": assign,
}
