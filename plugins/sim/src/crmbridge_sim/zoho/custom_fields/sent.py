"""A JSON object of a request whose keys are read by name, each refused in Zoho's words when it is missing or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmbridge_sim.zoho.errors import RecordError

# What Zoho calls the type (`expected_data_type`) and what it is here.
_TYPES: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "jsonobject": dict, "jsonarray": list}


@dataclass(frozen=True, slots=True)
class Sent:
    """The object and its place (`$.fields[0]`); every method raises RecordError."""

    values: dict[str, Any]
    path: str

    @classmethod
    def of(cls, value: object, name: str, path: str) -> Sent:
        """Wraps an object; anything else is no object."""
        if not isinstance(value, dict):
            place = {"api_name": name, "json_path": path, "expected_data_type": "jsonobject"}
            raise RecordError("INVALID_DATA", place)
        return cls(value, path)

    def place(self, key: str) -> dict[str, object]:
        """The details every refusal of a key carries (OAS25 fields.json)."""
        return {"api_name": key, "json_path": f"{self.path}.{key}"}

    def get(self, key: str, expected: str) -> Any:  # noqa: ANN401  # JSON
        """The value when it is of the expected type, None when there is none."""
        value = self.values.get(key)
        wanted = _TYPES[expected]
        if value is not None and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
            raise RecordError("INVALID_DATA", {**self.place(key), "expected_data_type": expected})
        return value

    def need(self, key: str, expected: str, *, because: str = "") -> Any:  # noqa: ANN401  # JSON
        """The same for a key that must be there; ``because`` names the key that asks for it."""
        value = self.get(key, expected)
        if value not in (None, "", []):
            return value
        if because:
            details = {"dependee": self.place(because), **self.place(key)}
            raise RecordError("DEPENDENT_FIELD_MISSING", details)
        raise RecordError("MANDATORY_NOT_FOUND", self.place(key))

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        """A text of a closed set that must be there."""
        value = str(self.need(key, "string"))
        if value not in allowed:
            raise RecordError("INVALID_DATA", {**self.place(key), "supported_values": list(allowed)})
        return value

    def inner(self, key: str) -> Sent | None:
        """The object under a key, None when there is none."""
        value = self.get(key, "jsonobject")
        return None if value is None else Sent(value, f"{self.path}.{key}")
