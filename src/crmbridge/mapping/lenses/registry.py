"""Every lens by name, the one each type of field takes by default, and how a rule's parameters are checked."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from crmbridge.adapter.lens import Lens
from crmbridge.mapping.lenses import contacts, lists, money, numbers, picks, structured, texts, times
from crmbridge.mapping.lenses.frame import LensKind, Setting
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import FieldSpec, FieldType

BUILT_IN: dict[str, LensKind[Any]] = {
    kind.name: kind
    for family in (texts, contacts, lists, structured, numbers, money, times, picks)
    for kind in family.KINDS
}

_DEFAULTS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "text",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "money",
    FieldType.BOOL: "bool",
    FieldType.DATE: "date",
    FieldType.INSTANT: "instant",
    FieldType.REF: "ref",
    FieldType.ENUM: "picklist",
    FieldType.TEXTS: "texts",
    FieldType.JSON: "json",
}
_BY_NAME = {"email": "email", "phone": "phone"}
_OWN_TABLE = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.TEXTS, FieldType.REF, FieldType.ENUM}


def default_lens(field: FieldSpec, parameters: Mapping[str, object]) -> str:
    """The lens of a field whose rule names none: by its name, its table of values, or its type."""
    if "values" in parameters and field.type not in _OWN_TABLE:
        return "picklist"
    return _BY_NAME.get(field.name, _DEFAULTS[field.type])


def build_lens(
    name: str, setting: Setting, parameters: Mapping[str, Any], *, plugins: Mapping[str, object]
) -> tuple[Lens | None, list[tuple[str | None, ConfigError]]]:
    """The lens, or each wrong parameter with its message; None as parameter means the rule as a whole.

    The messages are templates without a place: whoever knows the file puts it in front.
    """
    if name in BUILT_IN:
        return _build(BUILT_IN[name], setting, parameters)
    if name in plugins:
        return _build_plugin(name, plugins[name], parameters)
    near = suggestion(name, sorted([*BUILT_IN, *plugins]))
    error = ConfigError("there is no lens {lens}", lens=name, nearest=near, hint="did you mean {nearest}?")
    return None, [("lens", error)]


def _build(
    kind: LensKind[Any], setting: Setting, parameters: Mapping[str, Any]
) -> tuple[Lens | None, list[tuple[str | None, ConfigError]]]:
    try:
        return kind.build(setting, parameters), []
    except ValidationError as error:
        return None, [_told(kind, details) for details in error.errors()]
    except ConfigError as error:
        return None, [(None, error)]


def _told(kind: LensKind[Any], details: Any) -> tuple[str | None, ConfigError]:  # noqa: ANN401 - pydantic's details
    key = str(details["loc"][0]) if details["loc"] else None
    if details["type"] == "extra_forbidden":
        return key, _unknown(kind.name, str(key), [i.alias or n for n, i in kind.parameters.model_fields.items()])
    return key, ConfigError("{reason}", reason=details["msg"].removeprefix("Value error, "))


def _unknown(lens: str, key: str, known: list[str]) -> ConfigError:
    return ConfigError(
        "the lens {lens} has no parameter {parameter}",
        lens=lens,
        parameter=key,
        nearest=suggestion(key, known),
        hint="did you mean {nearest}?",
    )


def _build_plugin(
    name: str, factory: object, parameters: Mapping[str, Any]
) -> tuple[Lens | None, list[tuple[str | None, ConfigError]]]:
    if not callable(factory):
        return None, [(None, ConfigError("the plugin's lens {lens} is no function", lens=name))]
    unknown = _unknown_of(factory, parameters)
    if unknown is not None:
        key, known = unknown
        return None, [(key, _unknown(name, key, known))]
    try:
        return factory(**parameters), []
    except Exception as error:  # noqa: BLE001 - somebody else's code: reported, never fatal
        reason = f"{type(error).__name__}: {error}"
        return None, [(None, ConfigError("the lens {lens} refuses: {reason}", lens=name, reason=reason))]


def _unknown_of(factory: Callable[..., object], parameters: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """The first parameter that the factory does not take, and those it does."""
    taken = inspect.signature(factory).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values()):
        return None
    missing = [key for key in parameters if key not in taken]
    return (missing[0], list(taken)) if missing else None
