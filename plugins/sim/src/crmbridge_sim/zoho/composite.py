"""Composite requests: up to five calls in one (OAS26c; dossier 2.11)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from crmbridge_sim.wire import Headers, Request, Response
from crmbridge_sim.zoho.errors import ApiError, failure
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.store import Change, quoted

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx

MOST_REQUESTS = 5
KEY = "__composite_requests"
MESSAGE = "composite request executed successfully"


def composite(ctx: Ctx, request: Request) -> Response:
    """Answers every sub-request by itself: 200 when all went well, else 207."""
    del request
    body = ctx.body()
    asked = body.get(KEY)
    place = {"api_name": KEY, "json_path": f"$.{KEY}"}
    if not isinstance(asked, list) or not asked:
        raise ApiError("MANDATORY_NOT_FOUND", place)
    if len(asked) > MOST_REQUESTS:
        raise ApiError("LIMIT_EXCEEDED", {**place, "maximum_length": MOST_REQUESTS})
    rollback = body.get("rollback_on_fail") is True
    # v8's examples say parallel_execution, OAS25 says concurrent_execution.
    parallel = body.get("parallel_execution") is True or body.get("concurrent_execution") is True
    if rollback and parallel:
        names = ("rollback_on_fail", "parallel_execution")
        due = [{"api_name": name, "json_path": f"$.{name}"} for name in names]
        raise ApiError("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": due})
    items = _run(ctx, asked, rollback=rollback)
    good = all(item["status"] == "success" for item in items)
    return Response.of_json({KEY: items}, status=200 if good else 207)


def _run(ctx: Ctx, asked: list[Any], *, rollback: bool) -> list[dict[str, Any]]:
    changes: list[Change] = []
    ctx.store.listeners.append(changes.append)
    items: list[dict[str, Any]] = []
    try:
        for number, sub in enumerate(asked):
            item, status = _one(ctx, sub, number)
            items.append(item)
            if rollback and status >= 400:  # noqa: PLR2004 -- HTTP
                _undo(ctx, changes)
                items = [failure("ROLLBACK_PERFORMED", {"rollbacked_by_sub_request_index": number}) for _ in items[:-1]]
                items.append(item)
                items += [failure("PROCESSING_STOPPED") for _ in asked[number + 1 :]]
                break
    finally:
        ctx.store.listeners.remove(changes.append)
    return items


def _one(ctx: Ctx, sub: Any, number: int) -> tuple[dict[str, Any], int]:  # noqa: ANN401 -- JSON
    if not isinstance(sub, dict) or not sub.get("uri") or not sub.get("method"):
        place = {"api_name": "uri", "json_path": f"$.{KEY}[{number}].uri"}
        return failure("MANDATORY_NOT_FOUND", place), 400
    parts = urlsplit(str(sub["uri"]))
    query = [*parse_qsl(parts.query), *_texts(sub.get("params")).items()]
    headers = {**dict(ctx.request.headers), **_texts(sub.get("headers"))}
    content = b"" if sub.get("body") is None else json.dumps(sub["body"]).encode()
    inner = Request(str(sub["method"]).upper(), parts.path, tuple(query), Headers(headers), content, ctx.request.host)
    answer = ctx.sim.inside(ctx, inner)
    response = {
        "headers": dict(answer.headers),
        "body": answer.json() if answer.body else None,
        "status_code": answer.status,
    }
    item: dict[str, Any] = {"code": "SUCCESS", "details": {"response": response}, "message": MESSAGE}
    item["status"] = "success" if answer.status < 400 else "error"  # noqa: PLR2004 -- HTTP
    if sub.get("sub_request_id") is not None:
        item["sub_request_id"] = sub["sub_request_id"]
    return item, answer.status


def _texts(given: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _undo(ctx: Ctx, changes: list[Change]) -> None:
    """Takes the changes back from the last to the first, silently."""
    for change in reversed(changes):
        table = quoted(change.module)
        if change.operation == "insert":
            ctx.store.db.execute(f"DELETE FROM {table} WHERE id = ?", (change.id,))
        elif change.operation == "update" and change.before is not None:
            before = {name: value for name, value in change.before.items() if name != "id"}
            sets = ", ".join(f"{quoted(name)} = ?" for name in before)
            ctx.store.db.execute(f"UPDATE {table} SET {sets} WHERE id = ?", (*before.values(), change.id))
        elif change.operation == "delete" and change.before is not None:
            ctx.store.db.execute("DELETE FROM trash WHERE id = ?", (change.id,))
            ctx.store.insert_many(change.module, tuple(change.before), [tuple(change.before.values())])


# "Heavy call" (dossier 2.11, 5.2); 1 credit (5.1).
ROUTES = (Route("POST", "/crm/v8/__composite_requests", composite, heavy=True, scope="modules.READ"),)
