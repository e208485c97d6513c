"""What is sent of a change: names and values as Fxiaoke takes them, held against describe before anything leaves.

Nobody says what Fxiaoke does with a field that it does not know, or with an option that nobody defined: it may drop
the one and keep the other (dossier 9). So both are refused here, the record alone, with a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from crmbridge.adapter.contract import Rejected
from crmbridge.adapter.sending import Unsendable
from crmbridge.model.errors import nearest
from crmbridge_fxiaoke.values import LISTS, Described, Slot, is_empty, options_of, sendable

KEY = "_id"
OTHER = "__o"
"""The suffix of the text beside the option `other` (dossier 2.4)."""
NEVER_WRITTEN = frozenset({"auto_number", "formula", "count", "quote", "embedded_object_list"})
"""The types that Fxiaoke computes, or that have calls of their own."""
SYSTEM = frozenset(
    {
        KEY,
        "version",
        "tenant_id",
        "created_by",
        "create_time",
        "last_modified_by",
        "last_modified_time",
        "life_status",
        "life_status_before_invalid",
        "lock_status",
        "is_deleted",
        "owner_department",
        "owner_department_id",
        "relevant_team",
        "object_describe_api_name",
        "object_describe_id",
    }
)
"""Fields that Fxiaoke keeps itself, whether or not describe says so (dossier 2.3)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A record on its way out: `values` that are something, and the fields to `clear`, with what is a list there."""

    values: Mapping[str, object] = field(default_factory=dict)
    clear: tuple[str, ...] = ()
    lists: frozenset[str] = frozenset()

    def without(self, *names: str) -> "Sent":
        """The same without those fields."""
        values = {name: value for name, value in self.values.items() if name not in names}
        return Sent(values, tuple(name for name in self.clear if name not in names), self.lists)

    def __bool__(self) -> bool:
        return bool(self.values or self.clear)


class Outgoing:
    """The records of one object on their way out. `is_plain`: the login speaks of people by their plain ids."""

    def __init__(self, name: str, fields: Mapping[str, Described], *, is_plain: bool, zone: ZoneInfo) -> None:
        self.name, self.fields = name, fields
        self._is_plain, self._zone = is_plain, zone

    def record(self, fields: Mapping[str, object]) -> Sent | Rejected:
        """The fields as they are sent; Rejected where one of them must not be."""
        values: dict[str, object] = {}
        clear: list[str] = []
        try:
            for name, value in fields.items():
                described = self._known(name)
                if is_empty(value):
                    clear.append(name)
                else:
                    values[name] = sendable(Slot(name, described, self._is_plain, self._zone), value)
        except Unsendable as error:
            return error.refusal
        return Sent(values, tuple(clear), frozenset(name for name in clear if self._is_list(name)))

    def is_unique(self, name: str) -> bool:
        """Whether Fxiaoke lets no two records share a value of that field, as describe has it."""
        return self.fields.get(name, {}).get("is_unique") is True

    def _is_list(self, name: str) -> bool:
        return str(self.fields.get(name, {}).get("type")) in LISTS

    def _has_other(self, name: str) -> bool:
        return any(one.get("value") == "other" for one in options_of(self.fields.get(name, {})))

    def _known(self, name: str) -> Described:
        """The field as describe gives it, where it may be written."""
        described = self.fields.get(name)
        if described is None and name.endswith(OTHER) and self._has_other(name.removesuffix(OTHER)):
            return {"type": "text"}
        if described is None and name != KEY:
            near = nearest(name, self.fields)
            hint = "did you mean {nearest}?" if near else None
            raise Unsendable(
                "FIELD_UNKNOWN", "{object} has no field {field}", name, hint=hint, object=self.name, nearest=near
            )
        if described is None or not is_writable(name, described):
            raise Unsendable("FIELD_READ_ONLY", "{field} of {object} cannot be written", name, object=self.name)
        return described


def is_writable(name: str, described: Described) -> bool:
    """Whether a field takes values from us: neither Fxiaoke's own, nor computed, nor switched off."""
    return (
        name not in SYSTEM
        and str(described.get("type")) not in NEVER_WRITTEN
        and described.get("is_readonly") is not True
        and described.get("is_active") is not False
    )
