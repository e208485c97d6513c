"""Tells one notice by one channel: kept as being sent before it leaves, and as what became of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crmbridge.app import logs
from crmbridge.app.notices.addresses import Addresses
from crmbridge.ledger import notices as kept
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import to_us
from crmbridge.report.notices.message import OF_THE_CHANNEL, Message, Taken

if TYPE_CHECKING:
    from crmbridge.app.notices.wanted import Wanted
    from crmbridge.app.wiring import Wiring
    from crmbridge.report.notices.postman import Postman

FIRST_WAIT_S, LONGEST_WAIT_S = 300, 3600
_SECOND = 1_000_000
Fate = Literal["sent", "waiting", "doubted", "quiet", "resting", "no_address", "would_be_sent"]
"""What became of a notice in a round."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a notice in a round. `message` is there where it was only tried, and nothing sent."""

    wanted: Wanted
    fate: Fate
    taken: Taken | None = None
    again_us: int | None = None
    message: Message | None = None


@dataclass(slots=True)
class Sending:
    """Tells notices, one by one. `rests` says until when a channel that failed is left alone."""

    wiring: Wiring
    postman: Postman
    is_tried: bool = False
    rests: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    addresses: Addresses = field(init=False)

    def __post_init__(self) -> None:
        self.addresses = Addresses(self.wiring)
        with self.wiring.ledger.read() as tx:
            for name, health in kept.health(tx).items():
                self.rests[name], self.failures[name] = health.rests_until_us or 0, health.failures

    @property
    def now_us(self) -> int:
        """The time by the clock of the workspace."""
        return to_us(self.wiring.clock())

    def tell(self, wanted: Wanted) -> Outcome | None:
        """What became of a notice; None where it was told already, or may have been."""
        with self.wiring.ledger.read() as tx:
            before = kept.states(tx, [wanted.key]).get((wanted.key, wanted.channel))
        if before is not None and before.state != "waiting":
            return None
        message = wanted.compose() if self.is_tried else None
        channel = self.wiring.workspace.config.notices.channels[wanted.channel]
        if channel.to == "person" and wanted.email is None:
            return Outcome(wanted, "no_address", message=message)
        fate, again_us = self._against(wanted, before)
        if fate is not None:
            return Outcome(wanted, fate, again_us=again_us, message=message)
        if message is not None:
            return Outcome(wanted, "would_be_sent", message=message)
        return self._sent(wanted)

    def _against(self, wanted: Wanted, before: kept.Notice | None) -> tuple[Fate | None, int | None]:
        """What stands against sending it now, and until when."""
        now = self.wiring.clock()
        now_us = to_us(now)
        if wanted.quiet is not None:
            free_us = to_us(wanted.quiet.next_allowed(now, wanted.zone))
            if free_us > now_us:
                return "quiet", free_us
        if self.rests.get(wanted.channel, 0) > now_us:
            return "resting", self.rests[wanted.channel]
        if before is not None and (before.retry_us or 0) > now_us:
            return "waiting", before.retry_us
        return None, None

    def _sent(self, wanted: Wanted) -> Outcome | None:
        message = wanted.compose()
        with self.wiring.ledger.begin() as tx:
            attempt = kept.begin(
                tx,
                wanted.key,
                wanted.channel,
                kind=wanted.kind,
                rule=wanted.rule,
                until_us=wanted.until_us,
                now_us=self.now_us,
                covers=wanted.covers,
            )
        if attempt is None:
            return None
        taken = self.taken(wanted.channel, wanted.email, message)
        again_us = self._next_us(wanted.channel, taken, attempt)
        state: kept.State = "waiting"
        if taken.code in {"delivered", "unknown"}:
            state = "delivered" if taken.code == "delivered" else "doubted"
        with self.wiring.ledger.begin() as tx:
            code = None if taken.code == "delivered" else taken.code
            now_us, said = self.now_us, taken.said
            kept.end(tx, wanted.key, wanted.channel, state, now_us=now_us, retry_us=again_us, code=code, said=said)
        level: logs.Level = "info" if state == "delivered" else "warning"
        logs.event("notice.sent", {"stream": wanted.kind, "attempt": attempt, "error.type": code}, level=level)
        if state == "delivered":
            return Outcome(wanted, "sent", taken)
        return Outcome(wanted, "waiting", taken, again_us) if state == "waiting" else Outcome(wanted, "doubted", taken)

    def taken(self, channel: str, email: str | None, message: Message) -> Taken:
        """How a channel took a message; `invalid` where its URL is not there or does not suit it."""
        try:
            url = self.addresses.url(channel, email)
        except ConfigError as error:
            return Taken("invalid", error.code)
        return self.postman.carry(url, message)

    def _next_us(self, channel: str, taken: Taken, attempt: int) -> int | None:
        """When it, or with it the whole channel, is tried again; None where it was taken."""
        if taken.code == "delivered":
            self.failures[channel] = self.rests[channel] = 0
            return None
        if taken.code not in OF_THE_CHANNEL:
            return self.now_us + wait_s(attempt) * _SECOND
        self.failures[channel] = self.failures.get(channel, 0) + 1
        self.rests[channel] = self.now_us + wait_s(self.failures[channel]) * _SECOND
        return self.rests[channel]


def wait_s(attempt: int) -> int:
    """How long until the next attempt: twice as long each time, up to an hour."""
    return min(FIRST_WAIT_S << min(attempt - 1, 10), LONGEST_WAIT_S)
