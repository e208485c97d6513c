"""One worker: takes rows from the queue and runs their jobs, several side by side, until it is asked to end.

A worker that loses the server looks for it again. One that is asked to end takes nothing more, gives its jobs
`grace_s` to come to their end, and leaves those that are still at work as by Ctrl-C: they stay due for another worker.
What a dead worker had in hand is taken over by any other as soon as it was not heard of for `silent_s`.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbridge.app import logs
from crmbridge.app.bridge import Bridge
from crmbridge.app.jobs.cluster import feeding
from crmbridge.app.jobs.cluster.queue import LOST, Later, Queue, take_over
from crmbridge.app.jobs.cluster.tally import Tally
from crmbridge.app.jobs.performing import AT_WORK, INTERRUPTED, Done, perform
from crmbridge.model.errors import CrmBridgeError, StoreError

if TYPE_CHECKING:
    from datetime import datetime

    import procrastinate

    from crmbridge.app.jobs.cluster.tenants import Tenant, Tenants

_ELSEWHERE_S = 10
_LONGEST_WAIT_S = 30
_POLL_S = 1.0
_AGAIN_S = (1, 2, 5, 10, 30)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a worker works: `jobs` side by side, and `share` of one workspace at once, over all workers.

    It is heard of every `pulse_s`. With `drain` it ends when nothing waits or runs any more.
    """

    jobs: int = 4
    share: int | None = None
    grace_s: float = 20
    drain: bool = False
    pulse_s: float = 10
    silent_s: float = 30

    def share_of(self, tenants: int) -> int | None:
        """How many jobs of a workspace run at once: of one that is alone any number, else one place is left."""
        if self.share is not None:
            return self.share
        return None if tenants == 1 else max(self.jobs - 1, 1)


@dataclass(slots=True)
class Worker:
    """A worker over its workspaces and a queue; `work` it in one thread, `end` it from any."""

    tenants: Tenants
    queue: Queue
    environ: Mapping[str, str]
    manner: Manner = field(default_factory=Manner)
    tally: Tally = field(default_factory=Tally)
    _asked: threading.Event = field(default_factory=threading.Event)
    _left: threading.Event = field(default_factory=threading.Event)
    _stops: set[threading.Event] = field(default_factory=set)
    _wake: asyncio.Event | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    is_over: bool = False

    def work(self) -> None:
        """Until it is asked to end, or with `drain` until nothing is left; StoreError where the queue is not there."""
        self.tenants.require()
        self.queue.open()
        try:
            asyncio.run(self._work())
        finally:
            self.queue.close()
            self.is_over = True

    def end(self) -> None:
        """Nothing more is begun; a second time, what is at work is left at once."""
        if self._asked.is_set():
            self._leave()
        self._asked.set()
        if self._loop is not None and self._wake is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_default_executor(ThreadPoolExecutor(self.manner.jobs + 4, thread_name_prefix="job"))
        self._loop.set_exception_handler(_told)
        logs.event("worker.started")
        failed = 0
        with self._heeding_signals():
            while not self._asked.is_set():
                try:
                    if await self._session():
                        break
                    failed = 0
                except (StoreError, *LOST) as error:
                    logs.event("worker.lost_server", {"error.type": type(error).__name__}, level="warning")
                    await self._pause(_AGAIN_S[min(failed, len(_AGAIN_S) - 1)])
                    failed += 1
        logs.event("worker.ended")

    async def _session(self) -> bool:
        """Works as long as the server is there; True where it is over."""
        app = self.queue.app(self._run, self._look)
        async with app.open_async():
            await asyncio.to_thread(self.queue.restore)
            await asyncio.to_thread(self.queue.look)
            taking = asyncio.create_task(self._taking(app))
            over = [asyncio.create_task(self._woken())]
            if self.manner.drain:
                over.append(asyncio.create_task(self._drained()))
            work = asyncio.create_task(
                app.run_worker_async(
                    concurrency=self.manner.jobs,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    fetch_job_polling_interval=_POLL_S,
                    update_heartbeat_interval=self.manner.pulse_s,
                    stalled_worker_timeout=self.manner.silent_s,
                )
            )
            try:
                await asyncio.wait([work, taking, *over], return_when=asyncio.FIRST_COMPLETED)
                is_over = any(one.done() for one in over)
                await self._ended(work)
                for one in (taking, work, *over):
                    if one.done() and not one.cancelled() and (error := one.exception()):
                        raise error
            finally:
                for one in (taking, *over):
                    one.cancel()
                await asyncio.gather(taking, *over, return_exceptions=True)
        return is_over

    async def _ended(self, work: asyncio.Task[None]) -> None:
        """The worker takes nothing more, and what it has begun is ended."""
        if not work.done():
            work.cancel()
            await asyncio.wait([work], timeout=self.manner.grace_s)
        if not work.done():
            self._leave()
            await asyncio.wait([work])

    async def _taking(self, app: procrastinate.App) -> None:
        while True:
            if taken := await take_over(app, self.manner.silent_s):
                logs.event("worker.took_over", {"count": taken}, level="warning")
            await asyncio.sleep(self.manner.silent_s / 3)

    async def _drained(self) -> None:
        while not await asyncio.to_thread(self.queue.is_empty):  # noqa: ASYNC110 - the server tells of no end
            await asyncio.sleep(_POLL_S / 4)

    async def _woken(self) -> None:
        if self._wake is not None:
            await self._wake.wait()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken(), seconds)

    @contextmanager
    def _heeding_signals(self) -> Iterator[None]:
        """The system's wish to end is heeded in the main thread; elsewhere `end` is called."""
        numbers = (signal.SIGTERM, signal.SIGINT) if threading.current_thread() is threading.main_thread() else ()
        loop = asyncio.get_running_loop()
        for number in numbers:
            loop.add_signal_handler(number, self.end)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    # -- rows, each in a thread of its own ---------------------------------------------------------------------------

    def _look(self, timestamp: int) -> None:
        """What is due of each workspace waits in the queue; one that fails stops no other."""
        del timestamp
        with _told_of():
            for tenant in self.tenants.look().values():
                if self._asked.is_set():
                    self.queue.look()
                    return
                self._feed(tenant)

    def _feed(self, tenant: Tenant, besides: int | None = None) -> None:
        share = self.manner.share_of(len(self.tenants.look()))
        with self._opened(tenant) as bridge:
            try:
                feeding.feed(bridge.wiring, self.queue, tenant.name, share=share, besides=besides)
            except (CrmBridgeError, *LOST) as error:
                told = {"workspace": tenant.name, "error.type": getattr(error, "code", type(error).__name__)}
                logs.event("workspace.not_fed", told, level="error")

    def _run(self, context: Any, workspace: str, job: str, due: str | None) -> None:  # noqa: ANN401 - Procrastinate's
        """Runs the job of a row, if it is due yet, and queues what is next; Later where another is at work on it."""
        del due  # what has come due since is done at once
        with _told_of(), logs.about(workspace=workspace):
            tenant = self.tenants.find(workspace)
            if tenant is None:
                raise Later(_ELSEWHERE_S)
            done = self._performed(tenant, job)
            if done is not None and done.run_id is None and done.exit_code == AT_WORK:
                seconds = done.error.params.get("seconds") if done.error else None
                raise Later(min(seconds, _LONGEST_WAIT_S) if isinstance(seconds, int) else _LONGEST_WAIT_S)
            self._feed(tenant, besides=context.job.id)

    def _performed(self, tenant: Tenant, job: str) -> Done | None:
        """How it ended; None where nothing was due, or where it was left."""
        with self._opened(tenant) as bridge:
            call = feeding.open_call(bridge.wiring, job)
        if call is None:
            return None
        stop = threading.Event()

        def opener(as_of: datetime | None) -> Bridge:
            bridge = Bridge(tenant.workspace, as_of=as_of, environ=self.environ)
            bridge.wiring.stop = stop
            return bridge

        self._stops.add(stop)
        if self._left.is_set():
            stop.set()
        try:
            done = perform(opener, call)
        except KeyboardInterrupt:
            self.tally.add(tenant.name, INTERRUPTED)
            return None
        finally:
            self._stops.discard(stop)
        if done.run_id is not None:
            self.tally.add(tenant.name, done.exit_code)
        return done

    def _leave(self) -> None:
        """What is at work is left."""
        self._left.set()
        for stop in [*self._stops]:
            stop.set()

    def _opened(self, tenant: Tenant) -> Bridge:
        return Bridge(tenant.workspace, environ=self.environ)


@contextmanager
def _told_of() -> Iterator[None]:
    """What fails inside is told in the log before Procrastinate takes the row away."""
    try:
        yield
    except Later:
        raise
    except BaseException:
        logs.log.exception("worker.row_failed")
        raise


def _told(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A row whose end could not be told to the server: it is taken over later, and found done."""
    error = context.get("exception")
    logs.event("worker.row_left", {"error.type": type(error).__name__ if error else None}, level="warning")
