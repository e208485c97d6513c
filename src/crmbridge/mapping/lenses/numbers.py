"""Lenses for plain numbers, percentages and whole numbers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.digits import UNITS, DigitReader, Exact, digit_reader, exact
from crmbridge.mapping.lenses.frame import LensKind, Parameters, Setting, excerpt, wrong_type
from crmbridge.model.kinds import FieldType

STORED_DECIMALS = 6
_INT64_MAX = 2**63 - 1
_BOUNDS = {
    "probability": (Decimal(0), Decimal(1)),
    **dict.fromkeys(
        ("intent", "need_fit", "decision_process", "need", "budget", "authority", "timing"), (Decimal(0), Decimal(3))
    ),
}
"""What the neutral model allows in a field of that name, whatever the source says."""


class NumberParameters(Parameters):
    """How numbers are written. `decimal` is the decimal sign, `thousands` what may stand between groups of digits.

    `unit` multiplies (K, 万 ...) unless the cell names its own. `decimals` rounds, halves away from zero; without it
    more than can be kept is a failure. `min` and `max` bound the result.
    """

    unit: str = "1"
    decimal: str = Field(default=".", pattern=r"^[.,]$")
    thousands: str | None = Field(default=None, pattern=r"^[.,' ]*$")
    percent: bool = False
    decimals: int | None = Field(default=None, ge=0, le=6)
    min: Decimal | None = None
    max: Decimal | None = None

    @model_validator(mode="after")
    def _fits(self) -> "NumberParameters":
        if self.unit not in UNITS:
            raise ValueError(f"unit cannot be {self.unit!r}; known: {', '.join(UNITS)}")
        if self.thousands and self.decimal in self.thousands:
            raise ValueError("decimal and thousands cannot be the same sign")
        return self

    def reader(self) -> DigitReader:
        """The reader of texts that these parameters ask for."""
        default = ",' " if self.decimal == "." else ".' "
        return digit_reader(self.decimal, default if self.thousands is None else self.thousands)


@dataclass(frozen=True, slots=True)
class Scale:
    """What is done to a number once it is read: the unit, percent, rounding, bounds."""

    unit: int
    percent: bool
    decimals: int | None
    least: Decimal | None
    most: Decimal | None

    def up(self, number: Exact, *, unit: int | None, percent: bool) -> Exact | LensFailure:
        """The neutral number. What the cell says of itself (K, 万, %) stands before what the mapping says."""
        digits = number.digits * (self.unit if unit is None else unit)
        result = Exact(digits, number.decimals + (2 if percent or self.percent else 0))
        return self.bounded(result if self.decimals is None else result.rounded(self.decimals))

    def bounded(self, number: Exact) -> Exact | LensFailure:
        """The number, or a failure where it is out of bounds."""
        for bound, sign in ((self.least, 1), (self.most, -1)):
            if bound is None:
                continue
            over = exact(bound)
            if isinstance(over, Exact) and sign * _difference(number, over) < 0:
                return LensFailure(
                    "{value} is not between {least} and {most}",
                    {"value": format(number.decimal(), "f"), "least": _shown(self.least), "most": _shown(self.most)},
                )
        return number

    def down(self, number: Exact) -> Exact:
        """The vendor's number for a neutral one."""
        number = Exact(number.digits * (100 if self.percent else 1), number.decimals)
        # Every unit is a power of ten: dividing by it only moves the point.
        return Exact(number.digits, number.decimals + len(str(self.unit)) - 1)


def _difference(left: Exact, right: Exact) -> int:
    places = max(left.decimals, right.decimals)
    return left.digits * int(10 ** (places - left.decimals)) - right.digits * int(10 ** (places - right.decimals))


def _shown(bound: Decimal | None) -> str:
    return "-" if bound is None else format(bound, "f")


def make_scale(setting: Setting, parameters: NumberParameters) -> Scale:
    """The scale of a field: its parameters within the bounds of the neutral model."""
    least, most = _BOUNDS.get(setting.field.name, (None, None))
    return Scale(
        UNITS[parameters.unit],
        parameters.percent,
        parameters.decimals,
        least if parameters.min is None else parameters.min,
        most if parameters.max is None else parameters.max,
    )


@dataclass(frozen=True, slots=True)
class NumberLens:
    """A number; `places` is how many decimals can be kept (0 for whole numbers)."""

    reader: DigitReader
    scale: Scale
    places: int

    def read(self, value: object) -> Decimal | int | LensFailure | None:
        """The number, exact."""
        number = self._exact(value)
        if not isinstance(number, Exact):
            return number
        kept = number.scaled(self.places)
        if kept is None:
            return _too_fine(number, self.places)
        if abs(kept) > _INT64_MAX:
            return LensFailure("{value} is too large a number", {"value": excerpt(value)})
        return kept if self.places == 0 else _tidy(number).decimal()

    def _exact(self, value: object) -> Exact | LensFailure | None:
        if value is None:
            return None
        if type(value) is not str:
            number = exact(value)
            return self.scale.up(number, unit=None, percent=False) if isinstance(number, Exact) else number
        written = self.reader.read(value)
        if written is None or isinstance(written, LensFailure):
            return written
        if written.words:
            return LensFailure("{value} is not a number", {"value": excerpt(value)})
        return self.scale.up(written.number, unit=written.unit, percent=written.percent)

    def write(self, value: object) -> object:
        """The vendor's number as text, with the mapping's decimal sign."""
        if value is None:
            return None
        number = exact(value)
        if isinstance(number, Exact):
            number = self.scale.bounded(number)
        if isinstance(number, LensFailure):
            return number
        text = format(_tidy(self.scale.down(number)).decimal(), "f").replace(".", self.reader.decimal)
        again = self.read(text)
        if isinstance(again, LensFailure) or again == value:
            return again if isinstance(again, LensFailure) else text
        return LensFailure("{value} would be read back as something else", {"value": excerpt(value)})


def _too_fine(number: Exact, places: int) -> LensFailure:
    shown = format(number.decimal(), "f")
    if places == 0:
        return LensFailure("{value} is not a whole number", {"value": shown})
    return LensFailure("{value} has more than {places} decimals", {"value": shown, "places": places})


def _tidy(number: Exact) -> Exact:
    """Without zeros at the end, so that equal numbers are written alike."""
    digits, decimals = number.digits, number.decimals
    while decimals and digits % 10 == 0:
        digits, decimals = digits // 10, decimals - 1
    return Exact(digits, decimals)


def make_number(setting: Setting, parameters: NumberParameters) -> Lens:
    """The lens of a number field; for a whole-number field, of whole numbers."""
    places = 0 if setting.field.type is FieldType.INTEGER else STORED_DECIMALS
    return NumberLens(parameters.reader(), make_scale(setting, parameters), places)


def make_integer(setting: Setting, parameters: NumberParameters) -> Lens:
    """The lens of whole numbers."""
    return NumberLens(parameters.reader(), make_scale(setting, parameters), 0)


def make_percent(setting: Setting, parameters: NumberParameters) -> Lens:
    """The lens of numbers written as percentages: 30 is 0.3."""
    return make_number(setting, parameters.model_copy(update={"percent": True}))


_YES = ("yes", "true", "y", "t", "1", "on", "是", "有", "真", "√", "✓")
_NO = ("no", "false", "n", "f", "0", "off", "否", "无", "假", "×", "✗")


class BoolParameters(Parameters):
    """`true` and `false`: the source's own words, the first of each is written; without them the usual ones."""

    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _both(self) -> "BoolParameters":
        if bool(self.true) != bool(self.false):
            raise ValueError("true and false are given together")
        return self


@dataclass(frozen=True, slots=True)
class BoolLens:
    """Yes or no."""

    words: dict[str, bool]
    written: tuple[object, object]

    def read(self, value: object) -> bool | LensFailure | None:
        """The truth of a JSON boolean, of 0 and 1, or of a word."""
        if value is None or type(value) is bool:
            return value
        if type(value) is int and value in {0, 1}:
            return value == 1
        if type(value) is not str:
            return wrong_type(value, "yes or no")
        word = value.strip().casefold()
        if not word:
            return None
        found = self.words.get(word)
        if found is None:
            return LensFailure("{value} is neither yes nor no", {"value": excerpt(value)})
        return found

    def write(self, value: object) -> object:
        """The source's word, or a JSON boolean where it has none of its own."""
        if value is None:
            return None
        if type(value) is not bool:
            return wrong_type(value, "yes or no")
        return self.written[value]


def make_bool(_setting: Setting, parameters: BoolParameters) -> Lens:
    """The lens of a yes-or-no field."""
    yes, no = parameters.true or _YES, parameters.false or _NO
    words = {word.strip().casefold(): True for word in yes} | {word.strip().casefold(): False for word in no}
    written = (parameters.false[0], parameters.true[0]) if parameters.true else (False, True)
    return BoolLens(words, written)


KINDS: tuple[LensKind[Any], ...] = (
    LensKind("number", NumberParameters, make_number),
    LensKind("integer", NumberParameters, make_integer),
    LensKind("percent", NumberParameters, make_percent),
    LensKind("bool", BoolParameters, make_bool),
)
