"""Get Records: ``GET /{module}`` with fields, pages, tokens, sort and If-Modified-Since (dossier 2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import external, ids, page_tokens, times, views
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.page_tokens import PageToken
from crmbridge_sim.zoho.projection import ALIASES, CONSTANTS, Projection
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import quoted

FIELD_LIMIT = 50
PAGE_LIMIT = 200
DISCRETE_LIMIT = 2_000
SORTABLE = ("id", "Created_Time", "Modified_Time")


@dataclass
class Selection:
    """What a list read selects, before paging."""

    module: Module
    projection: Projection
    sort_by: str
    ascending: bool
    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    since: int | None = None

    @property
    def sort_sql(self) -> str:
        """The column of the sort."""
        return "t.id" if self.sort_by == "id" else f"t.{quoted(self.sort_by)}"

    def fetch(
        self, ctx: Ctx, *, limit: int, offset: int = 0, extra: str = "", values: tuple[Any, ...] = ()
    ) -> list[Any]:
        """Rows in order, each with its sort value and id at the end."""
        conditions = [*self.conditions, extra] if extra else self.conditions
        where = " AND ".join(conditions) or "1"
        way = "ASC" if self.ascending else "DESC"
        order = f"t.id {way}" if self.sort_by == "id" else f"{self.sort_sql} {way}, t.id {way}"
        sql = (
            f"SELECT {self.projection.sql}, {self.sort_sql}, t.id FROM {quoted(self.module.api_name)} t"
            f" WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        )
        return ctx.store.db.execute(sql, (*self.values, *values, limit, offset)).fetchall()


def get_records(ctx: Ctx, request: Request, module: str) -> Response:
    """One page of a module; nothing -> 204, nothing newer -> 304, both with empty bodies (dossier 2.1)."""
    if module == "Notes" and not ctx.user.is_admin:  # only admins may list /Notes (dossier 2.2: DOC7)
        raise ApiError("NOT_SUPPORTED")
    return answer(ctx, request, selection(ctx, request, ctx.module(module)), bound=module)


def answer(ctx: Ctx, request: Request, selected: Selection, *, bound: str) -> Response:
    """The page of a selection; tokens are bound to ``bound`` and the parameters. Related lists page alike."""
    per_page = ctx.number_param("per_page", PAGE_LIMIT, most=PAGE_LIMIT)
    token = _token(ctx, request, bound)
    page = token.page if token else ctx.number_param("page", 1)
    if token is None and page * per_page > DISCRETE_LIMIT and page > 1:
        raise ApiError("DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": DISCRETE_LIMIT})
    rows = _page(ctx, selected, token=token, page=page, per_page=per_page)
    if not rows:
        return empty(304 if selected.since is not None else 204)
    more, rows = ctx.notes.get("more", len(rows) > per_page), rows[:per_page]
    info = _info(ctx, selected, page=page, per_page=per_page, count=len(rows))
    info["more_records"] = more
    if more:
        last = PageToken(
            bound=page_tokens.binding(ctx, bound),
            user=ctx.user.id,
            issued=ctx.now,
            page=page + 1,
            count=(token.count if token else (page - 1) * per_page) + per_page - ctx.notes.get("again", 0),
            value=rows[-1][-2],
            id=rows[-1][-1],
            walk=ctx.notes.get("walk", 0),
        )
        info["next_page_token"] = last.text()
        info["page_token_expiry"] = ctx.instant(ctx.now + page_tokens.LIFE_S)
    return _response(selected.projection, rows, info)


def _response(projection: Projection, rows: list[Any], info: dict[str, object]) -> Response:
    written = Response.of_json(info).body.decode()
    return Response.of_text(f'{{"data":[{projection.rows(rows)}],"info":{written}}}')


def _info(ctx: Ctx, selected: Selection, *, page: int, per_page: int, count: int) -> dict[str, object]:
    """The ``info`` of OAS26's example; tokens stand in it from page 1 on."""
    del ctx
    return {
        "call": False,
        "per_page": per_page,
        "next_page_token": None,
        "count": count,
        "sort_by": selected.sort_by,
        "page": page,
        "previous_page_token": None,
        "page_token_expiry": None,
        "sort_order": "asc" if selected.ascending else "desc",
        "email": False,
        "more_records": False,
    }


def asked_fields(ctx: Ctx, module: Module, *, limit: int = FIELD_LIMIT) -> tuple[str, ...]:
    """The names of ``fields``: mandatory, at most 50 (dossier 2.2: DOC7, OAS26)."""
    text = ctx.request.params.get("fields", "").strip()
    if not text:
        raise ApiError("REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if len(names) > limit:
        raise ApiError("LIMIT_EXCEEDED", {"limit": limit, "param_name": "fields"})
    if names == ("id",) and ctx.switches.flag("fields_id_alone_is_invalid"):
        raise ApiError("INVALID_DATA", {"param_name": "fields"})
    known = [name for name in names if name in module or name in CONSTANTS or name in ALIASES or name == "id"]
    if len(known) < len(names) and ctx.switches.text("unknown_list_field") == "INVALID_DATA":
        raise ApiError("INVALID_DATA", {"param_name": "fields"})
    return tuple(known) or ("id",)


def selection(ctx: Ctx, request: Request, module: Module) -> Selection:
    """What the parameters of a list read select."""
    params = request.params
    projection = ctx.projection(module, asked_fields(ctx, module))
    sort_by = params.get("sort_by") or "id"
    if (
        sort_by not in SORTABLE
        or (sort_by != "id" and sort_by not in module)
        or ("sort_by" in params and "cvid" in params)
    ):
        raise ApiError("INVALID_DATA", {"param_name": "sort_by"})
    if sort_by != "id":
        ctx.store.need_index(module, sort_by)
    order = params.get("sort_order") or "desc"
    if order not in {"asc", "desc"}:
        raise ApiError("INVALID_DATA", {"param_name": "sort_order"})
    selected = Selection(module, projection, sort_by, ascending=order == "asc")
    _restrict(ctx, request, selected)
    return selected


def _restrict(ctx: Ctx, request: Request, selected: Selection) -> None:
    module, params = selected.module, request.params
    if "ids" in params:
        selected.conditions.append(_ids(ctx, module, params["ids"], selected.values))
    if "cvid" in params:
        selected.conditions.append(views.view_filter(ctx, module, params["cvid"]))
    selected.conditions += converted_filter(module, params.get("converted"))
    selected.conditions += approved_filter(module, params.get("approved") or ctx.switches.text("list_approved"))
    selected.since = modified_since(ctx)
    if selected.since is not None and "Modified_Time" in module:
        ctx.store.need_index(module, "Modified_Time")
        selected.conditions.append(f't."Modified_Time" >= {selected.since}')  # inclusive (dossier 2.2: DOC7)


def converted_filter(module: Module, asked: str | None) -> list[str]:
    """``converted``: false by default, so converted leads are gone (dossier 2.2, 2.12: DOC7)."""
    if "Converted__s" not in module or asked == "both":
        return []
    if asked not in {None, "", "true", "false"}:
        raise ApiError("INVALID_DATA", {"param_name": "converted"})
    return ['t."Converted__s" = 1' if asked == "true" else 't."Converted__s" IS NOT 1']


def approved_filter(module: Module, asked: str) -> list[str]:
    """``approved``: true by default, records waiting for approval are left out (dossier 2.2, 8)."""
    if "$approval_state" not in module or asked == "both":
        return []
    if asked not in {"true", "false"}:
        raise ApiError("INVALID_DATA", {"param_name": "approved"})
    column = 't."$approval_state"'
    approved = f"({column} IS NULL OR {column} = 'approved')"
    return [approved if asked == "true" else f"NOT {approved}"]


def modified_since(ctx: Ctx) -> int | None:
    """The header If-Modified-Since in seconds, when it was sent."""
    text = ctx.request.headers.get("If-Modified-Since")
    if text is None:
        return None
    seconds = times.parse_instant(text, ctx.zone)
    if seconds is None:
        raise ApiError("INVALID_DATA", {"header": "If-Modified-Since"}, message="the header given seems to be invalid")
    return seconds


def _ids(ctx: Ctx, module: Module, text: str, values: list[Any]) -> str:
    given = [part.strip() for part in text.split(",") if part.strip()]
    limit = ctx.switches.number("ids_limit")
    if len(given) > limit:
        if ctx.switches.text("too_many_ids") == "LIMIT_EXCEEDED":
            raise ApiError("LIMIT_EXCEEDED", {"limit": limit, "param_name": "ids"})
        given = given[:limit]
    key = external.header_field(ctx, module)
    marks = ", ".join("?" * len(given))
    if key is not None:
        values += given
        return f"t.{quoted(key.api_name)} IN ({marks})"
    numbers = [ids.parse(part) for part in given]
    if None in numbers:
        raise ApiError("INVALID_DATA", {"param_name": "ids"}, message="the id given seems to be invalid")
    values += numbers
    return f"t.id IN ({marks})"


def _token(ctx: Ctx, request: Request, bound: str) -> PageToken | None:
    text = request.params.get("page_token")
    if not text:
        return None
    if "page" in request.params:
        params = [{"param_name": name, "json_path": f"$.query.{name}"} for name in ("page", "page_token")]
        raise ApiError("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": params})
    return page_tokens.read(ctx, text, page_tokens.binding(ctx, bound))


def _page(ctx: Ctx, selected: Selection, *, token: PageToken | None, page: int, per_page: int) -> list[Any]:
    """The rows of the page and one more, by the kind of walk in force (switch ``token_walk``)."""
    walk = ctx.switches.text("token_walk")
    if walk == "snapshot":
        return _snapshot_page(ctx, selected, token=token, page=page, per_page=per_page)
    repeated = ctx.fault("duplicate_rows")
    again = min(int(repeated.number("count", 1)), per_page - 1) if repeated and page > 1 else 0
    ctx.notes["again"] = again
    if token is None or walk == "offset":
        return selected.fetch(ctx, limit=per_page + 1, offset=(token.count if token else (page - 1) * per_page) - again)
    rows = selected.fetch(ctx, limit=per_page + 1, extra=_beyond(selected, ">"), values=_anchor(selected, token))
    return _before(ctx, selected, token, again) + rows if again else rows


def _beyond(selected: Selection, sign: str) -> str:
    if not selected.ascending:
        sign = sign.replace(">", "<") if ">" in sign else sign.replace("<", ">")
    return f"t.id {sign} ?" if selected.sort_by == "id" else f"({selected.sort_sql}, t.id) {sign} (?, ?)"


def _anchor(selected: Selection, token: PageToken) -> tuple[Any, ...]:
    return (token.id,) if selected.sort_by == "id" else (token.value, token.id)


def _before(ctx: Ctx, selected: Selection, token: PageToken, count: int) -> list[Any]:
    """The last rows up to a token's, for the fault ``duplicate_rows``."""
    turned = Selection(
        selected.module,
        selected.projection,
        selected.sort_by,
        not selected.ascending,
        selected.conditions,
        selected.values,
    )
    return turned.fetch(ctx, limit=count, extra=_beyond(turned, ">="), values=_anchor(selected, token))[::-1]


def _snapshot_page(ctx: Ctx, selected: Selection, *, token: PageToken | None, page: int, per_page: int) -> list[Any]:
    """A walk over the set as it was on its first page; what was deleted since is left out."""
    if token is None:
        rows = selected.fetch(ctx, limit=page_tokens.REACH, offset=0)
        walks = ctx.sim.walks
        walks.append([row[-1] for row in rows])
        ctx.notes["walk"] = len(walks)
        return rows[(page - 1) * per_page : page * per_page + 1]
    ctx.notes["walk"] = token.walk
    wanted = ctx.sim.walks[token.walk - 1][token.count : token.count + per_page + 1]
    marks = ", ".join(map(str, wanted))
    bare = Selection(selected.module, selected.projection, selected.sort_by, selected.ascending)
    ctx.notes["more"] = len(wanted) > per_page
    found = {row[-1]: row for row in bare.fetch(ctx, limit=len(wanted), extra=f"t.id IN ({marks})")}
    return [found[record_id] for record_id in wanted[:per_page] if record_id in found]


def _cost(ctx: Ctx, request: Request) -> int:
    """1 credit, 3 with a custom view (dossier 5.1)."""
    del ctx
    return 3 if "cvid" in request.params else 1


def _heavy(ctx: Ctx, request: Request) -> bool:
    """``cvid`` and ``sort_by`` go to the small pool (dossier 5.2: AE)."""
    del ctx
    return "cvid" in request.params or "sort_by" in request.params


ROUTES = (Route("GET", "/crm/v8/{module}", get_records, _cost, _heavy, "modules.READ"),)
