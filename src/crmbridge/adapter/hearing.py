"""What an adapter adds to `Receives` for a vendor that wants more than a subscription by its API and a plain 202.

No capability: courtesies that are looked for where a notification is taken. A vendor may repeat a notification until
it hears an answer of its own making, and one whose subscriptions a person makes in its pages has no API for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a vendor wants to hear of a notification that was kept: this body, with HTTP 200.

    `mark` is the same whenever the same notification comes, repeated by the vendor or by somebody who overheard it,
    and no other has it: it is taken once. At most 128 characters, and nothing secret.
    """

    mark: str
    body: bytes
    content_type: str = "application/json"


@runtime_checkable
class Acknowledges(Protocol):
    """Answers notifications in the vendor's own words; without it the answer is 202."""

    def acknowledge(self, headers: Mapping[str, str], body: bytes, secret: str) -> Acknowledgement:
        """The answer to a notification that `receive` took for genuine with that secret, sent once it is kept.

        No call is made and nothing is remembered, as in `receive`; AuthError for one that is not genuine.
        """
        ...


@dataclass(frozen=True, slots=True)
class HandMade:
    """What a person enters in the vendor's pages: the secret in the vendor's own form, and where, in both languages."""

    secret: str = field(repr=False)
    steps: str
    steps_zh: str


@runtime_checkable
class SubscribedByHand(Protocol):
    """Is told of changes by a subscription that a person makes, since the vendor has no API for it."""

    def by_hand(self, secret: str) -> HandMade:
        """What to enter for a secret of 43 characters; the same for the same secret, and no call is made.

        Its `secret` is what `receive` is given. Where the vendor makes the secret itself, the configuration names it,
        and that one is given instead.
        """
        ...
