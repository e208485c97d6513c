"""What nobody can know of a vendor without its account: asked of the account itself, by reading alone.

Where a vendor's documents are thin, an adapter takes the cautious way and can do with either answer. `crmbridge doctor
--verify-tenant` asks the account, so that a person sees which way it is, and what to report where it is a third one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Verdict(StrEnum):
    """What an answer means for the adapter."""

    EXPECTED = "expected"
    """As the adapter takes it to be."""
    HANDLED = "handled"
    """Otherwise, and the adapter goes that way by itself."""
    UNSEEN = "unseen"
    """It could not be seen: nothing there to see it by, or only a write would show it."""
    ATTENTION = "attention"
    """A person should do something about it, or tell the author of the adapter."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in both languages; `params` go into either."""

    english: str
    chinese: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.english.strip() and self.chinese.strip()):
            raise ValueError("a sentence needs both languages")


@dataclass(frozen=True, slots=True)
class Check:
    """One question: what was seen, and which way the adapter goes. `key` names it for good."""

    key: str
    question: Said
    seen: Said
    way: Said
    verdict: Verdict


@runtime_checkable
class VerifiesTenant(Protocol):
    """Answers what only an account can answer: no capability, asked by a person alone."""

    def verify_tenant(self) -> Sequence[Check]:
        """Every question, in order, answered by reading alone and by few calls. One that fails says so and hides none.

        Errors that concern the connection as a whole (login, limits) leave.
        """
        ...
