"""A notice that somebody is to get by one channel, before anybody looks whether it was sent already."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crmbridge.model.calendar import QuietHours
from crmbridge.report.notices.message import Message


@dataclass(frozen=True, slots=True)
class Wanted:
    """One notice by one channel: `key` says what it is for ever, and `until_us` when it is worth nothing any more.

    `email` is the address that a channel for one person needs. `covers` is what an alert speaks of. `compose` makes the
    text when it is sent, so that none is kept.
    """

    key: str
    kind: str
    rule: str
    channel: str
    until_us: int
    zone: ZoneInfo
    quiet: QuietHours | None
    compose: Callable[[], Message]
    person: str | None = None
    email: str | None = None
    covers: tuple[str, ...] = ()
