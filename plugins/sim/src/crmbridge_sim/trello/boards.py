"""Boards, their lists, members, labels and cards (dossier B2, B3)."""

from __future__ import annotations

from crmbridge_sim.trello import actions, rendering
from crmbridge_sim.trello.context import Ctx, is_id
from crmbridge_sim.trello.errors import Refusal, invalid, not_found
from crmbridge_sim.trello.model import Card, TrelloList
from crmbridge_sim.wire import Response

FILTERS = ("all", "closed", "complete", "incomplete", "none", "open", "visible")


def me(ctx: Ctx) -> Response:
    """GET /members/{me or id}."""
    name = ctx.args["member"]
    found = ctx.member if name == "me" else ctx.sim.person(name)
    if found is None:
        raise not_found()
    return Response.of_json(rendering.member(found, ctx.text("fields"), own=found is ctx.member))


def my_boards(ctx: Ctx) -> Response:
    """GET /members/{me or id}/boards."""
    who = ctx.member if ctx.args["member"] == "me" else ctx.sim.person(ctx.args["member"])
    if who is None:
        raise not_found()
    wanted = ctx.args.get("filter") or ctx.text("filter", "all")
    if wanted not in {"all", "closed", "members", "open"}:
        raise invalid("filter")
    found = [one for one in ctx.sim.boards.values() if {who.id, ctx.member.id} <= set(one.members)]
    if wanted in {"closed", "open"}:
        found = [one for one in found if one.closed is (wanted == "closed")]
    return Response.of_json([rendering.board(ctx.sim, one, ctx.text("fields")) for one in found])


def look(ctx: Ctx) -> Response:
    """GET /boards/{id}."""
    return Response.of_json(rendering.board(ctx.sim, ctx.board(), ctx.text("fields")))


def lists(ctx: Ctx) -> Response:
    """GET /boards/{id}/lists: the open ones, unless ``filter`` says otherwise."""
    board, wanted = ctx.board(), ctx.args.get("filter") or ctx.text("filter", "open")
    if wanted not in {"all", "closed", "none", "open"}:
        raise invalid("filter")
    here = sorted((one for one in ctx.sim.lists.values() if one.board == board.id), key=lambda one: one.pos)
    found = [one for one in here if wanted == "all" or one.closed is (wanted == "closed")]
    return Response.of_json(
        [] if wanted == "none" else [rendering.only(rendering.place(one), ctx.text("fields")) for one in found]
    )


def members(ctx: Ctx) -> Response:
    """GET /boards/{id}/members."""
    found = (ctx.sim.members[one] for one in ctx.board().members)
    return Response.of_json([rendering.member(one, ctx.text("fields")) for one in found])


def labels(ctx: Ctx) -> Response:
    """GET /boards/{id}/labels."""
    board = ctx.board()
    return Response.of_json([rendering.label(ctx.sim, board.id, key) for key in board.labels])


def label(ctx: Ctx) -> Response:
    """GET /labels/{id} (CODE PYT)."""
    found = next((one for one in ctx.sim.boards.values() if ctx.args["label"] in one.labels), None)
    if found is None:
        raise not_found()
    return Response.of_json(rendering.label(ctx.sim, ctx.board(found.id).id, ctx.args["label"]))


def add_label(ctx: Ctx) -> Response:
    """POST /labels (CODE PYT)."""
    if not is_id(ctx.value("idBoard")):
        raise invalid("idBoard")
    board, key = ctx.board(str(ctx.value("idBoard"))), ctx.sim.new_id()
    board.labels[key] = (ctx.text("name"), ctx.text("color"))
    return Response.of_json(rendering.label(ctx.sim, board.id, key))


def custom_fields(ctx: Ctx) -> Response:
    """GET /boards/{id}/customFields."""
    board = ctx.board()
    return Response.of_json([rendering.custom_field(board, key) for key in board.custom_fields])


def cards(ctx: Ctx) -> Response:
    """GET /boards/{id}/cards: no updated-since; ``before`` and ``since`` mean creation, ``limit`` keeps the newest."""
    board, wanted = ctx.board(), ctx.args.get("filter") or ctx.text("filter", "visible")
    if wanted not in FILTERS:
        raise invalid("filter")
    lag = ctx.sim.switches.number("board_lag_s") * 1000
    here = [one for one in ctx.sim.cards.values() if one.board == board.id and one.made + lag <= ctx.now]
    found = sorted((one for one in here if _fits(ctx, one, wanted)), key=lambda one: one.id)
    if before := ctx.mark("before"):
        found = [one for one in found if one.id < before]
    if since := ctx.mark("since"):
        found = [one for one in found if one.id > since]
    most = ctx.sim.switches.number("most_cards")
    found = found[-ctx.number("limit", most, most) :]
    if ctx.has("actions") and len(found) > ctx.sim.switches.number("embedding_cards"):
        raise Refusal(403, raw={"message": "", "error": "API_TOO_MANY_CARDS_REQUESTED"})
    return Response.of_json([_row(ctx, one) for one in found])


def _row(ctx: Ctx, card: Card) -> dict[str, object]:
    """A card of a listing, with its actions where they are asked for."""
    row: dict[str, object] = rendering.card(ctx.sim, card, ctx.text("fields"), items=ctx.flag("customFieldItems"))
    if wanted := ctx.text("actions"):
        own = actions.of_kinds([one for one in ctx.sim.actions if one.card == card.id], wanted)
        row["actions"] = [rendering.action(ctx.sim, one) for one in reversed(own)]
    return row


def _fits(ctx: Ctx, card: Card, wanted: str) -> bool:
    is_open = not card.closed
    return {
        "all": True,
        "closed": card.closed,
        "complete": is_open and card.due_complete,
        "incomplete": is_open and not card.due_complete,
        "none": False,
        "open": is_open,
        "visible": is_open and not ctx.sim.lists[card.place].closed,
    }[wanted]


def add_list(ctx: Ctx) -> Response:
    """POST /lists, or POST /boards/{id}/lists."""
    wanted = ctx.args.get("board") or ctx.value("idBoard")
    if not ctx.args and not is_id(wanted):
        raise invalid("idBoard")
    board = ctx.board(str(wanted))
    name = ctx.text("name")
    if not name:
        raise invalid("name")
    made = ctx.sim.add_list(board.id, name, top=ctx.value("pos", "top") != "bottom")
    return Response.of_json(rendering.place(made))


def look_list(ctx: Ctx) -> Response:
    """GET /lists/{id}."""
    return Response.of_json(rendering.place(ctx.place()))


def list_cards(ctx: Ctx) -> Response:
    """GET /lists/{id}/cards."""
    place = ctx.place()
    found = sorted((one for one in ctx.sim.cards.values() if one.place == place.id), key=lambda one: one.pos)
    wanted = ctx.args.get("filter") or ctx.text("filter", "open")
    fits = [one for one in found if wanted == "all" or one.closed is (wanted == "closed")]
    return Response.of_json([rendering.card(ctx.sim, one, ctx.text("fields")) for one in fits])


def change_list(ctx: Ctx) -> Response:
    """PUT /lists/{id}, and PUT /lists/{id}/closed or /name with ``value``."""
    place = ctx.place()
    if "name" in ctx.args:
        ctx.sent = {ctx.args["name"]: ctx.value("value")}
    _change(ctx, place)
    return Response.of_json(rendering.place(place))


def _change(ctx: Ctx, place: TrelloList) -> None:
    if ctx.has("closed"):
        place.closed = ctx.flag("closed")
    if ctx.has("name"):
        place.name = ctx.text("name")


ROUTES = {
    "GET /members/{member}": me,
    "GET /members/{member}/boards": my_boards,
    "GET /members/{member}/boards/{filter}": my_boards,
    "GET /boards/{board}": look,
    "GET /boards/{board}/lists": lists,
    "GET /boards/{board}/lists/{filter}": lists,
    "POST /boards/{board}/lists": add_list,
    "GET /boards/{board}/members": members,
    "GET /boards/{board}/labels": labels,
    "GET /boards/{board}/customFields": custom_fields,
    "GET /boards/{board}/cards": cards,
    "GET /boards/{board}/cards/{filter}": cards,
    "POST /labels": add_label,
    "GET /labels/{label}": label,
    "POST /lists": add_list,
    "GET /lists/{list}": look_list,
    "GET /lists/{list}/cards": list_cards,
    "GET /lists/{list}/cards/{filter}": list_cards,
    "PUT /lists/{list}": change_list,
    "PUT /lists/{list}/{name}": change_list,
}
