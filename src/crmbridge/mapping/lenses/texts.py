"""The lens of plain texts, and how any vendor value becomes clean text.

Text becomes NFC and is never trimmed; a cell of nothing but white space is empty. NUL and half of a surrogate pair
cannot be stored anywhere and fail; a right-to-left override is kept.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import Field

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.frame import LensKind, Parameters, Setting, excerpt, wrong_type
from crmbridge.model.kinds import FieldType

LONGEST_BYTES = 65_536
LONGEST_LONG_BYTES = 1_048_576
_MOST_DIGITS = 100


def clean_text(value: object, longest_bytes: int = LONGEST_BYTES) -> str | LensFailure | None:
    """The text of a vendor value in NFC, None where it is blank; numbers and booleans as they are written."""
    if type(value) is not str:
        if value is None:
            return None
        written = _written(value)
        if isinstance(written, LensFailure):
            return written
        value = written
    if not value or value.isspace():
        return None
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    return _checked(value, longest_bytes)


def text_reader(longest_bytes: int) -> Callable[[Any], str | LensFailure | None]:
    """`clean_text` for texts alone: most are short and ASCII, and three looks tell."""
    surely_short = longest_bytes // 4

    def read(value: Any) -> str | LensFailure | None:  # noqa: ANN401 - a text
        if value.isascii() and len(value) <= surely_short and "\0" not in value:
            return None if not value or value.isspace() else value
        return clean_text(value, longest_bytes)

    return read


def _checked(value: str, longest_bytes: int) -> str | LensFailure:
    if "\x00" in value:
        return LensFailure("{value} holds a NUL character", {"value": excerpt(value.replace("\x00", "\\0"))})
    if len(value) * 4 > longest_bytes or not value.isascii():
        try:
            size = len(value.encode("utf-8"))
        except UnicodeEncodeError:
            return LensFailure("{value} holds half of a surrogate pair", {"value": excerpt(value)})
        if size > longest_bytes:
            return LensFailure(
                "the text has {size} bytes, the field takes {longest}", {"size": size, "longest": longest_bytes}
            )
    return value


def _written(value: object) -> str | LensFailure:
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is int:
        return whole_text(value)
    if type(value) is Decimal and value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS:
        return format(value, "f")
    return wrong_type(value, "text")


def whole_text(value: int) -> str | LensFailure:
    """An integer's digits; a failure for one of thousands of digits, which Python refuses to write."""
    try:
        return str(value)
    except ValueError:
        return LensFailure("{value} is too large a number", {"value": "an integer"})


@dataclass(frozen=True, slots=True)
class TextLens:
    """Any text. `values` renames some of them; the others stay."""

    longest_bytes: int
    exact: Mapping[str, str]
    folded: Mapping[str, str]
    back: Mapping[str, str]

    def read(self, value: object) -> str | LensFailure | None:
        """The text in NFC."""
        text = clean_text(value, self.longest_bytes)
        if not self.exact or type(text) is not str:
            return text
        return self.exact.get(text) or self.folded.get(fold(text), text)

    def write(self, value: object) -> object:
        """The text, under the vendor's name for it."""
        if value is None:
            return None
        text = clean_text(value, self.longest_bytes)
        if not self.exact or type(text) is not str:
            return text
        written = self.back.get(text, text)
        if self.read(written) == text:
            return written
        return LensFailure("{value} would be read back as something else", {"value": excerpt(text)})


def fold(text: str) -> str:
    """How labels are compared: NFKC, case folded, without white space around it."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


class TextParameters(Parameters):
    """`values`: vendor's text -> ours."""

    values: Mapping[str, str] = Field(default_factory=dict)


def make_text(setting: Setting, parameters: TextParameters) -> Lens:
    """The lens of a text field; a long text may be longer."""
    longest = LONGEST_LONG_BYTES if setting.field.type is FieldType.LONG_TEXT else LONGEST_BYTES
    return make_values(parameters, longest_bytes=longest)


def make_values(parameters: TextParameters, *, longest_bytes: int = LONGEST_BYTES) -> TextLens:
    """The lens of texts with a table of values."""
    values = {unicodedata.normalize("NFC", k): unicodedata.normalize("NFC", v) for k, v in parameters.values.items()}
    folded = {fold(vendor): ours for vendor, ours in values.items()}
    back = {ours: vendor for vendor, ours in reversed(values.items())}
    return TextLens(longest_bytes, values, folded, back)


@dataclass(frozen=True, slots=True)
class AddressLens:
    """The address of a record on the web, made of its id."""

    before: str
    after: str

    def read(self, value: object) -> str | LensFailure | None:
        """The id with what stands before and after it."""
        text = clean_text(value)
        return f"{self.before}{text}{self.after}" if isinstance(text, str) else text

    def write(self, value: object) -> object:
        """The id in an address of that form; no other address can be written."""
        text = clean_text(value)
        if not isinstance(text, str):
            return text
        found = text.removeprefix(self.before).removesuffix(self.after)
        if found and self.read(found) == text:
            return found
        return LensFailure("{value} is no address of that form", {"value": excerpt(text)})


class AddressParameters(Parameters):
    """`of`: the address with {} where the id stands."""

    of: str = Field(pattern=r"^https?://[^{}\s]*\{\}[^{}\s]*$")


def make_address(_setting: Setting, parameters: AddressParameters) -> Lens:
    """The lens of addresses."""
    before, _, after = parameters.of.partition("{}")
    return AddressLens(before, after)


KINDS: tuple[LensKind[Any], ...] = (
    LensKind("text", TextParameters, make_text),
    LensKind("address", AddressParameters, make_address),
)
