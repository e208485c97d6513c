"""Records by the exact value of a field, found by query: without the lag of the search index (dossier 2.7, 2.8).

Zoho's `=` may ignore case, its search takes `equals` for contains, and nobody says what a backslash does in a query: so
a query only brings candidates, and the records themselves, read by id, decide.
"""

import re
from collections.abc import Iterator, Sequence

from crmbridge.adapter.contract import PullRequest, RawRecord
from crmbridge.model.errors import ConfigError, nearest
from crmbridge_zoho import coql
from crmbridge_zoho.fetch import records
from crmbridge_zoho.fields import KEY, TEXTS, ModuleField
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.plan import LIST_PAGE, NO_QUERY, QUERY_PAGE
from crmbridge_zoho.session import API, Session
from crmbridge_zoho.users import USERS, users

FINDABLE = TEXTS - {"textarea"}
"""The types that a query may look for: a multi-line text is none (dossier 2.8)."""
LEADS = "Leads"
_UNSAYABLE = re.compile(r"[\\\0]")
_SEARCH_ESCAPES = re.compile(r"([(),\\])")


def find(
    session: Session, modules: Modules, object_name: str, field_name: str, values: Sequence[str]
) -> list[list[RawRecord]]:
    """For each value, in their order, the live records whose field is exactly that; ConfigError for what cannot be."""
    asked = [value for value in dict.fromkeys(values) if value]
    hits: dict[str, list[RawRecord]] = {}
    for record in _candidates(session, modules, object_name, field_name, asked):
        hits.setdefault(str(record.payload.get(field_name)), []).append(record)
    return [sorted(hits.get(value, ()), key=lambda one: int(one.external_id)) for value in values]


def _candidates(
    session: Session, modules: Modules, module: str, field_name: str, values: Sequence[str]
) -> list[RawRecord]:
    """Records that may carry one of the values; their payloads say whether they do."""
    if module == USERS:
        return [one for page in users(session, PullRequest(USERS)) for one in page.records]
    if field_name == KEY:
        return list(records(session, modules, module, values).values())
    field = _field(modules, module, field_name)
    sought = [label for value in values for label in (value, *_labels(field, value))]
    ids = [one for condition in _conditions(field_name, sought) for one in _ids(session, module, field_name, condition)]
    found = records(session, modules, module, ids)
    if module == LEADS:
        seen = {str(one.payload.get(field_name)) for one in found.values()}
        missed = [value for value in sought if value not in seen]
        found |= records(session, modules, module, list(_converted(session, field_name, missed)))
    return list(found.values())


def _field(modules: Modules, module: str, field_name: str) -> ModuleField:
    known = modules.fields(module)
    field = known.get(field_name)
    if field is None:
        raise ConfigError(
            "{object} has no field {field}",
            object=module,
            field=field_name,
            nearest=nearest(field_name, known) or "-",
            hint="did you mean {nearest}?",
        )
    if field.type not in FINDABLE or module in NO_QUERY:
        raise ConfigError(
            "Zoho cannot look for {field} of {object}: it is a {type}", field=field_name, object=module, type=field.type
        )
    return field


def _labels(field: ModuleField, value: str) -> list[str]:
    """The labels behind which a value may stand in a record."""
    return [label for label, actual in field.renamed if actual == value]


def _conditions(field_name: str, values: Sequence[str]) -> Iterator[str]:
    """Conditions that every record with one of the values meets, perhaps others too."""
    plain = [value for value in values if not _UNSAYABLE.search(value)]
    for start in range(0, len(plain), coql.LONGEST_IN):
        yield coql.any_of(field_name, plain[start : start + coql.LONGEST_IN])
    for value in values:
        if _UNSAYABLE.search(value):
            longest = max(_UNSAYABLE.split(value), key=len)
            yield coql.contains(field_name, longest) if longest else f"{coql.name(field_name)} is not null"


def _ids(session: Session, module: str, field_name: str, condition: str) -> Iterator[str]:
    """The ids that meet a condition, however many they are."""
    last, limit = "", LIST_PAGE
    while True:
        where = coql.both(condition, f"{KEY} > {coql.record_id(last)}") if last else condition
        answer = coql.ask(session, coql.Query(module, (field_name,), where, (KEY,)), limit=limit)
        rows = answer.data
        yield from (str(row[KEY]) for row in rows)
        if not rows or not answer.has_more:
            return
        last, limit = str(rows[-1][KEY]), QUERY_PAGE


def _converted(session: Session, field_name: str, values: Sequence[str]) -> Iterator[str]:
    """Converted leads that may carry one of the values, by search: nobody says that a query gives them (dossier 2.8).

    What it refuses leaves as an error: none found would mean that there is none, and make a lead twice. A search lags
    by a minute; a lead is not converted that soon.
    """
    for start in range(0, len(values), coql.LONGEST_IN):
        some = [_SEARCH_ESCAPES.sub(r"\\\1", value) for value in values[start : start + coql.LONGEST_IN]]
        criteria = f"({field_name}:in:{','.join(some)})" if len(some) > 1 else f"({field_name}:equals:{some[0]})"
        params = {"criteria": criteria, "converted": "true", "fields": field_name, "per_page": LIST_PAGE}
        rows = session.get(f"{API}/{LEADS}/search", params, heavy=True).data
        yield from (str(row[KEY]) for row in rows)
