from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge.facts import build, tables
from crmbridge.facts.build import open_facts
from crmbridge.facts.store import Facts
from crmbridge.ledger import field_changes, restoring, schema
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.records import FieldMove

from .world import DAY, content, event, put, set_up

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _ready(ledger: Ledger) -> None:
    set_up(ledger)


def opened(ledger: Ledger, cache: Path | None = None) -> Facts:
    return open_facts(ledger, cache=cache, zone=SHANGHAI, currency="CNY")


def deal(number: int, **more: object) -> dict[str, object]:
    return {"id": f"D{number:06}", "name": f"Deal {number}", "pipeline": "sales", "category": "open"} | more


def test_empty_ledger_gives_every_table_empty(ledger: Ledger) -> None:
    with opened(ledger) as facts:
        assert facts.scalar("SELECT count(*) FROM deals") == 0
        assert facts.query("SELECT key FROM stages WHERE pipeline = 'sales' ORDER BY ord")[0] == ("prospecting",)
        assert facts.query("SELECT name_en, name_zh, object FROM pipelines ORDER BY id") == [
            ("intake", "销售", "lead"),
            ("sales", "销售", "deal"),
        ]


def test_text_that_is_empty_for_5000_rows_and_filled_later_is_copied(ledger: Ledger) -> None:
    put(ledger, "deal", *(deal(n) for n in range(5000)), deal(5000, source="Referral", amount_e4=12, intent=3))
    with opened(ledger) as facts:
        assert facts.query("SELECT source, amount_e4, intent, count(*) FROM deals GROUP BY ALL ORDER BY ALL") == [
            ("Referral", 12, 3, 1),
            (None, None, None, 5000),
        ]


def test_values_arrive_exact_and_typed(ledger: Ledger) -> None:
    big = 2**63 - 1
    row = deal(1, amount_e4=big, amount_currency="CNY", probability_e6=big, expected_close="2026-03-31")
    row |= {"closed_at_us": 1_775_000_000_123_456, "closed_at_precision": "exact", "vendor_created_at_us": -1}
    row |= {"account_ref": "A-1", "account_id": "01A", "custom": '{"x":1}', "issues": "[]", "budget": -(2**63)}
    put(ledger, "deal", row)
    put(ledger, "user", {"id": "U1", "name": "甲", "active": 1}, {"id": "U2", "name": "乙", "active": 0})
    with opened(ledger) as facts:
        (found,) = facts.rows("SELECT * FROM deals")
        assert found["amount_e4"] == big
        assert found["probability"] == Decimal("9223372036854.775807")
        assert found["expected_close"] == date(2026, 3, 31)
        assert found["closed_at"] == datetime(2026, 3, 31, 23, 33, 20, 123456)  # noqa: DTZ001 - facts are UTC without a zone
        assert found["created_at"] == datetime(1969, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001
        assert (found["account_id"], found["account_ref"]) == ("01A", "A-1")
        assert (found["budget"], found["custom"], found["issues"]) == (-(2**63), '{"x":1}', "[]")
        assert (found["subject"], found["connection"], found["object"]) == ("crm:D000001", "crm", "deal")
        assert facts.query("SELECT name, active FROM users ORDER BY id") == [("甲", True), ("乙", False)]


def test_no_fact_column_is_a_float() -> None:
    with Facts.in_memory() as facts:
        types = facts.query(
            "SELECT DISTINCT data_type FROM duckdb_columns() WHERE database_name = current_database() ORDER BY 1"
        )
    plain = {name for (name,) in types if not name.startswith("ENUM(")}
    assert plain == {"BIGINT", "INTEGER", "SMALLINT", "BOOLEAN", "DATE", "DECIMAL(19,6)", "TIMESTAMP", "VARCHAR"}


def test_every_money_field_is_a_count_with_its_currency() -> None:
    names = [column for table in tables.KIND_TABLES for column in tables.columns(table)]
    amounts = [column for column in names if column.name.endswith("_e4")]
    assert len(amounts) >= 10
    assert {column.type for column in amounts} == {"BIGINT"}


def test_unchanged_refresh_reads_nothing(ledger: Ledger, tmp_path: Path) -> None:
    cache = tmp_path / "facts.duckdb"
    cache.parent.mkdir(exist_ok=True)
    put(ledger, "deal", deal(1, stage="won"))
    first = _through(ledger, cache)
    assert first.refreshed.is_rebuilt
    again = opened(ledger, cache)
    assert again.refreshed.is_unchanged
    again.close()


def test_refresh_reads_only_what_changed(ledger: Ledger, tmp_path: Path) -> None:
    cache = tmp_path / "facts.duckdb"
    put(ledger, "deal", *(deal(n, stage="prospecting") for n in range(100)))
    _through(ledger, cache)
    put(ledger, "deal", deal(7, stage="won", name="renamed"))
    event(ledger, "D000008", 1, "engaging", 5 * DAY, origin="observed", from_stage="prospecting")
    with opened(ledger, cache) as facts:
        assert not facts.refreshed.is_rebuilt
        assert {name: count for name, count in facts.refreshed.read.items() if name not in {"stage", "pipeline"}} == {
            "deal": 1,
            "stage_event": 1,
        }
        assert facts.scalar("SELECT name FROM deals WHERE id = 'D000007'") == "renamed"
        assert facts.scalar("SELECT history_quality FROM deals WHERE id = 'D000008'") == "observed"
        assert content(facts) == content(opened(ledger))


def test_facts_of_another_ledger_are_built_anew(ledger: Ledger, tmp_path: Path) -> None:
    cache = tmp_path / "facts.duckdb"
    put(ledger, "deal", deal(1))
    _through(ledger, cache)
    with ledger.begin() as tx:
        tx.execute(schema.KIND_TABLES["deal"].delete())
        tx.execute(schema.connection.update().values(created_us=2))
    with opened(ledger, cache) as facts:
        assert facts.refreshed.is_rebuilt
        assert facts.scalar("SELECT count(*) FROM deals") == 0


def test_facts_ahead_of_a_restored_ledger_are_built_anew(ledger: Ledger, tmp_path: Path) -> None:
    cache = tmp_path / "facts.duckdb"
    put(ledger, "deal", deal(1))
    _through(ledger, cache)
    with ledger.begin() as tx:
        tx.execute(schema.change_counter.update().values(last=1))
        tx.execute(schema.KIND_TABLES["deal"].delete())
    with opened(ledger, cache) as facts:
        assert facts.refreshed.is_rebuilt
        assert facts.scalar("SELECT count(*) FROM deals") == 0


def test_facts_that_a_restored_ledger_has_overtaken_are_built_anew(ledger: Ledger, tmp_path: Path) -> None:
    """It was put back, and has changed since more often than it had before: its numbers alone look like a future."""
    cache = tmp_path / "facts.duckdb"
    put(ledger, "deal", deal(1), deal(2))
    _through(ledger, cache)
    with ledger.begin() as tx:  # as a backup from before the second deal
        tx.execute(schema.change_counter.update().values(last=1))
        tx.execute(schema.KIND_TABLES["deal"].delete().where(schema.KIND_TABLES["deal"].c.id == "D000002"))
        restoring.doubt(tx, now_us=DAY)
    for number in range(3, 8):
        put(ledger, "deal", deal(number))
    with opened(ledger, cache) as facts:
        assert facts.refreshed.is_rebuilt
        assert content(facts) == content(opened(ledger))


def test_facts_of_an_older_shape_are_built_anew(ledger: Ledger, tmp_path: Path) -> None:
    cache = tmp_path / "facts.duckdb"
    put(ledger, "deal", deal(1))
    facts = _through(ledger, cache, close=False)
    facts.query("UPDATE facts_state SET value = 'older' WHERE name = 'ledger'")
    facts.query("DROP TABLE notes")
    facts.close()
    with opened(ledger, cache) as facts:
        assert facts.refreshed.is_rebuilt
        assert facts.scalar("SELECT count(*) FROM notes") == 0


def test_changed_stage_order_composes_every_record_again(ledger: Ledger, tmp_path: Path) -> None:
    cache = tmp_path / "facts.duckdb"
    dates = f'[["engaging",{DAY},"day"],["quoted",{DAY},"day"]]'
    put(ledger, "deal", deal(1, stage="quoted", stage_dates=dates))
    _through(ledger, cache)
    with ledger.begin() as tx:
        tx.execute(schema.stage.update().where(schema.stage.c.key == "quoted").values(rank=1))
        tx.execute(schema.stage.update().where(schema.stage.c.key == "engaging").values(rank=3))
        tx.execute(schema.change_counter.update().values(last=schema.change_counter.c.last + 1))
    with opened(ledger, cache) as facts:
        assert content(facts) == content(opened(ledger))
        assert facts.query("SELECT to_stage FROM stage_events ORDER BY seq") == [
            ("quoted",),
            ("engaging",),
            ("quoted",),
        ]


def test_small_ledger_needs_no_file(ledger: Ledger, tmp_path: Path) -> None:
    put(ledger, "deal", deal(1))
    with opened(ledger, tmp_path / "facts.duckdb") as facts:
        assert facts.scalar("SELECT count(*) FROM deals") == 1
    assert not (tmp_path / "facts.duckdb").exists()


def test_large_ledger_is_kept_in_a_file_that_only_its_owner_reads(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "SMALL_ROWS", 1)
    put(ledger, "deal", deal(1), deal(2))
    cache = tmp_path / "deep" / "facts.duckdb"
    opened(ledger, cache).close()
    assert cache.stat().st_mode & 0o777 == 0o600


def _through(ledger: Ledger, cache: Path, *, close: bool = True) -> Facts:
    """Facts built into the cache file, however small the ledger."""
    cache.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "SMALL_ROWS", -1)
        facts = opened(ledger, cache)
    assert cache.exists()
    if close:
        facts.close()
    return facts


def test_earlier_values_of_watched_fields_are_facts(ledger: Ledger) -> None:
    """In the order in which they became known, as the ledger keeps them."""
    moves = [FieldMove("D1", "expected_close", "2026-03-31", "2026-04-15"), FieldMove("D1", "owner", "u1", None)]
    with ledger.begin() as tx:
        field_changes.append(tx, "deal", moves, at_us=1_774_000_000_000_000)
    with opened(ledger) as facts:
        assert facts.query("SELECT record_id, kind, field, old, new FROM field_changes ORDER BY seq") == [
            ("D1", "deal", "expected_close", '"2026-03-31"', '"2026-04-15"'),
            ("D1", "deal", "owner", '"u1"', "null"),
        ]
