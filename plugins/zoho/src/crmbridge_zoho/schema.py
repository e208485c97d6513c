"""The fields that crmbridge needs, looked for and, where they are missing, made (API v8, settings/fields).

Zoho names a field by its label: the name that it chose is read back, never guessed. The field of our keys is made
unique where Zoho knows unique fields. The documentation writes the key of `unique` in two ways: the OpenAPI file and
the metadata say `casesensitive`, the page on custom fields says `case_sensitive`; the second is tried where the first
is refused. Its value can only be false: case never tells two values apart.
"""

from collections.abc import Mapping
from typing import Literal

from crmbridge.model.errors import ConfigError, ContractError
from crmbridge_zoho.errors import Refusal, Refused, refusal_of
from crmbridge_zoho.modules import Described, Modules
from crmbridge_zoho.session import API, Session

FIELDS = f"{API}/settings/fields"
Kind = Literal["text", "number", "date"]
GOOD_FOR: Mapping[Kind, frozenset[str]] = {
    "text": frozenset({"text", "textarea"}),
    "number": frozenset({"double", "integer", "currency", "percent", "bigint"}),
    "date": frozenset({"date"}),
}
"""The types of Zoho that hold each kind."""
_MADE: Mapping[Kind, Mapping[str, object]] = {
    "text": {"data_type": "text", "length": 255},
    "number": {"data_type": "double", "length": 16, "decimal_place": 6},
    "date": {"data_type": "date"},
}
NO_UNIQUE = frozenset({"Tasks", "Events", "Calls", "Notes"})
"""Modules without unique fields, as far as anybody says."""
_SPELLINGS = ("casesensitive", "case_sensitive")
_FULL = "LIMIT_EXCEEDED"


def ensure_field(session: Session, modules: Modules, module: str, field_name: str, kind: Kind) -> str:
    """The API name of the field; made where it was missing. ConfigError where it is there as another type."""
    found = _named(modules.described(module), field_name)
    if found is None:
        _make(session, module, field_name, kind)
        modules.forget(module)
        found = _named(modules.described(module), field_name)
        if found is None:
            raise ContractError(
                "Zoho made the field {field} of {object} and does not list it", field=field_name, object=module
            )
    has = str(found.get("data_type"))
    if has not in GOOD_FOR[kind]:
        raise ConfigError(
            "{object} has a field {field} already, and it is no {wanted} but a {has}",
            object=module,
            field=found["api_name"],
            wanted=kind,
            has=has,
            hint="name another field",
        )
    return str(found["api_name"])


def _make(session: Session, module: str, field_name: str, kind: Kind) -> None:
    made: dict[str, object] = {"field_label": field_name.replace("_", " "), **_MADE[kind]}
    is_key = kind == "text" and _plain(field_name) == _plain(session.options.external_id_field or "")
    if not is_key or module in NO_UNIQUE:
        refusal = _sent(session, module, made)
    else:
        for spelling in _SPELLINGS:
            refusal = _sent(session, module, {**made, "unique": {spelling: False}})
            if refusal is None or refusal.code == _FULL or not _is_about_unique(refusal):
                break
    if refusal is None or _is_there(refusal):
        return
    if refusal.code == _FULL and _is_about_unique(refusal):
        raise ConfigError(
            "{object} has as many unique fields as Zoho allows: {field} was not made",
            object=module,
            field=field_name,
            hint="name a unique text field that is there already as external_id_field",
        )
    if refusal.code == _FULL:
        raise ConfigError(
            "{object} has as many custom fields as its edition allows: {field} was not made",
            object=module,
            field=field_name,
        )
    raise Refused(refusal, path=FIELDS)


def _sent(session: Session, module: str, made: Mapping[str, object]) -> Refusal | None:
    """Makes the field; None, or why it was not made."""
    try:
        answer = session.write("POST", FIELDS, {"fields": [made]}, params={"module": module})
    except Refused as error:
        return error.refusal
    return next(
        (one for one in (refusal_of(item, status=answer.status) for item in answer.rows("fields")) if one), None
    )


def _is_about_unique(refusal: Refusal) -> bool:
    """Whether a path in its details names `unique`, by itself or among what a limit is due to."""
    return refusal.what == "unique" or ".unique" in str(refusal.details)


def _is_there(refusal: Refusal) -> bool:
    """Whether somebody made it in the meantime: its label or its name is taken."""
    return refusal.code == "DUPLICATE_DATA"


def _named(described: list[Described], field_name: str) -> Described | None:
    """The field of that API name, else the one of that label."""
    by_name = next((one for one in described if one.get("api_name") == field_name), None)
    if by_name is not None:
        return by_name
    wanted = _plain(field_name)
    return next((one for one in described if wanted in {_plain(one.get("field_label")), _plain(one["api_name"])}), None)


def _plain(text: object) -> str:
    """A label or a name in the form in which Zoho makes the one from the other."""
    return str(text or "").strip().replace("_", " ").casefold()
