"""The world itself: sizes, times and who belongs to whom; its parts are made on demand, always the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from crmbridge_sim.world import activities, deals, parties
from crmbridge_sim.world.model import Account, Call, Colleague, Contact, Deal, Lead, Meeting, Note, Task
from crmbridge_sim.world.randomness import mixed

DAY_S = 86_400
SPAN_DAYS = 540
CHINESE_SHARE = 0.3


class World:
    """``deals`` deals of the 540 days before ``now`` and all that goes with them; deterministic by ``seed``.

    ``chinese_share`` of the companies and people have Chinese names; it changes names alone.

    Every method makes its rows anew in the same order, so the memory in use does not grow with the world.
    """

    def __init__(self, seed: int, *, deals: int, now: float, chinese_share: float = CHINESE_SHARE) -> None:
        self.seed, self.deal_count, self.chinese_share = seed, deals, chinese_share
        self.now = int(now)
        # A world ends yesterday evening at the latest, so that nothing of it lies in a running second.
        self.end = self.now - 3600
        self.start = self.end - SPAN_DAYS * DAY_S
        self.account_count = max(1, deals // 5) if deals else 0
        self.contact_count = max(1, deals // 3) if deals else 0
        self.lead_count = deals // 4
        self.task_count, self.meeting_count = deals // 3, deals // 10
        self.call_count = self.note_count = deals // 8
        self.colleague_count = min(60, 5 + deals // 2_000)
        self._salt = mixed(seed, 77)

    def pick(self, salt: int, position: int, count: int) -> int:
        """A position below ``count``, the same every time."""
        return mixed(self._salt + salt, position) % count

    def account_of(self, deal: int) -> int:
        """The account of a deal."""
        return self.pick(1, deal, self.account_count)

    def contact_of(self, deal: int, account: int) -> int:
        """The contact of a deal: every other one is with the second contact of the account, where there is one."""
        second = account + self.account_count
        return second if deal % 2 and second < self.contact_count else account

    def account_of_contact(self, contact: int) -> int:
        """The account of a contact: one after the other, and again from the front."""
        return contact % self.account_count

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """The colleague who owns each account and its deals: one customer meets one face."""
        return tuple(self.pick(4, account, self.colleague_count) for account in range(self.account_count))

    def owner_of(self, account: int) -> int:
        """The owner of one account."""
        return self.owners[account]

    def created_of(self, deal: int) -> int:
        """The second a deal was created: spread over the span, no two alike while seconds last."""
        span = self.end - self.start - DAY_S
        return (
            self.start
            + deal * span // max(1, self.deal_count)
            + self.pick(5, deal, max(1, span // (self.deal_count * 2)))
        )

    @cached_property
    def colleagues(self) -> tuple[Colleague, ...]:
        """The people of the selling company."""
        return tuple(parties.colleagues(self))

    def accounts(self) -> Iterator[Account]:
        """Customers and prospects."""
        return parties.accounts(self)

    def contacts(self) -> Iterator[Contact]:
        """People at accounts."""
        return parties.contacts(self)

    def leads(self) -> Iterator[Lead]:
        """Inquiries, some of which became deals."""
        return parties.leads(self)

    def deals(self) -> Iterator[Deal]:
        """Deals with their way through the stages."""
        return deals.deals(self)

    def tasks(self) -> Iterator[Task]:
        """Things to do."""
        return activities.tasks(self)

    def meetings(self) -> Iterator[Meeting]:
        """Meetings."""
        return activities.meetings(self)

    def calls(self) -> Iterator[Call]:
        """Telephone calls."""
        return activities.calls(self)

    def notes(self) -> Iterator[Note]:
        """Remarks."""
        return activities.notes(self)
