"""Comments: list, add, edit, delete, their properties (dossier A2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge_sim.jira import changing, rendering, values
from crmbridge_sim.jira.context import Ctx, part_of
from crmbridge_sim.jira.errors import bad_request, not_found
from crmbridge_sim.jira.model import Comment, Issue
from crmbridge_sim.jira.properties import checked_properties
from crmbridge_sim.wire import Response

MOST_COMMENTS = 100


def checked_comments(ctx: Ctx, update: Mapping[str, Any]) -> list[Any]:
    """The bodies of comments that come along with another write."""
    operations = update.get("comment") or []
    if not isinstance(operations, list) or not all(isinstance(one, dict) and "add" in one for one in operations):
        raise bad_request("Field 'comment' supports update 'add' alone.")
    return [values.comment_body(ctx, part_of(one, "add").get("body")) for one in operations]


def add_comment(ctx: Ctx, issue: Issue, body: Any, properties: Mapping[str, Any]) -> Comment:  # noqa: ANN401  # document
    """A new comment whose body is checked already."""
    me, at = ctx.me.account_id, ctx.now
    comment = Comment(ctx.sim.store.new_id(), me, body, at, at, me, dict(properties))
    issue.comments.append(comment)
    changing.commented(ctx.sim, issue, comment, ctx.me, "created", seen_at=ctx.seen_at)
    return comment


def listing(ctx: Ctx) -> Response:
    """``GET /issue/{id}/comment``: oldest first, or newest with ``orderBy=-created``."""
    issue, params = ctx.issue(), ctx.request.params
    rows = sorted(issue.comments, key=lambda one: (one.created, int(one.id)))
    if params.get("orderBy", "").startswith("-"):
        rows.reverse()
    page = ctx.page(rows, "comments", default=MOST_COMMENTS)
    page.pop("isLast")
    expand = params.get("expand", "")
    page["comments"] = [rendering.comment(ctx, issue, one, expand=expand) for one in page["comments"]]
    return Response.of_json(page)


def across(ctx: Ctx) -> Response:
    """``POST /comment/list``: comments of any issues by their ids (dossier A2: OBS JJS)."""
    wanted = {str(one) for one in ctx.listed("ids")}
    found = [
        rendering.comment(ctx, issue, one, expand=ctx.request.params.get("expand", ""))
        for issue in ctx.sim.store
        if ctx.may_see(issue)
        for one in issue.comments
        if one.id in wanted
    ]
    return Response.of_json(ctx.page(found, "values"))


def get(ctx: Ctx) -> Response:
    """One comment."""
    issue, comment = _found(ctx)
    return Response.of_json(rendering.comment(ctx, issue, comment, expand=ctx.request.params.get("expand", "")))


def add(ctx: Ctx) -> Response:
    """201 with the comment; properties may come along."""
    issue = ctx.issue(writing=True)
    body = values.comment_body(ctx, ctx.sent.get("body"))
    comment = add_comment(ctx, issue, body, checked_properties(ctx.listed("properties")))
    return Response.of_json(rendering.comment(ctx, issue, comment, properties=True), status=201)


def edit(ctx: Ctx) -> Response:
    """Replaces the body."""
    issue, comment = _found(ctx, writing=True)
    comment.body = values.comment_body(ctx, ctx.sent.get("body"))
    comment.updated, comment.update_author = ctx.now, ctx.me.account_id
    comment.properties.update(checked_properties(ctx.listed("properties")))
    changing.commented(ctx.sim, issue, comment, ctx.me, "updated", seen_at=ctx.seen_at)
    return Response.of_json(rendering.comment(ctx, issue, comment, properties=True))


def delete(ctx: Ctx) -> Response:
    """204."""
    issue, comment = _found(ctx, writing=True)
    issue.comments.remove(comment)
    changing.commented(ctx.sim, issue, comment, ctx.me, "deleted", seen_at=ctx.seen_at)
    return Response(204)


def _found(ctx: Ctx, *, writing: bool = False) -> tuple[Issue, Comment]:
    issue = ctx.issue(writing=writing)
    for one in issue.comments:
        if one.id == ctx.args["comment"]:
            return issue, one
    raise not_found(f"Can not find a comment for the id: {ctx.args['comment']}. It")


def property_keys(ctx: Ctx) -> Response:
    """The keys of a comment's properties."""
    comment = _anywhere(ctx)
    return Response.of_json({"keys": [{"key": key} for key in comment.properties]})


def property_get(ctx: Ctx) -> Response:
    """One property of a comment."""
    comment, key = _anywhere(ctx), ctx.args["key"]
    if key not in comment.properties:
        raise not_found(f"The property '{key}'")
    return Response.of_json({"key": key, "value": comment.properties[key]})


def property_set(ctx: Ctx) -> Response:
    """201 when it is new, 200 when it was there."""
    _ = ctx.me
    comment, key = _anywhere(ctx), ctx.args["key"]
    new = key not in comment.properties
    comment.properties |= checked_properties([{"key": key, "value": ctx.body}])
    return Response.of_json({}, status=201 if new else 200)


def _anywhere(ctx: Ctx) -> Comment:
    for issue in ctx.sim.store:
        for one in issue.comments:
            if one.id == ctx.args["comment"] and ctx.may_see(issue):
                return one
    raise not_found(f"Can not find a comment for the id: {ctx.args['comment']}. It")


CLOUD_ONLY = ("POST /comment/list",)
ROUTES = {
    "POST /comment/list": across,
    "GET /comment/{comment}/properties": property_keys,
    "GET /comment/{comment}/properties/{key}": property_get,
    "PUT /comment/{comment}/properties/{key}": property_set,
    "GET /issue/{issue}/comment": listing,
    "POST /issue/{issue}/comment": add,
    "GET /issue/{issue}/comment/{comment}": get,
    "PUT /issue/{issue}/comment/{comment}": edit,
    "DELETE /issue/{issue}/comment/{comment}": delete,
}
