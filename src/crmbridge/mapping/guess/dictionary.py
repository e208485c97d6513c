"""Descriptions of columns that stand in a table beside the others: a data dictionary."""

from collections.abc import Mapping

from crmbridge.adapter.catalog import Catalog, ObjectInfo
from crmbridge.mapping.guess.profile import Sample
from crmbridge.mapping.guess.words import squeeze

_FIELD = frozenset(
    map(squeeze, ("field", "column", "field name", "column name", "attribute", "字段", "字段名", "列名"))
)
_TABLE = frozenset(map(squeeze, ("table", "file", "object", "table name", "sheet", "表", "表名", "对象")))
_TEXT = frozenset(map(squeeze, ("description", "definition", "meaning", "comment", "说明", "含义", "描述", "备注")))
_MOSTLY = 0.6


def described(catalog: Catalog, samples: Mapping[str, Sample]) -> Catalog:
    """The catalog with the descriptions of a dictionary in it as labels; as it was where there is no dictionary."""
    known = {one.name for info in catalog.objects for one in info.fields}
    texts: dict[tuple[str, str], str] = {}
    for info in catalog.objects:
        texts |= _read(info, samples.get(info.name), known)
    if not texts:
        return catalog
    return catalog.model_copy(update={"objects": tuple(_labelled(info, texts) for info in catalog.objects)})


def _read(info: ObjectInfo, held: Sample | None, known: set[str]) -> dict[tuple[str, str], str]:
    """(table or blank, column) -> description, where most rows speak of columns that there are."""
    by_form = {squeeze(one.name): one.name for one in info.fields}
    places = [next((by_form[form] for form in by_form if form in wanted), None) for wanted in (_FIELD, _TABLE, _TEXT)]
    field, table, text = places
    if held is None or field is None or text is None or not held.rows:
        return {}
    own = {one.name for one in info.fields}
    rows = [(str(row.get(table) or "") if table else "", str(row.get(field)), str(row.get(text))) for row in held.rows]
    spoken = sum(name in known - own for _, name, _ in rows)
    return {(where, name): said.strip() for where, name, said in rows} if spoken >= _MOSTLY * len(rows) else {}


def _labelled(info: ObjectInfo, texts: Mapping[tuple[str, str], str]) -> ObjectInfo:
    fields = tuple(
        one.model_copy(update={"label": texts.get((info.name, one.name)) or texts.get(("", one.name)) or one.label})
        for one in info.fields
    )
    return info.model_copy(update={"fields": fields})
