r"""Bulk jobs of an org: one runs at a time, on the simulator's clock.

    ADDED --(first in line)--> IN PROGRESS --> COMPLETED
                                           \-> FAILURE

A job's rows are those of the moment it was added (UNCERTAIN: the docs do not say which moment counts).
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from crmbridge_sim.zoho import gate, times
from crmbridge_sim.zoho.bulk.export import Chunk, check, export
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.people import User
from crmbridge_sim.zoho.predicate import Predicate

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

TOKEN_LIFE_S = 86_400  # "24 h, user-bound" (DOC7)
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Ask:
    """What a job exports; `after_id` continues behind an earlier job's last record."""

    module: str
    fields: tuple[str, ...]
    criteria: Predicate | None
    page: int = 1
    after_id: int = 0
    view: str = "1"  # the SQL of a custom view
    body: dict[str, Any] = field(default_factory=dict)  # the query as it was sent


@dataclass(slots=True)
class Job:
    """One job; `starts` and `ends` are instants of the simulator's clock."""

    id: int
    ask: Ask
    user: User
    zone: str
    created: float
    starts: float
    ends: float
    chunk: Chunk | None
    error: str = ""
    token: str = ""
    callback: str = ""
    told: bool = False

    def state(self, now: float) -> str:
        """The state at an instant, as Zoho spells it."""
        if now < self.starts:
            return "ADDED"
        if now < self.ends:
            return "IN PROGRESS"
        return "FAILURE" if self.error else "COMPLETED"


@dataclass(frozen=True, slots=True)
class _Token:
    ask: Ask
    user_id: int
    expires: float


class BulkJobs:
    """All jobs of the org; called under the simulator's lock."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim
        self._jobs: dict[int, Job] = {}
        self._tokens: dict[str, _Token] = {}
        self._downloads: deque[float] = deque()

    def add(self, ask: Ask, *, user: User, zone: str, callback: str = "", error: str = "") -> Job:
        """Adds a job behind the others."""
        sim, now = self._sim, self._sim.clock.now()
        check(sim, ask, zone=zone)
        job_id = sim.store.next_id()
        before = max((job.ends for job in self._jobs.values()), default=0.0)
        starts = max(now, before) + sim.switches.number("bulk_wait_s")
        ends = starts + sim.switches.number("bulk_work_s")
        chunk = None if error else export(sim, ask, name=str(job_id), zone=zone)
        job = Job(job_id, ask, user, zone, now, starts, ends, chunk, error, callback=callback)
        if chunk is not None and chunk.more:
            job.token = hashlib.sha256(f"bulk {job_id}".encode()).hexdigest()
            rest = replace(ask, page=1, after_id=chunk.last_id)
            self._tokens[job.token] = _Token(rest, user.id, ends + TOKEN_LIFE_S)
        self._jobs[job_id] = job
        return job

    def continued(self, token: str, user: User) -> Ask:
        """What a page token stands for; of another user or unknown -> INVALID_DATA, too old -> EXPIRED_VALUE."""
        found = self._tokens.get(token)
        details = {"api_name": "page_token", "json_path": "$.query.page_token"}
        if found is None or found.user_id != user.id:
            raise ApiError("INVALID_DATA", details)
        if found.expires <= self._sim.clock.now():
            raise ApiError("EXPIRED_VALUE", details)
        return found.ask

    def get(self, text: str) -> Job:
        """The job of a path; unknown -> 404 RESOURCE_NOT_FOUND (DOC7)."""
        job = self._jobs.get(int(text)) if text.isdigit() else None
        if job is None:
            raise ApiError("RESOURCE_NOT_FOUND", {"resource": text}, message="The requested resource doesn't exist.")
        return job

    def download(self, job: Job) -> bytes:
        """The zip of a completed job; more than ten a minute -> 429 (DOC5 download-result)."""
        now = self._sim.clock.now()
        while self._downloads and self._downloads[0] <= now - MINUTE_S:
            self._downloads.popleft()
        if len(self._downloads) >= self._sim.switches.number("bulk_downloads_a_minute"):
            raise gate.throttled(self._sim.switches)
        gone = now >= job.ends + self._sim.switches.number("bulk_retention_s")
        if gone:
            job.chunk = None
        if job.chunk is None or job.state(now) != "COMPLETED":
            raise ApiError(
                "RESOURCE_NOT_FOUND", {"resource": str(job.id)}, message="The requested resource doesn't exist."
            )
        self._downloads.append(now)
        return job.chunk.zip

    def described(self, job: Job, now: float) -> dict[str, Any]:
        """The job as `data[0]` of a status answer and of its callback (DOC7)."""
        state = job.state(now)
        shown: dict[str, Any] = {
            "id": str(job.id),
            "operation": "read",
            "state": state,
            "query": {**job.ask.body, "page": job.ask.page},
            "created_by": {"id": str(job.user.id), "name": job.user.full_name},
            "created_time": times.instant_text(int(job.created), job.zone),
            "file_type": "csv",
        }
        if state == "FAILURE":
            shown["result"] = {"error_message": {"code": "INTERNAL_ERROR", "message": job.error}}
        elif state == "COMPLETED" and job.chunk is not None:
            shown["result"] = self._result(job, job.chunk)
        return shown

    def _result(self, job: Job, chunk: Chunk) -> dict[str, Any]:
        result: dict[str, Any] = {
            "page": job.ask.page,
            "per_page": self._sim.switches.number("bulk_page_rows"),
            "count": chunk.count,
            "download_url": f"/crm/bulk/v8/read/{job.id}/result",
            "more_records": chunk.more,
        }
        if job.token:
            result["next_page_token"] = job.token
        return result

    def ended(self, now: float) -> list[Job]:
        """Jobs with a callback that have ended and were not told yet; asking counts as telling."""
        done = [job for job in self._jobs.values() if job.callback and not job.told and job.ends <= now]
        for job in done:
            job.told = True
        return done
