import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge.facts import copy
from crmbridge.facts import source as sources
from crmbridge.facts.build import open_facts
from crmbridge.facts.source import Source
from crmbridge.facts.statements import sql
from crmbridge.facts.store import Facts, connect
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.kinds import KIND_NAMES, ColumnType

from .world import put, set_up

COUNT = [("n", ColumnType.INT)]
DEALS = "FROM (SELECT count(*) AS n FROM deal) AS s"


def test_everything_read_is_of_one_moment(ledger: Ledger) -> None:
    set_up(ledger)
    put(ledger, "deal", {"id": "D1"})
    with Source.connect(ledger) as source, connect(None) as target:
        assert source.rows(target, COUNT, DEALS) == [(1,)]
        put(ledger, "deal", {"id": "D2"})
        assert source.rows(target, COUNT, DEALS) == [(1,)]
    with Source.connect(ledger) as source, connect(None) as target:
        assert source.rows(target, COUNT, DEALS) == [(2,)]


def test_facts_cannot_write_to_the_ledger(ledger: Ledger) -> None:
    with Source.connect(ledger) as source, source.connection.cursor() as cursor:
        with pytest.raises(Exception, match=r"read-?only"):
            cursor.execute("DELETE FROM change_counter")
        source.connection.rollback()


def test_path_with_signs_of_a_uri_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "报表 #1?mode=x%20"
    folder.mkdir()
    made = open_ledger(f"sqlite:///{str(folder).replace('%', '%25').replace('?', '%3F')}/ledger.db")
    with open_facts(made, cache=None, zone=ZoneInfo("UTC"), currency="USD") as facts:
        assert facts.scalar("SELECT count(*) FROM deals") == 0
    made.close()


def test_value_that_does_not_convert_stops_the_copy_and_is_named(ledger: Ledger) -> None:
    set_up(ledger)
    put(ledger, "deal", {"id": "D1", "expected_close": "31.03.2026"})
    with pytest.raises(StoreError, match=r"31\.03\.2026"):
        open_facts(ledger, cache=None, zone=ZoneInfo("UTC"), currency="USD")


def test_missing_driver_is_named(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "import_module", _absent)
    with pytest.raises(ConfigError, match=f"adbc-driver-(sqlite|postgresql).*{re.escape('crmbridge[postgres]')}"):
        Source.connect(ledger)


def _absent(name: str) -> None:
    raise ModuleNotFoundError(name)


def test_every_fact_column_has_exactly_one_expression() -> None:
    specs = [*map(copy.of_kind, KIND_NAMES), copy.of_stage_events(), copy.of_pipelines()]
    with Facts.in_memory() as facts:
        for spec in specs:
            columns = facts.query(f"SELECT column_name FROM (DESCRIBE {spec.target})")
            assert sorted(name for name, _ in spec.expressions) == sorted(name for (name,) in columns if name != "no")


def test_composition_divides_nothing() -> None:
    """`/` gives a float in DuckDB and an integer elsewhere: no figure of ours depends on it."""
    for name in ("closings", "stage_events", "history_quality"):
        assert "/" not in re.sub(r"--.*", "", sql(name))


def test_connection_uses_no_network_and_no_variables_of_the_caller() -> None:
    secret = [("hidden",)]
    with connect(None) as target:
        settings = dict(
            target.execute("SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%extensions'").fetchall()
        )
        assert set(settings.values()) == {"false"}
        assert target.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
        with pytest.raises(Exception, match="secret"):
            target.execute("SELECT * FROM secret")
    assert secret
