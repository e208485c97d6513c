"""The fields of a module: what type each is, which way of reading carries it, and how they fit into calls.

    type                                                  list   query   bulk
    text, picklist, number, date, boolean, lookup ...     yes    yes     yes
    Tag, pictures, files, reminders, unknown types        yes    no      no
    $ keys ($se_module, $approval_state ...)              yes    no      no
    subform, multi-select lookup, multi-user lookup       no     no      no     one call for each record

A list names at most 50 fields a call, a query 500 (dossier 2.2, 2.8). A bulk CSV holds plain cells only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

KEY, CREATED, MODIFIED = "id", "Created_Time", "Modified_Time"
LINK, LINK_MODULE = "What_Id", "$se_module"
LIST_FIELDS = 50
QUERY_FIELDS = 500


class Way(StrEnum):
    """A way of reading records."""

    LIST = "list"
    QUERY = "query"
    BULK = "bulk"


LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup"})
"""Types whose value is one record: `{"id": ...}` in a payload, a bare id in a bulk CSV."""
NUMBERS = frozenset({"integer", "double", "currency", "percent"})
TEXTS = frozenset({"text", "textarea", "email", "phone", "website", "picklist", "autonumber", "bigint"})
TIMES = frozenset({"date", "datetime"})
COMPUTED = frozenset({"formula", "rollup_summary"})
PLAIN = LOOKUPS | NUMBERS | TEXTS | TIMES | COMPUTED | {"boolean", "multiselectpicklist", "org_currency"}
"""The types that every way carries."""
ORG_CURRENCY = "org_currency"
"""The type of the field Currency where Zoho has none: every amount is in the organisation's only currency."""
SINGLE = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
"""The types that only the reading of one record gives."""


@dataclass(frozen=True, slots=True)
class ModuleField:
    """One field as Zoho describes it. `json_type` tells what a formula gives; `is_rich` a text that lists cut short.

    `renamed` are the words that people read -> the values behind them, where they differ.
    """

    name: str
    type: str
    json_type: str = "string"
    is_rich: bool = False
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def ways(self) -> frozenset[Way]:
        """The ways that carry it whole."""
        if self.type in SINGLE:
            return frozenset()
        is_plain = self.type in PLAIN and not self.name.startswith("$") and self.name != "Tag"
        return frozenset(Way) if is_plain else frozenset({Way.LIST})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reading asks for: the fields that are there, and those that were asked for and are not.

    `fields` are sorted by name, because a page token is bound to the parameters it was made with; the id is not among
    them, Zoho always gives it.
    """

    fields: tuple[ModuleField, ...]
    missing: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(one.name for one in self.fields)

    @property
    def listed(self) -> tuple[str, ...]:
        """The names that a list, a query or an export gives."""
        return tuple(one.name for one in self.fields if one.ways and one.type != ORG_CURRENCY)

    @property
    def single(self) -> tuple[str, ...]:
        """The names that only the reading of one record gives."""
        return tuple(one.name for one in self.fields if not one.ways)

    def unfit(self, way: Way) -> tuple[str, ...]:
        """The names that a way does not carry, beside those that none does."""
        return tuple(one.name for one in self.fields if one.ways and way not in one.ways)


def want(known: Mapping[str, ModuleField], asked: Iterable[str] | None) -> Wanted:
    """What to read of a module: the fields asked for, or all that lists give, and always its times.

    A link into several modules says into which by `$se_module` alone.
    """
    names = {name for name, one in known.items() if one.ways} if asked is None else set(asked)
    if LINK in names:
        names.add(LINK_MODULE)
    names |= {name for name in (CREATED, MODIFIED) if name in known}
    names.discard(KEY)
    found = [_field(known, name) for name in sorted(names)]
    missing = tuple(name for name, one in zip(sorted(names), found, strict=True) if one is None)
    return Wanted(tuple(one for one in found if one is not None), missing)


def _field(known: Mapping[str, ModuleField], name: str) -> ModuleField | None:
    """The field of that name; a `$` key is in no metadata and taken as it comes."""
    return known.get(name) or (ModuleField(name, "system", "string") if name.startswith("$") else None)


def field_sets(names: Sequence[str], *, limit: int = LIST_FIELDS) -> list[tuple[str, ...]]:
    """The names in sets that fit into a call; each holds the modified time, so that the sets can be compared."""
    if len(names) <= limit:
        return [tuple(names)] if names else [(KEY,)]
    shared = [name for name in (MODIFIED,) if name in names]
    rest = [name for name in names if name not in shared]
    size = limit - len(shared)
    return [(*shared, *rest[start : start + size]) for start in range(0, len(rest), size)]
