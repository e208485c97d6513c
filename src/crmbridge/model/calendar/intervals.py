"""How long until something is due, as policies write it: `1bh`, `2bd`, `7d`."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, PlainSerializer

Unit = Literal["bh", "bd", "d"]
"""Business hours, business days, calendar days."""

_WRITTEN = re.compile(r"(\d{1,4})\s*(bh|bd|d)")


@dataclass(frozen=True, slots=True)
class Interval:
    """So many business hours, business days or calendar days. What they come to is for a calendar to say."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """The interval that a text such as `2bd` writes; ValueError for anything else."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no interval such as 4bh, 2bd or 7d")
        return cls(int(found[1]), cast("Unit", found[2]))

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.count}{self.unit}"


def _read(value: object) -> object:
    return Interval.parse(value) if isinstance(value, str) else value


WrittenInterval = Annotated[Interval, BeforeValidator(_read), PlainSerializer(str, return_type=str)]
"""An interval as a field of a document."""
