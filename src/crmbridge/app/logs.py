"""What is told of a run while it goes on, one JSON object a line on standard error: for machines that collect logs.

    {"ts": "2026-03-31T02:00:04.127Z", "level": "info", "event": "step.ended", "run_id": 41, "job": "nightly",
     "connection": "crm", "stream": "deals", "duration_ms": 3127, "exit_code": 0}

Only the keys of `FIELDS` are ever written: ids and counts, never a value of a record. Whatever a library logs is told
by its template alone, without its arguments; and the whole line passes the redaction of secrets.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from crmbridge.http import redact

LOGGER = "crmbridge"
log = logging.getLogger(f"{LOGGER}.jobs")
log.addHandler(logging.NullHandler())  # nobody listens unless somebody says so

FIELDS = (
    "workspace",
    "run_id",
    "job",
    "connection",
    "stream",
    "record_id",
    "attempt",
    "duration_ms",
    "exit_code",
    "error.type",
    "place",
    "count",
    "seq",
    "seal",
)
"""What a line may say beside `ts`, `level` and `event`."""

Level = Literal["debug", "info", "warning", "error"]
_context: ContextVar[dict[str, object]] = ContextVar("crmbridge_log", default={})  # noqa: B039 - never changed


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; of an exception only its type."""
        own = record.__dict__
        made: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": own.get("event") or (record.msg if isinstance(record.msg, str) else type(record.msg).__name__),
        }
        known = {**_context.get(), **{name: own[name] for name in FIELDS if name in own}}
        if record.exc_info and record.exc_info[0]:
            known["error.type"] = record.exc_info[0].__name__
        made.update((name, known[name]) for name in FIELDS if known.get(name) is not None)
        return redact.redact(json.dumps(made, ensure_ascii=False, default=str))


class _ToStandardError(logging.Handler):
    """Writes to what standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line, at once: several processes may share the stream."""
        stream: TextIO = sys.stderr
        try:
            stream.write(self.format(record) + "\n")
            stream.flush()
        except (OSError, ValueError):
            self.handleError(record)


@contextmanager
def to_standard_error(level: Level = "info") -> Iterator[None]:
    """Everything that crmbridge logs inside goes to standard error as lines of JSON."""
    logger, handler = logging.getLogger(LOGGER), _ToStandardError()
    handler.setFormatter(JsonLines())
    before, propagated = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = propagated


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Every line inside says so too."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def event(name: str, fields: Mapping[str, object] | None = None, *, level: Level = "info") -> None:
    """Something happened; `fields` are of `FIELDS`."""
    log.log(logging.getLevelNamesMapping()[level.upper()], name, extra=fields)


def ended(name: str, exit_code: int, began_us: int, ended_us: int, error_type: str | None = None) -> None:
    """Something ended so, after that long."""
    level: Level = "info" if exit_code in {0, 1} else "error"
    told = {"exit_code": exit_code, "duration_ms": (ended_us - began_us) // 1000}
    event(name, {**told, "error.type": error_type}, level=level)
