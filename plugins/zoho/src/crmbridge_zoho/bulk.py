"""Reading by export jobs, for first loads: made, watched, fetched as a zip with one CSV, read row by row.

      (no job) --make--> ADDED --> IN PROGRESS --> COMPLETED --fetch--> rows --more?--> next job
                           |            |
                           +--patience--+--> the next run goes on waiting       FAILURE --> ExportFailed

The job's id is in the cursor before it is waited for: a run that is killed pays for no second job.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmbridge.model.errors import ContractError, Throttled, Unavailable
from crmbridge_zoho.cursor import Walk
from crmbridge_zoho.errors import Meaning, Refused
from crmbridge_zoho.export_file import ExportFailed, pages_of
from crmbridge_zoho.fields import KEY, Wanted, Way, field_sets
from crmbridge_zoho.listing import Batch, by_ids, one_record
from crmbridge_zoho.payload import Shape
from crmbridge_zoho.plan import BULK_CREDITS
from crmbridge_zoho.session import BULK, Session

_PAUSES_S = (1.0, 1.0, 2.0, 3.0, 5.0, 10.0)
_LONGEST_PAUSE_S = 20.0
_DOWNLOADS_WINDOW_S = 61.0
_FORGOTTEN: Mapping[str, Any] = {"state": "FORGOTTEN"}


class _Forgotten(Exception):
    """Zoho does not know a job any more: another is made."""


@dataclass(frozen=True, slots=True)
class Export:
    """Exports of one module; `rows_a_page` bounds a batch.

    Fields that a CSV cannot hold are asked for by id, page by page; a record that is gone by then is left out.
    """

    session: Session
    module: str
    wanted: Wanted
    shape: Shape
    rows_a_page: int
    filters: Mapping[str, str] = field(default_factory=dict)

    def walk(self, walk: Walk) -> Iterator[Batch]:
        """The batches from that place on; none where a stop was asked for while waiting."""
        going: Walk | None = walk
        while going is not None:
            if going.job is None:
                going = going.moved(job=self._make(going, None), row=0, batch=1, total=0, settled=0)
                yield Batch((), going)
            result = self._wait(going)
            if result is None:
                return
            here = going
            try:
                for batch in self._part(here, result):
                    yield batch
                    going = batch.walk
            except _Forgotten:
                going = here.moved(job=None)

    def _part(self, walk: Walk, result: Mapping[str, Any]) -> Iterator[Batch]:
        """The batches of one finished job; the last one's walk is that of the next job, or None."""
        if result is _FORGOTTEN:
            raise _Forgotten
        held: list[dict[str, object]] = []
        with self._fetched(walk.job) as path:
            for rows, row in pages_of(path, self.shape, self.rows_a_page, skip=walk.row, names=self.columns):
                if held:
                    yield Batch(self._joined(held), walk, shaped=True)
                held, walk = rows, walk.past(rows).moved(row=row)
        self._check_count(walk.row, result)
        yield Batch(self._joined(held), self._following(walk, result), shaped=True, end=walk)

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields that the CSV is asked for."""
        unfit = set(self.wanted.unfit(Way.BULK))
        return tuple(name for name in self.wanted.listed if name not in unfit)

    def _joined(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        """The rows with the fields that the CSV did not hold."""
        unfit, single = self.wanted.unfit(Way.BULK), self.wanted.single
        if not rows or not (unfit or single):
            return rows
        ids = [str(row[KEY]) for row in rows]
        found: dict[str, dict[str, object]] = {identity: {} for identity in ids}
        for names in field_sets(unfit) if unfit else ():
            told = by_ids(self.session, self.module, ids, names, self.filters)
            found = {identity: {**found[identity], **told[identity]} for identity in told if identity in found}
        for identity in list(found) if single else ():
            whole = one_record(self.session, self.module, identity, single)
            if whole is None:
                del found[identity]
            else:
                found[identity] |= whole
        shaped = {identity: self.shape.from_json(more) for identity, more in found.items()}
        return [{**shaped[identity], **row} for identity, row in zip(ids, rows, strict=True) if identity in shaped]

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
            "fields": list(self.columns),
            "page": 1 if before is None else walk.batch + 1,
        }
        if walk.since:
            condition = {"field": {"api_name": "Modified_Time"}, "comparator": "greater_equal", "value": walk.since}
            query["criteria"] = condition
        return query

    def _wait(self, walk: Walk) -> Mapping[str, Any] | None:
        """What a job made, once it is done; None where a stop was asked for, _FORGOTTEN where Zoho forgot the job."""
        patience_s, waited_s = self.session.options.bulk_patience_minutes * 60.0, 0.0
        for pause_s in _pauses():
            try:
                data = self.session.get(f"{BULK}/read/{walk.job}").data
            except Refused as error:
                if error.refusal.meaning is Meaning.GONE:
                    return _FORGOTTEN
                raise
            job = data[0] if data and isinstance(data[0], Mapping) else {}
            state = str(job.get("state", "")).upper().replace("_", " ")
            if state in {"COMPLETED", "FAILURE", "FAILED"}:
                return self._result(job, state)
            if waited_s >= patience_s:
                break
            waited_s += pause_s
            if self._pause(pause_s):
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
            self._download(f"{BULK}/read/{job}/result", path)
            yield path

    def _download(self, url: str, path: Path) -> None:
        """Fetches a result. Ten a minute are allowed (dossier 2.9), so a refusal is waited out once."""
        for is_last in (False, True):
            try:
                self.session.download(url, path)
            except Refused as error:
                if error.refusal.meaning is Meaning.GONE:
                    raise _Forgotten from error
                raise
            except Throttled as error:
                if is_last or (error.after or 0) > _DOWNLOADS_WINDOW_S or self._pause(_DOWNLOADS_WINDOW_S):
                    raise
            else:
                return

    def _pause(self, seconds: float) -> bool:
        return self.session.context.pause(seconds)

    def _check_count(self, rows: int, result: Mapping[str, Any]) -> None:
        """ExportFailed where the file holds more or fewer rows than Zoho counted."""
        expected = result.get("count")
        if rows != expected:
            raise ExportFailed(
                "the export of {module} holds {rows} rows, and Zoho counted {expected}",
                module=self.module,
                rows=rows,
                expected=expected,
            )


def _pauses() -> Iterator[float]:
    yield from _PAUSES_S
    while True:
        yield _LONGEST_PAUSE_S
