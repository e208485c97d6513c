"""Our key in Fxiaoke: the custom field that holds it, and the records that carry one.

Fxiaoke has no idempotency key (dossier 3.4). A custom text field of the tenant holds ours; where the tenant made it
unique, Fxiaoke itself refuses a second record. The API can make no field, so a person makes it once (`schema`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.find import find
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import Outgoing
from crmbridge_fxiaoke.session import Session

WRITTEN = ("LeadsObj", "AccountObj", "ContactObj", "NewOpportunityObj", "OpportunityObj", "ActiveRecordObj", "TaskObj")
"""The objects that crmbridge may make records in."""


@dataclass(frozen=True, slots=True)
class KeyField:
    """The field of an object that holds our keys. `is_unique`: Fxiaoke itself lets no second record have one."""

    name: str
    is_unique: bool


def key_field(outgoing: Outgoing, name: str | None) -> KeyField | None:
    """The key field of an object; None where none is configured, or the object has no such text field."""
    described = outgoing.fields.get(name or "")
    if name is None or described is None or described.get("type") != "text" or described.get("is_active") is False:
        return None
    return KeyField(name, outgoing.is_unique(name))


def problems(session: Session, objects: Objects) -> list[str]:
    """What keeps the configured field from holding our keys, for a person; asks nothing where none is configured."""
    name, only = session.options.external_id_field, session.options.objects
    problems: list[str] = []
    for object_name in WRITTEN if name is not None else ():
        if not objects.has(object_name) or (only and object_name not in only):
            continue
        try:
            described = objects.fields(object_name).get(str(name))
        except (Refused, ScopeError, ConfigError):
            continue  # that it may not be seen is told of the object itself
        if described is None or described.get("type") != "text":
            problems.append(f"{object_name} has no text field {name} (external_id_field): no record is made there")
        elif described.get("is_unique") is not True:
            problems.append(
                f"{name} of {object_name} (external_id_field) is not unique: two systems could make a record twice"
            )
    return problems


def holders(
    session: Session, objects: Objects, object_name: str, field: str, keys: Iterable[str]
) -> dict[str, RawRecord]:
    """The record of each key that has one; of several the oldest."""
    asked = list(dict.fromkeys(keys))
    found = zip(asked, find(session, objects, object_name, field, asked), strict=True)
    return {key: hits[0] for key, hits in found if hits}
