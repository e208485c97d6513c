"""What an adapter's author gives to the kit: the source behind the adapter, and ways to disturb it.

Write one subclass. Fill in the attributes, write the seven abstract methods, those of the powers that the adapter
declares (each says which), and name in `cannot` what your source can not be made to do, each with its reason: the kit
skips those tests and prints the reason. Nothing passes silently.
A fresh harness with an empty object is made for every test. `crmbridge.testing.memory` has one to copy from.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, JsonValue

from crmbridge.adapter.capabilities import Support
from crmbridge.adapter.context import AdapterContext, NoSecrets, Secrets
from crmbridge.adapter.contract import Adapter, Payload
from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.testing.clock import VirtualClock


class Fault(StrEnum):
    """What `inject` can do to the source."""

    THROTTLE = "throttle"
    """The next call is told to come back later, once."""
    GARBAGE = "garbage"
    """Every answer is something the vendor never says (half a document, a line of too few cells), till healed.

    Behind `crmbridge.http` it is JSON of another shape: a page of HTML there means "later", as gateways answer so.
    """
    UNREACHABLE = "unreachable"
    """Nothing answers, until healed: a refused connection, a file that is not there."""
    LOST_ANSWER = "lost answer"
    """The next write is done, and its answer never arrives."""
    LOST_REQUEST = "lost request"
    """The next write never arrives, and the sender cannot know: it timed out."""
    BREAK_MIDWAY = "break midway"
    """The first batch of the next push is answered, then the answers stop. The kit pushes two batches."""
    JOB_FAILS = "job fails"
    """The next export job is taken and ends as failed, once."""
    JOB_LOST = "job lost"
    """The source knows none of the export jobs ordered so far any more."""


class Need(StrEnum):
    """What else a source may have no way to show."""

    CREDENTIALS = "credentials"
    """There are credentials, so they can be wrong."""
    SAME_INSTANT = "same instant"
    """Many records can carry one modified time."""
    CHOSEN_IDS = "chosen ids"
    """Records can be seeded under ids of our choice."""
    NULLS = "nulls"
    """A payload can tell an empty field from an absent one."""
    NUMBERS = "numbers"
    """A payload can hold numbers, not only texts."""
    DELETES = "deletes"
    """The adapter can delete through `Change.delete`."""
    REFUSALS = "refusals"
    """The source refuses some write, while it takes its neighbours."""
    RESTORES = "restores"
    """A deleted record can be brought back."""
    NEW_FIELDS = "new fields"
    """The source's API makes fields; where a person must, the adapter says what to make (schema)."""
    SIGNED = "signed"
    """A notification is signed as a whole, so that one altered on its way can be told."""
    EXPIRY = "expiry"
    """A subscription ends at some time."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One subscription as the source has it."""

    url: str
    expires: datetime | None


class Harness(ABC):
    """One source with one empty object, looked at and disturbed without the adapter."""

    descriptor: AdapterDescriptor
    """The card of the adapter under test."""
    object_name: str
    """The name of the object that the kit fills."""
    field: str
    """A text field of it that can be read, written, and found by where the adapter finds."""
    other_field: str
    """A second such field, to see that it stays as it was."""
    number_field: str = ""
    """A field that can hold any number; leave it empty together with `cannot[Need.NUMBERS]`."""
    key_field: str = ""
    """The field where `Change.key` is kept, where the adapter declares `external_key`."""
    page_size: int = 3
    """How many records a page of the adapter holds as opened here; keep it small, the kit seeds some pages."""
    garbage_is: Literal["error", "problem"] = "error"
    """What garbage becomes: a ContractError, or (files) problems beside the good records."""
    stages: Sequence[str] = ()
    """Three or more stages that a record can be moved to, as its payload would carry them (history)."""
    new_field: str = "Kit Field"
    """The name to ask a new field under (schema)."""
    cannot: ClassVar[Mapping[Fault | Need, Support]] = {}
    """What this source cannot be made to do: `vendor_cannot(...)` or `not_yet(...)`."""
    cannot_hold: ClassVar[Mapping[str, str]] = {}
    """Texts of `kit.texts.TEXTS` that the source cannot hold: their name there, and the reason."""
    canaries: Sequence[str] = ()
    """The secrets in use here, made up for the test, right and wrong ones: they may appear nowhere."""

    def __init__(self) -> None:
        self.clock = VirtualClock()

    @abstractmethod
    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> Adapter:
        """A new adapter on the source, as the engine would open it: use `context` below."""

    @abstractmethod
    def seed(
        self, records: Sequence[Mapping[str, object]], *, ids: Sequence[str] | None = None, together: bool = False
    ) -> list[str]:
        """Puts records into the source behind the adapter, and gives their external ids in the same order.

        `ids` are the ids to use (see `Need.CHOSEN_IDS`). With `together` all of them carry one modified time, later
        than any before (see `Need.SAME_INSTANT`); else each its own. May be called again to add more.
        """

    @abstractmethod
    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        """Changes those fields of a record behind the adapter, at a later time than anything before."""

    @abstractmethod
    def delete(self, external_id: str) -> None:
        """Removes a record behind the adapter."""

    @abstractmethod
    def stored(self) -> Mapping[str, Payload]:
        """Every live record by its id, read without the adapter: the payload it must hand out, key for key."""

    @abstractmethod
    def writes(self) -> int:
        """A number that grows with every write that reaches the source through the adapter."""

    @abstractmethod
    def inject(self, fault: Fault) -> None:
        """Makes the fault happen; only faults that `cannot` does not name are asked for."""

    def heal(self) -> None:
        """Ends the faults that last."""
        raise NotImplementedError

    def seed_late(self, records: Sequence[Mapping[str, object]]) -> list[str] | None:  # noqa: ARG002 - for those who can
        """Adds records like `seed`, at the very instant of the last change: a busy second that was read half-way.

        None where that cannot be done.
        """
        return None

    def delete_together(self, external_ids: Sequence[str]) -> None:
        """delete: removes those records behind the adapter, all at one instant (see `Need.SAME_INSTANT`)."""
        raise NotImplementedError

    def restore(self, external_id: str) -> None:
        """delete: brings a deleted record back behind the adapter, at a later time (see `Need.RESTORES`)."""
        raise NotImplementedError

    def move(self, moves: Sequence[tuple[str, str]], *, together: bool = False) -> None:
        """history: moves records to stages behind the adapter, one after the other, later than anything before.

        With `together` all of it happens at one instant (see `Need.SAME_INSTANT`).
        """
        raise NotImplementedError

    def jobs(self) -> int:
        """bulk: how many export jobs have been ordered so far."""
        raise NotImplementedError

    def notification(self, external_ids: Sequence[str], secret: str) -> tuple[dict[str, str], bytes]:
        """receive: headers and body of what the source posts about those records to a subscription of that secret."""
        raise NotImplementedError

    def watches(self) -> Sequence[Watch]:
        """subscribe: the subscriptions alive at the source now, by the clock of the harness."""
        raise NotImplementedError

    def fields(self) -> Mapping[str, str]:
        """schema: the object's fields at the source with their types, in any words that tell them apart."""
        raise NotImplementedError

    def sample(self, number: int) -> dict[str, JsonValue]:
        """The fields of a record that the source takes, different for each number; add what yours requires."""
        return {self.field: f"value {number}", self.other_field: f"other {number}"}

    def refused(self) -> dict[str, JsonValue]:
        """Fields of an update that the source refuses."""
        return {"no such field": "x"}

    def context(
        self,
        config: BaseModel,
        *,
        workspace: Path = Path(),
        secrets: Secrets | None = None,
        read_only: bool = True,
        stop: threading.Event | None = None,
    ) -> AdapterContext:
        """What the adapter is opened with, on the harness's own clock, so that no test ever sleeps."""
        return AdapterContext(
            connection="kit",
            config=config,
            workspace=workspace,
            secrets=secrets or NoSecrets(),
            clock=self.clock,
            sleep=self.clock.sleep,
            stop=stop or threading.Event(),
            read_only=read_only,
        )
