"""Records by the exact value of a field: a query brings candidates, their own values decide.

Whether Fxiaoke's `EQ` minds case or spaces is not told, and an unknown field in a filter may simply be ignored
(dossier 3.1): so the field is held against describe first, and every candidate against the value. A query may lag
behind a write (dossier 10): what was made a moment ago is not found yet, and `claims` knows of it.
"""

from collections.abc import Iterator, Mapping, Sequence

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ConfigError, ContractError, nearest
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import KEY
from crmbridge_fxiaoke.session import Session, path_of

FINDABLE = frozenset({"text", "email", "url", "phone", "phone_number", "auto_number", "long_text"})
PAGE = 100
"""The most rows of a query (dossier 5)."""
MOST_VALUES = 20
"""The values of one filter: nobody says how many it takes."""


def find(
    session: Session, objects: Objects, object_name: str, field_name: str, values: Sequence[str]
) -> list[list[RawRecord]]:
    """For each value, in their order, the live records whose field is exactly that; ConfigError for what cannot be."""
    asked = [value for value in dict.fromkeys(values) if value]
    if field_name != KEY:
        _check(objects, object_name, field_name)
    hits: dict[str, list[RawRecord]] = {}
    for start in range(0, len(asked), MOST_VALUES):
        for row in _rows(session, object_name, field_name, asked[start : start + MOST_VALUES]):
            value = row.get(field_name)
            if isinstance(value, str) and row.get("life_status") != "invalid":
                hits.setdefault(value, []).append(objects.record(object_name, row))
    return [sorted(hits.get(value, ()), key=lambda one: one.external_id) for value in values]


def _check(objects: Objects, object_name: str, field_name: str) -> None:
    known = objects.fields(object_name)
    described = known.get(field_name)
    if described is None:
        raise ConfigError(
            "{object} has no field {field}",
            object=object_name,
            field=field_name,
            nearest=nearest(field_name, known) or "-",
            hint="did you mean {nearest}?",
        )
    if described.get("type") not in FINDABLE:
        raise ConfigError(
            "Fxiaoke cannot look for {field} of {object}: it is a {type}",
            field=field_name,
            object=object_name,
            type=described.get("type"),
        )


def _rows(session: Session, object_name: str, field_name: str, values: Sequence[str]) -> Iterator[Mapping[str, object]]:
    """Rows that may have one of the values, however many there are: by `_id`, beyond any offset."""
    last = ""
    while True:
        filters = [_one_of(field_name, values)]
        if last:
            filters.append({"field_name": KEY, "operator": "GT", "field_values": [last]})
        rows = query(session, object_name, filters)
        yield from rows
        if len(rows) < PAGE:
            return
        if not any(row.get(field_name) in values for row in rows):
            raise ContractError(
                "Fxiaoke was asked for {field} of {object} and sent records with other values",
                field=field_name,
                object=object_name,
            )
        last = str(rows[-1][KEY])


def query(session: Session, object_name: str, filters: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The first rows that meet all filters, in the order of their ids, 作废 ones perhaps among them."""
    search = {
        "offset": 0,
        "limit": PAGE,
        "filters": list(filters),
        "orders": [{"fieldName": KEY, "isAsc": True}],
    }
    data = {"dataObjectApiName": object_name, "search_query_info": search}
    body = session.ask(path_of(object_name, "query"), data, top={"includeNull": False}).get("data")
    rows = body.get("dataList") if isinstance(body, Mapping) else None
    if not isinstance(rows, Sequence):
        raise ContractError("Fxiaoke sent no rows of {object}", object=object_name)
    return [row for row in rows if isinstance(row, Mapping) and row.get(KEY)]


def _one_of(field_name: str, values: Sequence[str]) -> dict[str, object]:
    return {"field_name": field_name, "operator": "IN" if len(values) > 1 else "EQ", "field_values": list(values)}
