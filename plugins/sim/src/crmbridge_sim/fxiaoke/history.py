"""修改记录: the field-level log of one record (dossier 3.12: S15). The keys inside a row of the list are ours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.rendering import number_text
from crmbridge_sim.fxiaoke.schema import Field
from crmbridge_sim.fxiaoke.store import Change, Store

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

MOST_ROWS = 200
QUIET = frozenset({"compute"})
Row = tuple[str, str, int, str, str, str]


class Log:
    """Listens to the store and keeps one row a change, its fields as JSON."""

    def __init__(self, store: Store) -> None:
        self._db = store.db
        self._db.execute(
            "CREATE TABLE change_log (id INTEGER PRIMARY KEY, object TEXT, record TEXT, at_ms INTEGER, user TEXT,"
            " operation TEXT, fields TEXT)"
        )

    def index(self) -> None:
        """Made after seeding, when it is cheapest."""
        self._db.execute("CREATE INDEX log_record ON change_log (object, record, at_ms)")

    def __call__(self, change: Change) -> None:
        """Writes a change down; what is computed is nobody's edit."""
        if change.operation in QUIET:
            return
        fields = (
            {}
            if change.operation in {"create", "delete"}
            else {name: (change.before.get(name), change.after[name]) for name in change.fields}
        )
        self.add([(change.object, change.id, change.at_ms, change.user, change.operation, json.dumps(fields))])

    def add(self, rows: Iterable[Row]) -> None:
        """Adds rows silently, for seeding too."""
        self._db.executemany(
            "INSERT INTO change_log (object, record, at_ms, user, operation, fields) VALUES (?, ?, ?, ?, ?, ?)", rows
        )

    def of(self, name: str, record_id: str) -> list[tuple[int, int, str, str, dict[str, Any]]]:
        """The log of one record, newest first: number, ms, user, operation, fields."""
        found = self._db.execute(
            "SELECT id, at_ms, user, operation, fields FROM change_log WHERE object = ? AND record = ?"
            " ORDER BY at_ms DESC, id DESC",
            (name, record_id),
        )
        return [(number, at, user, operation, json.loads(fields)) for number, at, user, operation, fields in found]


def list_log(ctx: Ctx) -> dict[str, Any]:
    """``getNewLogInfoListForWeb``: pages from 1, at most 200 rows."""
    if ctx.switches.text("change_log") == "refuse":
        raise errors.business(errors.NO_RIGHT)
    obj = ctx.asked_object("apiName")
    row = ctx.record(obj, ctx.data.get("objectId"))
    try:
        page, size = int(str(ctx.data.get("pageNumber", 1))), int(str(ctx.data.get("pageSize", 20)))
    except ValueError:
        raise errors.illegal("pageSize") from None
    if page < 1 or not 1 <= size <= MOST_ROWS:
        raise errors.illegal("pageSize")
    shown_ms = ctx.now_ms - 1000 * ctx.switches.number("log_lag_s")
    found = [line for line in ctx.sim.log.of(obj.api_name, row["_id"]) if line[1] <= shown_ms]
    shown = found[(page - 1) * size : page * size]
    made = [
        {
            "logId": str(number),
            "apiName": obj.api_name,
            "dataId": row["_id"],
            "operationTime": at,
            "operationType": operation,
            "userId": ctx.outer(user),
            "userName": ctx.people.expanded(user, brief=True)["name"],
            "fields": [_told(obj.fields[name], *pair) for name, pair in fields.items() if name in obj],
        }
        for number, at, user, operation, fields in shown
    ]
    page_info = {"pageNumber": page, "pageSize": size, "pageCount": -(-len(found) // size), "totalCount": len(found)}
    return {"data": {"modifyRecordList": made, "pageInfo": page_info}}


def _told(field: Field, old: Any, new: Any) -> dict[str, Any]:  # noqa: ANN401  # stored values of any type
    return {
        "fieldApiName": field.api_name,
        "fieldLabel": field.label,
        "oldValue": _value(field, old),
        "newValue": _value(field, new),
        "oldLabel": _label(field, old),
        "newLabel": _label(field, new),
    }


def _value(field: Field, value: Any) -> Any:  # noqa: ANN401
    return number_text(value, field.decimals) if field.numeric and isinstance(value, int) else value


def _label(field: Field, value: object) -> str | None:
    found = field.option(value)
    return found.label if found else None


def stage_rows(sim: FxiaokeSimulator, object_name: str) -> dict[str, list[list[Any]]]:
    """Every stage change of every opportunity, oldest first, for the state dump: ms, from, to."""
    field = "sales_stage" if object_name == "NewOpportunityObj" else "oppo_stage_id"
    made: dict[str, list[list[Any]]] = {}
    for record, at, fields in sim.store.db.execute(
        "SELECT record, at_ms, fields FROM change_log WHERE object = ? AND fields LIKE ? ORDER BY at_ms, id",
        (object_name, f'%"{field}"%'),
    ):
        pair = json.loads(fields).get(field)
        if pair:
            made.setdefault(record, []).append([at, *pair])
    return made


ROUTES = {"/cgi/crm/v2/object/getNewLogInfoListForWeb": list_log}
