"""A follow-up run as listings: what became of it, and the plans of one that is only looked at."""

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.app import plan_views
from crmbridge.app.follow_up import FollowUp
from crmbridge.app.wiring import Wiring
from crmbridge.model.errors import GuardStop
from crmbridge.model.notes import Note
from crmbridge.report.follow_up import Line, follow_up_listing
from crmbridge.report.i18n import mark
from crmbridge.report.listing import SAMPLES, Listing
from crmbridge.report.plans import in_step_listing
from crmbridge.sync.outcome import worst


def told(wiring: Wiring, done: FollowUp) -> Listing:
    """What every connection was asked for, and what came of it."""
    lines = [
        Line(one.connection, one.intents, None if one.sent is None else one.sent.outgoing, one.error)
        for one in done.followed
    ]
    return follow_up_listing(lines, notes_of(done), exit_code=exit_code_of(done)).in_zone(wiring.zone)


def plans(wiring: Wiring, done: FollowUp, *, samples: int | None = SAMPLES) -> list[Listing]:
    """The plan of each connection that lacks something; one empty listing where none does."""
    found = [
        plan_views.plan(wiring, one.sent.outgoing.plan.name, samples=samples)
        for one in done.followed
        if one.sent is not None and one.sent.outgoing is not None and one.sent.outgoing.plan is not None
    ]
    first, *rest = found or [in_step_listing()]
    more = (*first.warnings, *notes_of(done))
    return [replace(first, warnings=more, exit_code=exit_code_of(done)), *rest]


def exit_code_of(done: FollowUp) -> int:
    """The code that needs a person most."""
    codes = [one.sent.result.exit_code for one in done.followed if one.sent is not None]
    codes += [one.error.exit_code for one in done.followed if one.error is not None]
    return worst([*codes, *(error.exit_code for _, error in done.gathered.failures)])


def notes_of(done: FollowUp) -> Sequence[Note]:
    """What can go nowhere, which service could not be asked, and what stopped a connection."""
    service = mark("{service} cannot be followed up: {reason}")
    stopped = mark("{connection} was left alone: {reason}")
    return [
        *done.notes,
        *(Note("SERVICE_FAILED", service, {"service": name, "reason": str(e)}) for name, e in done.gathered.failures),
        *(
            Note("CONNECTION_LEFT", stopped, {"connection": one.connection, "reason": str(one.error)})
            for one in done.followed
            if one.error is not None and not isinstance(one.error, GuardStop)
        ),
    ]
