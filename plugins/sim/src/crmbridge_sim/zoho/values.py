"""One value of a write, checked by its field's type and turned into what the store keeps (dossier 4.1, 5.4, 6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from crmbridge_sim.zoho import ids, times
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import RecordError
from crmbridge_sim.zoho.schema import Field, Module

_EMAIL = re.compile(r"^[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+\.[^@\s.<>()\[\],;:\\\"]{2,}$")
_PHONE = re.compile(r"^[+]?[0-9A-Za-z()\-. /#*,;:]+$")  # odd characters -> expected_data_type phone (n8n#8508)
_WEBSITE = re.compile(r"^(https?://)?[^\s/:]+\.[^\s/:]+(:\d+)?(/\S*)?$")
THREE_PLACES = {"KWD": 3, "BHD": 3, "OMR": 3, "TND": 3, "JOD": 3}
NUMBER_LIMIT = 10**16  # 16 digits before the point; more is neither exact in JSON nor in a field
INTEGER_LIMIT = 2**31 - 1
BIGINT_LIMIT = 2**63 - 1


def wrong_type(field: Field, path: str, expected: str = "") -> RecordError:
    """INVALID_DATA with the data type Zoho expected (dossier 6: OAS26)."""
    details = {"expected_data_type": expected or field.data_type, "api_name": field.api_name, "json_path": path}
    return RecordError("INVALID_DATA", details)


def invalid(field: Field, path: str, message: str = "invalid data") -> RecordError:
    """INVALID_DATA that only names the place."""
    return RecordError("INVALID_DATA", {"api_name": field.api_name, "json_path": path}, message=message)


class ValueReader:
    """Reads values for one module on behalf of one call."""

    def __init__(self, ctx: Ctx, module: Module, *, currency: object = None) -> None:
        self._ctx, self._module = ctx, module
        self._places = THREE_PLACES.get(str(currency), 0)  # more than a field's own where the currency has them
        self._by_type: dict[str, Callable[[Field, Any, str], Any]] = {
            "email": self._shaped(_EMAIL),
            "phone": self._shaped(_PHONE),
            "website": self._shaped(_WEBSITE),
            "picklist": self._pick,
            "multiselectpicklist": self._picks,
            "boolean": self._flag,
            "integer": self._integer,
            "bigint": self._bigint,
            "date": self._date,
            "datetime": self._instant,
            "lookup": self._lookup,
            "ownerlookup": self._user,
            "userlookup": self._user,
            "layout": self._layout,
            "tag": self._tags,
        }

    def read(self, field: Field, value: Any, path: str) -> Any:  # noqa: ANN401  # any JSON in, any stored value out
        """The stored value; null and empty text clear the field. Raises RecordError."""
        if value is None or value == "":
            return None
        reader = self._by_type.get(field.data_type)
        if reader is not None:
            return reader(field, value, path)
        if field.storage == "number":
            return self._number(field, value, path)
        if field.storage == "json":
            return self._json(field, value, path)
        return self._text(field, value, path)

    def _text(self, field: Field, value: Any, path: str) -> str:  # noqa: ANN401  # JSON
        if not isinstance(value, str):
            raise wrong_type(field, path)
        if field.length and len(value) > field.length:
            details = {"maximum_length": field.length, "api_name": field.api_name, "json_path": path}
            raise RecordError("INVALID_DATA", details)
        return value

    def _shaped(self, pattern: re.Pattern[str]) -> Callable[[Field, Any, str], str]:
        def read(field: Field, value: Any, path: str) -> str:  # noqa: ANN401  # JSON
            text = self._text(field, value, path)
            if not pattern.match(text):
                raise wrong_type(field, path)
            return text

        return read

    def _pick(self, field: Field, value: Any, path: str) -> str:  # noqa: ANN401  # JSON
        """A picklist value; an unknown one is kept as a stray or refused, by a switch (dossier 2.4, 8)."""
        if not isinstance(value, str):
            raise wrong_type(field, path)
        if field.pick(value) is None and self._ctx.switches.text("unknown_pick_value") == "INVALID_DATA":
            supported = [one.display for one in field.values]
            details = {"supported_values": supported, "api_name": field.api_name, "json_path": path}
            raise RecordError("INVALID_DATA", details)
        return field.stored_pick(value)

    def _picks(self, field: Field, value: Any, path: str) -> str:  # noqa: ANN401  # JSON
        if not isinstance(value, list):
            raise wrong_type(field, path, "jsonarray")
        chosen = [self._pick(field, one, f"{path}[{n}]") for n, one in enumerate(value)]
        return _written(list(dict.fromkeys(chosen)))

    @staticmethod
    def _flag(field: Field, value: Any, path: str) -> int:  # noqa: ANN401  # JSON
        if not isinstance(value, bool):
            raise wrong_type(field, path)
        return int(value)

    @staticmethod
    def _integer(field: Field, value: Any, path: str) -> int:  # noqa: ANN401  # JSON
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > INTEGER_LIMIT:
            raise wrong_type(field, path)
        _check_digits(field, value, path)
        return value

    @staticmethod
    def _bigint(field: Field, value: Any, path: str) -> int:  # noqa: ANN401  # JSON
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,19}", str(value)) or abs(int(value)) > BIGINT_LIMIT:
            raise wrong_type(field, path)
        _check_digits(field, int(value), path)
        return int(value)

    def _number(self, field: Field, value: Any, path: str) -> int | float:  # noqa: ANN401  # JSON
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < NUMBER_LIMIT:
            raise wrong_type(field, path)
        _check_digits(field, int(value), path)
        places = field.decimal_place
        rounded = round(value, max(places, self._places)) if places is not None else value
        return int(rounded) if float(rounded).is_integer() and abs(rounded) < 2**53 else rounded

    @staticmethod
    def _date(field: Field, value: Any, path: str) -> str:  # noqa: ANN401  # JSON
        day = times.parse_date(value) if isinstance(value, str) else None
        if day is None:
            raise wrong_type(field, path)
        return day

    def _instant(self, field: Field, value: Any, path: str) -> int:  # noqa: ANN401  # JSON
        seconds = times.parse_instant(value, self._ctx.zone) if isinstance(value, str) else None
        if seconds is None:
            raise wrong_type(field, path)
        return seconds

    def _lookup(self, field: Field, value: Any, path: str) -> int:  # noqa: ANN401  # JSON
        """``{"id"}`` or the plain id as text (dossier 4.1); it must be a live record of the module."""
        found = read_id(value)
        if found is None:
            raise wrong_type(field, path, "jsonobject")
        if not self._ctx.store.exists(field.lookup, found):
            raise invalid(field, path + ".id", "the id given seems to be invalid")
        return found

    def _user(self, field: Field, value: Any, path: str) -> int:  # noqa: ANN401  # JSON
        found = read_id(value)
        if found is None and isinstance(value, dict) and isinstance(value.get("email"), str):
            by_email = self._ctx.people.by_email(value["email"])
            found = by_email.id if by_email else 0
        if found is None:
            raise wrong_type(field, path, "jsonobject")
        user = self._ctx.people.get(found)
        if user is None or user.status != "active":
            raise invalid(field, path + ".id", "the id given seems to be invalid")
        return user.id

    def _layout(self, field: Field, value: Any, path: str) -> int:  # noqa: ANN401  # JSON
        found = read_id(value)
        if found is None or not any(layout.id == found for layout in self._module.layouts):
            raise invalid(field, path, "the id given seems to be invalid")
        return found

    def _tags(self, field: Field, value: Any, path: str) -> str:  # noqa: ANN401  # JSON
        if not isinstance(value, list):
            raise wrong_type(field, path, "jsonarray")
        names = [one.get("name") if isinstance(one, dict) else one for one in value]
        if not all(isinstance(name, str) for name in names):
            raise wrong_type(field, path, "jsonobject")
        return tags_json(self._ctx, [str(name) for name in names])

    def _json(self, field: Field, value: Any, path: str) -> str:  # noqa: ANN401  # JSON
        if field.json_type == "jsonarray" and not isinstance(value, list):
            raise wrong_type(field, path, "jsonarray")
        if field.json_type == "jsonobject" and not isinstance(value, dict):
            raise wrong_type(field, path, "jsonobject")
        return _written(value)


def _check_digits(field: Field, whole: int, path: str) -> None:
    """The length of a number is how many digits stand before its point (DOC7:create-custom-field: "characters")."""
    if field.length and len(str(abs(whole))) > field.length:
        details = {"maximum_length": field.length, "api_name": field.api_name, "json_path": path}
        raise RecordError("INVALID_DATA", details)


def read_id(value: object) -> int | None:
    """The id in ``{"id": ".."}`` or a bare text or number."""
    return ids.parse(value.get("id") if isinstance(value, dict) else value)


def tags_json(ctx: Ctx, names: list[str]) -> str:
    """The stored tags of a record: ``[{name,id,color_code}]`` (dossier 4.1: OAS25 tags)."""
    tags = [
        {"name": name, "id": ctx.sim.named_id("tag", name), "color_code": None} for name in dict.fromkeys(names) if name
    ]
    return _written(tags)


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
