"""Records by the exact value of a field: a query brings candidates, their own values decide.

Whether Fxiaoke's `EQ` minds case or spaces is not told, and an unknown field in a filter may simply be ignored
(dossier 3.1): so the field is held against describe first, and every candidate against the value. A query may lag
behind a write (dossier 10): what was made a moment ago is not found yet, and `claims` knows of it.
"""

from collections.abc import Iterator, Sequence

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ConfigError, ContractError, nearest
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import KEY
from crmbridge_fxiaoke.querying import Query, Row, ask, id_of, where
from crmbridge_fxiaoke.session import Session

FINDABLE = frozenset({"text", "email", "url", "phone", "phone_number", "auto_number"})
"""The types of one line: a list may shorten longer texts (dossier 2.4)."""
SMALLEST_PAGE = 20
"""A shorter page is the last one: no documentation names a smaller limit than 20."""
MOST_VALUES = SMALLEST_PAGE - 1
"""The values of one filter: nobody says how many it takes, and unique ones then need one page."""


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


def _rows(session: Session, object_name: str, field_name: str, values: Sequence[str]) -> Iterator[Row]:
    """Rows that may have one of the values, however many there are: by `_id`, beyond any offset."""
    last = ""
    while True:
        filters = (where(field_name, "IN" if len(values) > 1 else "EQ", *values),)
        beyond = (where(KEY, "GT", last),) if last else ()
        rows = ask(session, Query(object_name, (*filters, *beyond))).rows
        yield from rows
        if len(rows) < SMALLEST_PAGE:
            return
        if not any(row.get(field_name) in values for row in rows):
            raise ContractError(
                "Fxiaoke was asked for {field} of {object} and sent records with other values",
                field=field_name,
                object=object_name,
            )
        last = id_of(rows[-1], object_name)
