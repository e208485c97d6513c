"""Lenses for ways to reach a person: e-mail addresses and phone numbers."""

import unicodedata
from dataclasses import dataclass
from typing import Any

import phonenumbers
from pydantic import Field

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.frame import LensKind, Parameters, Setting
from crmbridge.mapping.lenses.texts import clean_text


@dataclass(frozen=True, slots=True)
class EmailLens:
    """An e-mail address: the domain in lower case, the rest as typed."""

    def read(self, value: object) -> str | LensFailure | None:
        """The address."""
        text = clean_text(value)
        return _lower_domain(text) if type(text) is str else text

    def write(self, value: object) -> object:
        """The address."""
        return self.read(value)


def _lower_domain(text: str) -> str:
    local, at, domain = text.strip().rpartition("@")
    return unicodedata.normalize("NFC", f"{local}@{domain.lower()}") if at else text


def make_email(_setting: Setting, _parameters: Parameters) -> Lens:
    """The lens of an address."""
    return EmailLens()


@dataclass(frozen=True, slots=True)
class PhoneLens:
    """A phone number: E.164 where it is valid (numbers without a country code need `region`), as typed otherwise."""

    region: str | None

    def read(self, value: object) -> str | LensFailure | None:
        """The number."""
        text = clean_text(value)
        if type(text) is not str or (self.region is None and not text.lstrip().startswith(("+", "＋"))):
            return text
        try:
            number = phonenumbers.parse(text, self.region)
        except phonenumbers.NumberParseException:
            return text
        if not phonenumbers.is_valid_number(number) or number.extension:
            return text
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def write(self, value: object) -> object:
        """The number."""
        return self.read(value)


class PhoneParameters(Parameters):
    """`region`: the country of numbers without a country code, as "CN"."""

    region: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")


def make_phone(_setting: Setting, parameters: PhoneParameters) -> Lens:
    """The lens of a phone number."""
    return PhoneLens(parameters.region)


KINDS: tuple[LensKind[Any], ...] = (
    LensKind("email", Parameters, make_email),
    LensKind("phone", PhoneParameters, make_phone),
)
