"""What an adapter can do, declared with reasons.

Every capability is declared, absent ones too: the matrix, `doctor` and the services read it, and a service that needs
one that is missing says `unavailable` with the reason given here. What is undeclared counts as absent and is red in
the conformance kit.
"""

from dataclasses import dataclass
from enum import StrEnum

from crmbridge.model.errors import ContractError


class Level(StrEnum):
    """How far a capability goes."""

    FULL = "full"
    PARTIAL = "partial"
    NOT_YET = "not yet"
    VENDOR_CANNOT = "vendor cannot"


@dataclass(frozen=True, slots=True)
class Support:
    """A level and the reason for it, in English and Chinese; only FULL needs none, any other is refused without."""

    level: Level
    note: str = ""
    note_zh: str = ""

    def __post_init__(self) -> None:
        if self.level is not Level.FULL and not (self.note.strip() and self.note_zh.strip()):
            raise ContractError("support that is {level} needs a reason in English and in Chinese", level=self.level)

    @property
    def present(self) -> bool:
        """Whether the power is there at all."""
        return self.level in {Level.FULL, Level.PARTIAL}


FULL = Support(Level.FULL)


def partial(note: str, zh: str) -> Support:
    """Present with a limit that people should know."""
    return Support(Level.PARTIAL, note, zh)


def not_yet(note: str, zh: str) -> Support:
    """The vendor could, the adapter does not do it yet."""
    return Support(Level.NOT_YET, note, zh)


def vendor_cannot(note: str, zh: str) -> Support:
    """The source has nothing to offer here."""
    return Support(Level.VENDOR_CANNOT, note, zh)


class Capability(StrEnum):
    """The optional powers, and what services ask of a source."""

    WRITE = "write"
    FETCH = "fetch"
    FIND = "find"
    COUNT = "count"
    DELETE = "delete"
    HISTORY = "history"
    BULK = "bulk"
    RECEIVE = "receive"
    SUBSCRIBE = "subscribe"
    SCHEMA = "schema"
    INCREMENTAL = "incremental"
    EXTERNAL_KEY = "external_key"
    CONDITIONAL_WRITE = "conditional_write"
    FIELD_HISTORY = "field_history"
    CONSENT = "consent"
    FORECAST_CATEGORY = "forecast_category"
    MULTI_CURRENCY = "multi_currency"
    TIME_PRECISION = "time_precision"
