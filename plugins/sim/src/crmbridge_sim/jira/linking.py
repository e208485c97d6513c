"""Links: to things elsewhere (an upsert by ``globalId``) and between issues (dossier A2)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.jira import site
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import Refusal, bad_fields, bad_request, no_issue, not_found
from crmbridge_sim.jira.model import Issue, Link, RemoteLink
from crmbridge_sim.wire import Response

LONGEST_ID = 255


def remote_listing(ctx: Ctx) -> Response:
    """All of an issue, or the one with ``globalId``."""
    issue, wanted = ctx.issue(), ctx.request.params.get("globalId", "")
    rows = [_remote(ctx, issue, one) for one in issue.remote_links if not wanted or one.global_id == wanted]
    if not wanted:
        return Response.of_json(rows)
    if not rows:
        raise not_found(f"A remote link with the global id '{wanted}'")
    return Response.of_json(rows[0])


def remote_get(ctx: Ctx) -> Response:
    """One of them."""
    issue = ctx.issue()
    return Response.of_json(_remote(ctx, issue, _found(ctx, issue)))


def remote_upsert(ctx: Ctx) -> Response:
    """201 when it is new, 200 when its ``globalId`` was there: absent fields become null. Without one: always new."""
    issue = ctx.issue(writing=True)
    content, name = _content(ctx), ctx.sent.get("globalId") or ""
    if not isinstance(name, str) or len(name) > LONGEST_ID:
        raise bad_fields({"globalId": f"The global id cannot be longer than {LONGEST_ID} characters."})
    held = next((one for one in issue.remote_links if name and one.global_id == name), None)
    if held is None:
        kept = RemoteLink(int(ctx.sim.store.new_id()), name, content)
        issue.remote_links.append(kept)
    else:
        kept = held
        kept.content = content
    told = {"id": kept.id, "self": ctx.url(f"issue/{issue.id}/remotelink/{kept.id}")}
    return Response.of_json(told, status=201 if held is None else 200)


def remote_delete(ctx: Ctx) -> Response:
    """204 by id, or all with ``globalId``; without ``Content-Type`` 415 (dossier A2: OBS JJS)."""
    if "Content-Type" not in ctx.request.headers:
        raise Refusal(415, "Unsupported Media Type")
    issue = ctx.issue(writing=True)
    if "link" in ctx.args:
        issue.remote_links.remove(_found(ctx, issue))
        return Response(204)
    name = ctx.request.params.get("globalId", "")
    left = [one for one in issue.remote_links if one.global_id != name]
    if len(left) == len(issue.remote_links):
        raise not_found(f"A remote link with the global id '{name}'")
    issue.remote_links[:] = left
    return Response(204)


def _content(ctx: Ctx) -> dict[str, Any]:
    thing = ctx.part("object")
    bad = {name: f"'{name}' is required." for name in ("title", "url") if not isinstance(thing.get(name), str)}
    if bad:
        raise bad_fields(bad)
    parts = {name: ctx.sent.get(name) for name in ("relationship", "application")}
    return {**parts, "object": {name: thing.get(name) for name in ("url", "title", "summary", "icon", "status")}}


def _found(ctx: Ctx, issue: Issue) -> RemoteLink:
    for one in issue.remote_links:
        if str(one.id) == ctx.args["link"]:
            return one
    raise not_found(f"The remote link '{ctx.args['link']}'")


def _remote(ctx: Ctx, issue: Issue, one: RemoteLink) -> dict[str, Any]:
    told = {"id": one.id, "self": ctx.url(f"issue/{issue.id}/remotelink/{one.id}"), "globalId": one.global_id or None}
    return {name: value for name, value in {**told, **one.content}.items() if value is not None}


def link(ctx: Ctx) -> Response:
    """``POST /issueLink``: 201 with nothing in it; its id is read with ``fields=issuelinks`` (dossier A2)."""
    _ = ctx.me
    kind = ctx.part("type")
    known = {number: words[0] for number, words in site.LINK_TYPES.items()}
    name = known.get(str(kind.get("id"))) or next((one for one in known.values() if one == kind.get("name")), "")
    if not name:
        raise not_found(f"No issue link type with name '{kind.get('name')}' found. It")
    ends = []
    for side in ("inwardIssue", "outwardIssue"):
        part = ctx.part(side)
        issue = ctx.sim.store.find(str(part.get("key") or part.get("id") or ""))
        if issue is None or not ctx.may_see(issue):
            raise no_issue()
        ends.append(issue.id)
    if ends[0] == ends[1]:
        raise bad_request("You cannot link an issue to itself.")
    number = ctx.sim.store.new_id()
    if not any((one.type, one.inward, one.outward) == (name, *ends) for one in ctx.sim.store.links.values()):
        ctx.sim.store.links[number] = Link(number, name, *ends)
    return Response(201)


def unlink(ctx: Ctx) -> Response:
    """204."""
    _ = ctx.me
    if ctx.sim.store.links.pop(ctx.args["link"], None) is None:
        raise not_found(f"No issue link with id '{ctx.args['link']}'. It")
    return Response(204)


def link_types(ctx: Ctx) -> Response:
    """The types there are."""
    rows = [
        {"id": number, "name": name, "inward": inward, "outward": outward, "self": ctx.url(f"issueLinkType/{number}")}
        for number, (name, inward, outward) in site.LINK_TYPES.items()
    ]
    return Response.of_json({"issueLinkTypes": rows})


ROUTES = {
    "GET /issue/{issue}/remotelink": remote_listing,
    "POST /issue/{issue}/remotelink": remote_upsert,
    "DELETE /issue/{issue}/remotelink": remote_delete,
    "GET /issue/{issue}/remotelink/{link}": remote_get,
    "DELETE /issue/{issue}/remotelink/{link}": remote_delete,
    "POST /issueLink": link,
    "DELETE /issueLink/{link}": unlink,
    "GET /issueLinkType": link_types,
}
