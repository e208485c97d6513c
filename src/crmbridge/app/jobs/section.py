"""`[jobs.NAME]`: what is to be run by itself, and when; everything wrong with it at once.

    [jobs.nightly]
    kind = "sync"
    schedule = "0 2 * * *"

The other keys of the table are the arguments of the kind (`kinds`). What a job is stands here, so that it is versioned
with the rest of the configuration; where it stands (paused, last done) is in the ledger.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field

from crmbridge.app.jobs.kinds import KINDS, NoArguments, ReconcileArguments, SyncArguments
from crmbridge.model import documents
from crmbridge.model.errors import ConfigError, ConfigErrors

LIMIT_MINUTES = 30
"""How long a run may take unless it is told."""

LONGEST_MINUTES = 24 * 60
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class JobSection(BaseModel):
    """One job. A run that takes longer than `limit_minutes` is ended, and goes on the next time where it can."""

    model_config = ConfigDict(frozen=True, extra="allow")
    kind: str
    schedule: str
    limit_minutes: int = Field(default=LIMIT_MINUTES, ge=1, le=LONGEST_MINUTES)

    @property
    def arguments(self) -> NoArguments:
        """What the kind takes, as it was checked when the configuration was read."""
        return KINDS[self.kind].arguments.model_validate(self.model_extra or {})


def problems(
    document: documents.TomlText,
    jobs: Mapping[str, JobSection],
    connections: Iterable[str],
    pairs: Iterable[str],
) -> Iterator[ConfigError]:
    """Everything wrong with the jobs that a look at one key cannot tell, each with its line and the nearest choice."""
    for name, job in jobs.items():
        at = ("jobs", name)
        if not _NAME.fullmatch(name):
            yield documents.refused(document, "a job's name has letters, digits, - and _, and 63 at most", at)
        yield from _schedule(document, name, job)
        if job.kind not in KINDS:
            yield documents.unknown(document, (*at, "kind"), job.kind, KINDS)
            continue
        try:
            arguments = documents.validate(document, KINDS[job.kind].arguments, data=job.model_extra or {}, at=at)
        except ConfigErrors as error:
            yield from error.problems
            continue
        if isinstance(arguments, SyncArguments):
            yield from _names(document, (*at, "connections"), arguments.connections, connections)
        if isinstance(arguments, ReconcileArguments):
            yield from _names(document, (*at, "pairs"), arguments.pairs, pairs)


def _schedule(document: documents.TomlText, name: str, job: JobSection) -> Iterator[ConfigError]:
    from crmbridge.app.jobs import cron  # noqa: PLC0415 - only where there are jobs

    try:
        cron.check(job.schedule)
    except ConfigError as error:
        place = documents.refused(document, "", ("jobs", name, "schedule")).context
        yield ConfigError(
            "{file}:{line}: {key}: " + error.message,
            hint=error.hint,
            **{**error.context, **{key: place[key] for key in ("file", "line", "key")}},
        )


def _names(
    document: documents.TomlText, at: documents.Path, names: Iterable[str], known: Iterable[str]
) -> Iterator[ConfigError]:
    there = list(known)
    yield from (documents.unknown(document, at, name, there) for name in names if name not in there)
