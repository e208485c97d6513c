"""Several reads in one call, and the search that lags (dossier B2)."""

from __future__ import annotations

import json

from crmbridge_sim.trello import rendering
from crmbridge_sim.trello.context import Ctx
from crmbridge_sim.trello.errors import invalid
from crmbridge_sim.wire import Request, Response

MOST = 10


def batch(ctx: Ctx) -> Response:
    """GET /batch?urls=/a,/b: ten at most, reads alone."""
    urls = [one for one in ctx.text("urls").split(",") if one]
    if not urls or len(urls) > MOST or not all(one.startswith("/") for one in urls):
        raise invalid("urls")
    found = []
    for url in urls:
        answer = ctx.sim.inner(Request.of("GET", f"/1{url}", headers=dict(ctx.request.headers)), ctx)
        body = answer.body.decode()
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        found.append({str(answer.status): json.loads(body) if is_json else body})
    return Response.of_json(found)


def search(ctx: Ctx) -> Response:
    """GET /search: what was written lately is not found yet."""
    words = ctx.text("query").lower()
    if not words:
        raise invalid("query")
    boards = set(ctx.text("idBoards").split(",")) - {"", "mine"}
    lag = ctx.sim.switches.number("search_lag_s") * 1000
    mine = {one.id for one in ctx.sim.boards.values() if ctx.member.id in one.members}
    found = [
        one
        for one in ctx.sim.cards.values()
        if one.board in mine and (not boards or one.board in boards) and words in _indexed(ctx, one.id, lag)
    ]
    size = ctx.number("cards_limit", 10, 1000)
    start = ctx.number("cards_page", 0, 100) * size
    cards = [rendering.card(ctx.sim, one) for one in found[start : start + size]]
    return Response.of_json({"cards": cards, "options": {"terms": [{"text": words}], "modelTypes": ["cards"]}})


def _indexed(ctx: Ctx, card: str, lag_ms: int) -> str:
    """What the index has of a card: its words as they were a while ago."""
    known = (text for at, text in reversed(ctx.sim.words.get(card, ())) if at + lag_ms <= ctx.now)
    return next(known, "").lower()


ROUTES = {"GET /batch": batch, "GET /search": search}
