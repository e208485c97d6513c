"""The site itself: who I am, people, projects, fields, statuses, what a create screen takes (dossier A2, A8)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.jira import rendering, site
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import Refusal, not_found
from crmbridge_sim.jira.model import Project, User
from crmbridge_sim.wire import Response

MOST_USERS = 1000


def myself(ctx: Ctx) -> Response:
    """The caller; a dead Basic pair shows here and almost nowhere else (dossier A1)."""
    if ctx.user is None:
        raise Refusal(int(ctx.sim.switches.text("dead_myself")), "You are not authenticated.")
    groups = {"groups": {"size": 1, "items": []}, "locale": "en_US"}
    return Response.of_json({**(rendering.user(ctx, ctx.user.account_id) or {}), **groups})


def server_info(ctx: Ctx) -> Response:
    """Anonymous callers may ask; ``deploymentType`` tells Cloud from Data Center (dossier A8)."""
    cloud = ctx.sim.cloud
    version = ("1001.0.0-SNAPSHOT", [1001, 0, 0]) if cloud else ("10.3.2", [10, 3, 2])
    told = {"baseUrl": ctx.base, "version": version[0], "versionNumbers": version[1], "buildNumber": 100_290}
    told |= {"deploymentType": "Cloud" if cloud else "Server", "serverTime": ctx.time(ctx.now), "serverTitle": "Jira"}
    return Response.of_json(told)


def fields(ctx: Ctx) -> Response:
    """All fields; nobody needs to sign in for the system's own."""
    return Response.of_json([rendering.field_of(one) for one in site.FIELDS.values() if ctx.user or not one.custom])


def _people(ctx: Ctx) -> list[User]:
    """Those that match; without the right to browse users nobody, and no error (dossier A2)."""
    if ctx.user is None or "USER_PICKER" in ctx.sim.lacking:
        return []
    params = ctx.request.params
    asked = params.get("query" if ctx.sim.cloud else "username", "").lower()
    account = params.get("accountId", "")
    found = []
    for one in list(ctx.sim.people.values())[:MOST_USERS]:
        words = (one.display_name, one.email, *(() if ctx.sim.cloud else (one.name,)))
        begins = any(part.startswith(asked) for word in words for part in (word.lower(), *word.lower().split()))
        if one.active and (begins or asked == ".") and (not account or one.account_id == account):
            found.append(one)
    return found


def users(ctx: Ctx) -> Response:
    """``GET /user/search``: of the first 1000 users alone."""
    return _users(ctx, _people(ctx))


def assignable(ctx: Ctx) -> Response:
    """``GET /user/assignable/search``: those who may have issues of a project; its pages are short (dossier A2)."""
    key = ctx.request.params.get("project", "")
    if ctx.user is not None and key:
        ctx.project(key)
    return _users(ctx, [one for one in _people(ctx) if one.account_id not in ctx.sim.not_assignable], cut=1)


def _users(ctx: Ctx, found: list[User], *, cut: int = 0) -> Response:
    start, size = ctx.number("startAt", 0), ctx.number("maxResults", 50, MOST_USERS)
    short = cut if len(found) > start + size > start + 1 else 0
    rows = found[start : start + size][: size - short]
    ctx.objects_read += 2 * len(rows)  # a user costs two points (dossier A6)
    return Response.of_json([rendering.person(ctx, one) for one in rows])


def user(ctx: Ctx) -> Response:
    """One user."""
    _ = ctx.me
    params = ctx.request.params
    one = ctx.sim.person(params.get("accountId" if ctx.sim.cloud else "username", ""))
    if one is None:
        raise not_found("Specified user")
    return Response.of_json(rendering.user(ctx, one.account_id))


def _projects(ctx: Ctx) -> list[Project]:
    return [one for one in ctx.sim.projects.values() if ctx.user is not None and one.key not in ctx.sim.hidden]


def project_search(ctx: Ctx) -> Response:
    """``GET /project/search``: paged; an anonymous caller gets 200 and none (dossier A1)."""
    wanted = ctx.request.params.get("query", "").lower()
    keys = ctx.names("keys")
    rows = [
        rendering.project(ctx, one)
        for one in _projects(ctx)
        if wanted in one.key.lower() + " " + one.name.lower() and (keys is None or one.key in keys)
    ]
    return Response.of_json(ctx.page(rows, "values"))


def projects(ctx: Ctx) -> Response:
    """``GET /project``: all of them."""
    return Response.of_json([rendering.project(ctx, one) for one in _projects(ctx)])


def project(ctx: Ctx) -> Response:
    """One project with its types."""
    one = ctx.project(ctx.args["project"])
    types = [rendering.issue_type(ctx, kind) for kind in one.types]
    return Response.of_json({**rendering.project(ctx, one), "issueTypes": types, "lead": rendering.user(ctx, one.lead)})


def project_statuses(ctx: Ctx) -> Response:
    """``GET /project/{k}/statuses``: the statuses of each type."""
    one = ctx.project(ctx.args["project"])
    statuses = [rendering.status(ctx, name) for name in one.workflow]
    return Response.of_json([{**rendering.issue_type(ctx, kind), "statuses": statuses} for kind in one.types])


def status_search(ctx: Ctx) -> Response:
    """``GET /statuses/search``: other words for categories, TODO, IN_PROGRESS, DONE (dossier A2: OBS JJS)."""
    _ = ctx.me
    words = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
    rows = [{"id": one.id, "name": one.name, "statusCategory": words[one.category]} for one in site.STATUSES.values()]
    return Response.of_json(ctx.page(rows, "values", default=200))


def statuses(ctx: Ctx) -> Response:
    """``GET /status``: all of the site."""
    _ = ctx.me
    return Response.of_json([rendering.status(ctx, name) for name in site.STATUSES])


def named(kind: str, rows: dict[str, str]) -> Any:  # noqa: ANN401  # a handler
    """A handler that lists ids and names."""

    def listing(ctx: Ctx) -> Response:
        told = [{"self": ctx.url(f"{kind}/{key}"), "id": key, "name": name} for key, name in rows.items()]
        return Response.of_json(told)

    return listing


def create_types(ctx: Ctx) -> Response:
    """``GET /issue/createmeta/{project}/issuetypes``; Data Center has them under ``values`` (dossier A8)."""
    one = ctx.project(ctx.args["project"])
    return _meta_page(ctx, [rendering.issue_type(ctx, kind) for kind in one.types], "issueTypes")


def create_fields(ctx: Ctx) -> Response:
    """``GET /issue/createmeta/{project}/issuetypes/{type}``: the fields of the create screen."""
    one = ctx.project(ctx.args["project"])
    screen = one.screens.get(ctx.args["type"])
    if screen is None:
        raise not_found("The issue type")
    required = {"summary", "project", "issuetype", *one.required}
    names = [name for name in site.FIELDS if name in screen and name not in ctx.sim.off_screen]
    types = [kind for kind in one.types if kind.id == ctx.args["type"]]
    rows = [rendering.meta(ctx, site.FIELDS[name], required=name in required, types=types) for name in names]
    return _meta_page(ctx, rows, "fields")


def _meta_page(ctx: Ctx, rows: list[Any], name: str) -> Response:
    page = ctx.page(rows, name if ctx.sim.cloud else "values")
    if ctx.sim.cloud:
        page.pop("isLast")
    return Response.of_json(page)


CLOUD_ONLY = ("GET /project/search", "GET /statuses/search")
ROUTES = {
    "GET /myself": myself,
    "GET /serverInfo": server_info,
    "GET /field": fields,
    "GET /user/search": users,
    "GET /user/assignable/search": assignable,
    "GET /user": user,
    "GET /project/search": project_search,
    "GET /project": projects,
    "GET /project/{project}": project,
    "GET /project/{project}/statuses": project_statuses,
    "GET /statuses/search": status_search,
    "GET /status": statuses,
    "GET /priority": named("priority", site.PRIORITIES),
    "GET /resolution": named("resolution", site.RESOLUTIONS),
    "GET /issue/createmeta/{project}/issuetypes": create_types,
    "GET /issue/createmeta/{project}/issuetypes/{type}": create_fields,
}
