"""Values that the receiver of a migration says it does not hold: choices it lacks, amounts in other currencies.

A vendor refuses the whole record because of one of them, or keeps what nobody can choose again, or takes an amount for
one in its own currency. So such a value is left out of the record, which is made without it, and told.
"""

from collections.abc import Mapping, Sequence

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.fields import CompiledField
from crmbridge.mapping.lenses.money import MoneyLens
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, FieldFailure
from crmbridge.model.errors import nearest
from crmbridge.sync.twoway.one_way import Recipient, Slot

CURRENCY_FROM = "currency_from"


def held(end: Recipient, compiled: CompiledObject, written: Mapping[str, object]) -> dict[str, object] | Failed:
    """The vendor fields as the receiver takes them, or every one of which it says that it does not hold it."""
    known = end.room.get(compiled.object)
    if known is None:
        return dict(written)
    alone = _only_currency(compiled, known)
    found: dict[str, object] = {}
    failures: list[FieldFailure] = []
    for vendor, value in written.items():
        if vendor in alone:
            if value is not None and value != alone[vendor]:
                failures.append(_failure(end, compiled, vendor, str(value), [alone[vendor]]))
            continue
        choices = known.get(vendor, Slot()).choices
        bad = next((one for one in _texts(value) if one not in choices), None) if choices else None
        if bad is not None:
            failures.append(_failure(end, compiled, vendor, bad, sorted(choices)))
        found[vendor] = value
    return Failed(tuple(failures)) if failures else found


def _only_currency(compiled: CompiledObject, known: Mapping[str, Slot]) -> dict[str, str]:
    """The vendor fields of currencies that the account does not have: the amounts beside them are in its only one."""
    money = [one for one in compiled.writer.fields.values() if isinstance(one.lens, MoneyLens)]
    named = {str(one.rule.parameters[CURRENCY_FROM]): one for one in money if CURRENCY_FROM in one.rule.parameters}
    return {vendor: _home(one) for vendor, one in named.items() if vendor not in known}


def _home(one: CompiledField) -> str:
    return one.lens.currency if isinstance(one.lens, MoneyLens) else ""


def _texts(value: object) -> Sequence[str]:
    """What is chosen: of a text itself, of a list each; nothing of an empty value."""
    several = value if isinstance(value, list | tuple) else (value,)
    return [one for one in several if isinstance(one, str) and one]


def _failure(end: Recipient, compiled: CompiledObject, vendor: str, value: str, choices: Sequence[str]) -> FieldFailure:
    params: dict[str, object] = {"value": value, "vendor": vendor, "to": end.connection}
    near = nearest(value, choices)
    bare = "{value} is no choice of {vendor} in {to}"
    text = "{value} is no choice of {vendor} in {to}; the nearest is {nearest}" if near else bare
    why = LensFailure(text, params | ({"nearest": near} if near else {}))
    return FieldFailure(_neutral(compiled, vendor), vendor, value, why)


def _neutral(compiled: CompiledObject, vendor: str) -> str:
    """The neutral field that is written into a vendor field."""
    writer = compiled.writer
    if vendor == writer.stage_field:
        return "stage"
    if vendor == writer.pipeline_field:
        return "pipeline"
    fields = writer.fields.values()
    named = next((one.name for one in fields if vendor in one.rule.source), None)
    return named or next(one.name for one in fields if one.rule.parameters.get(CURRENCY_FROM) == vendor)
