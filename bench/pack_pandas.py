"""The pandas side of bench/pack.py: some figures of the pack out of the tables of the ledger (SQLite), row by column.

Run by `uv run --with pandas python bench/pack.py --sides product,hand,pandas`. It stands for somebody who has the
ledger and no services, and does less than the product: waterfall, funnel, ages, channels, three signals of risk.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np  # type: ignore[import-not-found]
import pandas as pd  # type: ignore[import-untyped]
from services import PIPELINE

from crmbridge.ledger.engine import open_ledger
from crmbridge.ledger.schema import KIND_TABLES

QUIET_DAYS = 13
DAY_US = 86_400_000_000
ZONE_US = 8 * 3_600_000_000
FIXED = {"connection_id": 1, "subject_id": "crm:x", "mapping_id": 1, "version": 1, "change_no": 1}
FIXED |= {"first_seen_us": 0, "last_seen_us": 0, "lifecycle": "active"}
DEALS = """SELECT 'deal' AS object, id, external_id, name, pipeline, stage, category, account_ref, account_id,
  owner_ref, owner_id, amount_e4, amount_currency, (probability * 1000000)::BIGINT AS probability_e6,
  expected_close::VARCHAR, epoch_us(created_at) AS vendor_created_at_us,
  created_at_precision AS vendor_created_at_precision, reason,
  source, channel FROM deals ORDER BY id"""
ACTIVITIES = """SELECT 'activity' AS object, id, external_id, type, direction, outcome, deal_id, owner_id,
  epoch_us(started_at) AS started_at_us, started_at_precision FROM activities ORDER BY id"""
EVENTS = """SELECT row_number() OVER () AS hash, record_id, 'deal' AS kind, seq, 'sales' AS pipeline, from_stage,
  to_stage, epoch_us("at") AS at_us, at_precision, 'vendor' AS origin, 1 AS change_no
  FROM stage_events ORDER BY record_id, seq"""
Figures = dict[str, list[float]]


def ledger_of(file: Path) -> Path:
    """The same records as a ledger, made once."""
    made = file.with_suffix(".ledger")
    if not made.exists():
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        open_ledger(f"sqlite:///{part}").close()
        with duckdb.connect(str(file), read_only=True) as facts, closing(sqlite3.connect(part)) as ledger, ledger:
            ledger.execute("INSERT INTO connection VALUES (1, 'crm', 'bench', 1, NULL, NULL, 1)")
            for table, query in (("deal", DEALS), ("activity", ACTIVITIES), ("stage_event", EVENTS)):
                copy(facts, ledger, table, query)
        part.rename(made)
    return made


def copy(facts: duckdb.DuckDBPyConnection, ledger: sqlite3.Connection, table: str, query: str) -> None:
    """The rows of a query, with what every record of the ledger has."""
    rows = facts.execute(query)
    names = [column[0].partition("::")[0] for column in rows.description or ()]
    names = ["expected_close" if "expected_close" in name else name for name in names]
    fixed = {name: value for name, value in FIXED.items() if table in KIND_TABLES and name not in names}
    marks = ", ".join("?" for _ in (*names, *fixed))
    sql = f'INSERT INTO "{table}" ({", ".join((*names, *fixed))}) VALUES ({marks})'
    while some := rows.fetchmany(50_000):
        ledger.executemany(sql, [(*row, *fixed.values()) for row in some])


def figures(file: Path, moments: dict[str, int]) -> tuple[float, Figures]:
    """Seconds and figures; `moments` in microseconds since 1970."""
    path = ledger_of(file)
    started = time.perf_counter()
    with closing(sqlite3.connect(path)) as ledger:
        deals = pd.read_sql_query(
            "SELECT id, owner_id, source, amount_e4, expected_close, vendor_created_at_us FROM deal"
            " WHERE lifecycle = 'active'",
            ledger,
        )
        events = pd.read_sql_query(
            "SELECT record_id, seq, to_stage, at_us, at_precision FROM stage_event WHERE kind = 'deal'", ledger
        )
        done = pd.read_sql_query("SELECT deal_id, type, direction, outcome, started_at_us FROM activity", ledger)
    found = worked_out(deals, events, done, moments)
    return time.perf_counter() - started, found


def worked_out(deals: pd.DataFrame, events: pd.DataFrame, done: pd.DataFrame, moments: dict[str, int]) -> Figures:
    """The figures of the three tables."""
    cut, start, until = moments["cut"], moments["start"], moments["until"]
    stages = pd.DataFrame(
        [(stage.key, PIPELINE.rank(stage.key), str(stage.category), stage.sla_days) for stage in PIPELINE.stages],
        columns=["to_stage", "rank", "state", "sla_days"],
    )
    events = events[events.at_us <= cut].merge(stages, on="to_stage").sort_values(["record_id", "seq"])
    by_deal = events.groupby("record_id", sort=False)
    last = by_deal.last()
    ways = last[["to_stage", "rank", "state", "sla_days", "at_us"]].rename(columns={"at_us": "last_us"})
    ways["first_us"] = by_deal.at_us.min()
    ways["is_day"] = by_deal.at_precision.min() == "day"
    ways["furthest"] = events[events.state == "open"].groupby("record_id")["rank"].max()
    was = events[events.at_us <= start].groupby("record_id", sort=False).last()
    ways["was"] = was["state"]
    h = deals.merge(ways, left_on="id", right_index=True)
    h["amount"] = h.amount_e4.fillna(0)
    found: Figures = {}
    gone = (h.last_us > start) & (h.last_us <= until)
    parts = {
        "opening": (h.was == "open", 1),
        "new": (h.was.isna() & (h.first_us <= until), 1),
        "won": ((h.state == "won") & gone, -1),
        "lost": ((h.state == "lost") & gone, -1),
        "closing": ((h.first_us <= until) & ((h.state == "open") | (h.last_us > until)), 1),
    }
    for name, (mask, sign) in parts.items():
        found[f"waterfall {name}"] = [int(mask.sum()), sign * int(h.amount[mask].sum())]
    real = h[h.state != "void"]
    reached = np.where(real.state == "won", 8, real.furthest)
    for stage in stages[stages.state == "open"].itertuples():
        here = real[real.to_stage == stage.to_stage]
        found[f"funnel {stage.to_stage}"] = [len(here), int(here.amount.sum()), int((reached >= stage.rank).sum())]
    still = h[h.state == "open"].copy()
    days = (cut + ZONE_US) // DAY_US - (still.last_us + ZONE_US) // DAY_US
    still["age_us"] = np.where(still.is_day, days * DAY_US, cut - still.last_us)
    still["bucket"] = pd.cut(still.age_us // DAY_US, [-1, 7, 30, 60, 90, 10**6], labels=False)
    ages = still.groupby(["to_stage", "bucket"]).size()
    for key in still.to_stage.unique():
        found[f"ageing {key}"] = [int(ages.get((key, n), 0)) for n in range(4)]
    decided = h[h.state.isin(["won", "lost"])].groupby("source").state.agg([lambda s: (s == "won").sum(), "size"])
    found |= {f"channels {key}": [int(row.iloc[0]), int(row.iloc[1])] for key, row in decided.iterrows()}
    heard = done[(done.started_at_us <= cut) & is_two_way(done)].groupby("deal_id").started_at_us.max()
    quiet = np.fmax(still.id.map(heard), still.vendor_created_at_us)
    today = pd.Timestamp(cut + ZONE_US, unit="us").date().isoformat()
    found["risk stalled"] = [int((still.age_us > still.sla_days * DAY_US).sum())]
    found["risk close_date_past"] = [int((still.expected_close < today).sum())]
    found["risk no_activity"] = [int(((cut + ZONE_US) // DAY_US - (quiet + ZONE_US) // DAY_US > QUIET_DAYS).sum())]
    return found


def is_two_way(done: pd.DataFrame) -> pd.Series:
    """Which activities the customer had a part in."""
    came = (done.direction == "in") & done.type.isin(["email", "im", "call"])
    return came | (done.type == "meeting") | (done.type == "call") & (done.outcome != "no answer")
