"""Webhooks: administrators' under ``/rest/webhooks/1.0``, and apps' own, which live 30 days (dossier A5)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.jira import times
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import Refusal, bad_request, not_found
from crmbridge_sim.jira.events import Hook
from crmbridge_sim.jira.jql.parser import Clause, Node, parse
from crmbridge_sim.wire import Response

MOST_OF_AN_APP = 5
EVENTS = (
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted",
    "comment_created", "comment_updated", "comment_deleted",
)  # fmt: skip
CLAUSES = ("issuekey", "project", "issuetype", "status", "assignee", "reporter")
OPERATORS = ("=", "!=", "in", "not in")
DAY_MS = 86_400_000


def register(ctx: Ctx) -> Response:
    """``POST /webhook``: 200 though items fail; API-token callers may not (dossier A5: OBS JJS)."""
    app = _app(ctx)
    url, asked = ctx.sent.get("url"), ctx.listed("webhooks")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise bad_request("The url is missing or invalid.")
    own = _own(ctx, app)
    if any(one.url != url for one in own):
        raise bad_request("Only a single URL per app is allowed to be registered via REST API.")
    results: list[dict[str, Any]] = []
    for one in asked:
        wrong = _wrong(one)
        if not wrong and len(_own(ctx, app)) >= MOST_OF_AN_APP:
            wrong = [f"The maximum number of webhooks has been reached: {MOST_OF_AN_APP}"]
        if wrong:
            results.append({"errors": wrong})
            continue
        hook = Hook(
            ctx.sim.next_hook(), url, tuple(one["events"]), str(one.get("jqlFilter", "")), ctx.me.account_id,
            app=app, expires=_end(ctx), fields=tuple(one.get("fieldIdsFilter") or ()),
        )  # fmt: skip
        ctx.sim.events.hooks[hook.id] = hook
        results.append({"createdWebhookId": hook.id})
    return Response.of_json({"webhookRegistrationResult": results})


def _end(ctx: Ctx) -> int:
    return ctx.now + ctx.sim.switches.number("webhook_days") * DAY_MS


def _app(ctx: Ctx) -> str:
    _ = ctx.me
    if not ctx.app:
        raise Refusal(403, "Only Connect and OAuth 2.0 apps can use this operation.")
    return ctx.app


def _own(ctx: Ctx, app: str) -> list[Hook]:
    return [one for one in ctx.sim.events.live() if one.app == app and one.owner == ctx.me.account_id]


def _wrong(asked: Any) -> list[str]:  # noqa: ANN401  # JSON
    if not isinstance(asked, dict) or not isinstance(asked.get("events"), list) or not asked["events"]:
        return ["The events are missing."]
    wrong = [f"The event {name} is unsupported" for name in asked["events"] if name not in EVENTS]
    text = asked.get("jqlFilter")
    if not isinstance(text, str) or not text.strip():
        return [*wrong, "The jqlFilter is missing."]
    try:
        query = parse(text)
    except Refusal as refused:
        return [*wrong, *refused.messages]
    return wrong + (_unsupported(query.where) if query.where else ["The jqlFilter is missing."])


def _unsupported(node: Node) -> list[str]:
    if isinstance(node, Clause):
        name = node.field.lower()
        if name not in CLAUSES and not name.startswith("issue.property"):
            return [f"The clause {node.field} is unsupported"]
        return [] if node.operator in OPERATORS else [f"The operator {node.operator} is unsupported"]
    return [text for part in node.parts for text in _unsupported(part)]


def listing(ctx: Ctx) -> Response:
    """``GET /webhook``: the app's own."""
    rows = [
        {
            "id": one.id, "jqlFilter": one.jql, "events": list(one.events), "url": one.url,
            "expirationDate": times.written(one.expires, ctx.zone),
        }
        for one in _own(ctx, _app(ctx))
    ]  # fmt: skip
    return Response.of_json(ctx.page(rows, "values", default=100))


def refresh(ctx: Ctx) -> Response:
    """``PUT /webhook/refresh``: another 30 days; unknown and expired ones are silently passed over."""
    app, wanted, end = _app(ctx), ctx.listed("webhookIds"), _end(ctx)
    for one in _own(ctx, app):
        if one.id in wanted:
            one.expires = end
    return Response.of_json({"expirationDate": times.written(end, ctx.zone)})


def remove(ctx: Ctx) -> Response:
    """``DELETE /webhook``: 202."""
    app, wanted = _app(ctx), ctx.listed("webhookIds")
    for one in _own(ctx, app):
        if one.id in wanted:
            del ctx.sim.events.hooks[one.id]
    return Response(202)


def admin_register(ctx: Ctx) -> Response:
    """``POST /rest/webhooks/1.0/webhook``: with a secret its deliveries are signed."""
    _admin(ctx)
    url, events = ctx.sent.get("url"), ctx.listed("events")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or not set(events) <= set(EVENTS):
        raise bad_request("The url or the events are invalid.")
    jql = str(ctx.part("filters").get("issue-related-events-section") or "")
    parse(jql)
    name, secret = str(ctx.sent.get("name") or ""), str(ctx.sent.get("secret") or "")
    hook = Hook(ctx.sim.next_hook(), url, tuple(events), jql, ctx.me.account_id, name, secret)
    ctx.sim.events.hooks[hook.id] = hook
    return Response.of_json(_admins(ctx, hook), status=201)


def admin_listing(ctx: Ctx) -> Response:
    """All of the administrators'."""
    _admin(ctx)
    return Response.of_json([_admins(ctx, one) for one in ctx.sim.events.hooks.values() if not one.app])


def admin_remove(ctx: Ctx) -> Response:
    """204."""
    _admin(ctx)
    number = int(ctx.args["hook"]) if ctx.args["hook"].isdigit() else 0
    if ctx.sim.events.hooks.pop(number, None) is None:
        raise not_found("The webhook")
    return Response(204)


def _admin(ctx: Ctx) -> None:
    if not ctx.me.admin:
        raise Refusal(403, "You are not authorized to perform this action. Administrator privileges are required.")


def _admins(ctx: Ctx, one: Hook) -> dict[str, Any]:
    told = {"name": one.name, "url": one.url, "events": list(one.events), "enabled": True, "isSigned": bool(one.secret)}
    filters = {"issue-related-events-section": one.jql}
    return {**told, "filters": filters, "self": f"{ctx.base}/rest/webhooks/1.0/webhook/{one.id}"}


CLOUD_ONLY = ("POST /webhook", "GET /webhook", "PUT /webhook/refresh", "DELETE /webhook")
ROUTES = {
    "POST /webhook": register,
    "GET /webhook": listing,
    "PUT /webhook/refresh": refresh,
    "DELETE /webhook": remove,
}
ADMIN_ROUTES = {
    "POST /webhook": admin_register,
    "GET /webhook": admin_listing,
    "DELETE /webhook/{hook}": admin_remove,
}
