"""The part of `Bridge` that works figures out: the facts behind them, and every service that reads these.

Like `Bridge` and its other parts this module imports at its top only what each command needs; a method imports the
module of its area where it works with it, so that a command starts as fast as what it does allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Listing

if TYPE_CHECKING:
    from crmbridge.app.config import Workspace
    from crmbridge.app.wiring import Wiring
    from crmbridge.model.pipeline import Pipeline
    from crmbridge.services.customers_report import State
    from crmbridge.services.kpi import Kpi
    from crmbridge.services.sharing import SharedFacts

FACTS_CACHE = Path(".crmbridge") / "facts.duckdb"
KPI_FILE = "kpis.toml"


class Reckoning:
    """What can be worked out of the records of a workspace. `Bridge` is one."""

    workspace: Workspace
    wiring: Wiring
    as_of: datetime
    is_as_of_given: bool

    @cached_property
    def _facts(self) -> SharedFacts:
        from crmbridge.facts.build import open_facts
        from crmbridge.services.sharing import SharedFacts

        opened = open_facts(
            self.wiring.ledger,
            cache=self.workspace.folder / FACTS_CACHE,
            zone=self.wiring.zone,
            currency=self.workspace.config.workspace.currency,
            calendars=[self.wiring.calendar],
        )
        return SharedFacts(opened)

    @cached_property
    def _pipelines(self) -> list[Pipeline]:
        from crmbridge.ledger import pipelines

        with self.wiring.ledger.read() as tx:
            return pipelines.load(tx)

    def _forget(self) -> None:
        """What was worked out from the ledger is out of date: the next figure works it out again."""
        if "_facts" in self.__dict__:
            self._facts.close()
            del self.__dict__["_facts"]
        self.__dict__.pop("_pipelines", None)

    def _dated(self, told: Listing) -> Listing:
        """Figures with what they rest on; those as of now warn of what was last read long ago."""
        from crmbridge.app import freshness

        return freshness.dated(self.wiring, told, now=None if self.is_as_of_given else self.as_of)

    def funnel(
        self,
        *,
        by: Sequence[str] = (),
        pipeline: str | None = None,
        start: date | None = None,
        end: date | None = None,
        cohort: bool = False,
        known: Literal["now", "then"] = "now",
        currency: str | None = None,
        viewer: str | None = None,
        explain: bool = False,
    ) -> Listing:
        """The funnel of the deals: what became of them, how far they got, how long it took."""
        from crmbridge.app import cadences, figures
        from crmbridge.app.figures import Asked

        asked = Asked(self.as_of, start, end, tuple(by), known, explain, currency, viewer)
        cadence, notes = None, []
        try:
            cadence = cadences.own_document(self.wiring)
        except ConfigError as error:
            notes = [
                Note("NO_POLICIES", mark("which policies to look at is not told: {reason}"), {"reason": str(error)})
            ]
        told = figures.ask_funnel(
            self._facts,
            self._pipelines,
            asked,
            pipeline=pipeline,
            cohort=cohort,
            calendar=self.wiring.calendar.id,
            cadence=cadence,
        )
        return self._dated(replace(told, warnings=(*told.warnings, *notes)))

    def kpi(
        self,
        ids: Sequence[str] = (),
        *,
        by: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        currency: str | None = None,
        viewer: str | None = None,
        explain: bool = False,
    ) -> Listing:
        """KPIs by id, or all; the workspace's own stand in `kpis.toml`."""
        from crmbridge.app import figures
        from crmbridge.app.figures import Asked

        asked = Asked(self.as_of, start, end, tuple(by), "now", explain, currency, viewer)
        return self._dated(figures.ask_kpis(self._facts, self._pipelines, self._own_kpis(), ids, asked))

    def forecast(self, **options: Any) -> Listing:  # noqa: ANN401 - see forecasting.Wanted
        """What a period will come to: closed, committed, likely, and whether the pipeline covers a target."""
        from crmbridge.app import forecasting

        wanted = forecasting.Wanted(self.as_of, **options)
        told = forecasting.ask_forecast(self.wiring, self._facts, self._pipelines, wanted)
        if wanted.keep:
            self._forget()
        return self._dated(told)

    def customer(
        self, record: str, *, limit: int | None = None, known: Literal["now", "then"] = "now", explain: bool = False
    ) -> Listing:
        """The file of a customer (`account/ID`, `contact/ID` or `lead/ID`), the last `limit` activities of it."""
        from crmbridge.app import customer_view

        told = customer_view.show_customer(
            self.wiring,
            self._facts,
            self._pipelines,
            record,
            as_of=self.as_of,
            limit=limit,
            known=known,
            explain=explain,
        )
        return self._dated(told)

    def tiers(
        self,
        *,
        state: State | None = None,
        limit: int | None = None,
        currency: str | None = None,
        keep: bool = False,
        explain: bool = False,
    ) -> Listing:
        """The customers by recency, frequency and money, and where each stands; `keep` remembers what changed."""
        from crmbridge.app import customer_ranks
        from crmbridge.services.customers_report import CustomersRequest

        request = CustomersRequest(self.as_of, currency, state, limit)
        told = customer_ranks.ask_customers(
            self.wiring, self._facts, self._pipelines, request, keep=keep, explain=explain
        )
        if keep:
            self._forget()
        return self._dated(told)

    def scores(self, *, keep: bool = False, **asked: Any) -> Listing:  # noqa: ANN401 - see ScoresRequest
        """Leads and open deals with their scores and tiers, and why; `keep` remembers which tiers changed."""
        from crmbridge.app import scoring
        from crmbridge.services.scores_report import ScoresRequest

        request = ScoresRequest(self.as_of, with_changes=keep, **asked)
        told = scoring.ask_scores(self.wiring, self._facts, self._pipelines, request, keep=keep)
        if keep:
            self._forget()
        return self._dated(told)

    def cadence(self, *, keep: bool = False, explain: bool = False, **asked: Any) -> Listing:  # noqa: ANN401
        """Which follow-up is due, for whom and why (see CadenceRequest); `keep` remembers how enrolments stand."""
        from crmbridge.app import cadences, care
        from crmbridge.app.asker import Asker
        from crmbridge.app.tasks_made import tasks_made
        from crmbridge.services.cadence_report import CadenceRequest

        made = tasks_made(self.wiring)
        greeted = care.greeted_of(Asker(self.wiring, self._facts, self._pipelines, self.as_of), made)
        request = CadenceRequest(self.as_of, self.wiring.calendar, made, greeted=greeted, **asked)
        told = cadences.ask_cadence(self.wiring, self._facts, self._pipelines, request, keep=keep, explain=explain)
        if keep:
            self._forget()
        return self._dated(told)

    def queue(self, **asked: Any) -> Listing:  # noqa: ANN401 - see queues.ask_queue
        """What comes next for everybody, or for one owner, and why."""
        from crmbridge.app import queues

        return queues.ask_queue(self.wiring, self._facts, self._pipelines, self.as_of, **asked)

    def response(self, *, keep: bool = False, **asked: Any) -> Listing:  # noqa: ANN401 - see responses.ask_response
        """How soon leads are answered, and which wait; `keep` remembers when clocks started."""
        from crmbridge.app import responses

        told = responses.ask_response(self.wiring, self._facts, self._pipelines, self.as_of, keep=keep, **asked)
        if keep:
            self._forget()
        return self._dated(told)

    def pool(self, *, keep: bool = False, **asked: Any) -> Listing:  # noqa: ANN401 - see pools.ask_pool
        """What goes back to the pool, and what reps may take; `keep` remembers who owns what."""
        from crmbridge.app import pools

        told = pools.ask_pool(self.wiring, self._facts, self._pipelines, self.as_of, keep=keep, **asked)
        if keep:
            self._forget()
        return self._dated(told)

    def quality(self, **asked: Any) -> Listing:  # noqa: ANN401 - see quality.ask_quality
        """What is wrong with the records, the worst first; `by` adds scores, `check` names the records of one check."""
        from crmbridge.app.quality import ask_quality

        return self._dated(ask_quality(self.wiring, self._facts, self._pipelines, as_of=self.as_of, **asked))

    def first_findings(self) -> tuple[Note, ...]:
        """The worst findings in a line each, as they stand below a first sync."""
        from crmbridge.app.quality import first_findings

        return first_findings(self.wiring, self._facts, self._pipelines, as_of=self.as_of)

    def _own_kpis(self) -> tuple[Kpi, ...]:
        from crmbridge.app.own_kpis import own_kpis

        return own_kpis(self.wiring)

    def goals_allocate(self, **options: Any) -> Listing:  # noqa: ANN401 - see goal_setting.Wanted
        """A goal split over periods or people, to the cent."""
        from crmbridge.app import goal_setting

        return goal_setting.allocate(self.wiring, goal_setting.Wanted(**options))

    def report_weekly(
        self, week: str | None = None, *, language: str = "en", team: str | None = None, currency: str | None = None
    ) -> str:
        """The weekly report as one HTML page; of the last whole week unless one is named, such as 2026-W26.

        With a `team` of its people alone and of those of the teams below.
        """
        from crmbridge.app import pack_asking, packs, weekly
        from crmbridge.app.asker import Asker

        moment = weekly.choose(week, self.as_of, self.wiring.zone, is_given=self.is_as_of_given)
        place = (self.wiring, self._facts, self._pipelines)
        asker = Asker(*place, moment[1], self._own_kpis())
        asked = pack_asking.asked(asker, moment[0], team=team, currency=currency)
        whose = None if asked.members is None else (asked.team_name, asked.members)
        return weekly.report(
            *place, moment, language=language, currency=currency, talk=packs.pack_of(asked), whose=whose
        )
