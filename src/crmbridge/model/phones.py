"""Telephone numbers as they are compared: E.164."""

import re
from functools import cache

import phonenumbers

_SEPARATORS = str.maketrans("", "", " -")


def e164(text: str, region: str | None) -> str | None:
    """The number in E.164, None where it is not valid. An extension stays: +8621...;ext=12 is another telephone.

    `region` ("CN") is where numbers without a country code are dialled; None where nobody knows.
    """
    if region is not None and (found := _mobile(text, region)) is not None:
        return found
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{found};ext={number.extension}" if number.extension else found


def _mobile(text: str, region: str) -> str | None:
    """The number where it plainly is a mobile one of the region, as most are: twenty times faster."""
    prefix, pattern = _mobile_pattern(region)
    if pattern is None:
        return None
    national = text.translate(_SEPARATORS).removeprefix(prefix)
    return prefix + national if pattern.fullmatch(national) else None


@cache
def _mobile_pattern(region: str) -> tuple[str, re.Pattern[str] | None]:
    """The country code of a region and what its mobile numbers look like.

    None where several regions share the code and this is not the first. What may begin with the country code or a
    prefix of the region is left to the full look.
    """
    code = phonenumbers.country_code_for_region(region)
    known = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if not code or known is None or phonenumbers.region_code_for_country_code(code) != region:
        return "+", None
    prefix = known.national_prefix_for_parsing or ""
    shape = known.mobile.national_number_pattern if known.mobile else None
    if not shape:
        return "+", None
    ambiguous = rf"(?!{code})" + (rf"(?!{prefix})" if prefix else "")
    return f"+{code}", re.compile(rf"{ambiguous}(?:{shape})", re.ASCII)


def is_judgeable(text: str, region: str | None) -> bool:
    """Whether it can be said at all if the number is valid: it names its country, or the region is known."""
    return region is not None or text.lstrip().startswith(("+", "＋"))


def is_region(name: str) -> bool:
    """Whether that is a region whose numbers are known."""
    return name in phonenumbers.SUPPORTED_REGIONS
