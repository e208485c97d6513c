"""Which metrics there are. A reference page, the alert rules and the board are checked against this list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crmbridge.ledger import counted
from crmbridge.sync.twoway import guards

Type = Literal["counter", "gauge", "histogram"]
WORKSPACE = "workspace"
"""The label that every sample has: several workspaces may be watched by one Prometheus."""

RESULTS: Mapping[int, str] = {
    0: "done",
    1: "quarantined",
    3: "guard",
    4: "login",
    5: "unavailable",
    6: "store",
    70: "bug",
    75: "at-work",
    78: "config",
    130: "interrupted",
}
"""The exit codes of runs as words."""

OTHER = "other"
"""The result of a run that ended with any other code."""

RESULT_WORDS = (*RESULTS.values(), OTHER)
OPS = counted.OPS
GUARDS = guards.NAMES
CLOSED, TRYING, OPEN = 0, 1, 2
"""What a breaker is: calls go, one may try, none goes."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: what its samples have in common."""

    name: str
    type: Type
    help: str
    labels: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that its samples bear, as they stand in queries."""
        ends = ("_bucket", "_sum", "_count") if self.type == "histogram" else ("",)
        return tuple(f"{self.name}{end}" for end in ends)


_C, _J = ("connection",), ("job_name",)
INFO = Family("crmbridge_info", "gauge", "1, with the version that wrote this.", ("version",))
SCHEMA = Family("crmbridge_schema_version", "gauge", "The schema of the ledger.")
COLLECTED = Family("crmbridge_collected_timestamp_seconds", "gauge", "When these figures were collected.")
RUN_DURATION = Family(
    "crmbridge_run_duration_seconds", "histogram", "How long runs took, of those that ended.", ("command",)
)
RUNS = Family("crmbridge_runs_total", "counter", "Runs by how they ended.", ("command", "result"))
RECORDS = Family(
    "crmbridge_records_total",
    "counter",
    "Records by what was done with them: read from a connection, or sent to it.",
    ("connection", "op"),
)
CALLS = Family("crmbridge_calls_total", "counter", "Calls to the vendor.", _C)
CREDITS = Family("crmbridge_credits_total", "counter", "Credits of the vendor that were spent.", _C)
CONFLICTS = Family(
    "crmbridge_conflicts_total", "counter", "Fields that people changed in both systems, differently.", ("pair",)
)
GUARD_TRIPS = Family("crmbridge_guard_trips_total", "counter", "Guards that stopped a plan.", ("guard",))
PLANS_STOPPED = Family("crmbridge_plans_stopped", "gauge", "Plans that wait for a person because a guard stopped them.")
QUARANTINE = Family("crmbridge_quarantine_records", "gauge", "Records that wait in quarantine.", _C)
HELD = Family("crmbridge_records", "gauge", "Records that the ledger holds as they came.", _C)
IN_DOUBT = Family("crmbridge_outbox_in_doubt", "gauge", "Writes that nobody knows to have arrived.", _C)
OLDEST_DOUBT = Family(
    "crmbridge_outbox_oldest_age_seconds",
    "gauge",
    "How long the oldest write in doubt is out; absent where none is.",
    _C,
)
LAG = Family(
    "crmbridge_watermark_lag_seconds",
    "gauge",
    "How old the moment is up to which everything of an object was read; absent before its first whole reading.",
    ("connection", "object"),
)
LEFT = Family(
    "crmbridge_credits_remaining", "gauge", "Credits left, as last told; absent where the vendor does not say.", _C
)
SPENT_DAY = Family("crmbridge_credits_spent_day", "gauge", "Credits spent within 24 hours.", _C)
BREAKER = Family("crmbridge_breaker_state", "gauge", "0: calls go; 1: one may try; 2: none goes.", _C)
LOGIN_REFUSED = Family("crmbridge_login_refused", "gauge", "1 where the vendor refuses the login.", _C)
LAST_SUCCESS = Family(
    "crmbridge_last_success_timestamp_seconds",
    "gauge",
    "When all objects of a connection had last been read to their end; 0 before the first time.",
    _C,
)
WEBHOOK_ENDS = Family(
    "crmbridge_webhook_expires_timestamp_seconds", "gauge", "When the vendor ends a webhook; absent where never.", _C
)
JOB_SUCCESS = Family(
    "crmbridge_job_last_success_timestamp_seconds",
    "gauge",
    "When a scheduled job last did its work; 0 before the first time.",
    _J,
)
JOB_INTERVAL = Family(
    "crmbridge_job_interval_seconds", "gauge", "The longest wait between two of the next times of a job.", _J
)
JOB_PAUSED = Family("crmbridge_job_paused", "gauge", "1 where somebody paused a job.", _J)
AUDIT_BROKEN = Family(
    "crmbridge_audit_broken", "gauge", "1 where the audit log was altered, or its key is not there; see audit verify."
)

FAMILIES = (
    *(INFO, SCHEMA, COLLECTED),
    *(RUN_DURATION, RUNS, RECORDS, CALLS, CREDITS, CONFLICTS, GUARD_TRIPS, PLANS_STOPPED),
    *(QUARANTINE, HELD, IN_DOUBT, OLDEST_DOUBT, LAG, LAST_SUCCESS),
    *(LEFT, SPENT_DAY, BREAKER, LOGIN_REFUSED, WEBHOOK_ENDS),
    *(JOB_SUCCESS, JOB_INTERVAL, JOB_PAUSED, AUDIT_BROKEN),
)
"""Every metric, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure of a family, under the values of its labels; `end` is that of a histogram's name, `le` its bound."""

    family: Family
    values: tuple[str, ...]
    value: float
    end: str = ""
    le: str | None = None

    @property
    def name(self) -> str:
        """The name that the figure bears."""
        return f"{self.family.name}{self.end}"

    @property
    def labels(self) -> dict[str, str]:
        """Its labels but that of the workspace."""
        found = dict(zip(self.family.labels, self.values, strict=True))
        return found if self.le is None else {**found, "le": self.le}
