"""One chunk of a module as a CSV in a zip, written row by row from the store.

Lookups are bare ids; a dot path joins (`Owner.last_name`, `Account_Name.Account_Name`). Instants are ISO 8601 with the
offset of the user, empty fields are empty cells, the values of a list stand behind one another with `;`.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from crmbridge_sim.zoho import times
from crmbridge_sim.zoho.schema import Field, Module
from crmbridge_sim.zoho.sql import Column, Manner, Statement

if TYPE_CHECKING:
    from crmbridge_sim.zoho.bulk.jobs import Ask
    from crmbridge_sim.zoho.simulator import ZohoSimulator

Cell = Callable[[Any], Any] | None  # None = the stored value is the cell

# Types with no column of their own in an export (DOC limitations: related data is not exported).
_ABSENT = frozenset({"subform", "multiselectlookup", "multiuserlookup", "fileupload", "imageupload", "participants"})
_CHUNK_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """The result of one job."""

    zip: bytes
    count: int
    more: bool
    last_id: int


def export(sim: ZohoSimulator, ask: Ask, *, name: str, zone: str) -> Chunk:
    """Writes the chunk; unknown paths and wrong values raise as `sql` says."""
    module = sim.schema[ask.module]
    statement = Statement(sim.store, module, Manner.of(sim.switches, zone, fractions=False))
    header, columns = _columns(sim, statement, ask.fields)
    where = "1" if ask.criteria is None else statement.where(ask.criteria)
    where = f"({where}) AND {ask.view}{_hidden(sim, module)}"
    params = [*statement.params]
    if ask.after_id:
        where += " AND t.id > ?"
        params.append(ask.after_id)
    rows = sim.switches.number("bulk_page_rows")
    selected = ", ".join(["t.id", *(column.sql for column in columns)])
    sql = f"SELECT {selected} {statement.source} WHERE {where} ORDER BY t.id LIMIT ? OFFSET ?"
    cursor = sim.store.db.execute(sql, (*params, rows + 1, (ask.page - 1) * rows))
    cells = [_cell(sim, column, zone) for column in columns]
    return _write(_batches(cursor), header, cells, name=name, rows=rows)


def check(sim: ZohoSimulator, ask: Ask, *, zone: str) -> None:
    """Finds unknown fields and wrong values before a job is added."""
    statement = Statement(sim.store, sim.schema[ask.module], Manner.of(sim.switches, zone, fractions=False))
    _columns(sim, statement, ask.fields)
    if ask.criteria is not None:
        statement.where(ask.criteria)


def _columns(sim: ZohoSimulator, statement: Statement, fields: Sequence[str]) -> tuple[list[str], list[Column]]:
    """Header and columns; the id is always there, under a header whose case is uncertain."""
    shown = [
        field.api_name
        for field in statement.module.fields.values()
        if field.visible and not field.hidden_in_metadata and field.data_type not in _ABSENT
    ]
    paths = list(dict.fromkeys(fields or shown))
    if not any(path.lower() == "id" for path in paths):
        paths.insert(0, "id")
    head = [sim.switches.text("bulk_id_header") if path.lower() == "id" else path for path in paths]
    return head, [statement.column("id" if path.lower() == "id" else path) for path in paths]


def _hidden(sim: ZohoSimulator, module: Module) -> str:
    """Rows an export leaves out."""
    hidden = ""
    if "Converted__s" in module and not sim.switches.flag("bulk_sees_converted"):
        hidden += " AND t.Converted__s IS NOT 1"
    if module.api_name == "DealHistory" and not sim.switches.flag("bulk_exports_orphans"):
        # "bulk export omits rows whose deal is gone" (dossier 2.13)
        hidden += " AND EXISTS (SELECT 1 FROM Deals d WHERE d.id = t.Potential_Name)"
    return hidden


def _batches(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:  # noqa: ANN401 -- an sqlite3 cursor
    while batch := cursor.fetchmany(_CHUNK_ROWS):
        yield batch


def _write(
    batches: Iterable[list[tuple[Any, ...]]], header: list[str], cells: list[Cell], *, name: str, rows: int
) -> Chunk:
    packed = io.BytesIO()
    count, last_id, more = 0, 0, False
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        info = zipfile.ZipInfo(f"{name}.csv")  # a fixed date: the same world gives the same bytes
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as member:
            member.write(_lines([header]))
            for batch in batches:
                more = count + len(batch) > rows
                kept = batch[: rows - count]
                if kept:
                    count, last_id = count + len(kept), kept[-1][0]
                    member.write(_lines(_shown(kept, cells)))
                if more:
                    break
    return Chunk(packed.getvalue(), count, more, last_id)


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _shown(rows: list[tuple[Any, ...]], cells: list[Cell]) -> Iterable[Sequence[Any]]:
    """The rows without their leading id, column by column converted."""
    columns = list(zip(*rows, strict=True))[1:]
    made = [
        column if cell is None else [cell(value) for value in column]
        for column, cell in zip(columns, cells, strict=True)
    ]
    return zip(*made, strict=True)


def _cell(sim: ZohoSimulator, column: Column, zone: str) -> Cell:
    field = column.field
    if field.storage == "instant":
        texts = times.texts_of(zone)
        return lambda value: None if value is None else texts[value]
    if field.storage == "bool":
        return lambda value: "true" if value else "false"
    if field.storage == "json":
        return partial(_list_cell, shown=_shown_picks(sim, field))
    if field.storage == "layout":
        default = column.module.layouts[0].id if column.module.layouts else None
        return lambda value: default if value is None else value
    return _pick_cell(sim, field)


def _pick_cell(sim: ZohoSimulator, field: Field) -> Cell:
    shown = _shown_picks(sim, field)
    return (lambda value: shown.get(value, value)) if shown else None


def _shown_picks(sim: ZohoSimulator, field: Field) -> dict[str, str]:
    """Actual -> display of the values whose two texts differ; empty where a record carries the actual one."""
    if sim.switches.text("stage_value") != "display":
        return {}
    return {value.actual: value.display for value in field.values if value.actual != value.display}


def _list_cell(value: str | None, *, shown: dict[str, str]) -> str | None:
    """The values of a list; of objects their names."""
    if not value or value == "[]":
        return None
    items = json.loads(value)
    if not isinstance(items, list):
        return value
    return ";".join(str(item.get("name", "") if isinstance(item, dict) else shown.get(item, item)) for item in items)
