"""The feed of what happened, and comments, which are actions (dossier B2, B3)."""

from __future__ import annotations

from crmbridge_sim.trello import changing, rendering
from crmbridge_sim.trello.context import Ctx, is_id, moment
from crmbridge_sim.trello.errors import LONGEST, Refusal, invalid, not_found
from crmbridge_sim.trello.model import Action
from crmbridge_sim.wire import Response


def of_board(ctx: Ctx) -> Response:
    """GET /boards/{id}/actions: newest first."""
    board = ctx.board()
    return _feed(ctx, [one for one in ctx.sim.actions if one.board == board.id], "all")


def of_list(ctx: Ctx) -> Response:
    """GET /lists/{id}/actions (CODE PYT): of the cards that stand in it."""
    place = ctx.place()
    here = {one.id for one in ctx.sim.cards.values() if one.place == place.id}
    return _feed(ctx, [one for one in ctx.sim.actions if one.card in here], "all")


def of_card(ctx: Ctx) -> Response:
    """GET /cards/{id}/actions."""
    card = ctx.card()
    return _feed(ctx, [one for one in ctx.sim.actions if one.card == card.id], "commentCard,updateCard:idList")


def _feed(ctx: Ctx, found: list[Action], usual: str) -> Response:
    found = of_kinds(found, ctx.text("filter", usual))
    if since := ctx.text("since"):
        found = [one for one in found if _is_after(one, since, "since")]
    if before := ctx.text("before"):
        found = [one for one in found if one.id != before and not _is_after(one, before, "before")]
    newest = sorted(found, key=lambda one: (one.at, one.id), reverse=True)[: ctx.number("limit", 50, 1000)]
    return Response.of_json([rendering.action(ctx.sim, one) for one in newest])


def of_kinds(found: list[Action], wanted: str) -> list[Action]:
    """Those of the types of a filter."""
    kinds = wanted.split(",")
    return [one for one in found if "all" in kinds or any(_is_of(one, kind) for kind in kinds)]


def _is_of(one: Action, kind: str) -> bool:
    """Whether it is of a type; ``updateCard:idList`` means changes of that field alone (CODE PYT)."""
    name, _, changed = kind.partition(":")
    return one.type == name and (not changed or changed in one.data.get("old", {}))


def _is_after(one: Action, mark: str, name: str) -> bool:
    """By an action's id, or an ISO date."""
    if is_id(mark):
        return one.id > mark
    return one.at > moment(mark, name)


def _text(ctx: Ctx) -> str:
    text = ctx.text("text") or ctx.text("value")
    if not text or len(text) > LONGEST:
        raise invalid("text")
    return text


def add(ctx: Ctx) -> Response:
    """POST /cards/{id}/actions/comments."""
    client = ctx.client
    made = changing.comment(ctx.sim, ctx.card(), _text(ctx), ctx.member.id, client)
    return Response.of_json(rendering.action(ctx.sim, made))


def _own(ctx: Ctx) -> Action:
    """A comment; only its author edits it (DOC)."""
    found = next((one for one in ctx.sim.actions if one.id == ctx.args["action"]), None)
    if found is None or found.type != "commentCard":
        raise not_found()
    if found.member != ctx.member.id:
        raise Refusal(401, "unauthorized action permission requested")
    return found


def edit(ctx: Ctx) -> Response:
    """PUT /actions/{id}."""
    found = _own(ctx)
    changing.edit_comment(ctx.sim, found, _text(ctx), ctx.client)
    return Response.of_json(rendering.action(ctx.sim, found))


def delete(ctx: Ctx) -> Response:
    """DELETE /actions/{id}."""
    changing.edit_comment(ctx.sim, _own(ctx), None, ctx.client)
    return Response.of_json({"_value": None})


def look(ctx: Ctx) -> Response:
    """GET /actions/{id}."""
    found = next((one for one in ctx.sim.actions if one.id == ctx.args["action"]), None)
    if found is None:
        raise not_found()
    ctx.board(found.board)
    return Response.of_json(rendering.action(ctx.sim, found))


ROUTES = {
    "GET /boards/{board}/actions": of_board,
    "GET /lists/{list}/actions": of_list,
    "GET /cards/{card}/actions": of_card,
    "POST /cards/{card}/actions/comments": add,
    "PUT /cards/{card}/actions/{action}/comments": edit,
    "DELETE /cards/{card}/actions/{action}/comments": delete,
    "GET /actions/{action}": look,
    "PUT /actions/{action}": edit,
    "DELETE /actions/{action}": delete,
}
