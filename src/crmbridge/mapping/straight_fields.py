"""What the generated function of an object says of each field: how its raw value is looked up, and what it becomes.

Beside texts, a payload of an interface holds numbers, yes or no, and references as `{"id": ...}`. None of them is a key
under which a result can be remembered as it stands (1, True and Decimal(1) are one key, a dict is none), so the source
makes the text of a number, and takes the id out of a reference, where the field's lens reads both alike.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.fields import CompiledField, GuardedLens
from crmbridge.mapping.lenses.iso_instants import iso_us
from crmbridge.mapping.lenses.lists import TextsLens
from crmbridge.mapping.lenses.money import PLACES, MoneyLens
from crmbridge.mapping.lenses.numbers import BoolLens, NumberLens
from crmbridge.mapping.lenses.picks import PicklistLens, RefLens
from crmbridge.mapping.lenses.structured import json_text
from crmbridge.mapping.lenses.times import InstantLens
from crmbridge.mapping.outcome import PICKLIST_UNMAPPED, Unmapped
from crmbridge.mapping.sources import filled_of
from crmbridge.model.kinds import FieldType

MOST_KEPT = 32_768
"""So many texts of one field are remembered. A field that has more is one of names or amounts, each met once: to go on
remembering them would cost more than it saves."""
_UNKEPT = frozenset({FieldType.LONG_TEXT, FieldType.JSON})
_TEXTS = frozenset({str, type(None)})
_NUMBERS = frozenset({int, Decimal})
_LARGEST = 10**14
_CLOCKLESS = len("2026-04-15T09:30:00")


class Odd(Exception):
    """Something that has to be told with its reasons."""


class Remembered(dict[Any, Any]):
    """What the texts of a field became, worked out where they are new. A hit costs one look-up in a dictionary.

    Only texts and blanks are kept (and tuples of them): 1, True and Decimal(1) are one key and three values. What is
    odd is never kept.
    """

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, raw: Any) -> Any:  # noqa: ANN401 - a payload's value, and whatever the field stores
        made = self._work_out(raw)
        if len(self) < MOST_KEPT and (
            type(raw) is str or raw is None or (type(raw) is tuple and _TEXTS.issuperset(map(type, raw)))
        ):
            self[raw] = made
        return made


class Noted(str):
    """An issue that a field brings to its row, as JSON: the field itself stays empty."""

    __slots__ = ()

    def added(self, issues: str | None) -> str:
        """The row's issues with this one at the end."""
        return f"[{self}]" if issues is None else f"{issues[:-1]},{self}]"


class FieldSource:
    """The fields in the scope of the generated source, each under a number."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self._scope = scope
        self._numbers: dict[int, int] = {}
        scope |= {"Noted": Noted, "numbers": _NUMBERS}

    def lines(self, step: Any) -> Iterator[str]:  # noqa: ANN401 - one of `Steps`
        """The statements that give `v<slot>` the value of a step; two of them for a wide one."""
        _, _, _, slot, is_wide, field = step
        if is_wide:
            yield f"v{slot}, v{slot + 1} = {self._pair(field)}"
            return
        yield f"v{slot} = {self._value(field, None)}"
        if isinstance(field.lens, PicklistLens):
            yield f"if type(v{slot}) is Noted: issues, v{slot} = v{slot}.added(issues), None"

    def part(self, step: Any) -> str:  # noqa: ANN401 - one of `Steps`
        """The expression for the JSON part that a step gives."""
        field = step[-1]
        return self._value(field, None, is_part=True)

    def _pair(self, field: CompiledField) -> str:
        if field.is_constant or not _is_plain_amount(field):
            return self._value(field, (None, None))
        number = self._number(field)
        self._scope.setdefault(f"m{number}", _amounts(field, worked_out(field, (None, None))))
        return f"m{number}(payload)"

    def _value(self, field: CompiledField, blank: object, *, is_part: bool = False) -> str:
        """The expression for what a field stores."""
        number = self._number(field)
        if field.is_constant:
            self._scope[f"c{number}"] = field.constant
            return f"c{number}"
        work_out = worked_out(field, blank, tells_unmapped=isinstance(field.lens, PicklistLens) and not is_part)
        raw, read = self._raw(number, field), f"r{number}"
        if field.spec.type in _UNKEPT:
            self._scope.setdefault(read, work_out)
            return f"{read}({raw})"
        self._scope.setdefault(read, Remembered(work_out))
        if isinstance(field.lens, InstantLens) and _is_plain_instant(field, field.lens):
            self._scope.setdefault(f"i{number}", _instants(self._scope[read]))
            return f"i{number}({raw})"
        self._scope[f"w{number}"] = work_out
        return _looked_up(field, number, raw, is_part=is_part)

    def _raw(self, number: int, field: CompiledField) -> str:
        """The expression for the raw value of a field; of a reference the id, which its lens would take out too."""
        rule, source = field.rule, field.source
        self._scope[f"n{number}"] = source if type(source) is str else rule.source[0]
        if is_of_one(field):
            part = rule.part or ("id" if isinstance(field.lens, RefLens) and not rule.empty else None)
            if part is None:
                return f"get(n{number})"
            self._scope[f"p{number}"] = part
            return f"(y[p{number}] if type(y := get(n{number})) is dict else y)"
        self._scope[f"s{number}"] = source
        if len(rule.source) == 1 and not (rule.part or rule.empty or "currency_from" in rule.parameters):
            return f"(y if type(y := get(n{number})) is str and y and not y.isspace() else s{number}(payload))"
        return f"s{number}(payload)"

    def _number(self, field: CompiledField) -> int:
        return self._numbers.setdefault(id(field), len(self._numbers))


def _looked_up(field: CompiledField, number: int, raw: str, *, is_part: bool) -> str:
    """The expression for what is remembered of a raw value, by the types that the field's lens reads beside texts."""
    lens, read = field.lens, f"r{number}"
    if isinstance(lens, NumberLens | MoneyLens) and lens.reader.decimal == "." and not field.rule.empty:
        return f"{read}[str(x) if type(x := {raw}) in numbers else x]"
    if isinstance(lens, BoolLens) and not is_part and field.spec.type is FieldType.BOOL:
        return f"int(x) if type(x := {raw}) is bool else {read}[x]"
    if isinstance(lens, GuardedLens | TextsLens):  # they may read dicts and lists, which are no keys
        return f"{read}[x] if type(x := {raw}) is str or x is None else w{number}(x)"
    return f"{read}[{raw}]"


def is_of_one(field: CompiledField) -> bool:
    """Whether a field's raw value depends on one vendor field alone."""
    rule = field.rule
    return len(rule.source) == 1 and not rule.fallback and "currency_from" not in rule.parameters


def worked_out(field: CompiledField, blank: object, *, tells_unmapped: bool = False) -> Callable[[Any], Any]:
    """The field's reader, which raises where the value is odd and gives `blank` where there is none.

    With `tells_unmapped` a choice that no rule names is `Noted`.
    """
    read, slow = field.read, field.slow
    filled = filled_of(field.rule) if is_of_one(field) and type(field.source) is not str else None

    def work_out(raw: object) -> object:
        if filled is not None:
            raw = filled(raw)
        if raw is None or raw == "":
            return blank
        got = read(raw) if type(raw) is str else slow(raw)
        if type(got) is Unmapped and tells_unmapped:
            return Noted(json_text([PICKLIST_UNMAPPED, field.name, got.value]))
        if type(got) is LensFailure or type(got) is Unmapped:
            raise Odd
        return blank if got is None else got

    return work_out


def _is_plain_instant(field: CompiledField, lens: InstantLens) -> bool:
    """Whether a field takes a text in ISO 8601 as the instant it says, whatever the mapping."""
    return lens.reads_iso and "." not in field.name and field.spec.type is FieldType.INSTANT and not field.rule.empty


def _instants(known: Remembered) -> Callable[[object], Any]:
    """The reader of instants. One with a clock is met once: only the others are remembered."""

    def read(raw: object) -> Any:  # noqa: ANN401 - an instant and its precision
        if type(raw) is str and len(raw) > _CLOCKLESS:
            at_us = iso_us(raw)
            if at_us is not None:
                return at_us, "exact"
        return known[raw]

    return read


def _is_plain_amount(field: CompiledField) -> bool:
    """Whether a field takes an amount from one vendor field and its currency from another, and nothing is special."""
    rule = field.rule
    is_special = len(rule.source) > 1 or rule.fallback or rule.part or rule.empty
    is_pair = isinstance(field.lens, MoneyLens) and "currency_from" in rule.parameters
    return is_pair and not is_special and field.lens.is_plain and field.spec.type is FieldType.MONEY  # type: ignore[attr-defined]


def _amounts(field: CompiledField, work_out: Callable[[Any], Any]) -> Callable[[Payload], Any]:
    """The reader of amounts in a currency of their own. Most are met once: only the currencies are remembered."""
    lens, pair_of = field.lens, field.source
    if not isinstance(lens, MoneyLens) or isinstance(pair_of, str):
        raise TypeError(field.name)
    name, code_name = field.rule.source[0], field.rule.parameters["currency_from"]
    plain, code_of = lens.count_plain, lens.code

    def known(word: object) -> str:
        code = code_of(word)
        if isinstance(code, LensFailure):
            raise Odd
        return code

    codes = Remembered(known)

    def read(payload: Payload) -> Any:  # noqa: ANN401 - an amount and its currency
        amount = payload.get(name)
        count = None
        if type(amount) is int:
            count = amount * 10**PLACES if -_LARGEST < amount < _LARGEST else None
        elif type(amount) is str:
            count = plain(amount)
        elif type(amount) is Decimal:
            count = plain(str(amount))
        return work_out(pair_of(payload)) if count is None else (count, codes[payload.get(code_name)])

    return read
