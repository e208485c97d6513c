"""The records of bench/pack.py as a ledger (SQLite), for the side that has the ledger and no services."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb

from crmbridge.ledger.engine import open_ledger
from crmbridge.ledger.schema import KIND_TABLES

FIXED = {"connection_id": 1, "subject_id": "crm:x", "mapping_id": 1, "version": 1, "change_no": 1}
FIXED |= {"first_seen_us": 0, "last_seen_us": 0, "lifecycle": "active"}
QUERIES = {
    "user": """SELECT 'user' AS object, id, external_id, name, active::INT AS active, org_unit_id
  FROM users ORDER BY id""",
    "account": """SELECT 'account' AS object, id, external_id, name, city, owner_ref, owner_id,
  epoch_us(created_at) AS vendor_created_at_us FROM accounts ORDER BY id""",
    "deal": """SELECT 'deal' AS object, id, external_id, name, pipeline, stage, category, account_ref, account_id,
  owner_ref, owner_id, amount_e4, amount_currency, (probability * 1000000)::BIGINT AS probability_e6,
  expected_close::VARCHAR AS expected_close, epoch_us(created_at) AS vendor_created_at_us,
  created_at_precision AS vendor_created_at_precision, epoch_us(modified_at) AS vendor_modified_at_us,
  modified_at_precision AS vendor_modified_at_precision, reason, source, channel FROM deals ORDER BY id""",
    "activity": """SELECT 'activity' AS object, id, external_id, type, direction, outcome, deal_id, deal_ref, owner_id,
  owner_ref, epoch_us(started_at) AS started_at_us, started_at_precision FROM activities ORDER BY id""",
    "stage_event": """SELECT row_number() OVER () AS hash, record_id, 'deal' AS kind, seq, 'sales' AS pipeline,
  from_stage, to_stage, epoch_us("at") AS at_us, at_precision, 'vendor' AS origin, 1 AS change_no
  FROM stage_events ORDER BY record_id, seq""",
}


def ledger_of(file: Path) -> Path:
    """The same records as a ledger, made once."""
    made = file.with_suffix(f".{hashlib.sha256(repr(QUERIES).encode()).hexdigest()[:8]}.ledger")
    if not made.exists():
        part = made.with_suffix(".part")
        part.unlink(missing_ok=True)
        open_ledger(f"sqlite:///{part}").close()
        with duckdb.connect(str(file), read_only=True) as facts, closing(sqlite3.connect(part)) as ledger, ledger:
            ledger.execute("INSERT INTO connection VALUES (1, 'crm', 'bench', 1, NULL, NULL, 1)")
            for table, query in QUERIES.items():
                copy(facts, ledger, table, query)
        part.rename(made)
    return made


def copy(facts: duckdb.DuckDBPyConnection, ledger: sqlite3.Connection, table: str, query: str) -> None:
    """The rows of a query, with what every record of the ledger has."""
    rows = facts.execute(query)
    names = [column[0] for column in rows.description or ()]
    fixed = {name: value for name, value in FIXED.items() if table in KIND_TABLES and name not in names}
    marks = ", ".join("?" for _ in (*names, *fixed))
    sql = f'INSERT INTO "{table}" ({", ".join((*names, *fixed))}) VALUES ({marks})'
    while some := rows.fetchmany(50_000):
        ledger.executemany(sql, [(*row, *fixed.values()) for row in some])
