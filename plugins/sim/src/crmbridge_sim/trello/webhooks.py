"""Webhooks as they are made and looked at (dossier B4)."""

from __future__ import annotations

from crmbridge_sim.trello import rendering
from crmbridge_sim.trello.context import Ctx, is_id
from crmbridge_sim.trello.errors import Refusal, invalid, not_found
from crmbridge_sim.trello.model import Webhook
from crmbridge_sim.wire import Response


def create(ctx: Ctx) -> Response:
    """POST /webhooks: a HEAD to the URL must give 200, or nothing is made."""
    url, model = ctx.text("callbackURL"), ctx.value("idModel")
    if not is_id(model) or (model not in ctx.sim.boards and model not in ctx.sim.cards):
        raise invalid("idModel")
    ctx.board(model if model in ctx.sim.boards else ctx.sim.cards[model].board)
    if not url.startswith(("http://", "https://")):
        raise invalid("callbackURL")
    same = next((one for one in _mine(ctx) if (one.model, one.url) == (model, url)), None)
    if same is not None and ctx.sim.switches.text("second_webhook") == "400":
        raise Refusal(400, "A webhook with that callback, model, and token already exists")
    status = ctx.sim.events.head(url)
    if status != 200:  # noqa: PLR2004  # HTTP
        text = f"URL ({url}) did not return 200 status code, got {status}"
        raise Refusal(400, raw={"message": text, "error": "ERROR"})
    made = Webhook(ctx.sim.new_id(), ctx.token, model, url, ctx.text("description"))
    ctx.sim.webhooks[made.id] = made
    return Response.of_json(rendering.webhook(made))


def create_below(ctx: Ctx) -> Response:
    """POST /tokens/{token}/webhooks: the caller's own alone."""
    if ctx.args["token"] != ctx.token:
        raise not_found()
    return create(ctx)


def _mine(ctx: Ctx) -> list[Webhook]:
    return [one for one in ctx.sim.webhooks.values() if one.token == ctx.token]


def listing(ctx: Ctx) -> Response:
    """GET /tokens/{token}/webhooks."""
    if ctx.args["token"] != ctx.token:
        raise not_found()
    return Response.of_json([rendering.webhook(one) for one in _mine(ctx)])


def _hook(ctx: Ctx) -> Webhook:
    found = ctx.sim.webhooks.get(ctx.args["hook"])
    if found is None or found.token != ctx.token:
        raise not_found()
    return found


def look(ctx: Ctx) -> Response:
    """GET /webhooks/{id}."""
    return Response.of_json(rendering.webhook(_hook(ctx)))


def update(ctx: Ctx) -> Response:
    """PUT /webhooks/{id}; the documented PUT below /tokens is 404 (OBS)."""
    found = _hook(ctx)
    if ctx.has("active"):
        found.active = ctx.flag("active")
    if ctx.has("callbackURL"):
        found.url = ctx.text("callbackURL")
    return Response.of_json(rendering.webhook(found))


def delete(ctx: Ctx) -> Response:
    """DELETE /webhooks/{id}."""
    del ctx.sim.webhooks[_hook(ctx).id]
    return Response.of_json({"_value": None})


ROUTES = {
    "POST /webhooks": create,
    "POST /tokens/{token}/webhooks": create_below,  # CODE PYT
    "GET /tokens/{token}/webhooks": listing,
    "GET /webhooks/{hook}": look,
    "PUT /webhooks/{hook}": update,
    "DELETE /webhooks/{hook}": delete,
}
