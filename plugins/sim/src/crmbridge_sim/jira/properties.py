"""Properties of issues: JSON that every reader of the issue sees (dossier A2)."""

from __future__ import annotations

import json
from typing import Any

from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import bad_request, not_found
from crmbridge_sim.wire import Response

LONGEST_VALUE, LONGEST_KEY = 32_768, 255


def checked_properties(sent: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    """``[{key,value}]`` as a mapping."""
    if not isinstance(sent, list):
        raise bad_request("'properties' is not a list.")
    found = {}
    for one in sent:
        if not isinstance(one, dict) or not isinstance(one.get("key"), str) or "value" not in one:
            raise bad_request("A property has a key and a value.")
        if not 0 < len(one["key"]) <= LONGEST_KEY:
            raise bad_request(f"The property key cannot be longer than {LONGEST_KEY} characters.")
        if len(json.dumps(one["value"], ensure_ascii=False, separators=(",", ":"))) > LONGEST_VALUE:
            raise bad_request(f"The property value cannot be longer than {LONGEST_VALUE} characters.")
        found[one["key"]] = one["value"]
    return found


def keys(ctx: Ctx) -> Response:
    """The keys an issue has."""
    issue = ctx.issue()
    path = f"issue/{issue.id}/properties/"
    return Response.of_json({"keys": [{"self": ctx.url(path + key), "key": key} for key in issue.properties]})


def get(ctx: Ctx) -> Response:
    """One property; unlike search it is read-your-write."""
    issue, key = ctx.issue(), ctx.args["key"]
    if key not in issue.properties:
        raise not_found(f"The property '{key}'")
    return Response.of_json({"key": key, "value": issue.properties[key]})


def put(ctx: Ctx) -> Response:
    """Replaces the value: 201 when it is new, 200 when it was there."""
    issue, key = ctx.issue(writing=True), ctx.args["key"]
    if not ctx.request.body.strip():
        raise bad_request("The property value is empty.")
    new = key not in issue.properties
    issue.properties.update(checked_properties([{"key": key, "value": ctx.body}]))
    _touched(ctx, issue)
    return Response.of_json({}, status=201 if new else 200)


def delete(ctx: Ctx) -> Response:
    """204."""
    issue, key = ctx.issue(writing=True), ctx.args["key"]
    if key not in issue.properties:
        raise not_found(f"The property '{key}'")
    del issue.properties[key]
    _touched(ctx, issue)
    return Response(204)


def _touched(ctx: Ctx, issue: Any) -> None:  # noqa: ANN401  # Issue
    if ctx.sim.switches.flag("property_moves_updated"):
        issue.updated = ctx.now
    ctx.sim.store.keep(issue, seen_at=ctx.seen_at)


ROUTES = {
    "GET /issue/{issue}/properties": keys,
    "GET /issue/{issue}/properties/{key}": get,
    "PUT /issue/{issue}/properties/{key}": put,
    "DELETE /issue/{issue}/properties/{key}": delete,
}
