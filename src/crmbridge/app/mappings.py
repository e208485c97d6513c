"""What a person asks of mappings: what is there, what has drifted, how a record came about, a draft to start from."""

from contextlib import closing
from dataclasses import replace

from crmbridge.adapter.catalog import Catalog
from crmbridge.app.one_record import one_record
from crmbridge.app.sampling import look_at
from crmbridge.app.unmapped import unmapped
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, raw
from crmbridge.mapping import drift
from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.explain import Explained, explain
from crmbridge.mapping.guess.guess import guess
from crmbridge.mapping.sources import vendor_fields
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import KindSpec
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, listing
from crmbridge.sync import meanings

DRIFTED = 1
"""What `mapping check` ends with where a mapped field is gone or a value is not mapped."""


def fields(wiring: Wiring, names: list[str]) -> Listing:
    """Every field of every source, and the neutral field that the mapping makes of it."""
    columns = (
        Column("connection", mark("connection")),
        Column("object", mark("object")),
        Column("field", mark("field")),
        Column("label", mark("label")),
        Column("type", mark("type")),
        Column("required", mark("required"), "bool"),
        Column("writable", mark("writable"), "bool"),
        Column("neutral", mark("becomes")),
    )
    rows = []
    for name in names:
        document, catalog = wiring.document(name), _catalog(wiring, name)
        for found in catalog.objects:
            used = _used(document, found.name)
            rows += [
                {
                    "connection": name,
                    "object": found.name,
                    "field": field.name,
                    "label": field.label,
                    "type": field.type,
                    "required": field.required,
                    "writable": field.writable,
                    "neutral": ", ".join(used.get(field.name, ())),
                }
                for field in found.fields
            ]
    return listing("fields/1", columns, rows)


def check(wiring: Wiring, names: list[str]) -> Listing:
    """What mappings disagree about with their sources, and with the records read; ends with 1 where that matters."""
    columns = (
        Column("connection", mark("connection")),
        Column("code", mark("code")),
        Column("message", mark("message")),
    )
    rows, drifted = [], False
    for name in names:
        wiring.mapping(name)
        for note in drift.check(wiring.document(name), _catalog(wiring, name)):
            drifted = drifted or note.code not in drift.INFORMATION
            rows.append({"connection": name, "code": note.code, "message": note})
    found = [{"connection": name, "code": note.code, "message": note} for name, note in unmapped(wiring, names)]
    code = DRIFTED if drifted or found else 0
    agreed = mark("the mapping names everything that the source has")
    return Listing("mapping-check/1", columns, (*found, *rows), exit_code=code, empty=agreed)


def explain_record(wiring: Wiring, kind: KindSpec, text: str) -> Listing:
    """For every field of a record: the vendor's value, the lens, the neutral value, and the rule that says so."""
    columns = (
        Column("connection", mark("connection")),
        Column("field", mark("field")),
        Column("vendor_field", mark("vendor's field")),
        Column("vendor_value", mark("vendor's value"), "json"),
        Column("lens", mark("lens")),
        Column("value", mark("neutral value"), "json"),
        Column("remark", mark("remark")),
        Column("origin", mark("says who")),
    )
    rows = []
    with wiring.ledger.read() as tx:
        known = {row.name: row.id for row in connections.listing(tx)}
        for ref in one_record(tx, kind, text)["refs"]:
            name, object_name = ref["connection"], ref["object"]
            (kept,) = raw.fetch(tx, known[name], object_name, [ref["vendor_id"]])
            told = meanings.kept(tx, known[name]), meanings.kept_labels(tx, known[name])
            mapping = wiring.mapping(name).knowing(*told)
            explained = explain(wiring.document(name), mapping, object_name, kept.record.payload)
            rows += [{"connection": name, **_explained(line)} for line in explained]
    return listing("mapping-explain/1", columns, rows)


def _explained(line: Explained) -> dict[str, object]:
    return {
        "field": line.field,
        "vendor_field": line.vendor_field,
        "vendor_value": line.vendor_value,
        "lens": line.lens,
        "value": line.value if line.value is None or isinstance(line.value, int) else str(line.value),
        "remark": line.remark,
        "origin": str(line.origin),
    }


def init(wiring: Wiring, connection: str) -> Listing:
    """Writes a draft mapping for a connection that has none, guessed from what the source describes and holds.

    ConfigError where it has one. The configuration stays as it is: objects that would have to be added are asked for.
    """
    file = wiring.workspace.mapping_file(connection)
    if file.exists():
        raise ConfigError(
            "{file} is there already: nothing was written", file=str(file), hint="edit it, or move it away"
        )
    with closing(wiring.open(connection)) as adapter:
        catalog = adapter.describe()
        samples, notes = look_at(adapter, catalog)
    made = guess(catalog, samples)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(made.text, encoding="utf-8")
    written = listing("mapping-init/1", [Column("file", mark("file made"))], [{"file": str(file)}])
    return replace(written, warnings=(*notes, *made.notes))


def _catalog(wiring: Wiring, name: str) -> Catalog:
    with closing(wiring.open(name)) as adapter:
        return adapter.describe()


def _used(document: MappingDocument, object_name: str) -> dict[str, list[str]]:
    """For each vendor field of an object the neutral fields it is read into."""
    rule = document.body.objects.get(object_name)
    used: dict[str, list[str]] = {}
    if rule is None:
        return used
    groups = ((f"{rule.kind}.", rule.fields), ("stage_dates.", rule.stage_dates), ("custom.", rule.custom))
    for prefix, table in groups:
        for neutral, field_rule in table.items():
            for vendor in vendor_fields(field_rule):
                used.setdefault(vendor, []).append(prefix + neutral)
    return used
