"""The part of `Bridge` that runs jobs by themselves: which there are, when each comes due, and how it ended.

Like its other parts it imports at its top only what each command needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, cast

from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import from_us, to_us

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from crmbridge.app.bridge import Bridge
    from crmbridge.app.config import Workspace
    from crmbridge.app.jobs.performing import Call, Done, Opener
    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.runs import Run
    from crmbridge.model.notes import Note
    from crmbridge.report.listing import Listing
    from crmbridge.sync.setup import Progress

FOLLOW_UP = "follow-up"
"""A kind of job, and the name of one that needs no entry in the configuration."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """Files by their names, and what a person should know beside them."""

    files: Mapping[str, str]
    notes: Sequence[Note]


class Scheduling:
    """The jobs of a workspace. `Bridge` is one."""

    workspace: Workspace
    wiring: Wiring
    environ: Mapping[str, str]

    def schedule_list(self) -> Listing:
        """Every job, where it stands, when it comes due next and how it ended last."""
        from crmbridge.app.jobs import ticking
        from crmbridge.ledger import runs
        from crmbridge.report.jobs import standing_listing

        found = ticking.standings(self.wiring)
        with self.wiring.ledger.read() as tx:
            last = runs.last_of_jobs(tx)
        zone = self.wiring.zone
        return standing_listing(
            {
                "job": one.name,
                "kind": one.job.kind,
                "schedule": one.job.schedule,
                "state": one.word,
                "next_at": (one.retry or one.next).astimezone(zone),
                **(_last(last[one.name], zone) if one.name in last else {}),
                "arguments": one.job.model_extra or {},
            }
            for one in found
        )

    def schedule_add(self, name: str, kind: str, schedule: str, settings: Sequence[str] = ()) -> Listing:
        """Adds a job to the configuration; where it stands from now on."""
        from crmbridge.app import config_text
        from crmbridge.app.jobs import editing

        if name in self.workspace.config.jobs:
            raise ConfigError("there is a job {name} already", name=name, hint="give another name, or edit the file")
        values = editing.values_of(kind, schedule, settings)
        self._settle(editing.with_job(config_text.read(self.workspace.folder), name, values))
        self.wiring.audit.note("schedule.added", f"job:{name}", kind=kind, schedule=schedule)
        return self.schedule_list()

    def schedule_remove(self, name: str) -> Listing:
        """Takes a job out of the configuration; its runs stay in the history."""
        from crmbridge.app import config_text
        from crmbridge.app.jobs import editing

        self.workspace.job(name)
        self._settle(editing.without_job(config_text.read(self.workspace.folder), name))
        self.wiring.audit.note("schedule.removed", f"job:{name}")
        return self.schedule_list()

    def _settle(self, text: str) -> None:
        """The configuration is this text from now on, if it is one, and the ledger knows its jobs."""
        from crmbridge.app import config, config_text
        from crmbridge.app.jobs import ticking

        made = config.validated(text.removeprefix("\ufeff"), self.workspace.folder, self.environ)
        config_text.write(self.workspace.folder, text)
        self.workspace = self.wiring.workspace = made
        ticking.notice(self.wiring)

    def schedule_pause(self, name: str) -> Listing:
        """The job waits until it is resumed."""
        from crmbridge.ledger import jobs

        return self._change(name, jobs.pause, "schedule.paused")

    def schedule_resume(self, name: str) -> Listing:
        """The job goes on with what comes due next."""
        from crmbridge.ledger import jobs

        return self._change(name, jobs.resume, "schedule.resumed")

    def _change(self, name: str, change: Callable[..., None], action: str) -> Listing:
        from crmbridge.app.jobs import ticking

        self.workspace.job(name)
        ticking.notice(self.wiring)
        with self.wiring.audit.begin() as tx:
            change(tx, name, now_us=to_us(self.wiring.clock()))
            self.wiring.audit.tell(tx, action, f"job:{name}")
        return self.schedule_list()

    def schedule_run_now(self, name: str) -> Listing:
        """Runs a job once, whatever its schedule says, also where it is paused."""
        from crmbridge.app.jobs.performing import Call, perform

        self.workspace.job(name)
        return self._ran([perform(self._opener, Call(name))])

    def run_job(self, name: str, progress: Progress | None = None, *, is_sent: bool = True) -> Listing:
        """Runs a job of the configuration once, or the follow-up, which every workspace has.

        Not sent, a follow-up shows what it would write; ConfigError for any other kind, and for a name nobody knows.
        """
        jobs = self.workspace.config.jobs
        if is_sent and name in jobs:
            return self.schedule_run_now(name)
        kind = name if name == FOLLOW_UP else self.workspace.job(name).kind
        if kind != FOLLOW_UP:
            raise ConfigError(
                "{name} is a job of the kind {kind}, which shows nothing before it runs",
                name=name,
                kind=kind,
                hint="--dry-run is for a follow-up",
            )
        return cast("Bridge", self).follow_up(progress, is_sent=is_sent)

    def schedule_backfill(self, name: str, first: date, until: date) -> Listing:
        """Makes up for days before `until`: the job as of each moment at which it would have come due."""
        from crmbridge.app.jobs import backfilling
        from crmbridge.app.jobs.performing import perform

        return self._ran([perform(self._opener, call) for call in backfilling.calls(self.wiring, name, first, until)])

    def schedule_emit(
        self,
        machine: Literal["systemd", "cron", "k8s"],
        *,
        every: int = 5,
        user: str | None = None,
        image: str | None = None,
        worker: bool = False,
    ) -> Emitted:
        """What starts a tick, or a worker, on a kind of machine: systemd, cron (no worker) or k8s."""
        from crmbridge.app.jobs.emitting import crontab, kubernetes, systemd
        from crmbridge.app.jobs.emitting.place import place_of

        place = place_of(self.wiring, every=every, user=user)
        if worker:
            if self.workspace.ledger_file is not None:
                raise ConfigError(
                    "{workspace} keeps its ledger in a file, which many workers cannot share",
                    workspace=self.workspace.folder.name,
                    hint='write ledger = "postgresql://..." in it, or run crmbridge tick on one machine',
                )
            if machine == "systemd":
                return Emitted(systemd.worker_unit(place), place.notes)
            return Emitted({f"{place.unit}-worker.yaml": kubernetes.worker(place, image)}, place.notes)
        if machine == "systemd":
            return Emitted(systemd.units(place), place.notes)
        if machine == "cron":
            return Emitted({f"{place.unit}.crontab": crontab.lines(place)}, place.notes)
        return Emitted({f"{place.unit}.yaml": kubernetes.manifest(place, image)}, place.notes)

    def tick(self) -> Listing:
        """Runs what is due, each job once; how each ended."""
        from crmbridge.app.jobs import ticking

        return self._ran(ticking.tick(self._opener))

    def tick_due(self) -> Listing:
        """What a tick would run now; nothing is run."""
        from crmbridge.app.jobs import ticking
        from crmbridge.report.jobs import due_listing

        kinds = self.workspace.config.jobs
        return due_listing(
            self._head(call, kinds[call.job].kind) for call in ticking.due_ones(ticking.standings(self.wiring))
        )

    def remembered(self) -> int:
        """How many events services have kept so far."""
        from crmbridge.ledger import service_events

        with self.wiring.ledger.read() as tx:
            return service_events.count(tx)

    @property
    def _opener(self) -> Opener:
        made = cast("type[Bridge]", type(self))

        def opened(as_of: datetime | None) -> Bridge:
            return made(self.workspace, as_of=as_of, environ=self.environ)

        return opened

    def _ran(self, ran: Sequence[Done]) -> Listing:
        from crmbridge.report.jobs import ran_listing
        from crmbridge.sync.outcome import worst

        zone = self.wiring.zone
        rows = [
            {
                **self._head(one.call, one.kind),
                "run": one.run_id,
                "exit_code": one.exit_code,
                "seconds": Decimal(one.duration_us) / 1_000_000,
                "retry_at": None if one.retry_us is None else from_us(one.retry_us).astimezone(zone),
                "error": one.error,
            }
            for one in ran
        ]
        return ran_listing(rows, (), exit_code=worst(one.exit_code for one in ran))

    def _head(self, call: Call, kind: str) -> dict[str, object]:
        due = None if call.due is None else call.due.astimezone(self.wiring.zone)
        asked: dict[str, object] = {"job": call.job, "kind": kind, "due_at": due}
        return {**asked, "missed": call.missed} if call.is_scheduled else asked


def _last(run: Run, zone: ZoneInfo) -> dict[str, object]:
    return {"last_at": from_us(run.started_us).astimezone(zone), "last_exit_code": run.exit_code}
