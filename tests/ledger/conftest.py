"""A small world for the ledger's tests: one connection with its mapping, and deals in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import connections, links, mappings, raw, records
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.packing import pack
from crmbridge.ledger.records import RecordRow, Source, Written
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KindSpec, kind

UNKNOWN = frozenset({"created_by", "modified_by", "hold_until"})


@dataclass
class World:
    """One connection `books` with deals; `new_id` makes record ids."""

    ledger: Ledger
    connection_id: int
    mapping_id: int
    source: Source
    new_id: Callable[[], str]
    deal: KindSpec

    def land(self, records_: list[RawRecord], **stamp: Any) -> raw.Landing:
        name = records_[0].object if records_ else ""
        with self.ledger.begin() as tx:
            packed = pack(records_, name)
            return raw.keep(tx, self.connection_id, name, packed, **({"run_id": 1, "now_us": 10} | stamp))

    def row(self, external_id: str, record_id: str | None = None, **fields: Any) -> RecordRow:
        more = {name: fields.pop(name) for name in RecordRow._fields if name in fields}
        names = [column.name for column in self.deal.columns]
        assert set(fields) <= set(names), set(fields) - set(names)
        values = tuple(fields.get(name) for name in names)
        return RecordRow(record_id or self.new_id(), external_id, values, **more)

    def write(self, tx: LedgerTx, rows: list[RecordRow], **changed: Any) -> Written:
        now_us = changed.pop("now_us", 100)
        written = records.write(tx, self.deal, rows, source=Source(**(self.source.__dict__ | changed)), now_us=now_us)
        links.make(tx, self.connection_id, self.source.object, [(row.external_id, row.id) for row in rows])
        return written


@pytest.fixture
def world(ledger: Ledger, ids: Callable[[], str]) -> World:
    return make_world(ledger, ids)


@pytest.fixture
def file_world(sqlite_ledger: Ledger, ids: Callable[[], str]) -> World:
    return make_world(sqlite_ledger, ids)


def make_world(ledger: Ledger, ids: Callable[[], str]) -> World:
    with ledger.begin() as tx:
        connection_id = connections.ensure(tx, "books", adapter="csv", rank=1, now_us=1)
        unknown = {"deals": UNKNOWN}
        mapping_id = mappings.record(tx, connection_id, "m1", body="format = 1", unknown=unknown, now_us=1)
    source = Source(
        connection_id, "books", "deals", mapping_id, {"account": ("accounts",), "owner": ("users",)}, UNKNOWN
    )
    return World(ledger, connection_id, mapping_id, source, ids, kind("deal"))
