"""Search and count: criteria, email, phone or word over an index that lags behind (dossier 2.7; OAS26c count)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import criteria, listing
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.predicate import Condition, Group, Malformed, Operator, Predicate
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.sql import Manner, NoSuchColumn, Statement, WrongValue
from crmbridge_sim.zoho.store import Change, quoted

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx
    from crmbridge_sim.zoho.simulator import ZohoSimulator

MOST_RESULTS = 2_000
PER_PAGE = 200
PRUNE_EVERY = 10_000
WAYS = ("criteria", "email", "phone", "word")  # the first one given counts (DOC7:search)
SORTABLE = ("id", "Created_Time", "Modified_Time")


class Unindexed:
    """What was written lately and is not in the search index yet; listens to the store."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim
        self._written: dict[str, dict[int, int]] = {}

    def __call__(self, change: Change) -> None:
        """Notes a record that was written."""
        if change.operation in {"insert", "update", "restore"}:
            written = self._written.setdefault(change.module, {})
            written[change.id] = change.at
            if len(written) % PRUNE_EVERY == 0:
                self.ids(change.module, change.at)

    def ids(self, module: str, now: int) -> list[int]:
        """The records of a module the index does not know yet; those it has caught up with are forgotten."""
        written = self._written.get(module, {})
        lag = self._sim.switches.number("search_lag_s")
        for record_id in [record_id for record_id, at in written.items() if at + lag <= now]:
            del written[record_id]
        return list(written)


def selection(ctx: Ctx, module: Module, *, lag: bool) -> tuple[Statement, str]:
    """The statement and its WHERE for the way of searching that was asked for; none of them is an error."""
    params = ctx.request.params
    way = next((way for way in WAYS if params.get(way)), None)
    if way is None:
        raise ApiError("EXPECTED_PARAM_MISSING", {"param_names": list(WAYS)})
    manner = Manner.of(ctx.switches, ctx.zone, equal_is_contains=True)
    statement = Statement(ctx.store, module, manner)
    try:
        where = statement.where(_predicate(module, way, params[way]))
    except Malformed as error:
        raise ApiError(error.code, error.details, message=error.message, status=400) from error
    except NoSuchColumn as error:
        raise _refused("the field name given seems to be invalid", api_name=error.path) from error
    except WrongValue as error:
        raise _refused("invalid value found", api_name=error.path, value=str(error.value)) from error
    where += standing(ctx, module)
    if lag:
        fresh = ctx.sim.features.unindexed.ids(module.api_name, ctx.now)
        if fresh:
            where += f" AND t.id NOT IN ({', '.join(map(str, fresh))})"
    return statement, where


def _refused(reason: str, **details: str) -> ApiError:
    return ApiError("INVALID_QUERY", {"reason": reason, **details}, message="Invalid query formed", status=400)


def standing(ctx: Ctx, module: Module) -> str:
    """The clauses of `converted` (false by default) and `approved` (true by default) (DOC7:search)."""
    params = ctx.request.params
    filters = listing.converted_filter(module, params.get("converted"))
    filters += listing.approved_filter(module, params.get("approved") or "true")
    return "".join(f" AND {clause}" for clause in filters)


def _predicate(module: Module, way: str, text: str) -> Predicate:
    if way == "criteria":
        read = criteria.parse(text)
        types = {name: field.data_type for name, field in module.fields.items() if field.visible}
        criteria.check(read, {**types, "id": "lookup"})
        return read
    if way == "word":
        texts = [field for field in module.fields.values() if field.visible and field.storage == "text"]
        wanted = [field.api_name for field in texts if not field.values and field.data_type != "date"]
    else:
        wanted = [field.api_name for field in module.fields.values() if field.visible and field.data_type == way]
    operator = Operator.EQUAL if way == "email" else Operator.CONTAINS
    return _any_of(wanted, operator, text) or Condition("id", Operator.IS_NULL)


def _any_of(names: Iterable[str], operator: Operator, text: str) -> Predicate | None:
    parts = tuple(Condition(name, operator, (text,)) for name in names)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Group("or", parts)


def search(ctx: Ctx, request: Request, module: str) -> Response:
    """One page of the found records; past 2,000 results 400 LIMIT_REACHED (DOC7:search)."""
    searched = ctx.module(module)
    page = ctx.number_param("page", 1)
    per_page = ctx.number_param("per_page", PER_PAGE, most=PER_PAGE)
    statement, where = selection(ctx, searched, lag=True)
    if page * per_page > MOST_RESULTS:
        raise ApiError(
            "LIMIT_REACHED", {"limit": str(MOST_RESULTS)}, message="maximum response iteration limit reached"
        )
    order, sorting = _order(request)
    fields = [name.strip() for name in request.params.get("fields", "").split(",") if name.strip()]
    projection = ctx.projection(searched, fields)
    rows = ctx.store.db.execute(
        f"SELECT {projection.sql} {statement.source} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        (*statement.params, per_page + 1, (page - 1) * per_page),
    ).fetchall()
    if not rows:
        return empty()
    kept = rows[:per_page]
    more = "true" if len(rows) > per_page else "false"
    info = f'{{"per_page":{per_page},"count":{len(kept)},{sorting}"page":{page},"more_records":{more}}}'
    return Response.of_text(f'{{"data":[{projection.rows(kept)}],"info":{info}}}')


def _order(request: Request) -> tuple[str, str]:
    """ORDER BY and the sort keys of `info`; newest ids first unless asked otherwise."""
    name, way = request.params.get("sort_by", "id"), request.params.get("sort_order", "desc")
    if name not in SORTABLE or way not in {"asc", "desc"}:
        raise ApiError("INVALID_DATA", {"param_name": "sort_by" if name not in SORTABLE else "sort_order"})
    told = "sort_by" in request.params or "sort_order" in request.params
    sorting = f'"sort_by":"{name}","sort_order":"{way}",' if told else ""
    return f"t.{quoted(name)} {way.upper()}, t.id {way.upper()}", sorting


def count(ctx: Ctx, request: Request, module: str) -> Response:
    """`{"count": n}` of a module or of a search in it (OAS26c; dossier 2.13)."""
    counted = ctx.module(module)
    if any(request.params.get(way) for way in WAYS):
        statement, where = selection(ctx, counted, lag=False)
    else:
        statement = Statement(ctx.store, counted, Manner.of(ctx.switches, ctx.zone))
        where = "1" + standing(ctx, counted)
    number = ctx.store.db.execute(f"SELECT count(*) {statement.source} WHERE {where}", statement.params).fetchone()[0]
    return Response.of_json({"count": number})


ROUTES = (
    Route("GET", "/crm/v8/{module}/search", search, heavy=True),
    Route("GET", "/crm/v8/{module}/actions/count", count),
)
