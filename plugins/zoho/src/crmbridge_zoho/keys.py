"""Our key in Zoho: the field that holds it, and the records that carry one.

Zoho has no idempotency key; a unique custom field is the next best thing (dossier 2.4, reliability 4.1). Where that
field is not unique (Tasks, Events and Calls know no unique fields), and where Zoho does not enforce it (a converted
lead keeps its key and another lead may get the same), only looking before a create keeps it from being made twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ScopeError
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.find import find
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.outgoing import Outgoing
from crmbridge_zoho.session import Session

NO_UPSERT = frozenset({"Tasks", "Events", "Calls", "Notes"})
"""Modules without upsert (dossier 2.4)."""
NO_KEY = frozenset({"Notes"})
"""Modules without fields of one's own."""
WRITTEN = ("Leads", "Accounts", "Contacts", "Deals", "Tasks")
"""The modules that crmbridge may make records in."""


@dataclass(frozen=True, slots=True)
class KeyField:
    """The field of a module that holds our keys. `is_unique`: Zoho itself lets no second record have one."""

    name: str
    is_unique: bool


def key_field(outgoing: Outgoing, name: str | None) -> KeyField | None:
    """The key field of a module; None where none is configured, or the module has no such text field."""
    described = outgoing.fields.get(name or "")
    if name is None or described is None or described.get("data_type") != "text":
        return None
    return KeyField(name, outgoing.is_unique(name))


def problems(session: Session, modules: Modules) -> list[str]:
    """What keeps the configured field from holding our keys, for a person; asks nothing where none is configured."""
    name, only = session.options.external_id_field, session.options.modules
    found = []
    for module in WRITTEN if name is not None else ():
        if module not in modules.all() or (only and module not in only):
            continue
        try:
            field = key_field(Outgoing(module, modules.described(module)), name)
        except (Refused, ScopeError):
            continue  # that it may not be seen is told of the module itself
        if field is None:
            found.append(f"{module} has no text field {name} (external_id_field): no record is made there")
        elif not field.is_unique and module not in NO_UPSERT:
            found.append(
                f"{name} of {module} (external_id_field) is not unique: two processes could make a record twice"
            )
    return found


def holders(
    session: Session, modules: Modules, module: str, field: KeyField, keys: Iterable[str]
) -> dict[str, RawRecord]:
    """The record of each key that has one; of several the oldest."""
    asked = list(dict.fromkeys(keys))
    return {
        key: hits[0] for key, hits in zip(asked, find(session, modules, module, field.name, asked), strict=True) if hits
    }
