"""What a connection describes: modules as objects with their fields, pipelines, limits, and what the org is."""

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import JsonValue

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue
from crmbridge.model.errors import ConfigError, ContractError, ScopeError
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import KEY, MODIFIED
from crmbridge_zoho.modules import Described, Modules
from crmbridge_zoho.org import Org
from crmbridge_zoho.pipelines import pipelines_of
from crmbridge_zoho.session import API, Session
from crmbridge_zoho.users import USERS, users_info

_OWN = frozenset({"default", "custom"})
"""Modules of their own; subforms, links and trackers belong to others."""
_NO_RECORDS = frozenset({"Activities", "Feeds", "Home", "Reports", "Dashboards", "Attachments", "Emails", USERS})
"""`Activities` is a union of Tasks, Events and Calls, the others hold nothing to read."""
BATCH = 100
LONGEST_TEXT = 32_000
LONGEST_IN = 100


def catalog_of(session: Session, modules: Modules, *, only: frozenset[str] | None = None) -> Catalog:
    """The catalog; a module that the user may not see is there with the reason, and stops no other.

    With `only` those modules of it, and nothing that no reading of them needs.
    """
    wanted = frozenset(session.options.modules)
    if only is not None:
        wanted = only.intersection(wanted or only) or frozenset({""})
    org = session.org
    listed = modules.all() if only is None else modules.listed(wanted - {USERS, ""})
    objects = _objects(session, modules, listed, wanted)
    if listed is not modules.all_asked and not all(one.readable for one in objects):
        objects = _objects(session, modules, modules.all(), wanted)  # the list may be out of date
    if not wanted or USERS in wanted:
        objects.append(users_info())
    deals = next((one for one in objects if one.name == "Deals" and one.readable), None)
    return Catalog(
        objects=tuple(sorted(objects, key=lambda one: one.name)),
        pipelines=pipelines_of(session, modules, is_recent_enough=only is not None) if deals is not None else (),
        limits=limits_of(org, session),
        extra={
            "edition": org.edition,
            "files_beside": True,
            "currency": org.currency,
            **({"currencies": _currencies(session)} if only is None else {}),
        },
    )


def _objects(
    session: Session, modules: Modules, listed: Mapping[str, Described], wanted: Collection[str]
) -> list[ObjectInfo]:
    names = sorted(name for name, one in listed.items() if _is_object(name, one, wanted))
    with ThreadPoolExecutor(session.options.concurrency, thread_name_prefix="zoho-describe") as pool:
        return list(pool.map(lambda name: _keyed(object_of(modules, name, listed[name]), session), names))


def _keyed(found: ObjectInfo, session: Session) -> ObjectInfo:
    """The module with the field that keeps our keys, where it has the one that is configured."""
    name = session.options.external_id_field
    has = any(field.name == name and field.type == "text" for field in found.fields)
    return found.model_copy(update={"external_key_field": name}) if has else found


def object_of(modules: Modules, name: str, module: Described) -> ObjectInfo:
    """One module as an object; `module` is what Zoho says of it beside its fields."""
    label = str(module.get("plural_label") or module.get("module_name") or name)
    try:
        fields = modules.described(name)
    except (Refused, ScopeError, ConfigError) as error:
        return ObjectInfo(name=name, label=label, fields=(), readable=False, note=str(error))
    infos = [field_info(one) for one in sorted(fields, key=lambda one: str(one["api_name"]))]
    own = [one for one in infos if one.name != KEY]
    return ObjectInfo(
        name=name,
        label=label,
        fields=(FieldInfo(name=KEY, label="ID", type="id", writable=False, unique=True), *own),
        key_field=KEY,
        has_modified_time=any(one.name == MODIFIED for one in own),
        writable=module.get("creatable") is True or module.get("editable") is True,
    )


def field_info(one: Described) -> FieldInfo:
    """A field as Zoho describes it; a type that nobody knows is kept as it is called."""
    operation = one.get("operation_type")
    operation = operation if isinstance(operation, Mapping) else {}
    closed = one.get("read_only") is True or one.get("field_read_only") is True
    can = [operation.get("api_create"), operation.get("api_update")]
    length = one.get("length")
    return FieldInfo(
        name=str(one["api_name"]),
        label=str(one.get("field_label") or one.get("display_label") or one["api_name"]),
        type=str(one.get("data_type") or "unknown"),
        required=one.get("system_mandatory") is True,
        writable=not closed and can != [False, False],
        unique=bool(one.get("unique")),
        custom=one.get("custom_field") is True,
        max_length=length if isinstance(length, int) and length > 0 else None,
        target=target_of(one),
        picklist=picklist_of(one),
    )


def target_of(one: Described) -> str | None:
    """The module that a lookup points at, where it is one."""
    if one.get("data_type") in {"ownerlookup", "userlookup", "multiuserlookup"}:
        return USERS
    for key in ("lookup", "multiselectlookup", "subform", "associated_module"):
        inner = one.get(key)
        module = inner.get("module", inner) if isinstance(inner, Mapping) else None
        if isinstance(module, str) and module:
            return module
        if isinstance(module, Mapping) and isinstance(module.get("api_name"), str) and module["api_name"]:
            return str(module["api_name"])
    return None


def picklist_of(one: Described) -> tuple[PicklistValue, ...]:
    """The choices that are in use: the value that records carry, and what people read."""
    values = one.get("pick_list_values")
    if not isinstance(values, list):
        return ()
    found: dict[str, str] = {}
    for value in values:
        if isinstance(value, Mapping) and value.get("type") != "unused" and value.get("actual_value") is not None:
            actual = str(value["actual_value"])
            found.setdefault(actual, str(value.get("display_value") or actual))
    return tuple(PicklistValue(value=actual, label=label) for actual, label in found.items())


def limits_of(org: Org, session: Session) -> Limits:
    """The bounds of the account as data."""
    return Limits(
        page_size=session.options.page_size,
        batch_size=BATCH,
        concurrency=org.allowance.concurrency,
        daily_credits=org.daily_credits,
        longest_text=LONGEST_TEXT,
        longest_id_list=LONGEST_IN,
    )


def _is_object(name: str, module: Mapping[str, Any], wanted: Iterable[str]) -> bool:
    if wanted and name not in set(wanted):
        return False
    kind = module.get("generated_type", "default")
    return module.get("api_supported") is not False and kind in _OWN and name not in _NO_RECORDS


def _currencies(session: Session) -> list[JsonValue]:
    """The currencies of the organisation, by their ISO codes; empty where it has but one, or does not tell."""
    try:
        found = session.get(f"{API}/org/currencies").rows("currencies")
    except (Refused, ScopeError, ContractError):
        return []
    codes = {str(one["iso_code"]) for one in found if isinstance(one, Mapping) and one.get("iso_code")}
    return [*sorted(codes)]
