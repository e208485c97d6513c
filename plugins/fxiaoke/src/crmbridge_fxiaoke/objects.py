"""The objects of a company and how Fxiaoke describes them: asked once for each, and kept while the connection is open.

Names, options and custom things differ from company to company, so nothing is taken for granted (dossier 2.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ConfigError, ContractError, nearest
from crmbridge_fxiaoke.payload import Shape
from crmbridge_fxiaoke.session import DESCRIBE, OBJECT_LIST, Session
from crmbridge_fxiaoke.texts import Cut


@dataclass(frozen=True, slots=True)
class Listed:
    """One object as the list of objects has it."""

    name: str
    label: str
    is_custom: bool


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing changed in an object from `since` until `begun`, when somebody looked."""

    since: int
    begun: int


class Objects:
    """What is known of the objects of one connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._listed: tuple[Listed, ...] | None = None
        self._described: dict[str, Mapping[str, Any]] = {}
        self._shapes: dict[tuple[str, frozenset[str] | None], Shape] = {}
        self.cuts: dict[str, Cut] = {}
        self.sweeping: set[str] = set()
        self.quiet: dict[str, Quiet] = {}

    def listed(self) -> tuple[Listed, ...]:
        """Every active object, by name; those that the connection's `objects` names, where it names some."""
        if self._listed is None:
            told = self._session.ask(OBJECT_LIST).get("data")
            rows = told.get("objects") if isinstance(told, Mapping) else None
            if not isinstance(rows, list):
                raise ContractError("Fxiaoke sent no list of its objects")
            found = [_listed(row) for row in rows if isinstance(row, Mapping) and row.get("isActive") is not False]
            self._listed = tuple(sorted((one for one in found if one), key=lambda one: one.name))
        wanted = self._session.options.objects
        return tuple(one for one in self._listed if not wanted or one.name in wanted)

    def has(self, name: str) -> bool:
        """Whether there is such an object."""
        return any(one.name == name for one in self.listed())

    def described(self, name: str) -> Mapping[str, Any]:
        """The object as describe gives it; ConfigError where there is none, ScopeError where it is not allowed."""
        if name not in self._described:
            if not self.has(name):
                known = [one.name for one in self.listed()]
                raise ConfigError(
                    "Fxiaoke has no object {object} here",
                    object=name,
                    hint="did you mean {nearest}?",
                    nearest=nearest(name, known) or ", ".join(known),
                )
            # two shapes of this request are documented, and both may be sent at once (dossier 3.11)
            told = self._session.ask(DESCRIBE, {"apiName": name}, top={"apiName": name, "includeDetail": True}).get(
                "data"
            )
            found = told.get("describe") if isinstance(told, Mapping) else None
            if not isinstance(found, Mapping) or not isinstance(found.get("fields"), Mapping):
                raise ContractError("Fxiaoke did not describe {object}", object=name)
            self._described[name] = found
        return self._described[name]

    def is_described(self, name: str) -> bool:
        """Whether anybody needed the description of an object since the connection was opened."""
        return name in self._described

    def fields(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """The active fields of an object as describe gives them, by API name."""
        told = self.described(name)["fields"]
        return {key: one for key, one in told.items() if isinstance(one, Mapping) and one.get("is_active") is not False}

    def shape(self, name: str, wanted: frozenset[str] | None = None) -> Shape:
        """How the rows of an object become records, made once for each set of fields."""
        key = (name, wanted)
        if key not in self._shapes:
            self._shapes[key] = Shape(name, self.fields(name), wanted)
        return self._shapes[key]

    def record(self, name: str, row: Mapping[str, Any]) -> RawRecord:
        """One row with all its fields as a record."""
        return self.shape(name).record(row)

    def forget(self, name: str) -> None:
        """The description of this object is asked for anew by whoever needs it next."""
        self._described.pop(name, None)
        self._shapes = {key: shape for key, shape in self._shapes.items() if key[0] != name}


def _listed(row: Mapping[str, Any]) -> Listed | None:
    name = row.get("describeApiName")
    if not isinstance(name, str) or not name:
        return None
    label = row.get("describeDisplayName")
    return Listed(name, label if isinstance(label, str) and label else name, row.get("defineType") == "custom")
