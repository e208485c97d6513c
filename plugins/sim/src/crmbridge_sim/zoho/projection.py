"""Stored rows as the JSON text a client sees, compiled once per module, field list and zone.

A page of 200 rows is one SQL statement and one ``%`` per row; names behind lookups are looked up by SQLite, so they
are always the present ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from json.encoder import encode_basestring  # the C escaper of json.dumps
from typing import Any

from crmbridge_sim.zoho.json_values import (
    Convert,
    Memo,
    as_is,
    bool_json,
    id_json,
    instant_json,
    layout_json,
    list_json,
    number_json,
    pick_json,
    picks_json,
    raw_json,
    text_json,
)
from crmbridge_sim.zoho.people import People
from crmbridge_sim.zoho.schema import ABSENT_IN_LISTS, UNSET, Field, Module, Schema
from crmbridge_sim.zoho.store import quoted
from crmbridge_sim.zoho.switches import Switches

# "$" keys of full reads that say the same for every record here (dossier 4.1: DOC7 search sample).
CONSTANTS: dict[str, str] = {
    "$approved": "true",
    "$approval": '{"delegate":false,"approve":false,"reject":false,"resubmit":false}',
    "$editable": "true",
    "$in_merge": "false",
    "$orchestration": "false",
    "$pathfinder": "false",
    "$review": "null",
    "$review_process": '{"approve":false,"reject":false,"resubmit":false}',
    "$state": '"save"',
    "$sharing_permission": '"full_access"',
    "$field_states": "null",
    "$has_more": "{}",
    "$followers": "null",
    "$followed": "false",
    "$zia_visions": "null",
    "$event_cancelled": "false",
    "$attachments": "null",
    "$voice_note": "false",
    "$size": "null",
    "$is_shared_to_client": "false",
}
_NOTE_KEYS = ("$attachments", "$voice_note", "$size", "$is_shared_to_client")
_ABSENT_CONSTANTS = {"$event_cancelled", *_NOTE_KEYS}
# "$" keys that repeat a field under another name.
ALIASES = {"$locked_for_me": "Locked__s", "$converted": "Converted__s", "$currency_symbol": "Currency"}
RICH_TEXT_IN_LISTS = 500  # "rich-text fields cut to 500 chars" (dossier 2.2: DOC7, OAS25)
DEFAULTS = {**{name: f'"{text}"' for name, text in UNSET.items()}, "Tag": "[]"}
SYMBOLS = {"USD": "$", "EUR": "€", "CNY": "¥", "GBP": "£", "JPY": "¥", "SEK": "kr", "KWD": "KD", "INR": "₹"}


def _by_column(convert: Convert) -> Callable[[Iterable[Any]], Iterable[str]]:
    """A converter for a whole column at once: texts and numbers without a call of ours per value."""
    if convert is text_json:
        return lambda values: ["null" if value is None else encode_basestring(str(value)) for value in values]
    if convert is number_json:
        return lambda values: ["null" if value is None else repr(value) for value in values]
    return partial(map, convert)


class Projection:
    """A compiled list of fields: ``sql`` to select from ``<module> t``, ``row`` to write one JSON object.

    A column is its name, its SQL (empty for a constant) and the converter of its values. Work goes column by column,
    mostly in C: a page of 200 rows of 20 fields takes about a millisecond.
    """

    def __init__(self, columns: Sequence[tuple[str, str, Convert]]) -> None:
        self.names = tuple(name for name, _, _ in columns)
        live = [(sql, convert) for _, sql, convert in columns if sql]
        self.sql = ", ".join(sql for sql, _ in live) or "1"
        self._width = len(live)
        self._converts = [(n, _by_column(convert)) for n, (_, convert) in enumerate(live) if convert is not as_is]
        parts = [
            json.dumps(name) + ":" + ("%s" if sql else convert(None).replace("%", "%%"))
            for name, sql, convert in columns
        ]
        self._template = "{" + ",".join(parts) + "}"

    def row(self, row: Sequence[Any]) -> str:
        """One record as JSON text."""
        return self.rows([row])

    def rows(self, rows: Iterable[Sequence[Any]]) -> str:
        """Records as the inside of a JSON array; values behind the columns of ``sql`` are left alone."""
        columns: list[Any] = list(zip(*rows, strict=True))[: self._width]
        for number, convert in self._converts:
            if columns:
                columns[number] = convert(columns[number])
        template = self._template
        return ",".join([template % values for values in zip(*columns, strict=True)])

    def objects(self, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        """Records as mappings, exactly what their JSON text says."""
        made: list[dict[str, Any]] = json.loads("[" + self.rows(rows) + "]")
        return made


class Projector:
    """Makes projections and keeps them until the schema, the users or the switches change."""

    def __init__(self, schema: Schema, people: People, switches: Switches) -> None:
        self._schema, self._people, self._switches = schema, people, switches
        self._made: dict[tuple[object, ...], Projection] = {}

    def listing(self, module: Module, fields: Sequence[str], zone: str) -> Projection:
        """The projection of a list read: the asked fields and ``id``, without what lists omit (dossier 2.2)."""
        return self._get(module, tuple(fields), zone, full=False)

    def full(self, module: Module, zone: str, fields: Sequence[str] = ()) -> Projection:
        """The projection of a single read: everything with subforms, or only ``fields`` (dossier 2.3)."""
        return self._get(module, tuple(fields), zone, full=True)

    def converter(self, field: Field, module: Module, zone: str) -> Convert:
        """How one field's stored value is written, for queries that choose their own columns."""
        return self._convert(field, module, zone)

    def _get(self, module: Module, fields: tuple[str, ...], zone: str, *, full: bool) -> Projection:
        shown = self._switches.text("stage_value"), self._switches.flag("se_module_in_lists")
        key = (module.api_name, fields, zone, full, self._schema.version, self._people.version, shown)
        made = self._made.get(key)
        if made is None:
            if len(self._made) > 500:  # noqa: PLR2004  # a bound on memory, no meaning
                self._made.clear()
            made = self._made[key] = Projection(self._columns(module, fields, zone, full=full))
        return made

    def _columns(
        self, module: Module, fields: tuple[str, ...], zone: str, *, full: bool
    ) -> list[tuple[str, str, Convert]]:
        names = list(dict.fromkeys(["id", *(fields or _everything(module))]))
        shown = [name for name in names if self._is_shown(module, name, full=full)]
        columns = [self._column(module, name, zone, full=full) for name in shown]
        return [column for column in columns if column is not None]

    def _is_shown(self, module: Module, name: str, *, full: bool) -> bool:
        field = module.field_of(name)
        if full or field is None:
            return field is None or field.visible
        if name == "$se_module" and not self._switches.flag("se_module_in_lists"):
            return False
        return field.visible and field.data_type not in ABSENT_IN_LISTS

    def _column(self, module: Module, name: str, zone: str, *, full: bool) -> tuple[str, str, Convert] | None:
        if name == "id":
            return ("id", """'"' || t.id || '"'""", as_is)
        field = module.field_of(name)
        if field is not None and field.rich and not full:
            return (name, f"substr(t.{quoted(name)}, 1, {RICH_TEXT_IN_LISTS})", text_json)
        if field is not None:
            return self._field_column(field, module, zone)
        return self._system_column(module, name, zone)

    def _system_column(self, module: Module, name: str, zone: str) -> tuple[str, str, Convert] | None:
        """A ``$`` key that is no field: the same for all, or a field under another name."""
        if name in CONSTANTS:
            text = CONSTANTS[name]
            return (name, "", lambda _: text)
        source = module.field_of(ALIASES.get(name, ""))
        if source is None:
            return None
        if name == "$currency_symbol":
            return (name, f"t.{quoted('Currency')}", lambda value: text_json(SYMBOLS.get(value, value)))
        _, sql, convert = self._field_column(source, module, zone)
        return (name, sql, convert)

    def _field_column(self, field: Field, module: Module, zone: str) -> tuple[str, str, Convert]:
        """SQL that makes the JSON itself where SQLite can, else the stored value and its converter."""
        sql = self._sql(field, module)
        convert = self._plain(field, module, zone)
        written = {
            bool_json: f"iif({sql}, 'true', 'false')",
            id_json: f"""coalesce('"' || {sql} || '"', 'null')""",
            raw_json: f"coalesce({sql}, 'null')",
            list_json: f"coalesce({sql}, '[]')",
        }.get(convert)  # type: ignore[arg-type]  # any converter may be asked for
        default = DEFAULTS.get(field.api_name)
        if written is None:
            return (field.api_name, sql, self._convert(field, module, zone))
        if default is not None:
            written = f"iif({sql} IS NULL, '{default}', {written})"
        return (field.api_name, written, as_is)

    def _sql(self, field: Field, module: Module) -> str:
        column = f"t.{quoted(field.api_name)}"
        if field.data_type == "multi_module_lookup":
            return self._any_reference(field, module)
        if field.storage == "ref":
            return self._reference(self._schema[field.lookup], column, with_module=False)
        return column

    def _reference(self, target: Module, column: str, *, with_module: bool) -> str:
        module = f"'module',json_object('api_name','{target.api_name}','id','{target.id}')," if with_module else ""
        shown = quoted(target.display_field)
        return (
            f"(SELECT json_object({module}'name',{shown},'id',CAST(id AS TEXT))"
            f" FROM {quoted(target.api_name)} WHERE id={column})"
        )

    def _any_reference(self, field: Field, module: Module) -> str:
        """A lookup into several modules; which one says ``$se_module``. Notes.Parent_Id names it (dossier 4.1)."""
        with_module = module.api_name == "Notes"
        cases = " ".join(
            f"WHEN '{target.api_name}' THEN "
            + self._reference(target, f"t.{quoted(field.api_name)}", with_module=with_module)
            for target in self._schema
            if target.generated_type in {"default", "custom"} and target is not module
        )
        return f"CASE t.{quoted('$se_module')} {cases} END"

    def _convert(self, field: Field, module: Module, zone: str) -> Convert:
        plain = self._plain(field, module, zone)
        default = DEFAULTS.get(field.api_name)
        if default is None:
            return plain
        return lambda value: default if value is None else plain(value)

    def _plain(self, field: Field, module: Module, zone: str) -> Convert:
        storage = field.storage
        made: Convert = {"number": number_json, "int": number_json, "bool": bool_json, "ref": raw_json}.get(
            storage, text_json
        )
        shown = {value.actual: value.display for value in field.values if value.actual != value.display}
        if storage == "instant":
            made = instant_json(zone)
        elif storage == "user":
            made = Memo(self._people.lookup_json).__getitem__
        elif storage == "layout":
            made = layout_json(module)
        elif field.data_type == "multiselectpicklist" and shown and self._switches.text("stage_value") == "display":
            made = picks_json(shown)
        elif storage == "json":
            made = list_json if field.json_type == "jsonarray" else raw_json
        elif field.data_type == "bigint":
            made = id_json
        elif field.data_type == "picklist":
            made = pick_json(shown if self._switches.text("stage_value") == "display" else {})
        return made


def _everything(module: Module) -> list[str]:
    constants = [name for name in CONSTANTS if name not in _ABSENT_CONSTANTS]
    if module.api_name == "Notes":
        constants += _NOTE_KEYS
    if module.api_name == "Events":
        constants.append("$event_cancelled")
    aliases = [name for name, source in ALIASES.items() if source in module]
    return [*module.fields, *aliases, *constants]
