"""The part of `Bridge` that steers a team: scorecards, pay, and what else a manager looks at.

Like its other parts it imports at its top only what each command needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge.app.reckoning import Reckoning

if TYPE_CHECKING:
    from crmbridge.app.scorecards import Asker
    from crmbridge.report.listing import Listing


class Steering(Reckoning):
    """What a manager asks of a team. `Bridge` is one."""

    def scorecards(self, **asked: Any) -> Listing:  # noqa: ANN401 - see scorecards.ask_scorecards
        """Everybody's score in a period, and what it is made of."""
        from crmbridge.app import scorecards

        return self._dated(scorecards.ask_scorecards(self._asker(), **asked))

    def leaderboard(self, **asked: Any) -> Listing:  # noqa: ANN401 - see scorecards.ask_leaderboard
        """Everybody's place by one KPI in a period."""
        from crmbridge.app import scorecards

        return self._dated(scorecards.ask_leaderboard(self._asker(), **asked))

    def payouts(self, **asked: Any) -> Listing:  # noqa: ANN401 - see payouts.ask_payouts
        """What the plans pay for a period, as far as the viewer may see it."""
        from crmbridge.app import payouts

        return self._dated(payouts.ask_payouts(self._asker(), **asked))

    def compare(self, **asked: Any) -> Listing:  # noqa: ANN401 - see comparing.ask_comparison
        """What changed between two periods, and what it came from."""
        from crmbridge.app import comparing

        return self._dated(comparing.ask_comparison(self._asker(), **asked))

    def _asker(self) -> Asker:
        from crmbridge.app.scorecards import Asker

        return Asker(self.wiring, self._facts, self._pipelines, self.as_of, self._own_kpis())
