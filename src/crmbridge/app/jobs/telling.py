"""The job that tells people something: a round of notices. A channel that fails is told of, and fails no job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge.app.notices.views import notes_of

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge
    from crmbridge.app.jobs.kinds import NoArguments
    from crmbridge.app.jobs.parts import Parts


def notices(bridge: Bridge, _: NoArguments, parts: Parts) -> None:
    """Tells what the rules want told, one part a rule; what waits is sent by a run after that."""
    for done in bridge.notices_round():
        with parts.part(done.name) as part:
            part.written = sum(1 for one in done.outcomes if one.fate == "sent")
            part.notices += notes_of(done, bridge.wiring.zone) if done.error is None else []
            if done.error is not None:
                raise done.error
        parts.later(done.again_us)
