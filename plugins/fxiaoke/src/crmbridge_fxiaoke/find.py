"""Records by the exact value of a field: a query brings candidates, their own values decide.

Whether Fxiaoke's `EQ` minds case or spaces is not told, and an unknown field in a filter may simply be ignored
(dossier 3.1): so the field is held against describe first, and every candidate against the value. A query may lag
behind a write (dossier 10): what was made a moment ago is not found yet, and `claims` knows of it.
"""

from collections.abc import Collection, Iterator, Sequence

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ConfigError, ContractError, nearest
from crmbridge_fxiaoke import people
from crmbridge_fxiaoke.fetch import fetch
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import KEY
from crmbridge_fxiaoke.querying import Query, Row, ask, id_of, where
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.texts import Texts

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
    hits: dict[str, list[RawRecord]] = {}
    for record in _records(session, objects, object_name, field_name, asked):
        value = record.external_id if field_name == KEY else record.payload.get(field_name)
        if isinstance(value, str) and not record.deleted:
            hits.setdefault(value, []).append(record)
    return [sorted(hits.get(value, ()), key=lambda one: one.external_id) for value in values]


def _records(
    session: Session, objects: Objects, object_name: str, field_name: str, values: Sequence[str]
) -> Iterator[RawRecord]:
    """Records that may have one of the values, as a pull would give them."""
    if object_name in people.OBJECTS:
        _check_known(object_name, field_name, [one.name for one in people.info(object_name).fields])
        yield from people.records_of(session, object_name)[0]
    elif field_name == KEY:
        yield from (one for one in fetch(session, objects, object_name, values) if one is not None)
    else:
        _check(objects, object_name, field_name)
        texts = Texts(session, objects.shape(object_name), objects.cuts)
        for start in range(0, len(values), MOST_VALUES):
            some = values[start : start + MOST_VALUES]
            rows = [row for row in _rows(session, object_name, field_name, some) if row.get(field_name) in some]
            yield from (objects.record(object_name, row) for row in texts.mended(rows))


def _check_known(object_name: str, field_name: str, known: Collection[str]) -> None:
    if field_name not in known:
        raise ConfigError(
            "{object} has no field {field}",
            object=object_name,
            field=field_name,
            nearest=nearest(field_name, known) or "-",
            hint="did you mean {nearest}?",
        )


def _check(objects: Objects, object_name: str, field_name: str) -> None:
    known = objects.fields(object_name)
    _check_known(object_name, field_name, known)
    described = known[field_name]
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
