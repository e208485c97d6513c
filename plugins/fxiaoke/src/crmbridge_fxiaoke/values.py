"""Single values as Fxiaoke takes them (dossier 2.4): numbers as texts, people as lists, times in milliseconds.

Nothing is rounded, cut or guessed: a value that does not fit its field is refused here, before anything is sent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from crmbridge.adapter.sending import Unsendable, require_whole_texts
from crmbridge.model.errors import nearest

Described = Mapping[str, object]
"""A field as describe gives it."""
LISTS = frozenset(
    {"select_many", "employee", "department", "object_reference_many", "related_list", "file_attachment", "image"}
)
"""The types whose values are lists: emptied by `[]` where null does not do it."""
TEXTS = frozenset({"text", "long_text", "email", "url", "phone", "phone_number", "html_rich_text", "location"})
NUMBERS = frozenset({"number", "currency", "percentile"})
CHOICES = frozenset({"select_one", "record_type"})
_FSUID = re.compile(r"FSUID_[0-9A-Za-z]+")
_PLAIN_ID = re.compile(r"-?[0-9]{1,19}")
_ID = re.compile(r"[0-9A-Za-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class Slot:
    """The field that a value goes into: how Fxiaoke describes it, the ids that the login speaks of, its midnight."""

    name: str
    described: Described
    is_plain: bool
    zone: ZoneInfo

    @property
    def kind(self) -> str:
        """Fxiaoke's word for the type."""
        return str(self.described.get("type"))


def sendable(slot: Slot, value: object) -> object:
    """A value that is not empty, as it is sent; Unsendable where it does not fit."""
    require_whole_texts(slot.name, value)
    converter = _CONVERTERS.get(slot.kind)
    if converter is not None:
        return converter(slot, value)
    if slot.kind in TEXTS and not isinstance(value, str):
        raise Unsendable(
            "VALUE_TYPE", "{field} takes a text, and this is none: {value}", slot.name, value=_shown(value)
        )
    return value


def is_empty(value: object) -> bool:
    """Whether Fxiaoke's value means nothing: missing, null, an empty text and an empty list are one (dossier 2.4)."""
    return value is None or value in ("", [])


def _number(slot: Slot, value: object) -> str:
    found: object = value
    if isinstance(value, str):
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = None
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise Unsendable(
            "VALUE_TYPE", "{field} takes a number, and this is none: {value}", slot.name, value=_shown(value)
        )
    exact = Decimal(found)
    if not exact.is_finite():
        raise Unsendable(
            "VALUE_TYPE", "{field} takes a number, and this is none: {value}", slot.name, value=_shown(value)
        )
    places = slot.described.get("decimal_places")
    exponent = exact.normalize().as_tuple().exponent
    if isinstance(places, int) and isinstance(exponent, int) and -exponent > places:
        raise Unsendable(
            "NUMBER_TOO_FINE",
            "{field} has {places} decimals, and {value} would be rounded",
            slot.name,
            places=places,
            value=_shown(value),
        )
    return format(exact, "f")


def _boolean(slot: Slot, value: object) -> bool:
    if value in {"true", "false"}:  # as a table of values writes it
        return value == "true"
    if not isinstance(value, bool):
        raise Unsendable(
            "VALUE_TYPE", "{field} takes true or false, and this is neither: {value}", slot.name, value=_shown(value)
        )
    return value


def _day(slot: Slot, value: object) -> int:
    """A day as the milliseconds of its midnight."""
    if _is_ms(value):
        return int(str(value))
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise Unsendable(
            "VALUE_TYPE",
            "{field} takes a date such as 2026-09-30, and this is none: {value}",
            slot.name,
            value=_shown(value),
        ) from None
    return _ms(datetime.combine(day, time(), slot.zone))


def _instant(slot: Slot, value: object) -> int:
    if _is_ms(value):
        return int(str(value))
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - without a zone, and so refused
    if at.tzinfo is None:
        raise Unsendable(
            "VALUE_TYPE",
            "{field} takes a time with an offset from UTC, and this is none: {value}",
            slot.name,
            value=_shown(value),
        )
    return _ms(at)


def _clock_time(slot: Slot, value: object) -> int:
    if not _is_ms(value):
        raise Unsendable(
            "VALUE_TYPE", "{field} takes milliseconds, and this is none: {value}", slot.name, value=_shown(value)
        )
    return int(str(value))


def _people(slot: Slot, value: object) -> list[str]:
    """People or departments: always a list of ids, all of the one id space that the login uses."""
    found = [_one_id(slot, one) for one in _listed(value)]
    if slot.described.get("is_single") is True and len(found) > 1:
        raise Unsendable("VALUE_TYPE", "{field} takes one person, and these are {count}", slot.name, count=len(found))
    if slot.kind == "employee":
        right = _PLAIN_ID if slot.is_plain else _FSUID
        for identity in found:
            if not right.fullmatch(identity) and identity != "-10000":
                raise Unsendable(
                    "ID_SPACE",
                    "{field} takes ids of employees as this login has them ({example}), and this is none: {value}",
                    slot.name,
                    example="1000" if slot.is_plain else "FSUID_…",
                    value=_shown(identity),
                )
    return found


def _reference(slot: Slot, value: object) -> str:
    return _one_id(slot, value)


def _references(slot: Slot, value: object) -> list[str]:
    return [_one_id(slot, one) for one in _listed(value)]


def _links(slot: Slot, value: object) -> list[dict[str, object]]:
    """Links into several objects: each says which (dossier 3.13)."""
    found = []
    for one in _listed(value):
        if not isinstance(one, Mapping) or not one.get("describe_api_name") or not one.get("id"):
            raise Unsendable(
                "VALUE_TYPE",
                "{field} takes a list of links with describe_api_name and id, and this is none: {value}",
                slot.name,
                value=_shown(one),
            )
        found.append({str(key): part for key, part in one.items()})
    return found


def _choice(slot: Slot, value: object) -> str:
    """The value of an option in use, by itself or by its label: nothing that Fxiaoke would have to make up."""
    options = options_of(slot.described)
    exact = [one for one in options if value == one.get("value")]
    found = exact or [one for one in options if value == one.get("label")]
    usable = [one for one in found if is_usable(one)]
    if len(usable) == 1:
        return str(usable[0]["value"])
    if usable:
        raise Unsendable("OPTION_AMBIGUOUS", "{field} has several choices {value}", slot.name, value=_shown(value))
    if found:
        raise Unsendable("OPTION_OUT_OF_USE", "the choice {value} of {field} is out of use", slot.name, value=value)
    near = nearest(str(value), [str(one.get("label")) for one in options])
    hint = "did you mean {nearest}?" if near else None
    message = "{field} has no choice {value}"
    raise Unsendable("OPTION_UNKNOWN", message, slot.name, hint=hint, value=_shown(value), nearest=near)


def _choices(slot: Slot, value: object) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise Unsendable(
            "VALUE_TYPE", "{field} takes a list of choices, and this is none: {value}", slot.name, value=_shown(value)
        )
    return [_choice(slot, one) for one in value]


def options_of(described: Described) -> list[Mapping[str, object]]:
    """The options of a field, in their order."""
    found = described.get("options")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, Sequence) else []


def is_usable(option: Mapping[str, object]) -> bool:
    """Whether an option may still be chosen: how describe marks one that may not is not certain (dossier 3.11)."""
    return option.get("not_usable") is not True and option.get("is_active") is not False


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]


def _one_id(slot: Slot, value: object) -> str:
    identity = value.get("id") if isinstance(value, Mapping) else value
    if isinstance(identity, str) and (_ID.fullmatch(identity) or _PLAIN_ID.fullmatch(identity)):
        return identity
    raise Unsendable(
        "VALUE_TYPE", "{field} takes the id of a record, and this is none: {value}", slot.name, value=_shown(value)
    )


def _is_ms(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _ms(at: datetime) -> int:
    """Whole milliseconds since 1970, by integers: a float would be off in the last place."""
    since = at - datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def _shown(value: object) -> str:
    return str(value)[:60]


_CONVERTERS: dict[str, Callable[[Slot, object], object]] = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(CHOICES, _choice),
    **dict.fromkeys(("employee", "department"), _people),
    **dict.fromkeys(("object_reference", "master_detail"), _reference),
    "object_reference_many": _references,
    "related_list": _links,
    "select_many": _choices,
    "true_or_false": _boolean,
    "date": _day,
    "date_time": _instant,
    "time": _clock_time,
}
