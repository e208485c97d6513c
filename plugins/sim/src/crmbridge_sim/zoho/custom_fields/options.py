"""What a field of any type can be besides: unique, external, hidden from a profile, with a tooltip (DOC7)."""

from __future__ import annotations

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.custom_fields.sent import Sent
from crmbridge_sim.zoho.errors import RecordError
from crmbridge_sim.zoho.ids import parse
from crmbridge_sim.zoho.schema import Field, Module

# UNCERTAIN: the docs show unique on email and integer and list no types; these hold one plain value.
CAN_BE_UNIQUE = frozenset({"text", "email", "phone", "website", "integer", "bigint", "double", "currency"})
TOOLTIPS = {"static_text": 35, "info_icon": 255}
PERMISSIONS = ("read_write", "read_only", "hidden")
NOT_FILTERABLE = frozenset({"textarea"})
UNIQUE_KEYS = {"casesensitive": ("casesensitive",), "case_sensitive": ("case_sensitive",)}


def read_options(ctx: Ctx, module: Module, sent: Sent, field: Field) -> None:
    """Changes the field by the options that were sent; raises RecordError."""
    if "unique" in sent.values:
        field.unique = _is_unique(ctx, sent, field)
    _external(module, sent, field)
    _profiles(ctx, sent, field)
    _tooltip(sent, field)
    if "filterable" in sent.values:
        if field.data_type in NOT_FILTERABLE:
            raise RecordError("NOT_ALLOWED", sent.place("filterable"))
        field.filterable = sent.get("filterable", "boolean") is not False
    crypt = sent.inner("crypt")
    if crypt is not None and crypt.one_of("mode", ("encryption", "decryption")) == "encryption":
        raise RecordError("NOT_SUPPORTED", sent.place("crypt"), status=403)  # not imitated


def _is_unique(ctx: Ctx, sent: Sent, field: Field) -> bool:
    """``{"casesensitive": false}``, as OAS25 spells it, or ``case_sensitive`` of DOC7's samples: by a switch."""
    unique = sent.inner("unique")
    if unique is None or not unique.values:
        return False
    if field.data_type not in CAN_BE_UNIQUE:
        raise RecordError("NOT_ALLOWED", sent.place("unique"))
    known = UNIQUE_KEYS.get(ctx.switches.text("unique_key"), ("casesensitive", "case_sensitive"))
    found = [key for key in known if key in unique.values]
    if not found:
        if ctx.switches.text("unknown_unique_key") == "ignore":
            return False
        raise RecordError("INVALID_DATA", {**sent.place("unique"), "expected_fields": list(known)})
    for key in found:
        if str(unique.values[key]).lower() != "false":  # OAS25: a text; DOC7: false and nothing else
            raise RecordError("INVALID_DATA", unique.place(key))
    return True


def _external(module: Module, sent: Sent, field: Field) -> None:
    external = sent.inner("external")
    if external is None:
        return
    if field.data_type != "text" or module.api_name == "Calls":
        raise RecordError("NOT_ALLOWED", sent.place("external"))
    kind = external.one_of("type", ("user", "org"))
    field.external = {"show": external.get("show", "boolean") is not False, "type": kind}


def _profiles(ctx: Ctx, sent: Sent, field: Field) -> None:
    """Which profile may see or write the field; only what is said of the caller's own shows here."""
    known = {ctx.sim.named_id("profile", user.profile): user.profile for user in ctx.people}
    for number, given in enumerate(sent.get("profiles", "jsonarray") or ()):
        one = Sent.of(given, "profiles", f"{sent.path}.profiles[{number}]")
        permission = one.one_of("permission_type", PERMISSIONS)
        if parse(one.values.get("id")) is None or str(one.values["id"]) not in known:
            raise RecordError("INVALID_DATA", one.place("id"), message="The given profile ID seems to be invalid")
        if known[str(one.values["id"])] == ctx.user.profile:
            field.visible, field.read_only = permission != "hidden", permission == "read_only"


def _tooltip(sent: Sent, field: Field) -> None:
    tooltip = sent.inner("tooltip")
    if tooltip is None:
        return
    name, text = tooltip.one_of("name", tuple(TOOLTIPS)), str(tooltip.need("value", "string"))
    if len(text) > TOOLTIPS[name]:
        raise RecordError("INVALID_DATA", {**tooltip.place("value"), "maximum_length": TOOLTIPS[name]})
    field.tooltip = {"name": name, "value": text}
