"""Landing and writing N deals into a SQLite ledger, against a bare csv + executemany loop over the same file.

    uv run python bench/landing.py [ROWS]

Prints one line a phase (microseconds a row), the ratio of the whole to the bare loop, and the cost of landing the same
rows again. The mapping is a stand-in of a few assignments: `bench` for the whole chain belongs to sync.
"""

import csv
import io
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import connections, links, mappings, raw, records
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.model.kinds import kind

HEADER = ("opportunity_id", "sales_agent", "product", "account", "deal_stage", "close_date", "close_value", "note")
PAGE = 5000
DEAL = kind("deal")
AT = {column.name: number for number, column in enumerate(DEAL.columns)}
MAPPED = {"name", "stage", "stage_raw", "category", "pipeline", "owner", "product", "account", "amount", "closed_at"}
UNKNOWN = frozenset(set(DEAL.fields) - MAPPED)
TARGETS = {"owner": "agents", "product": "products", "account": "accounts"}
spent: dict[str, float] = {}


@contextmanager
def timed(name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    spent[name] = spent.get(name, 0.0) + time.perf_counter() - start


def company_file(rows: int) -> str:
    rng = random.Random(7)  # noqa: S311 - data, not a secret
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for _ in range(rows):
        day = f"2017-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        who = (f"Agent {rng.randrange(35)}", f"Product {rng.randrange(7)}", f"Company {rng.randrange(2000)}")
        writer.writerow([f"{rng.getrandbits(48):012X}", *who, "Won", day, rng.randrange(9000), "call back"])
    return out.getvalue()


def bare(text: str, folder: Path) -> None:
    con = sqlite3.connect(folder / "bare.db")
    con.execute("PRAGMA journal_mode=WAL")
    con.execute(f"CREATE TABLE deals ({', '.join(HEADER)})")
    rows = csv.reader(io.StringIO(text))
    next(rows)
    con.executemany(f"INSERT INTO deals VALUES ({', '.join('?' * len(HEADER))})", rows)
    con.commit()
    con.close()


def prepare(ledger: Ledger) -> records.Source:
    with ledger.begin() as tx:
        connection_id = connections.ensure(tx, "books", adapter="csv", rank=1, now_us=1)
        unknown = {"deals": UNKNOWN}
        mapping_id = mappings.record(tx, connection_id, "m", body="", unknown=unknown, now_us=1)
        for object_name, word, count in (
            ("agents", "Agent", 35),
            ("products", "Product", 7),
            ("accounts", "Company", 2000),
        ):
            rows = [(f"{word} {n}", f"{object_name[0]}{n:025d}") for n in range(count)]
            links.make(tx, connection_id, object_name, rows)
    return records.Source(connection_id, "books", "deals", mapping_id, TARGETS, UNKNOWN)


def mapped(landed: raw.Landed) -> records.RecordRow:
    payload = landed.record.payload
    values: list[object] = [None] * len(AT)
    values[AT["name"]] = payload["opportunity_id"]
    values[AT["stage"]] = values[AT["category"]] = "won"
    values[AT["stage_raw"]] = payload["deal_stage"]
    values[AT["pipeline"]] = "sales"
    values[AT["owner_ref"]] = payload["sales_agent"]
    values[AT["product_ref"]] = payload["product"]
    values[AT["account_ref"]] = payload["account"]
    values[AT["amount_e4"]] = int(str(payload["close_value"])) * 10_000
    values[AT["amount_currency"]] = "USD"
    values[AT["closed_at_us"]], values[AT["closed_at_precision"]] = 1_488_326_400_000_000, "day"
    return records.RecordRow(f"{landed.raw_id:026d}", landed.record.external_id, tuple(values), is_new=landed.is_new)


def pages(text: str) -> Iterator[list[RawRecord]]:
    reader = csv.DictReader(io.StringIO(text))
    while True:
        with timed("read"):
            page = [RawRecord("deals", row["opportunity_id"], row) for row in islice(reader, PAGE)]
        if not page:
            return
        yield page


def sync(ledger: Ledger, source: records.Source, text: str) -> None:
    for page in pages(text):
        transaction = ledger.begin()
        tx = transaction.__enter__()
        with timed("land"):
            landed = raw.land(tx, source.connection_id, page, run_id=1, now_us=5, mapping_id=source.mapping_id).landed
        with timed("map"):
            rows = [mapped(item) for item in landed]
        with timed("link"):
            links.make(tx, source.connection_id, "deals", [(row.external_id, row.id) for row in rows])
        with timed("write"):
            records.write(tx, DEAL, rows, source=source, now_us=5)
        with timed("commit"):
            transaction.__exit__(None, None, None)


def main(rows: int) -> None:
    text = company_file(rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        bare(text, folder)
        floor = time.perf_counter() - start
        ledger = open_ledger(f"sqlite:///{folder / 'ledger.db'}")
        source = prepare(ledger)
        start = time.perf_counter()
        sync(ledger, source, text)
        whole = time.perf_counter() - start
        first, start = dict(spent), time.perf_counter()
        sync(ledger, source, text)
        again = time.perf_counter() - start
        ledger.close()
        size = (folder / "ledger.db").stat().st_size
    for phase, seconds in first.items():
        print(f"{phase:>8} {seconds / rows * 1e6:6.2f} us a row")
    print(f"{rows} rows: bare loop {floor:.2f} s, ledger {whole:.2f} s, ratio {whole / floor:.1f}")
    print(f"the same again {again:.2f} s, ratio {again / floor:.1f}; {size / rows:.0f} bytes a row")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
