"""What Zoho says of its modules and their fields, asked once for each connection that is opened."""

from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import JsonValue

from crmbridge.model.errors import ConfigError, ContractError, ScopeError, nearest
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import ORG_CURRENCY, ModuleField
from crmbridge_zoho.kept import keep, kept
from crmbridge_zoho.payload import Shape
from crmbridge_zoho.session import API, Session

CURRENCY = "Currency"
Described = Mapping[str, Any]
"""A field or module as Zoho describes it."""

_AUDIT = {
    "Owner": "ownerlookup",
    "Created_By": "ownerlookup",
    "Modified_By": "ownerlookup",
    "Created_Time": "datetime",
    "Modified_Time": "datetime",
}
_TOLD_OF_MODULES = ("plural_label", "module_name", "generated_type", "api_supported", "creatable", "editable")
STATIC: Mapping[str, Mapping[str, str]] = {
    "Notes": {"Note_Title": "text", "Note_Content": "textarea", "Parent_Id": "multi_module_lookup", **_AUDIT},
    "DealHistory": {
        "Potential_Name": "lookup",
        "Stage": "picklist",
        "Moved_To__s": "picklist",
        "Modified_Time": "datetime",
        "Modified_By": "ownerlookup",
    },
}
"""The fields of modules whose metadata Zoho does not always give (dossier 2.13, 4.2)."""


class Modules:
    """The modules of one connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._modules: dict[str, Described] | None = None
        self._fields: dict[str, list[Described]] = {}
        self._shapes: dict[str, Shape] = {}

    def all(self) -> Mapping[str, Described]:
        """Every module that the API supports, by its API name."""
        if self._modules is None:
            found = self._session.get(f"{API}/settings/modules").rows("modules")
            self._modules = {
                str(one["api_name"]): one for one in found if isinstance(one, Mapping) and one.get("api_name")
            }
            keep(self._session, "modules", {name: _brief(one) for name, one in self._modules.items()})
        return self._modules

    @property
    def all_asked(self) -> Mapping[str, Described] | None:
        """The modules as they were asked for just now; None where they were not."""
        return self._modules

    def listed(self, wanted: Collection[str]) -> Mapping[str, Described]:
        """As `all`, in brief and perhaps a day old, where every wanted module is in it."""
        if self._modules is None:
            found = kept(self._session, "modules")
            if isinstance(found, dict) and all(isinstance(found.get(name), dict) for name in wanted):
                return {name: one for name, one in found.items() if isinstance(one, dict)}
        return self.all()

    def described(self, module: str) -> list[Described]:
        """The fields of a module as Zoho describes them; ScopeError where the user may not see it.

        ConfigError where there is no such module, with the nearest name.
        """
        if module not in self._fields:
            self._fields[module] = self._ask(module)
        return self._fields[module]

    def is_described(self, module: str) -> bool:
        """Whether anybody needed the fields of a module since the connection was opened."""
        return module in self._fields

    def forget(self, module: str) -> None:
        """Asks for the fields of a module anew the next time: one was made."""
        self._fields.pop(module, None)
        self._shapes.pop(module, None)

    def fields(self, module: str) -> dict[str, ModuleField]:
        """The fields of a module by their names."""
        return {one["api_name"]: field_of(one) for one in self.described(module)}

    def shape(self, module: str) -> Shape:
        """The form of a module's payloads."""
        if module not in self._shapes:
            org = self._session.org
            self._shapes[module] = Shape(self.fields(module).values(), zone=_zone(org.zone), currency=org.currency)
        return self._shapes[module]

    def _ask(self, module: str) -> list[Described]:
        try:
            answer = self._session.get(f"{API}/settings/fields", {"module": module})
        except (Refused, ScopeError) as error:
            if module in STATIC:
                return _static(module)
            if isinstance(error, Refused) and module not in self.all():
                raise ConfigError(
                    "Zoho has no module {module}",
                    module=module,
                    nearest=nearest(module, self.all()) or "-",
                    hint="did you mean {nearest}?",
                ) from error
            raise
        if answer.body is None:
            if module in STATIC:
                return _static(module)
            raise ScopeError("Zoho tells nothing of the fields of {module}: this user may not see it", module=module)
        found = [one for one in answer.rows("fields") if isinstance(one, Mapping)]
        if any(not isinstance(one.get("api_name"), str) for one in found):
            raise ContractError("Zoho described a field of {module} without a name", module=module)
        return [*found, *_currency_of(found, self._session.org.currency)]


def _brief(module: Described) -> dict[str, JsonValue]:
    return {name: module[name] for name in _TOLD_OF_MODULES if isinstance(module.get(name), str | bool)}


def field_of(described: Described) -> ModuleField:
    """A field as the reading side needs it. A type that Zoho does not tell is kept as `unknown`."""
    area = described.get("textarea")
    return ModuleField(
        name=described["api_name"],
        type=str(described.get("data_type") or "unknown"),
        json_type=_json_type(described),
        is_rich=isinstance(area, Mapping) and area.get("type") == "rich_text",
        renamed=_renamed(described),
    )


def _renamed(described: Described) -> tuple[tuple[str, str], ...]:
    """The labels of a picklist that are no value themselves, with the values behind them.

    Nobody says whether records carry the one or the other (dossier 3): payloads always carry the value.
    """
    values = described.get("pick_list_values")
    if described.get("data_type") not in {"picklist", "multiselectpicklist"} or not isinstance(values, list):
        return ()
    pairs = [(one.get("display_value"), one.get("actual_value")) for one in values if isinstance(one, Mapping)]
    actual = {value for _, value in pairs}
    found = {label: value for label, value in pairs if isinstance(value, str) and label not in actual}
    return tuple((label, value) for label, value in found.items() if isinstance(label, str))


def _currency_of(found: list[Described], currency: str) -> list[Described]:
    """The field Currency where a module holds amounts and its organisation has but one currency: its only choice."""
    has_amounts = any(one.get("data_type") == "currency" for one in found)
    if not has_amounts or any(one["api_name"] == CURRENCY for one in found):
        return []
    only = [{"actual_value": currency, "display_value": currency}] if currency else []
    told = {"data_type": ORG_CURRENCY, "read_only": True, "pick_list_values": only}
    return [{"api_name": CURRENCY, "field_label": CURRENCY, **told}]


def _json_type(described: Described) -> str:
    """What JSON type a value has; of a formula, what it returns."""
    formula = described.get("formula")
    if isinstance(formula, Mapping) and isinstance(kind := formula.get("return_type"), str):
        numeric = kind.casefold() in {"double", "currency", "percent", "integer", "long", "number", "bigint"}
        return "double" if numeric else "boolean" if kind.casefold() == "boolean" else "string"
    return str(described.get("json_type") or "string")


def _static(module: str) -> list[Described]:
    return [{"api_name": name, "field_label": name, "data_type": kind} for name, kind in STATIC[module].items()]


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
