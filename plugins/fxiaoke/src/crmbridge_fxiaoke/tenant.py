"""A tenant that is looked at: single queries as they are sent and as they are answered, past the reader's own ways."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.querying import rows_of
from crmbridge_fxiaoke.session import PRESET, Session

PAGE = 100
_SAMPLES = ("LeadsObj", "AccountObj", "ContactObj", "NewOpportunityObj", "OpportunityObj", "ActiveRecordObj")
Row = Mapping[str, Any]


@dataclass(slots=True)
class Tenant:
    """The tenant that is looked at; what was read once is not asked for again."""

    session: Session
    objects: Objects
    _pages: dict[tuple[str, bool], list[Row]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The preset objects to look at that are there."""
        return [name for name in _SAMPLES if self.objects.has(name)]

    def query(
        self, name: str, *filters: Row, path: str = PRESET, top: Row | None = None, **search: object
    ) -> Mapping[str, Any]:
        """The answer to a query as it came; an error of this one call leaves."""
        asked = {"offset": 0, "limit": 1, "filters": list(filters), "orders": [by("_id")], **search}
        flags = {"returnTotalNum": 3, "includeNull": False, "find_explicit_total_num": False, **(top or {})}
        explicit = flags.pop("find_explicit_total_num")
        data = {"dataObjectApiName": name, "find_explicit_total_num": explicit, "search_query_info": asked}
        return self.session.ask(f"{path}/query", data, top=flags)

    def rows(self, name: str, *filters: Row, path: str = PRESET, **search: object) -> list[Row]:
        """The rows of a query."""
        return rows_of(self.query(name, *filters, path=path, top=None, **search), name).rows

    def page(self, name: str, *, by_time: bool = False) -> list[Row]:
        """The first rows of an object with all their fields, by id or by the time of change."""
        key = (name, by_time)
        if key not in self._pages:
            orders = [by("last_modified_time"), by("_id")] if by_time else [by("_id")]
            self._pages[key] = self.rows(name, limit=PAGE, orders=orders)
        return self._pages[key]

    def typed(self, *kinds: str) -> Iterator[tuple[str, str]]:
        """The fields of these types, each with its object."""
        for name in self.names:
            for key, one in self.objects.fields(name).items():
                if one.get("type") in kinds:
                    yield name, key


def by(name: str) -> Row:
    """An order by a field, the smallest first."""
    return {"fieldName": name, "isAsc": True}
