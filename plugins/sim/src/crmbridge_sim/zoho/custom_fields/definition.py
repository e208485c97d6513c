"""One sent definition of a field as a field of the schema (DOC7:create-custom-field; OAS25 fields.json).

Keys without an effect here (``separator``, ``hipaa_compliance_enabled``, ``private``, colours) are passed over. Data
types and options that are not imitated are refused as NOT_SUPPORTED, never half made.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.custom_fields.options import read_options
from crmbridge_sim.zoho.custom_fields.placing import is_taken
from crmbridge_sim.zoho.custom_fields.sent import Sent
from crmbridge_sim.zoho.errors import RecordError
from crmbridge_sim.zoho.schema import Field, Module, PickValue
from crmbridge_sim.zoho.values import read_id

# The longest length of a data type (DOC7); None = it has none.
LENGTHS: dict[str, int | None] = {
    "text": 255,
    "email": 100,
    "phone": 30,
    "website": 450,
    "integer": 9,
    "bigint": 18,
    "double": 18,
    "currency": 16,
    "percent": 5,
    "textarea": 50_000,
    **dict.fromkeys(("boolean", "date", "datetime", "picklist", "multiselectpicklist", "lookup", "userlookup"), None),
}
# Data types Zoho makes and this simulator does not.
NOT_MADE = frozenset(
    {"autonumber", "formula", "rollup_summary", "fileupload", "imageupload", "subform"}
    | {"multiselectlookup", "multiuserlookup", "address"}
)
TEXTAREAS = {"small": 2_000, "large": 32_000, "rich_text": 50_000}
ROUNDING = ("normal", "round_off", "round_up", "round_down")
MOST_PLACES = 9
MOST_LABEL = 50  # UNCERTAIN: OAS25 has the error and no number
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_definition(ctx: Ctx, module: Module, sent: Sent) -> Field:
    """The new field; raises RecordError for the first thing that is wrong."""
    label = read_label(module, sent)
    data_type = str(sent.need("data_type", "string"))
    if data_type in NOT_MADE:
        raise RecordError("NOT_SUPPORTED", sent.place("data_type"), status=400)
    if data_type not in LENGTHS:
        raise RecordError("INVALID_DATA", {**sent.place("data_type"), "supported_values": [*LENGTHS]})
    field = Field(_api_name(module, sent, label), data_type, label, custom=True)
    field.length = read_length(sent, data_type)
    own = _BY_TYPE.get(data_type)
    if own is not None:
        own(ctx, sent, field)
    read_options(ctx, module, sent, field)
    return field


def read_label(module: Module, sent: Sent, *, own: Field | None = None) -> str:
    """The label: another field's -> DUPLICATE_DATA; ``own`` is the field that may keep it."""
    label = str(sent.need("field_label", "string")).strip()
    if not label:
        raise RecordError("MANDATORY_NOT_FOUND", sent.place("field_label"))
    if len(label) > MOST_LABEL:
        raise RecordError("INVALID_DATA", {**sent.place("field_label"), "maximum_length": MOST_LABEL})
    others = {one.label.casefold() for one in module.fields.values() if one is not own and not one.hidden_in_metadata}
    if label.casefold() in others:
        raise RecordError("DUPLICATE_DATA", sent.place("field_label"), message="Duplicate field label")
    return label


def _api_name(module: Module, sent: Sent, label: str) -> str:
    """The sent api name, else the label's letters; taken -> DUPLICATE_DATA (DOC7 names this error for both).

    Which name a label without Latin letters gets is not documented: ``field1`` and on.
    """
    key = "api_name" if sent.get("api_name", "string") else "field_label"
    name = str(sent.values[key]) if key == "api_name" else re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")
    if key == "field_label" and not name.strip("_0123456789"):
        return next(free for n in range(1, 10_000) if not is_taken(module, free := f"field{n}"))
    if key == "field_label" and name[0].isdigit():
        name = f"field_{name}"
    if not _API_NAME.fullmatch(name):
        raise RecordError("INVALID_DATA", sent.place(key))
    if name.endswith("__s") or name.lower() == "id":
        raise RecordError("RESERVED_KEYWORD_NOT_ALLOWED", sent.place(key))
    if is_taken(module, name):
        raise RecordError("DUPLICATE_DATA", sent.place(key), message="Duplicate API name")
    return name


def read_length(sent: Sent, data_type: str) -> int:
    """The length, by default the longest; out of bounds -> DEPENDENT_MISMATCH (DOC7)."""
    longest, length = LENGTHS.get(data_type), sent.get("length", "integer")
    if longest is None:
        return 0
    if length is None:
        return longest
    if not 1 <= length <= longest:
        details = {"dependee": sent.place("data_type"), **sent.place("length")}
        raise RecordError("DEPENDENT_MISMATCH", details, message="The given length value seems to be invalid.")
    return int(length)


def _textarea(ctx: Ctx, sent: Sent, field: Field) -> None:
    """``textarea.type`` decides the length; one that says otherwise is refused."""
    del ctx
    sent.need("textarea", "jsonobject", because="data_type")
    kind = Sent(sent.values["textarea"], f"{sent.path}.textarea").one_of("type", tuple(TEXTAREAS))
    if sent.values.get("length") not in {None, TEXTAREAS[kind]}:
        details = {"dependee": sent.place("textarea"), **sent.place("length")}
        raise RecordError("DEPENDENT_MISMATCH", details)
    field.length, field.rich = TEXTAREAS[kind], kind == "rich_text"


def _decimals(ctx: Ctx, sent: Sent, field: Field) -> None:
    del ctx
    places = sent.get("decimal_place", "integer")
    if places is not None and not 0 <= places <= min(MOST_PLACES, field.length - 1):
        raise RecordError("INVALID_DATA", sent.place("decimal_place"))
    field.decimal_place = places


def _currency(ctx: Ctx, sent: Sent, field: Field) -> None:
    """Rounding is mandatory and only changes what the web page shows; two places when none are sent (UNCERTAIN)."""
    sent.need("currency", "jsonobject", because="data_type")
    money = Sent(sent.values["currency"], f"{sent.path}.currency")
    money.one_of("rounding_option", ROUNDING)
    _decimals(ctx, sent, field)
    field.decimal_place = 2 if field.decimal_place is None else field.decimal_place
    precision = money.get("precision", "integer")
    if precision is not None and precision >= field.decimal_place:
        raise RecordError("INVALID_DATA", money.place("precision"))


def _values(ctx: Ctx, sent: Sent, field: Field) -> None:
    """The values; no global picklist can be meant, as the org has none."""
    del ctx
    if sent.values.get("global_picklist") is not None:
        code = "INVALID_DATA" if sent.values.get("pick_list_values") is None else "AMBIGUITY_DURING_PROCESSING"
        raise RecordError(code, sent.place("global_picklist"))
    if not sent.get("pick_list_values", "jsonarray"):
        raise RecordError("EXPECTED_DEPENDENT_FIELD_MISSING", sent.place("pick_list_values"))
    for number, given in enumerate(sent.values["pick_list_values"]):
        one = Sent.of(given, "pick_list_values", f"{sent.path}.pick_list_values[{number}]")
        value = PickValue(str(one.need("display_value", "string")), str(one.need("actual_value", "string")))
        for key, text in (("display_value", value.display), ("actual_value", value.actual)):
            if text in {getattr(known, key.partition("_")[0]) for known in field.values}:
                raise RecordError("DUPLICATE_DATA", one.place(key))
        field.values.append(value)
    if sent.get("pick_list_values_sorted_lexically", "boolean"):
        field.values.sort(key=lambda value: value.display)


def _lookup(ctx: Ctx, sent: Sent, field: Field) -> None:
    """``lookup.module`` by api name, id or both; two that differ are ambiguous (DOC7)."""
    sent.need("lookup", "jsonobject", because="data_type")
    lookup = Sent(sent.values["lookup"], f"{sent.path}.lookup")
    lookup.need("display_label", "string")
    lookup.need("module", "jsonobject")
    module = Sent(lookup.values["module"], f"{lookup.path}.module")
    name, given_id = module.get("api_name", "string"), module.values.get("id")
    known = {target.api_name: target.id for target in ctx.schema if target.creatable}
    by_id = {number: target for target, number in known.items()}.get(read_id(given_id) or 0)
    found = name if name in known else by_id if name is None else None
    if found is None:
        raise RecordError("INVALID_DATA", module.place("id" if name is None else "api_name"))
    if given_id is not None and by_id != found:
        raise RecordError("AMBIGUITY_DURING_PROCESSING", module.place("id"))
    field.lookup = found


_BY_TYPE: dict[str, Callable[[Ctx, Sent, Field], None]] = {
    "textarea": _textarea,
    "double": _decimals,
    "percent": _decimals,
    "currency": _currency,
    "picklist": _values,
    "multiselectpicklist": _values,
    "lookup": _lookup,
}
