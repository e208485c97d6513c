import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from crmbridge.facts import publish as publishing
from crmbridge.facts.publish import publish
from crmbridge.facts.store import Facts
from crmbridge.facts.tables import PUBLIC_TABLES
from crmbridge.model.errors import ConfigError, StoreError

MOMENT = datetime(2026, 3, 31, 16, 30)  # noqa: DTZ001 - facts are UTC without a zone


@pytest.fixture
def facts() -> Facts:
    made = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    made.insert("deals", [{"id": "D2", "amount_e4": 2**63 - 1, "amount_currency": "CNY", "closed_at": MOMENT}])
    made.insert(
        "deals", [{"id": "D1", "name": "甲", "probability": Decimal("0.1"), "expected_close": date(2026, 4, 1)}]
    )
    made.insert("stage_events", [{"record_id": "D2", "seq": 1, "to_stage": "won", "at": MOMENT}])
    return made


def test_published_tables_read_back_exact_with_the_names_of_a_bi_tool(facts: Facts, tmp_path: Path) -> None:
    done = publish(facts, tmp_path / "out")
    assert done.rows["deals"] == 2
    with duckdb.connect() as other:
        other.execute("SET TimeZone = 'UTC'")
        found = other.execute(
            "SELECT id, name, amount, amount_currency, probability, expected_close, closed_at FROM read_parquet(?)",
            [str(tmp_path / "out" / "deals.parquet")],
        ).fetchall()
        assert found == [
            ("D1", "甲", None, None, Decimal("0.100000"), date(2026, 4, 1), None),
            ("D2", None, Decimal("922337203685477.5807"), "CNY", None, None, MOMENT.replace(tzinfo=UTC)),
        ]
        entered = other.execute(
            "SELECT entered_at FROM read_parquet(?)", [str(tmp_path / "out" / "stage_events.parquet")]
        ).fetchall()
        assert entered == [(MOMENT.replace(tzinfo=UTC),)]


def test_manifest_lists_every_table(facts: Facts, tmp_path: Path) -> None:
    publish(facts, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "_facts.json").read_text("utf-8"))
    assert set(manifest["tables"]) == set(PUBLIC_TABLES)
    assert manifest["tables"]["deals"]["rows"] == 2
    assert manifest["tables"]["deals"]["columns"]["amount"] == "DECIMAL(19,4)"
    assert (manifest["zone"], manifest["currency"], manifest["change_no"]) == ("Asia/Shanghai", "CNY", 0)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "_facts.json",
        *(f"{t}.parquet" for t in PUBLIC_TABLES),
    }


def test_publishing_again_replaces_all_and_gives_the_same_bytes(facts: Facts, tmp_path: Path) -> None:
    publish(facts, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    publish(facts, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folder_with_other_files_is_left_alone(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"diary\.txt"):
        publish(facts, tmp_path)
    publish(facts, tmp_path / "out")
    (tmp_path / "out" / "notes.md").write_text("mine")
    with pytest.raises(ConfigError, match=r"notes\.md"):
        publish(facts, tmp_path / "out")
    assert (tmp_path / "out" / "notes.md").read_text() == "mine"


def test_somebody_elses_manifest_makes_nothing_ours(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "_facts.json").write_text('["diary.txt"]')
    with pytest.raises(ConfigError):
        publish(facts, tmp_path)


def test_failed_publishing_leaves_what_was_there(facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(facts, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    monkeypatch.setattr(publishing, "_manifest", _refuse)
    with pytest.raises(StoreError, match="disk is full"):
        publish(facts, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def _refuse(*_: object) -> None:
    raise OSError("the disk is full")


def test_a_quote_in_the_folder_name_is_harmless(facts: Facts, tmp_path: Path) -> None:
    publish(facts, tmp_path / "it's 报表")
    assert (tmp_path / "it's 报表" / "deals.parquet").exists()
