"""The conformance kit on a folder of real files."""

import csv
import io
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from crmbridge.adapter.capabilities import Support, vendor_cannot
from crmbridge.adapter.contract import Payload
from crmbridge.testing.kit import AdapterConformance, Fault, Harness, Need
from crmbridge_csv.adapter import CsvAdapter, open_csv
from crmbridge_csv.config import CsvOptions
from crmbridge_csv.plugin import DESCRIPTOR

COLUMNS = ("id", "name", "note", "ref", "stage")
STAGES = ("new", "talks", "报价", "won")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_NO_ANSWERS = vendor_cannot(
    "a file is written here and now: there is no answer to lose", "文件就地写入，没有会丢失的应答"
)


class CsvHarness(Harness):
    """One file, edited as people do it: another file takes its place."""

    descriptor = DESCRIPTOR
    object_name = "deals"
    field = "name"
    other_field = "note"
    key_field = "ref"
    stages = STAGES
    garbage_is: Literal["error", "problem"] = "problem"
    cannot: ClassVar[Mapping[Fault | Need, Support]] = {
        Fault.THROTTLE: vendor_cannot("a file asks nobody to wait", "文件不会限流"),
        Fault.LOST_ANSWER: _NO_ANSWERS,
        Fault.LOST_REQUEST: _NO_ANSWERS,
        Fault.BREAK_MIDWAY: vendor_cannot("all changes of a file are written at once", "同一文件的所有更改一次写入"),
        Need.CREDENTIALS: vendor_cannot("files need no credentials", "文件不需要凭据"),
        Need.NULLS: vendor_cannot("an empty cell is an empty text", "空单元格就是空文本"),
        Need.NUMBERS: vendor_cannot("a cell holds text", "单元格只有文本"),
    }

    def __init__(self, workspace: Path) -> None:
        super().__init__()
        self.workspace = workspace
        self.path = workspace / "deals.csv"
        self.aside = workspace / "aside"
        self.history = workspace / "moves.csv"
        self.number = self.minutes = 0
        self._store({})
        self._log([])

    def open(
        self,
        *,
        read_only: bool = True,
        stop: threading.Event | None = None,
        wrong_credentials: bool = False,  # noqa: ARG002 - files need none
    ) -> CsvAdapter:
        deals = {"file": "deals.csv", "key": "id", "writable": True, "external_key": "ref", "complete": True}
        named = {"record": "deal", "to": "stage", "at": "time", "from": "before"}
        deals |= {"history": {"file": "moves.csv", **named}}
        config = CsvOptions.model_validate({"page_size": self.page_size, "objects": {"deals": deals}})
        return open_csv(self.context(config, workspace=self.workspace, read_only=read_only, stop=stop))

    def seed(
        self,
        records: Sequence[Mapping[str, object]],
        *,
        ids: Sequence[str] | None = None,
        together: bool = False,  # noqa: ARG002 - rows carry no time
    ) -> list[str]:
        stored = dict(self.stored())
        made = list(ids or [f"D{self.number + place:05d}" for place in range(len(records))])
        self.number += len(records)
        stored |= {key: {"id": key, **record} for key, record in zip(made, records, strict=True)}
        self._store(stored)
        return made

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        stored = dict(self.stored())
        self._store({**stored, external_id: {**stored[external_id], **fields}})

    def delete(self, external_id: str) -> None:
        self._store({key: row for key, row in self.stored().items() if key != external_id})

    def move(self, moves: Sequence[tuple[str, str]], *, together: bool = False) -> None:
        stored = dict(self.stored())
        rows = []
        for number, (key, stage) in enumerate(moves):
            self.minutes += 0 if together and number else 1
            at = (NOON + timedelta(minutes=self.minutes)).isoformat()
            rows.append({"deal": key, "before": stored[key]["stage"], "stage": stage, "time": at})
            stored[key] = {**stored[key], "stage": stage}
        self._store(stored)
        # The newest first, as many exports have it.
        self._log([*reversed(rows), *self._logged()])

    def _logged(self) -> list[dict[str, str]]:
        with self.history.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _log(self, rows: Sequence[Mapping[str, object]]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, ("time", "deal", "before", "stage"))
        writer.writeheader()
        writer.writerows(dict(row) for row in rows)
        self._replace(self.history, text.getvalue())

    def stored(self) -> Mapping[str, Payload]:
        text = self.path.read_bytes().decode()
        return {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}

    def writes(self) -> int:
        return self.path.stat().st_mtime_ns

    def inject(self, fault: Fault) -> None:
        if fault is Fault.UNREACHABLE:
            self.path.rename(self.aside)
        else:
            with self.path.open("ab") as file:
                file.write(b"too,few\n\xff\xfe,x,y,z\n")

    def heal(self) -> None:
        if self.aside.exists():
            self.aside.rename(self.path)
        else:
            self.path.write_bytes(self.path.read_bytes().replace(b"too,few\n\xff\xfe,x,y,z\n", b""))

    def _store(self, rows: Mapping[str, Payload]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(dict(row) for row in rows.values())
        self._replace(self.path, text.getvalue())

    def _replace(self, path: Path, text: str) -> None:
        new = self.workspace / "new"
        new.write_bytes(text.encode())
        new.replace(path)


class TestCsv(AdapterConformance):
    """Every promise of the contract, on files."""

    @pytest.fixture
    def harness(self, tmp_path: Path) -> CsvHarness:
        return CsvHarness(tmp_path)
