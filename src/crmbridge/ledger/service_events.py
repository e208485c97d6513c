"""Service events: what a service decided about a subject at a moment, kept for ever. The last one is how it stands.

A service is a function of facts, configuration and moment; what it must remember of earlier runs (a tier does not fall
within a week) comes back to it as facts, in `service_events`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from crmbridge.ledger import bulk
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.transaction import LedgerTx

_COLUMNS = ("subject", "at_us", "body")
_APPEND = bulk.Upsert("service_event", _COLUMNS, ("service", "subject", "at_us"), fixed=("service", "change_no"))


class ServiceEvent(NamedTuple):
    """What was decided about `subject` at `at_us`; `body` is JSON and means what its service says."""

    subject: str
    at_us: int
    body: str


def append(tx: LedgerTx, service: str, events: Sequence[ServiceEvent]) -> int:
    """Keeps the events under this transaction's change number; how many were new.

    A subject has one event of a service at a moment: told again, the first stays as it was.
    """
    if not events:
        return 0
    return bulk.upsert(tx, _APPEND, events, fixed=(service, next_change(tx)))


def count(tx: LedgerTx) -> int:
    """How many events are kept, of all services."""
    [(number,)] = bulk.select(tx, "SELECT count(*) FROM service_event")
    return int(number)


def latest(tx: LedgerTx, service: str, *, until_us: int) -> list[ServiceEvent]:
    """The last event of each subject up to and with a moment, by subject."""
    sql = (
        "SELECT subject, at_us, body FROM service_event AS e WHERE service = :service AND at_us = ("
        "SELECT max(l.at_us) FROM service_event AS l WHERE l.service = e.service AND l.subject = e.subject"
        " AND l.at_us <= :until_us) ORDER BY subject"
    )
    return [ServiceEvent(*row) for row in bulk.select(tx, sql, service=service, until_us=until_us)]
