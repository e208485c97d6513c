"""`POST /crm/v8/coql` (dossier 2.8)."""

from __future__ import annotations

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.coql.parser import parse
from crmbridge_sim.zoho.coql.run import run
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.gate import check_scope
from crmbridge_sim.zoho.predicate import Malformed
from crmbridge_sim.zoho.routing import Route


def answer(ctx: Ctx, request: Request) -> Response:
    """The rows with `info {count, more_records}`; no match is 204 (OAS26)."""
    del request
    if ctx.switches.flag("coql_needs_coql_scope"):  # dossier 1.7: GH:60794779952
        check_scope(ctx.scopes, "coql.READ", "")
    text = ctx.body().get("select_query")
    if not isinstance(text, str) or not text.strip():
        raise ApiError("MANDATORY_NOT_FOUND", {"api_name": "select_query", "json_path": "$.select_query"})
    try:
        rows, count, more = run(ctx, parse(text))
    except Malformed as error:
        raise ApiError(error.code, error.details, message=error.message, status=400) from error
    if not count:
        return empty()
    info = f'{{"count":{count},"more_records":{"true" if more else "false"}}}'
    return Response.of_text(f'{{"data":[{rows}],"info":{info}}}')


def cost(ctx: Ctx, request: Request) -> int:
    """1, 2 or 3 credits by the LIMIT; a query that cannot be read costs one."""
    del request
    try:
        return parse(str(ctx.body().get("select_query", ""))).credits
    except Malformed:
        return 1


ROUTES = (
    # COQL is in the pool of heavy calls (dossier 5.2).
    Route("POST", "/crm/v8/coql", answer, cost=cost, heavy=True),
)
