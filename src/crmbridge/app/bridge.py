"""`Bridge`: one open workspace, and everything that can be asked of it. The public Python API and the CLI's only door.

with Bridge.open(Path("acme")) as bridge:
    bridge.sync([])
    print(bridge.funnel(by=["owner"]).rows)

Every command makes one, so this module and those of its parts (`outward`, `reckoning`, `steering`, `informing`,
`keeping`, `scheduling`, `recording`) import at their top only what each command needs: a method imports the module of
its area where it works with it.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from crmbridge.adapter.context import system_clock
from crmbridge.app import config
from crmbridge.app.informing import Informing
from crmbridge.app.keeping import Keeping
from crmbridge.app.outward import Outward
from crmbridge.app.recording import Recording
from crmbridge.app.scheduling import Scheduling
from crmbridge.app.wiring import Wiring
from crmbridge.model.errors import ConfigError, CrmBridgeError
from crmbridge.model.instants import to_us
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, listing

if TYPE_CHECKING:
    from crmbridge.app.connect import Voice
    from crmbridge.app.connect_plan import Wanted
    from crmbridge.sync.setup import Progress


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How a sync ended, and its listing; `is_first` where nothing was read before; `error` is the worst there was."""

    exit_code: int
    listing: Listing
    is_first: bool = False
    error: CrmBridgeError | None = None


class Bridge(Outward, Informing, Keeping, Scheduling, Recording):
    """One open workspace. Use it in a `with`; figures are as of `as_of`, which is now unless given."""

    def __init__(
        self,
        workspace: config.Workspace,
        *,
        as_of: datetime | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.workspace = workspace
        self.environ = os.environ if environ is None else environ
        self.is_as_of_given = as_of is not None
        self.as_of = as_of or system_clock()
        self.wiring = Wiring(workspace, clock=system_clock, environ=self.environ)

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
        from crmbridge.app import initialise, proposals

        wish = initialise.Wish(folder, files, name=name, currency=currency, zone=zone)
        return initialise.from_example(wish, from_example) if from_example else proposals.from_files(wish)

    @staticmethod
    def add_policies(folder: Path) -> Listing:
        """Writes the policies that a workspace has no file for yet, each as shipped."""
        from crmbridge.app import initialise

        return initialise.add_policies(folder)

    @staticmethod
    def adapters(workspace: Path | None = None) -> Listing:
        """The capability matrix; in a workspace with the plugins that it allows."""
        from crmbridge.adapter.registry import discover
        from crmbridge.report import operations

        folder = config.find_workspace(workspace, os.environ)
        here = config.load(folder, os.environ) if (folder / config.FILE_NAME).exists() else None
        registry = discover(here.config.workspace.plugins if here else ())
        return operations.adapters_listing(list(registry.adapters.values()), registry.reports)

    def kit_record(
        self, connection: str, file: Path, *, objects: Sequence[str] = (), pages: int = 2, keep: Sequence[str] = ()
    ) -> Listing:
        """Records what the vendor answers to a connection's adapter, masked; the exchanges recorded."""
        from crmbridge.app.extending import recording

        return recording.record(self.wiring, connection, file, objects=objects, pages=pages, keep=keep)

    def connect(self, wanted: Wanted, voice: Voice) -> Listing:
        """Connects an account; what it was granted, and for what."""
        from crmbridge.app import connect

        return connect.connect(self.wiring, wanted, voice)

    def disconnect(self, connection: str, *, is_local: bool = False) -> Listing:
        """Ends a login, at the vendor and here; what was read stays."""
        from crmbridge.app import disconnect

        return disconnect.disconnect(self.wiring, connection, is_local=is_local)

    def doctor(self, connection: str | None = None, *, in_brief: bool = False) -> Listing:
        """What works and what does not, with the next step; of that connection, or of all.

        `in_brief` counts what a mapping leaves alone in place of naming it.
        """
        from crmbridge.app import examination

        return examination.examine(self.wiring, self._connections(connection), in_brief=in_brief)

    def fields(self, connection: str | None = None) -> Listing:
        """The fields of each source, and what the mapping makes of them."""
        from crmbridge.app import mappings

        return mappings.fields(self.wiring, self._connections(connection))

    def mapping_check(self, connection: str | None = None) -> Listing:
        """What mappings and sources disagree about."""
        from crmbridge.app import mappings

        return mappings.check(self.wiring, self._connections(connection))

    def mapping_explain(self, kind_name: str, record: str) -> Listing:
        """For every field of a record: vendor value, lens, neutral value, and the line that says so."""
        from crmbridge.app import mappings
        from crmbridge.model.kinds import kind

        return mappings.explain_record(self.wiring, kind(kind_name), record)

    def mapping_init(self, connection: str) -> Listing:
        """Writes a draft mapping for a connection that has none."""
        from crmbridge.app import mappings

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
        from crmbridge.app import erasing, plan_views
        from crmbridge.app.pairs import AfterReading
        from crmbridge.app.unmapped import unmapped
        from crmbridge.report import operations
        from crmbridge.sync.engine import run_sync

        setups = self.wiring.setups(list(connections_))
        if not setups:
            raise ConfigError("{file} has no connections", file=config.FILE_NAME, hint="add [connections.NAME]")
        is_first = self._is_new()
        self._forget()
        erasing.replay(self.wiring)
        around = self.wiring.surroundings(progress)
        pairs = AfterReading(self.wiring, around, frozenset(setup.name for setup in setups))
        result = run_sync(setups, around, afterwards=pairs if self.workspace.config.pairs else None)
        for one in pairs.worked:
            if one.round is not None and one.round.plan is not None and one.round.carried:
                plan = one.round.plan
                self.wiring.audit.note("plan.carried_out", f"plan:{plan.name}", scope=plan.scope, lines=plan.lines)
        self.wiring.audit.anchor()
        told = operations.sync_listing(result, self.as_of).in_zone(self.wiring.zone)
        names = tuple(note for _, note in unmapped(self.wiring, [setup.name for setup in setups]))
        warnings = (*told.warnings, *names, *plan_views.notes(pairs.worked), *self.wiring.secret_notes)
        return SyncReport(result.exit_code, replace(told, warnings=warnings), is_first, result.worst_error)

    def _is_new(self) -> bool:
        """Whether no sync has come to its end yet."""
        from crmbridge.ledger import runs

        with self.wiring.ledger.read() as tx:
            return not any(
                run.command == runs.SYNC and run.exit_code in {0, 1, 3} for run in runs.listing(tx, limit=50)
            )

    def status(self) -> Listing:
        """What the ledger holds, how far each object has been read, what that cost in 24 hours, and what waits."""
        from crmbridge.app import hooks
        from crmbridge.app.notices.failing import failing
        from crmbridge.ledger import connections, hints, quarantine, records, runs, spending, streams, unsettled
        from crmbridge.model.kinds import KIND_NAMES, kind
        from crmbridge.report.status import Webhook, status_listing

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
                channels=failing(tx, self.workspace.config.notices),
            )

    def verify_tenant(self, connection: str | None = None) -> Listing:
        """What only an account can tell of its vendor; ConfigError where it is not clear which connection is meant."""
        from crmbridge.app import verification

        names = self._connections(connection)
        if len(names) != 1:
            raise ConfigError(
                "which connection is to be asked?", hint="name one of {known}", known=", ".join(names) or "-"
            )
        return verification.verify(self.wiring, names[0])

    def hooks_enable(self, connection: str, url: str) -> Listing:
        """The connection's vendor tells of changes at that public address from now on."""
        from crmbridge.app import hooks

        self.workspace.connection(connection)
        made = hooks.enable(self.wiring, connection, url)
        self.wiring.audit.note("hooks.enabled", f"connection:{connection}")
        return made

    def hooks_renew(self, connection: str | None = None) -> Listing:
        """The webhooks of a connection, or of all, last longer."""
        from crmbridge.app import hooks

        return hooks.renew(self.wiring, self._connections(connection))

    def hooks_list(self) -> Listing:
        """The webhooks, and when each ends."""
        from crmbridge.app import hooks

        return hooks.listing(self.wiring, self._connections(None))

    def hooks_disable(self, connection: str) -> Listing:
        """The connection's vendor tells nothing any more."""
        from crmbridge.app import hooks

        self.workspace.connection(connection)
        made = hooks.disable(self.wiring, connection)
        self.wiring.audit.note("hooks.disabled", f"connection:{connection}")
        return made

    def runs(self, limit: int = 20) -> Listing:
        """The history of runs, the last first."""
        from crmbridge.ledger import runs
        from crmbridge.report import operations

        with self.wiring.ledger.read() as tx:
            return operations.runs_listing(runs.listing(tx, limit=limit), self.wiring.zone)

    def quarantine(self, connection: str | None = None, *, retry: bool = False) -> Listing:
        """What could not be used, with its reasons; `retry` tries it again from what was landed."""
        from crmbridge.ledger import quarantine
        from crmbridge.report import operations
        from crmbridge.sync.engine import run_retry

        names = self._connections(connection)
        if retry:
            self._forget()
            tried = run_retry(self.wiring.setups(names), self.wiring.surroundings(None))
            for _, error in tried.failures:
                raise error
        with self.wiring.ledger.read() as tx:
            rows = [row for row in quarantine.listing(tx) if row.connection in names]
            return operations.quarantine_listing(rows, self.wiring.zone)

    # -- share -------------------------------------------------------------------------------------------------------

    def export(self, kind_name: str) -> Generator[dict[str, Any]]:
        """The neutral records of a kind, as JSON values, in the order of their ids."""
        from crmbridge.ledger import records
        from crmbridge.model.kinds import kind

        spec = kind(kind_name)
        with self.wiring.ledger.read() as tx:
            yield from records.read(tx, spec, lifecycles=("active",))

    def export_parquet(self, kind_name: str, file: Path) -> int:
        """The fact table of a kind as one Parquet file; how many rows."""
        from crmbridge.facts.publish import publish_table
        from crmbridge.facts.tables import plural
        from crmbridge.model.kinds import kind

        return publish_table(self._facts, plural(kind(kind_name).name), file)

    def facts_publish(self, folder: Path) -> Listing:
        """Every fact table as Parquet into a folder."""
        from crmbridge.facts.publish import publish

        done = publish(self._facts, folder)
        columns = [Column("table", mark("table")), Column("rows", mark("rows"), "count")]
        return listing("facts/1", columns, [{"table": name, "rows": count} for name, count in done.rows.items()])

    def _connections(self, connection: str | None) -> list[str]:
        if connection is None:
            return list(self.workspace.config.connections)
        self.workspace.connection(connection)
        return [connection]
