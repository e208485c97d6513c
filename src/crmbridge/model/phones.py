"""Telephone numbers as they are compared: E.164."""

import phonenumbers


def e164(text: str, region: str | None) -> str | None:
    """The number in E.164, None where it is not valid. An extension stays: +8621...;ext=12 is another telephone.

    `region` ("CN") is where numbers without a country code are dialled; None where nobody knows.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{found};ext={number.extension}" if number.extension else found


def is_judgeable(text: str, region: str | None) -> bool:
    """Whether it can be said at all if the number is valid: it names its country, or the region is known."""
    return region is not None or text.lstrip().startswith(("+", "＋"))


def is_region(name: str) -> bool:
    """Whether that is a region whose numbers are known."""
    return name in phonenumbers.SUPPORTED_REGIONS
