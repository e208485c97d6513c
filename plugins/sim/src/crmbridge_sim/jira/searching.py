"""Search: ``search/jql`` of Cloud with its tokens, short pages and lag; ``/search`` of Data Center (dossier A3, A8)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from crmbridge_sim.jira import rendering
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import REMOVED, UNBOUNDED, Refusal, bad_request
from crmbridge_sim.jira.jql.matching import Matcher
from crmbridge_sim.jira.jql.parser import parse
from crmbridge_sim.jira.model import Issue
from crmbridge_sim.wire import Response

DEFAULT_SIZE, MOST_SIZE, MOST_PROPERTIES, MOST_RECONCILED = 50, 5000, 5, 50
TOKEN_LIFE_S = 7 * 86_400
GONE = Refusal(410, f"{REMOVED} A full migration guideline is available.", errors={})


@dataclass(frozen=True)
class Walk:
    """What a page token stands for: the rest of the ids found for one query, and until when."""

    query: tuple[Any, ...]
    rest: tuple[int, ...]
    until: int


@dataclass(frozen=True)
class _Asked:
    jql: str
    fields: list[str]
    properties: list[str]
    size: int
    token: str
    fresh: frozenset[int]
    expand: str


def search(ctx: Ctx) -> Response:
    """``POST`` and ``GET /search/jql``: fields default to the id alone; no total; the last page has no token."""
    asked = _asked(ctx)
    key = (asked.jql, tuple(sorted(asked.fresh)), ctx.user.account_id if ctx.user else "")
    if asked.token:
        walk = ctx.sim.walks.get(asked.token)
        if walk is None or walk.until < ctx.now or walk.query != key:
            raise bad_request("The provided next page token is invalid, expired or belongs to another query.")
        numbers = list(walk.rest)
    else:
        numbers = [one.id for one in _found(ctx, asked.jql, asked.fresh)]
    shown = {one.id: one for one in _index(ctx, asked.fresh)}
    size = _size(ctx, asked, numbers)
    page, rest = numbers[:size], tuple(numbers[size:])
    rows = [shown[number] for number in page if number in shown]
    ctx.objects_read += len(rows)
    told: dict[str, Any] = {"issues": [_row(ctx, one, asked) for one in rows], "isLast": not rest}
    repeats = asked.token and any(fault.kind == "repeat_token" for fault in ctx.faults)
    if repeats:
        told |= {"isLast": False, "nextPageToken": asked.token}
    elif rest:
        told["nextPageToken"] = _token(ctx, Walk(key, rest, ctx.now + TOKEN_LIFE_S * 1000))
    return Response.of_json(told)


def _asked(ctx: Ctx) -> _Asked:
    if ctx.request.method == "GET":
        params = ctx.request.params
        size: Any = ctx.number("maxResults", DEFAULT_SIZE)
        fresh: list[Any] = ctx.names("reconcileIssues") or []
        told: dict[str, Any] = {
            "fields": ctx.names("fields"), "properties": ctx.names("properties"), "jql": params.get("jql", ""),
            "nextPageToken": params.get("nextPageToken", ""), "expand": params.get("expand", ""),
        }  # fmt: skip
    else:
        told = ctx.sent
        size, fresh = told.get("maxResults", DEFAULT_SIZE), ctx.listed("reconcileIssues")
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST_SIZE:
        raise bad_request(f"The value of maxResults must be between 1 and {MOST_SIZE}.")
    numbers = frozenset(int(str(one)) for one in fresh if str(one).isdigit())
    if len(fresh) > MOST_RECONCILED or len(numbers) < len({str(one) for one in fresh}):
        raise bad_request(f"reconcileIssues takes at most {MOST_RECONCILED} numeric issue ids.")
    properties, fields = told.get("properties") or [], told.get("fields") or []
    for one in (properties, fields):
        if not isinstance(one, list) or not all(isinstance(name, str) for name in one):
            raise bad_request("fields and properties are lists of texts.")
    if len(properties) > MOST_PROPERTIES:
        raise bad_request(f"At most {MOST_PROPERTIES} properties can be asked for.")
    expand = told.get("expand") or ""
    token, jql = str(told.get("nextPageToken") or ""), str(told.get("jql") or "")
    return _Asked(
        jql, fields, properties, size, token, numbers, expand if isinstance(expand, str) else ",".join(expand)
    )


def _index(ctx: Ctx, fresh: frozenset[int]) -> list[Issue]:
    return [one for one in ctx.sim.store.seen(ctx.now, fresh) if ctx.may_see(one)]


def _found(ctx: Ctx, jql: str, fresh: frozenset[int] = frozenset(), *, bounded: bool = True) -> list[Issue]:
    query = parse(jql)
    if bounded and query.where is None:
        raise bad_request(UNBOUNDED)
    found = Matcher(ctx, query).found(_index(ctx, fresh))
    ctx.sim.searches += 1
    every = ctx.sim.switches.number("vanish_every")
    due = bool(every) and ctx.sim.searches % every == 0
    if due or any(fault.kind == "vanish" for fault in ctx.faults):
        gone = next((one for one in found if one.id not in fresh), None)  # once seen, now not: dossier A3
        found = [one for one in found if one is not gone]
    return found


def _size(ctx: Ctx, asked: _Asked, numbers: list[int]) -> int:
    """With fields a page may be shorter than asked, and a short page is not the last (dossier A3)."""
    if not asked.properties and not set(asked.fields) - {"id", "key"}:
        return asked.size
    size = min(asked.size, max(1, ctx.sim.switches.number("most_with_fields")))
    ctx.sim.pages += 1
    every = ctx.sim.switches.number("short_every")
    due = bool(every) and ctx.sim.pages % every == 0
    short = due or any(fault.kind == "short_page" for fault in ctx.faults)
    return max(1, min(size, len(numbers)) // 2) if short else size


def _row(ctx: Ctx, one: Issue, asked: _Asked) -> dict[str, Any]:
    told = rendering.issue(ctx, one, asked.fields, properties=asked.properties, expand=asked.expand)
    wanted = set(asked.fields)
    if not wanted & {"key", "*all", "*navigable"}:
        told.pop("key")
    if not wanted - {"id", "key"}:
        told.pop("fields")
    if not wanted - {"id"}:
        told.pop("self")
    return told


def _token(ctx: Ctx, walk: Walk) -> str:
    ctx.sim.walk_count += 1
    token = base64.b64encode(f"CAEaAggB:{ctx.sim.walk_count:06d}".encode()).decode()
    ctx.sim.walks[token] = walk
    return token


def count(ctx: Ctx) -> Response:
    """``POST /search/approximate-count``."""
    return Response.of_json({"count": len(_found(ctx, str(ctx.sent.get("jql") or "")))})


def old(ctx: Ctx) -> Response:
    """The old search: 410 on Cloud; on Data Center pages by number, which shift while issues change (dossier A8)."""
    if ctx.sim.cloud:
        raise GONE
    posted = ctx.request.method == "POST"
    sent = ctx.sent if posted else ctx.request.params
    start, size = _whole(sent.get("startAt", 0)), _whole(sent.get("maxResults", DEFAULT_SIZE))
    fields = (sent.get("fields") if posted else ctx.names("fields")) or ["*navigable"]
    expand = sent.get("expand") or ""
    found = _found(ctx, str(sent.get("jql") or ""), bounded=False)
    rows = found[start : start + size]
    ctx.objects_read += len(rows)
    told = [
        rendering.issue(ctx, one, fields, expand=expand if isinstance(expand, str) else ",".join(expand))
        for one in rows
    ]
    return Response.of_json({"startAt": start, "maxResults": size, "total": len(found), "issues": told})


def _whole(sent: Any) -> int:  # noqa: ANN401  # JSON
    if isinstance(sent, bool) or not str(sent).isascii() or not str(sent).isdigit():
        raise bad_request("startAt and maxResults are whole numbers.")
    return int(sent)


CLOUD_ONLY = ("POST /search/jql", "GET /search/jql", "POST /search/approximate-count")
ROUTES = {
    "POST /search/jql": search,
    "GET /search/jql": search,
    "POST /search/approximate-count": count,
    "POST /search": old,
    "GET /search": old,
}
