"""`Bridge`: one open workspace, and everything that can be asked of it. The public Python API and the CLI's only door.

with Bridge.open(Path("acme")) as bridge:
    bridge.sync([])
    print(bridge.funnel(by=["owner"]).rows)
"""

import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from crmbridge.adapter.context import system_clock
from crmbridge.adapter.registry import discover
from crmbridge.app import (
    config,
    connect,
    customer_ranks,
    disconnect,
    examination,
    figures,
    follow_up,
    follow_up_views,
    forecasting,
    goal_setting,
    hooks,
    initialise,
    mappings,
    plan_views,
    proposals,
    responses,
    scoring,
    verification,
    weekly,
)
from crmbridge.app.connect import Voice
from crmbridge.app.connect_plan import Wanted
from crmbridge.app.figures import Asked
from crmbridge.app.follow_up import FollowUp
from crmbridge.app.keeping import Keeping
from crmbridge.app.outward import Outward
from crmbridge.app.pairs import AfterReading
from crmbridge.app.quality import ask_quality, first_findings
from crmbridge.app.unmapped import unmapped
from crmbridge.app.wiring import Wiring
from crmbridge.facts.build import open_facts
from crmbridge.facts.publish import publish, publish_table
from crmbridge.facts.tables import plural
from crmbridge.ledger import connections, hints, pipelines, quarantine, records, runs, spending, streams, unsettled
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import to_us
from crmbridge.model.kinds import KIND_NAMES, kind
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.report import operations
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, listing
from crmbridge.report.plans import SAMPLES
from crmbridge.report.status import Webhook, status_listing
from crmbridge.services.customers_report import CustomersRequest, State
from crmbridge.services.kpi import Kpi, load_kpis
from crmbridge.services.scores_report import ScoresRequest
from crmbridge.services.sharing import SharedFacts
from crmbridge.sync.engine import run_retry, run_sync
from crmbridge.sync.setup import Progress

FACTS_CACHE = Path(".crmbridge") / "facts.duckdb"
KPI_FILE = "kpis.toml"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How a sync ended, and its listing; `is_first` where nothing was read before it."""

    exit_code: int
    listing: Listing
    is_first: bool = False


class Bridge(Outward, Keeping):
    """One open workspace. Use it in a `with`; figures are as of `as_of`, which is now unless given."""

    def __init__(
        self,
        workspace: config.Workspace,
        *,
        as_of: datetime | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.workspace = workspace
        self.is_as_of_given = as_of is not None
        self.as_of = as_of or system_clock()
        self.wiring = Wiring(workspace, clock=system_clock, environ=environ)

    @classmethod
    def open(
        cls, workspace: Path | None = None, *, as_of: datetime | None = None, environ: Mapping[str, str] | None = None
    ) -> Self:
        """The workspace given, else that of `$CRMBRIDGE_WORKSPACE`, else the current folder's."""
        around = os.environ if environ is None else environ
        return cls(config.load(config.find_workspace(workspace, around), around), as_of=as_of, environ=around)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the ledger and the facts; harmless twice."""
        self._forget()
        self.wiring.close()

    def _forget(self) -> None:
        """What was worked out from the ledger is out of date: the next figure works it out again."""
        if "_facts" in self.__dict__:
            self._facts.close()
            del self.__dict__["_facts"]
        self.__dict__.pop("_pipelines", None)

    # -- set up ------------------------------------------------------------------------------------------------------

    @staticmethod
    def init(
        folder: Path,
        *,
        files: Path | None = None,
        from_example: Path | None = None,
        name: str | None = None,
        currency: str | None = None,
        zone: str | None = None,
    ) -> Listing:
        """Makes a workspace; nothing that is there already is overwritten."""
        wish = initialise.Wish(folder, files, name=name, currency=currency, zone=zone)
        return initialise.from_example(wish, from_example) if from_example else proposals.from_files(wish)

    @staticmethod
    def add_policies(folder: Path) -> Listing:
        """Writes the policies that a workspace has no file for yet, each as shipped."""
        return initialise.add_policies(folder)

    @staticmethod
    def adapters(workspace: Path | None = None) -> Listing:
        """The capability matrix; in a workspace with the plugins that it allows."""
        folder = config.find_workspace(workspace, os.environ)
        here = config.load(folder, os.environ) if (folder / config.FILE_NAME).exists() else None
        registry = discover(here.config.workspace.plugins if here else ())
        return operations.adapters_listing(list(registry.adapters.values()), registry.reports)

    def connect(self, wanted: Wanted, voice: Voice) -> Listing:
        """Connects an account; what it was granted, and for what."""
        return connect.connect(self.wiring, wanted, voice)

    def disconnect(self, connection: str, *, is_local: bool = False) -> Listing:
        """Ends a login, at the vendor and here; what was read stays."""
        return disconnect.disconnect(self.wiring, connection, is_local=is_local)

    def doctor(self, connection: str | None = None, *, in_brief: bool = False) -> Listing:
        """What works and what does not, with the next step; of that connection, or of all.

        `in_brief` counts what a mapping leaves alone in place of naming it.
        """
        return examination.examine(self.wiring, self._connections(connection), in_brief=in_brief)

    def fields(self, connection: str | None = None) -> Listing:
        """The fields of each source, and what the mapping makes of them."""
        return mappings.fields(self.wiring, self._connections(connection))

    def mapping_check(self, connection: str | None = None) -> Listing:
        """What mappings and sources disagree about."""
        return mappings.check(self.wiring, self._connections(connection))

    def mapping_explain(self, kind_name: str, record: str) -> Listing:
        """For every field of a record: vendor value, lens, neutral value, and the line that says so."""
        return mappings.explain_record(self.wiring, kind(kind_name), record)

    def mapping_init(self, connection: str) -> Listing:
        """Writes a draft mapping for a connection that has none."""
        return mappings.init(self.wiring, connection)

    def config_show(self, origin: bool = False) -> Listing:  # noqa: FBT001, FBT002 - the command's own word
        """Every setting, and where it comes from."""
        columns = [Column("key", mark("setting")), Column("value", mark("value"), "json")]
        columns += [Column("origin", mark("comes from"), "word")] if origin else []
        rows = [{"key": k, "value": v, "origin": o} for k, v, o in self.workspace.origins()]
        return listing("config/1", columns, rows if origin else [{"key": r["key"], "value": r["value"]} for r in rows])

    # -- sync --------------------------------------------------------------------------------------------------------

    def sync(self, connections_: Sequence[str] = (), progress: Progress | None = None) -> SyncReport:
        """Reads the connections (all, unless named) into the ledger, and keeps in step the pairs that were read."""
        setups = self.wiring.setups(list(connections_))
        if not setups:
            raise ConfigError("{file} has no connections", file=config.FILE_NAME, hint="add [connections.NAME]")
        is_first = self._is_new()
        self._forget()
        around = self.wiring.surroundings(progress)
        pairs = AfterReading(self.wiring, around, frozenset(setup.name for setup in setups))
        result = run_sync(setups, around, afterwards=pairs if self.workspace.config.pairs else None)
        told = operations.sync_listing(result, self.as_of).in_zone(self.wiring.zone)
        names = tuple(note for _, note in unmapped(self.wiring, [setup.name for setup in setups]))
        warnings = (*told.warnings, *names, *plan_views.notes(pairs.worked), *self.wiring.secret_notes)
        return SyncReport(result.exit_code, replace(told, warnings=warnings), is_first)

    def _is_new(self) -> bool:
        """Whether no sync has come to its end yet."""
        with self.wiring.ledger.read() as tx:
            return not any(
                run.command == runs.SYNC and run.exit_code in {0, 1, 3} for run in runs.listing(tx, limit=50)
            )

    def status(self) -> Listing:
        """What the ledger holds, how far each object has been read, what that cost in 24 hours, and what waits."""
        known = {name: hooks.hook_of(self.wiring, name) for name in self.workspace.config.connections}
        now_us = to_us(self.wiring.clock())
        day_us = now_us - 24 * 3600 * 1_000_000
        with self.wiring.ledger.read() as tx:
            counts = {name: records.count(tx, kind(name)) for name in KIND_NAMES}
            rows = connections.listing(tx)
            waiting = {row.name: quarantine.count(tx, connection_id=row.id) for row in rows}
            hinted = {row.name: hints.count(tx, row.id) for row in rows}
            return status_listing(
                streams.listing(tx),
                records={name: count for name, count in counts.items() if count},
                quarantined=waiting,
                last_run=next(iter(runs.listing(tx, limit=1)), None),
                zone=self.wiring.zone,
                spending=spending.since(tx, day_us),
                webhooks=[Webhook(name, hook.expires, hinted.get(name, 0)) for name, hook in known.items() if hook],
                unsettled=unsettled.look(tx, now_us=now_us),
            )

    def verify_tenant(self, connection: str | None = None) -> Listing:
        """What only an account can tell of its vendor; ConfigError where it is not clear which connection is meant."""
        names = self._connections(connection)
        if len(names) != 1:
            raise ConfigError(
                "which connection is to be asked?", hint="name one of {known}", known=", ".join(names) or "-"
            )
        return verification.verify(self.wiring, names[0])

    def hooks_enable(self, connection: str, url: str) -> Listing:
        """The connection's vendor tells of changes at that public address from now on."""
        self.workspace.connection(connection)
        return hooks.enable(self.wiring, connection, url)

    def hooks_renew(self, connection: str | None = None) -> Listing:
        """The webhooks of a connection, or of all, last longer."""
        return hooks.renew(self.wiring, self._connections(connection))

    def hooks_list(self) -> Listing:
        """The webhooks, and when each ends."""
        return hooks.listing(self.wiring, self._connections(None))

    def hooks_disable(self, connection: str) -> Listing:
        """The connection's vendor tells nothing any more."""
        self.workspace.connection(connection)
        return hooks.disable(self.wiring, connection)

    def runs(self, limit: int = 20) -> Listing:
        """The history of runs, the last first."""
        with self.wiring.ledger.read() as tx:
            return operations.runs_listing(runs.listing(tx, limit=limit), self.wiring.zone)

    def quarantine(self, connection: str | None = None, *, retry: bool = False) -> Listing:
        """What could not be used, with its reasons; `retry` tries it again from what was landed."""
        names = self._connections(connection)
        if retry:
            self._forget()
            tried = run_retry(self.wiring.setups(names), self.wiring.surroundings(None))
            for _, error in tried.failures:
                raise error
        with self.wiring.ledger.read() as tx:
            rows = [row for row in quarantine.listing(tx) if row.connection in names]
            return operations.quarantine_listing(rows, self.wiring.zone)

    # -- figures -----------------------------------------------------------------------------------------------------

    @cached_property
    def _facts(self) -> SharedFacts:
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
        with self.wiring.ledger.read() as tx:
            return pipelines.load(tx)

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
        explain: bool = False,
    ) -> Listing:
        """The funnel of the deals: what became of them, how far they got, how long it took."""
        asked = Asked(self.as_of, start, end, tuple(by), known, explain, currency)
        return figures.ask_funnel(
            self._facts,
            self._pipelines,
            asked,
            pipeline=pipeline,
            cohort=cohort,
            calendar=self.wiring.calendar.id,
        )

    def kpi(
        self,
        ids: Sequence[str] = (),
        *,
        by: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        currency: str | None = None,
        explain: bool = False,
    ) -> Listing:
        """KPIs by id, or all; the workspace's own stand in `kpis.toml`."""
        asked = Asked(self.as_of, start, end, tuple(by), "now", explain, currency)
        return figures.ask_kpis(self._facts, self._pipelines, self._own_kpis(), ids, asked)

    def forecast(self, **options: Any) -> Listing:  # noqa: ANN401 - see forecasting.Wanted
        """What a period will come to: closed, committed, likely, and whether the pipeline covers a target."""
        wanted = forecasting.Wanted(self.as_of, **options)
        return forecasting.ask_forecast(self.wiring, self._facts, self._pipelines, wanted)

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
        request = CustomersRequest(self.as_of, currency, state, limit)
        told = customer_ranks.ask_customers(
            self.wiring, self._facts, self._pipelines, request, keep=keep, explain=explain
        )
        if keep:
            self._forget()
        return told

    def scores(self, *, keep: bool = False, **asked: Any) -> Listing:  # noqa: ANN401 - see ScoresRequest
        """Leads and open deals with their scores and tiers, and why; `keep` remembers which tiers changed."""
        request = ScoresRequest(self.as_of, with_changes=keep, **asked)
        told = scoring.ask_scores(self.wiring, self._facts, self._pipelines, request, keep=keep)
        if keep:
            self._forget()
        return told

    def response(self, *, keep: bool = False, **asked: Any) -> Listing:  # noqa: ANN401 - see responses.ask_response
        """How soon leads are answered, and which wait; `keep` remembers when clocks started."""
        told = responses.ask_response(self.wiring, self._facts, self._pipelines, self.as_of, keep=keep, **asked)
        if keep:
            self._forget()
        return told

    def follow_up(self, progress: Progress | None = None, *, is_sent: bool = True) -> Listing:
        """What services want in the CRMs is planned, and sent as far as it was granted, unless `is_sent` is False."""
        return follow_up_views.told(self.wiring, self._follow_up(progress, is_sent=is_sent))

    def plan_any(
        self, name: str | None = None, progress: Progress | None = None, *, samples: int | None = SAMPLES
    ) -> list[Listing]:
        """The plan of the pair of that name, or of what services want of the connection; without a name all there are.

        ConfigError where there is nothing to plan for: no pair, and no connection that may be written.
        """
        known = self.workspace.config
        if name is not None and (name in known.pairs or name not in known.connections):
            return self.plan(name, progress, samples=samples)
        names = [name] if name else [one for one in known.connections if self.wiring.allowance(one).mode != "read-only"]
        pairs = [] if name or (names and not known.pairs) else self.plan(None, progress, samples=samples)
        if not names:
            return pairs
        done = self._follow_up(progress, is_sent=False, only=frozenset(names))
        return [*pairs, *follow_up_views.plans(self.wiring, done, samples=samples)]

    def _follow_up(self, progress: Progress | None, *, is_sent: bool, only: frozenset[str] | None = None) -> FollowUp:
        done = follow_up.follow_up(
            self.wiring, self._facts, self._pipelines, self.as_of, is_sent=is_sent, only=only, progress=progress
        )
        if is_sent:
            self._forget()
        return done

    def quality(self, *, by: str | None = None, check: str | None = None, explain: bool = False) -> Listing:
        """What is wrong with the records, the worst first; `by` adds scores, `check` names the records of one check."""
        return ask_quality(
            self.wiring, self._facts, self._pipelines, as_of=self.as_of, by=by, check=check, explain=explain
        )

    def first_findings(self) -> tuple[Note, ...]:
        """The worst findings in a line each, as they stand below a first sync."""
        return first_findings(self.wiring, self._facts, self._pipelines, as_of=self.as_of)

    def _own_kpis(self) -> tuple[Kpi, ...]:
        file = self.workspace.folder / KPI_FILE
        written = load_kpis(file.read_text(encoding="utf-8-sig"), file=KPI_FILE) if file.exists() else ()
        brought = [Kpi.model_validate({**kpi.definition, "id": kpi.id}) for kpi in self.wiring.registry.kpis()]
        return (*brought, *written)

    def goals_allocate(self, **options: Any) -> Listing:  # noqa: ANN401 - see goal_setting.Wanted
        """A goal split over periods or people, to the cent."""
        return goal_setting.allocate(self.wiring, goal_setting.Wanted(**options))

    # -- share -------------------------------------------------------------------------------------------------------

    def report_weekly(self, week: str | None = None, *, language: str = "en", currency: str | None = None) -> str:
        """The weekly report as one HTML page; of the last whole week unless one is named, such as 2026-W26."""
        moment = weekly.choose(week, self.as_of, self.wiring.zone, is_given=self.is_as_of_given)
        return weekly.report(self.wiring, self._facts, self._pipelines, moment, language=language, currency=currency)

    def export(self, kind_name: str) -> Generator[dict[str, Any]]:
        """The neutral records of a kind, as JSON values, in the order of their ids."""
        spec = kind(kind_name)
        with self.wiring.ledger.read() as tx:
            yield from records.read(tx, spec, lifecycles=("active",))

    def export_parquet(self, kind_name: str, file: Path) -> int:
        """The fact table of a kind as one Parquet file; how many rows."""
        return publish_table(self._facts, plural(kind(kind_name).name), file)

    def facts_publish(self, folder: Path) -> Listing:
        """Every fact table as Parquet into a folder."""
        done = publish(self._facts, folder)
        columns = [Column("table", mark("table")), Column("rows", mark("rows"), "count")]
        return listing("facts/1", columns, [{"table": name, "rows": count} for name, count in done.rows.items()])

    def _connections(self, connection: str | None) -> list[str]:
        if connection is None:
            return list(self.workspace.config.connections)
        self.workspace.connection(connection)
        return [connection]
