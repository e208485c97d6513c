"""The fields that crmbridge needs: looked for, and where one is missing, the administrator is told what to make.

Fxiaoke's API makes no fields (dossier 2.2, 3.11): they are made in 管理后台, by a person.
"""

from collections.abc import Mapping
from typing import Literal

from crmbridge.model.errors import ConfigError
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import is_writable
from crmbridge_fxiaoke.values import Described

Kind = Literal["text", "number", "date"]
GOOD_FOR: Mapping[Kind, frozenset[str]] = {
    "text": frozenset({"text", "long_text"}),
    "number": frozenset({"number", "currency", "percentile"}),
    "date": frozenset({"date"}),
}
"""Fxiaoke's types that hold each kind."""
ASKED: Mapping[Kind, str] = {"text": "单行文本", "number": "数字", "date": "日期"}
"""The name of the type as 管理后台 has it."""


def ensure_field(objects: Objects, object_name: str, field_name: str, kind: Kind) -> str:
    """The API name of the field; ConfigError where it is there as another type, or somebody must make it."""
    found = _named(objects.fields(object_name), field_name)
    if found is None:
        objects.forget(object_name)
        found = _named(objects.fields(object_name), field_name)
    if found is None:
        raise ConfigError(
            "{object} has no field {field}, and the API of Fxiaoke makes none",
            object=object_name,
            field=field_name,
            type=ASKED[kind],
            hint="make it in 管理后台: object {object}, type {type}, name {field}; then try again",
        )
    name, described = found
    has = str(described.get("type"))
    if has not in GOOD_FOR[kind]:
        raise ConfigError(
            "{object} has a field {field} already, and it is no {wanted} but a {has}",
            object=object_name,
            field=name,
            wanted=kind,
            has=has,
            hint="name another field",
        )
    if not is_writable(name, described):
        raise ConfigError("{field} of {object} cannot be written", field=name, object=object_name)
    return name


def _named(fields: Mapping[str, Described], field_name: str) -> tuple[str, Described] | None:
    """The field of that API name, with or without `__c`, else the one of that label."""
    for name in (field_name, f"{field_name}__c"):
        if name in fields:
            return name, fields[name]
    wanted = _plain(field_name)
    return next(((name, one) for name, one in fields.items() if _plain(one.get("label")) == wanted), None)


def _plain(text: object) -> str:
    return str(text or "").strip().replace("_", " ").casefold()
