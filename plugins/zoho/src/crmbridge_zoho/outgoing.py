"""What is sent of a change: names and values as Zoho takes them, held against its metadata before anything leaves.

Zoho silently drops a field that it does not know, and may keep a picklist value that nobody defined (dossier 2.4, 8).
So both are refused here, the record alone, with a reason. Only what changed is sent.

A person's full name is put together by Zoho and cannot be written: it goes out as its two parts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from crmbridge.adapter.contract import Rejected
from crmbridge.adapter.sending import Unsendable, require_whole_texts
from crmbridge.model.errors import nearest
from crmbridge_zoho.catalog import field_info, picklist_of
from crmbridge_zoho.fields import KEY, LINK, LINK_MODULE, LOOKUPS, NUMBERS, ORG_CURRENCY
from crmbridge_zoho.modules import Described
from crmbridge_zoho.times import literal, parse_or_none

Sent = dict[str, object]
_MULTI_LINKS = frozenset({"multi_module_lookup"})
_NO_MODULE = "{field} does not say which module it points into"
_FULL, _FIRST, _LAST = "Full_Name", "First_Name", "Last_Name"
_TEXTS = frozenset({"text", "textarea", "email", "phone", "website", "bigint"})


class Outgoing:
    """The records of one module on their way out. `currency` is the organisation's, where it has but one."""

    def __init__(self, module: str, described: Iterable[Described], *, currency: str = "") -> None:
        self.module, self._currency = module, currency
        self.fields: Mapping[str, Described] = {str(one["api_name"]): one for one in described}

    def record(self, fields: Mapping[str, object], *, creating: bool) -> Sent | Rejected:
        """The fields as they are sent; Rejected where one of them must not be."""
        sent: Sent = {}
        try:
            for name, value in self._in_parts(fields).items():
                sent |= self._sent(name, value, creating=creating)
        except Unsendable as error:
            return error.refusal
        if isinstance(sent.get(LINK), Mapping) and not sent.get(LINK_MODULE):
            return Unsendable("LINK_MODULE_MISSING", _NO_MODULE, LINK).refusal
        return sent

    def _in_parts(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        """The fields with a full name as its two parts, unless they say those: Zoho joins them with a space."""
        name = fields.get(_FULL)
        if not isinstance(name, str) or not {_FULL, _FIRST, _LAST} <= self.fields.keys():
            return fields
        first, _, last = " ".join(name.split()).rpartition(" ")
        rest = {one: value for one, value in fields.items() if one != _FULL}
        return {_FIRST: first or None, _LAST: last, **rest} if _LAST not in rest else rest

    def is_unique(self, name: str) -> bool:
        """Whether Zoho lets no two records of the module share a value of that field."""
        return bool(self.fields.get(name, {}).get("unique"))

    def _sent(self, name: str, value: object, *, creating: bool) -> Sent:
        if name == LINK_MODULE:
            return {name: value}
        described = self._known(name, creating=creating)
        kind = str(described.get("data_type"))
        if kind == ORG_CURRENCY:
            if value not in {None, self._currency}:
                message = "this organisation has one currency, {currency}, and no {value}"
                raise Unsendable("CURRENCY", message, name, currency=self._currency, value=_shown(value))
            return {}
        require_whole_texts(name, value)
        if value is None:
            return {name: None}
        if kind in _MULTI_LINKS:
            return _link(name, value)
        converter = _CONVERTERS.get("Tag" if name == "Tag" else kind)
        if converter is not None:
            return {name: converter(name, value, described)}
        if kind in _TEXTS and not isinstance(value, str):
            raise Unsendable("VALUE_TYPE", "{field} takes a text, and this is none: {value}", name, value=_shown(value))
        if kind == "boolean" and not isinstance(value, bool):
            message = "{field} takes true or false, and this is neither: {value}"
            raise Unsendable("VALUE_TYPE", message, name, value=_shown(value))
        return {name: value}

    def _known(self, name: str, *, creating: bool) -> Described:
        """The field as Zoho describes it, where it may be written."""
        described = self.fields.get(name)
        if described is None and name != KEY:
            near = nearest(name, self.fields)
            hint = "did you mean {nearest}?" if near else None
            message = "{object} has no field {field}"
            raise Unsendable("FIELD_UNKNOWN", message, name, hint=hint, object=self.module, nearest=near)
        if described is None or (described.get("data_type") != ORG_CURRENCY and not _is_open(described, creating)):
            raise Unsendable("FIELD_READ_ONLY", "{field} of {object} cannot be written", name, object=self.module)
        return described


def _is_open(described: Described, creating: bool) -> bool:  # noqa: FBT001 - one place, beside its caller
    operation = described.get("operation_type")
    allowed = operation.get("api_create" if creating else "api_update") if isinstance(operation, Mapping) else None
    return field_info(described).writable and allowed is not False


def _reference(name: str, value: object, _: Described) -> object:
    """A lookup as `{"id": ...}`, whether it came so or as a bare id."""
    identity = value.get(KEY) if isinstance(value, Mapping) else value
    if isinstance(identity, str) and identity.isascii() and identity.isdigit():
        return {KEY: identity}
    message = "{field} takes the id of a record, and this is none: {value}"
    raise Unsendable("VALUE_TYPE", message, name, value=_shown(value))


def _references(name: str, value: object, described: Described) -> object:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Unsendable("VALUE_TYPE", "{field} takes a list, and this is none: {value}", name, value=_shown(value))
    return [one if isinstance(one, Mapping) else _reference(name, one, described) for one in value]


def _link(name: str, value: object) -> Sent:
    """A link into one of several modules: an activity says which beside it, a note within it (dossier 2.13, 4.2)."""
    module = value.get("module") if isinstance(value, Mapping) else None
    into = module.get("api_name") if isinstance(module, Mapping) else None
    reference = _reference(name, value, {})
    if name == LINK:
        return {LINK: reference, **({LINK_MODULE: into} if into else {})}
    if not into:
        raise Unsendable("LINK_MODULE_MISSING", _NO_MODULE, name)
    return {name: {KEY: value[KEY], "module": {"api_name": into}}} if isinstance(value, Mapping) else {}


def _number(name: str, value: object, _: Described) -> object:
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            value = None
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not is_number or (isinstance(value, Decimal) and not value.is_finite()):
        raise Unsendable("VALUE_TYPE", "{field} takes a number, and this is none: {value}", name, value=_shown(value))
    return value


def _instant(name: str, value: object, _: Described) -> object:
    """A time in whole seconds with a numeric offset, the only form that Zoho reads (dossier 4.1)."""
    at = parse_or_none(value)
    if at is None:
        message = "{field} takes a time with an offset from UTC, and this is none: {value}"
        raise Unsendable("VALUE_TYPE", message, name, value=_shown(value))
    return literal(at)


def _choice(name: str, value: object, described: Described) -> object:
    """The value of a choice in use, by itself or by its label: nothing that Zoho would have to make up."""
    choices = picklist_of(described)
    for one in choices:
        if value == one.value:
            return one.value
    for one in choices:
        if value == one.label:
            return one.value
    near = nearest(str(value), [one.value for one in choices])
    hint = "did you mean {nearest}?" if near else None
    raise Unsendable(
        "PICKLIST_VALUE", "{field} has no choice {value}", name, hint=hint, value=_shown(value), nearest=near
    )


def _choices(name: str, value: object, described: Described) -> object:
    if isinstance(value, str) or not isinstance(value, Sequence):
        message = "{field} takes a list of choices, and this is none: {value}"
        raise Unsendable("VALUE_TYPE", message, name, value=_shown(value))
    return [_choice(name, one, described) for one in value]


def _tags(name: str, value: object, _: Described) -> object:
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(one, str) for one in value):
        message = "{field} takes a list of names, and this is none: {value}"
        raise Unsendable("VALUE_TYPE", message, name, value=_shown(value))
    return [{"name": one} for one in value]


def _shown(value: object) -> str:
    return str(value)[:60]


_CONVERTERS: dict[str, Callable[[str, object, Described], object]] = {
    **dict.fromkeys((*LOOKUPS, "layout"), _reference),
    **dict.fromkeys(("multiselectlookup", "multiuserlookup"), _references),
    **dict.fromkeys(NUMBERS, _number),
    "datetime": _instant,
    "picklist": _choice,
    "multiselectpicklist": _choices,
    "Tag": _tags,
}
