"""The audit log for people: its rows, and what is wrong with them."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from crmbridge.ledger.audit import Told
from crmbridge.ledger.audit_check import numbers
from crmbridge.model.errors import StoreError
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

_ROWS = (
    Column("seq", mark("number"), "count"),
    Column("at", mark("when"), "instant"),
    Column("action", mark("what was done"), "word"),
    Column("about", mark("about")),
    Column("actor", mark("by")),
    Column("said", mark("details"), "json"),
    Column("seal", mark("seal")),
)
_PROBLEMS = (
    Column("problem", mark("problem")),
    Column("code", mark("code")),
    Column("rows", mark("rows"), "json"),
)

ACTIONS = (
    *(mark("connection.made"), mark("connection.ended"), mark("grant.given"), mark("grant.taken")),
    *(mark("plan.approved"), mark("plan.carried_out"), mark("plan.undoing_made"), mark("guard.lifted")),
    *(mark("conflict.settled"), mark("link.answered"), mark("payouts.shown")),
    *(mark("schedule.added"), mark("schedule.removed"), mark("schedule.paused"), mark("schedule.resumed")),
    *(mark("hooks.enabled"), mark("hooks.disabled"), mark("ledger.upgraded"), mark("ledger.restored")),
    *(mark("person.erased"), mark("erasures.replayed"), mark("retention.pruned")),
)
"""Everything that is remembered so."""


def audit_listing(told: Iterable[Told], zone: ZoneInfo) -> Listing:
    """The rows, as they were handed over."""
    rows = tuple(
        {
            "seq": one.row.seq,
            "at": from_us(one.row.at_us).astimezone(zone),
            "action": one.row.action,
            "about": one.about,
            "actor": one.actor,
            "said": dict(one.said),
            "seal": one.row.seal,
        }
        for one in told
    )
    return Listing("audit/1", _ROWS, rows, empty=mark("nothing is in the audit log yet"))


def verify_listing(found: Iterable[Note]) -> Listing:
    """What is wrong, one row each; ends with 6 where anything is."""
    rows = tuple({"problem": note, "code": note.code, "rows": numbers(note)} for note in found)
    code = StoreError.exit_code if rows else 0
    return Listing("audit-verify/1", _PROBLEMS, rows, exit_code=code, empty=mark("the audit log is whole"))
