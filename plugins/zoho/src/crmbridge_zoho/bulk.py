"""Reading by export jobs, for first loads: made, watched, fetched as a zip with one CSV, read row by row.

      (no job) --make--> ADDED --> IN PROGRESS --> COMPLETED --fetch--> rows --more?--> next job
                           |            |
                           +--patience--+--> the next run goes on waiting       FAILURE --> ExportFailed

The job's id is in the cursor before it is waited for: a run that is killed pays for no second job.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crmbridge.model.errors import ContractError, Unavailable
from crmbridge_zoho.cursor import Walk
from crmbridge_zoho.errors import Meaning, Refused
from crmbridge_zoho.fields import KEY, Wanted
from crmbridge_zoho.listing import Batch
from crmbridge_zoho.payload import Shape
from crmbridge_zoho.plan import BULK_CREDITS
from crmbridge_zoho.session import BULK, Session

MAX_BYTES = 512 * 1024 * 1024
"""The most that an export may be once unpacked; what the zip says of its own size is not believed."""
_PAUSES_S = (1.0, 1.0, 2.0, 3.0, 5.0, 10.0)
_LONGEST_PAUSE_S = 20.0
_LONGEST_CELL = 1024 * 1024
_GONE = "GONE"


class ExportFailed(Unavailable):
    """Zoho could not make the export, or it cannot be used: the records are read another way, or later."""


@dataclass(frozen=True, slots=True)
class Export:
    """Exports of one module; `rows_a_page` bounds a batch."""

    session: Session
    module: str
    wanted: Wanted
    shape: Shape
    rows_a_page: int

    def walk(self, walk: Walk) -> Iterator[Batch]:
        """The batches from that place on; none where a stop was asked for while waiting."""
        if walk.job is None:
            walk = walk.moved(job=self._make(walk, None), row=0)
            yield Batch((), walk)
        while walk.job is not None:
            result = self._wait(walk)
            if result is None:
                return
            if result.get("state") == _GONE:
                yield from self.walk(walk.moved(job=None, row=0, batch=1, total=0))
                return
            held: list[dict[str, object]] | None = None
            with self._fetched(walk.job) as path:
                for rows, row in _pages(path, self.shape, self.rows_a_page, skip=walk.row, names=self.wanted.listed):
                    if held is not None:
                        yield Batch(held, walk, shaped=True)
                    held, walk = rows, walk.moved(row=row, total=walk.total + len(rows))
            _check_count(self.module, walk.row, _count(result))
            following = self._following(walk, result)
            yield Batch(held or (), following, shaped=True, total=walk.total)
            if following is None:
                return
            walk = following

    def _following(self, walk: Walk, result: Mapping[str, Any]) -> Walk | None:
        """The walk through the next part of an export that did not fit into one; None where it did."""
        if result.get("more_records") is not True:
            return None
        return walk.moved(job=self._make(walk, result), row=0, batch=walk.batch + 1)

    def _make(self, walk: Walk, before: Mapping[str, Any] | None) -> str:
        """Asks for an export, or for the next part of one; its id."""
        token = before.get("next_page_token") if before is not None else None
        query: dict[str, object] = {"page_token": token} if token else self._query(walk, before)
        body = {"query": query} if token else {"query": query, "file_type": "csv"}
        answer = self.session.ask(f"{BULK}/read", body, cost=BULK_CREDITS, heavy=False)
        item = answer.data[0] if answer.data else {}
        details = item.get("details") if isinstance(item, Mapping) else None
        if not isinstance(details, Mapping) or not details.get("id"):
            raise ContractError("Zoho took an export of {module} and gave it no id", module=self.module)
        return str(details["id"])

    def _query(self, walk: Walk, before: Mapping[str, Any] | None) -> dict[str, object]:
        query: dict[str, object] = {
            "module": {"api_name": self.module},
            "fields": list(self.wanted.listed),
            "page": 1 if before is None else walk.batch + 1,
        }
        if walk.since:
            condition = {"field": {"api_name": "Modified_Time"}, "comparator": "greater_equal", "value": walk.since}
            query["criteria"] = condition
        return query

    def _wait(self, walk: Walk) -> Mapping[str, Any] | None:
        """What a job made, once it is done; None where a stop was asked for, state GONE where Zoho forgot the job."""
        patience_s, waited_s = self.session.options.bulk_patience_minutes * 60.0, 0.0
        for pause_s in _pauses():
            try:
                data = self.session.get(f"{BULK}/read/{walk.job}").data
            except Refused as error:
                if error.refusal.meaning is Meaning.GONE:
                    return {"state": _GONE}
                raise
            job = data[0] if data and isinstance(data[0], Mapping) else {}
            state = str(job.get("state", "")).upper().replace("_", " ")
            if state in {"COMPLETED", "FAILURE", "FAILED"}:
                return self._result(job, state)
            if waited_s >= patience_s:
                break
            waited_s += pause_s
            if self.session.context.pause(pause_s):
                return None
        raise Unavailable(
            "Zoho has not finished the export of {module} after {minutes} minutes",
            module=self.module,
            minutes=self.session.options.bulk_patience_minutes,
            after=600.0,
            hint="the next run waits for the same job",
        )

    def _result(self, job: Mapping[str, Any], state: str) -> Mapping[str, Any]:
        result = job.get("result")
        if state == "COMPLETED" and isinstance(result, Mapping):
            return result
        reason = result.get("error_message") if isinstance(result, Mapping) else None
        raise ExportFailed("Zoho could not export {module}: {reason}", module=self.module, reason=str(reason or state))

    @contextmanager
    def _fetched(self, job: str | None) -> Iterator[Path]:
        """The zip of a job in a folder of its own, which is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="crmbridge-export-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "export.zip"
            self.session.download(f"{BULK}/read/{job}/result", path)
            yield path


def _pages(
    path: Path, shape: Shape, size: int, *, skip: int, names: tuple[str, ...]
) -> Iterator[tuple[list[dict[str, object]], int]]:
    """The payloads of an export in pages, after so many rows, each page with the number of the row it ends at."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    with _opened(path) as text:
        try:
            reader = csv.reader(text, strict=True)
            columns = shape.cells(next(reader, []))
            _check_columns([key for key, _ in columns], names)
            page: list[dict[str, object]] = []
            number, constants = 0, shape.constants
            for number, cells in enumerate(reader, 1):
                if number <= skip:
                    continue
                if len(cells) != len(columns):
                    raise ExportFailed("row {row} of an export has {cells} cells", row=number, cells=len(cells))
                row = {
                    key: convert(cell) if convert is not None else cell or None
                    for (key, convert), cell in zip(columns, cells, strict=True)
                }
                page.append({**row, **constants} if constants else row)
                if len(page) >= size:
                    yield page, number
                    page = []
            yield page, number
        except (csv.Error, UnicodeDecodeError, zipfile.BadZipFile, EOFError) as error:
            raise ExportFailed("an export cannot be read: {reason}", reason=type(error).__name__) from error


@contextmanager
def _opened(path: Path) -> Iterator[io.TextIOWrapper]:
    """The one CSV in a zip as text, cut off where it grows too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [one for one in archive.infolist() if not one.is_dir()]
            if len(inside) != 1 or not inside[0].filename.casefold().endswith(".csv"):
                raise ExportFailed("an export holds {count} files where one CSV was expected", count=len(inside))
            with (
                archive.open(inside[0]) as raw,
                io.TextIOWrapper(io.BufferedReader(_Bounded(raw), 1 << 16), encoding="utf-8-sig", newline="") as text,
            ):
                yield text
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ExportFailed("an export is no zip that can be read: {reason}", reason=type(error).__name__) from error


class _Bounded(io.RawIOBase):
    """A stream that fails once it has given too much."""

    def __init__(self, inner: IO[bytes], limit: int = MAX_BYTES) -> None:
        self._inner = inner
        self._left = limit

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer
        """The next bytes; ExportFailed once there are more than allowed."""
        data = self._inner.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise ExportFailed("an export is larger than {limit} bytes", limit=MAX_BYTES)
        buffer[: len(data)] = data
        return len(data)


def _check_columns(keys: list[str], names: tuple[str, ...]) -> None:
    if KEY not in keys or len(set(keys)) != len(keys):
        raise ExportFailed("an export has no id column, or two columns of one name")
    missing = [name for name in names if name not in keys]
    if missing:
        raise ExportFailed("an export lacks the columns {columns}", columns=", ".join(missing[:5]))


def _check_count(module: str, rows: int, expected: int) -> None:
    if rows != expected:
        raise ExportFailed(
            "the export of {module} holds {rows} rows, and Zoho counted {expected}",
            module=module,
            rows=rows,
            expected=expected,
        )


def _count(result: Mapping[str, Any]) -> int:
    count = result.get("count")
    if not isinstance(count, int):
        raise ExportFailed("Zoho did not say how many rows an export has")
    return count


def _pauses() -> Iterator[float]:
    yield from _PAUSES_S
    while True:
        yield _LONGEST_PAUSE_S
