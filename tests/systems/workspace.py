"""A company's workspace on a simulated CRM: the real command line, and what it holds."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Generic

from sqlalchemy import text

from crmbridge.ledger import connections, raw, stage_events
from crmbridge.ledger.declaring import METADATA
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.instants import from_us

from .command_line import Answer, Runner
from .served import ServedT

ROOT = Path(__file__).parents[2]
Event = tuple[str | None, str, Any]


@dataclass
class Workspace(Generic[ServedT]):
    """The workspace `acme` with one connection `crm`, and the organisation behind it."""

    folder: Path
    org: ServedT
    run_line: Runner
    zone: str = "Europe/Stockholm"
    environ: dict[str, str] = field(default_factory=dict)

    config: ClassVar[str]
    """`crmbridge.toml`, with {zone} and what the simulator told."""
    kinds: ClassVar[Mapping[str, str]]
    """The kind that each object feeds."""

    def __post_init__(self) -> None:
        (self.folder / "mapping").mkdir(parents=True)
        self.settle(self.zone)
        self.map(self.mapping())
        self.environ = {"CRM_LOGIN": self.org.login}

    # the workspace

    def mapping(self) -> str:
        """Our mapping over the default one."""
        raise NotImplementedError

    def settle(self, zone: str) -> None:
        """The configuration, in that zone."""
        self.zone = zone
        (self.folder / "crmbridge.toml").write_text(self.config.format(zone=zone, **self.org.told), "utf-8")

    def configure(self, **keys: object) -> None:
        """More keys of the connection."""
        with (self.folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())

    def map(self, text: str) -> None:
        (self.folder / "mapping" / "crm.toml").write_text(text, "utf-8")

    @property
    def ledger_url(self) -> str:
        return f"sqlite:///{self.folder / 'crmbridge.db'}"

    # commands

    def run(self, *words: str) -> Answer:
        return self.run_line(*words, "--workspace", str(self.folder), environ=self.environ)

    def sync(self, *, code: int = 0) -> Answer:
        """`crmbridge sync --json`, which must end with that code."""
        answer = self.run("sync", "--json")
        assert answer.code == code, (answer.code, answer.trouble, answer.err[-3000:], self.quarantined())
        return answer

    def start(self) -> "subprocess.Popen[bytes]":
        """The same in a process of its own, which somebody may kill."""
        command = [sys.executable, "-c", "from crmbridge.cli.app import main; main()", "sync"]
        return subprocess.Popen(
            [*command, "--workspace", str(self.folder)],
            env={**os.environ, **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    # what it holds

    def landed(self, object_name: str) -> dict[str, tuple[dict[str, Any], bool]]:
        """Every payload of an object, and whether it is deleted, by the vendor's id."""
        ledger = open_ledger(self.ledger_url, check=False)
        try:
            with ledger.read() as tx:
                connection = next(row.id for row in connections.listing(tx) if row.name == "crm")
                ids = [*raw.live_ids(tx, connection, object_name), *self._deleted_ids(object_name)]
                kept = raw.fetch(tx, connection, object_name, ids)
                return {one.record.external_id: (dict(one.record.payload), one.record.deleted) for one in kept}
        finally:
            ledger.close()

    def lifecycles(self, object_name: str) -> dict[str, str]:
        """active or deleted, by the vendor's id; exports hold the active ones alone."""
        return dict(
            self._select(
                f'SELECT external_id, lifecycle FROM "{self.kinds[object_name]}" WHERE object = :name', name=object_name
            )
        )

    def dead_ids(self) -> set[str]:
        """Our ids of deleted records."""
        kinds = dict.fromkeys(self.kinds.values())
        asked = " UNION ALL ".join(f"SELECT id FROM \"{kind}\" WHERE lifecycle = 'deleted'" for kind in kinds)
        return {str(key) for (key,) in self._select(asked)}

    def _select(self, statement: str, **values: str) -> list[Any]:
        (found,) = self._select_each([statement], **values)
        return found

    def _select_each(self, statements: Iterable[str], **values: str) -> list[list[Any]]:
        """The rows of each: opening a ledger takes longer than asking it."""
        ledger = open_ledger(self.ledger_url, check=False)
        try:
            with ledger.read() as tx:
                return [[tuple(row) for row in tx.execute(text(one), values)] for one in statements]
        finally:
            ledger.close()

    def _deleted_ids(self, object_name: str) -> list[str]:
        found = self._select(
            "SELECT external_id FROM raw_record JOIN stream ON stream.id = stream_id"
            " WHERE object = :name AND raw_record.deleted = 1",
            name=object_name,
        )
        return [key for (key,) in found]

    def neutral(self) -> dict[str, dict[str, dict[str, Any]]]:
        """object -> vendor's id -> the exported record, references as (object, vendor's id)."""
        exported = [record for kind in dict.fromkeys(self.kinds.values()) for record in self._export(kind)]
        names = {record["id"]: (record["refs"][0]["object"], record["refs"][0]["vendor_id"]) for record in exported}
        assert len(names) == len(exported), "two records share an id"
        found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in self.kinds}
        for record in exported:
            assert len(record["refs"]) == 1, record
            object_name, key = names[record["id"]]
            assert key not in found[object_name], f"{object_name} {key} is there twice"
            shown = {
                name: names.get(value, value) if isinstance(value, str) else value for name, value in record.items()
            }
            found[object_name][key] = {**shown, "record_id": record["id"]}
        return found

    def _export(self, kind: str) -> Iterator[dict[str, Any]]:
        answer = self.run("export", kind, "--format", "ndjson")
        assert answer.code == 0, answer.text
        for line in answer.out.splitlines():
            yield json.loads(line, parse_float=Decimal)

    def events(self, record_ids: list[str]) -> dict[str, list[Event]]:
        """What the vendor's history of those records came to: (label, stage, when) by our id."""
        ledger = open_ledger(self.ledger_url, check=False)
        try:
            with ledger.read() as tx:
                found = {key: stage_events.for_record(tx, key) for key in record_ids}
        finally:
            ledger.close()
        for rows in found.values():
            rows.sort(key=lambda one: (one.at_us, one.change_id or ""))
        return {
            key: [(one.vendor_label, one.to_stage, from_us(one.at_us)) for one in rows if one.origin == "vendor"]
            for key, rows in found.items()
        }

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        held = self._select_each(f'SELECT * FROM "{name}"' for name in METADATA.tables)
        return {name: sorted(rows, key=repr) for name, rows in zip(METADATA.tables, held, strict=True)}

    def cursors(self) -> list[Any]:
        """How far each object was read, and its deletions and history."""
        reached = self._select("SELECT object, cursor, high_water_us FROM stream ORDER BY object")
        return reached + self._select("SELECT stream_id, name, cursor FROM feed ORDER BY stream_id, name")

    def count(self, table: str) -> int:
        """The rows of a table."""
        return int(self._select(f'SELECT count(*) FROM "{table}"')[0][0])

    def quarantined(self) -> list[dict[str, Any]]:
        return self.run("quarantine", "--json").rows

    # the comparison

    def check_ids(
        self, object_name: str, live: set[str], gone: set[str], neutral: Mapping[str, Any]
    ) -> Mapping[str, tuple[dict[str, Any], bool]]:
        """The records of an object are those that are there, and no other; what was landed of them."""
        found, landed = set(neutral), self.landed(object_name)
        assert not live ^ found, (object_name, sorted(live - found), sorted(found - live))
        dead = {key for key, (_, is_deleted) in landed.items() if is_deleted}
        assert set(landed) == live | dead, object_name
        assert dead <= gone, (object_name, sorted(dead - gone))
        assert self.lifecycles(object_name) == {**dict.fromkeys(live, "active"), **dict.fromkeys(dead, "deleted")}
        return landed
