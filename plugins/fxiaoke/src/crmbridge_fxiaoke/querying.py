"""One query of an object, and what its answer says.

No page is asked for by an offset: pages go on behind the last id, or from the last time, so no cap and no multiple of
anything is ever met (dossier 3.1). A page shorter than asked for is no proof of the end: the limit may have been cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke.payload import INVALID
from crmbridge_fxiaoke.session import Session, path_of

Filter = Mapping[str, object]
Row = Mapping[str, Any]
Orders = tuple[Mapping[str, object], ...]
BY_ID = ({"fieldName": "_id", "isAsc": True},)
BY_TIME = ({"fieldName": "last_modified_time", "isAsc": True}, {"fieldName": "_id", "isAsc": True})
LATEST_FIRST = ({"fieldName": "last_modified_time", "isAsc": False},)
ONLY_INVALID: Filter = {"field_name": "life_status", "operator": "IN", "field_values": [INVALID]}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked `of` an object. `projection` None is all fields; `is_counted` asks how many there are in all."""

    of: str
    filters: tuple[Filter, ...] = ()
    orders: Orders = BY_ID
    limit: int = 100
    projection: Sequence[str] | None = None
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """One answer: its rows in their order, and how many there are in all (0: none, or not told)."""

    rows: list[Row] = field(default_factory=list)
    total: int = 0


def where(name: str, operator: str, *values: object) -> Filter:
    """One condition; all of them hold together, there is no "or" (dossier 3.1)."""
    return {"field_name": name, "operator": operator, "field_values": list(values)}


def ask(session: Session, query: Query, *, offset: int = 0) -> Rows:
    """The answer; ContractError for one without a list of rows. Only a count looks at another offset than 0."""
    search: dict[str, object] = {
        "offset": offset,
        "limit": query.limit,
        "filters": list(query.filters),
        "orders": list(query.orders),
    }
    if query.projection is not None:
        search["fieldProjection"] = list(query.projection)
    data = {
        "dataObjectApiName": query.of,
        "find_explicit_total_num": query.is_counted,
        "search_query_info": search,
    }
    # three switches exist and nobody tells which one rules (dossier 3.1)
    top: dict[str, object] = {"includeNull": False, "returnTotalNum": 1 if query.is_counted else 3}
    return rows_of(session.ask(path_of(query.of, "query"), data, top=top), query.of)


def rows_of(body: Mapping[str, Any], object_name: str) -> Rows:
    """The rows of an answer, wherever it has them (dossier 8, 31)."""
    data = body.get("data")
    inner = data if isinstance(data, Mapping) else {}
    found = inner.get("dataList", body.get("dataList"))
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise ContractError("Fxiaoke answered a query of {object} without a list of rows", object=object_name)
    total = inner.get("total", body.get("total"))
    return Rows(found, total if isinstance(total, int) and not isinstance(total, bool) and total > 0 else 0)


def key_of(row: Row) -> str | None:
    """The id of a row, None where it has none."""
    found = row.get("_id")
    return found if isinstance(found, str) and found else None


def id_of(row: Row, object_name: str) -> str:
    """The id of a row; ContractError where it has none."""
    found = key_of(row)
    if found is None:
        raise ContractError("Fxiaoke sent a row of {object} without an _id", object=object_name)
    return found
