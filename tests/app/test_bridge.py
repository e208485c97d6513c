"""One open workspace: what can be asked of it, before a sync, after one, and of a broken one."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.app.wiring import is_gone
from crmbridge.ledger.engine import is_there
from crmbridge.model.errors import ConfigError
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Listing
from crmbridge.report.words import instant

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def synced(company: Company) -> Company:
    with Bridge.open(company.folder, environ={}) as bridge:
        assert bridge.sync().exit_code == 0
    return company


def ask(company: Company) -> Bridge:
    return Bridge.open(company.folder, as_of=AS_OF, environ={})


def states(listing: Listing) -> dict[str, str]:
    """The worst state of each area."""
    found: dict[str, str] = {}
    for row in listing.rows:
        area = str(row["area"])
        found[area] = "failed" if "failed" in (found.get(area), row["state"]) else str(row["state"])
    return found


def test_a_sync_and_its_second(company: Company) -> None:
    with ask(company) as bridge:
        first, second = bridge.sync(), bridge.sync()
    assert [(row["object"], row["written"]) for row in first.listing.rows] == [("people", 2), ("deals", 4)]
    assert (second.exit_code, [row["read"] for row in second.listing.rows]) == (0, [0, 0])


def test_the_moment_of_a_figure_is_told_in_the_companys_zone(synced: Company) -> None:
    with ask(synced) as bridge:
        told = (bridge.funnel(), bridge.kpi(), bridge.quality(), bridge.sync().listing)
    assert {instant(listing.as_of) for listing in told if listing.as_of} == {"2026-03-01 08:00:00 +08:00"}
    assert {documents.document(listing, catalog("en"))["as_of"] for listing in told} == {"2026-03-01T00:00:00Z"}


def test_the_funnel_of_the_company(synced: Company) -> None:
    with ask(synced) as bridge:
        row = bridge.funnel().rows[0]
        assert (row["won"], row["lost"], row["open"]) == (2, 1, 1)
        assert (str(row["won_amount"]), str(row["cycle_days_mean"])) == ("CNY 300.50", "25")
        by_owner = {row["slice"]: row["won"] for row in bridge.funnel(by=["owner"]).rows if "slice" in row}
        assert {by_owner.get(name) for name in ("Li", "Wang")} == {1} or len(by_owner) >= 3
        january = bridge.funnel(start=date(2026, 1, 1), end=date(2026, 2, 1)).rows[0]
        assert (january["won"], january["lost"]) == (1, 1)
        with pytest.raises(ConfigError, match="two ends"):
            bridge.funnel(start=date(2026, 1, 1))
        with pytest.raises(ConfigError, match="cohort"):
            bridge.funnel(cohort=True)


def test_kpis_status_runs_and_quarantine(synced: Company) -> None:
    with ask(synced) as bridge:
        assert bridge.kpi().rows
        with pytest.raises(ConfigError):
            bridge.kpi(["win_rat"])
        assert bridge.status().rows
        assert {row["exit_code"] for row in bridge.runs().rows} == {0}
        assert bridge.quarantine().rows == ()
        assert bridge.quarantine("books").rows == ()
        with pytest.raises(ConfigError, match="books"):
            bridge.quarantine("bokks")


def test_records_and_facts_leave_as_they_are(synced: Company, tmp_path: Path) -> None:
    with ask(synced) as bridge:
        deals = {record["name"]: record for record in bridge.export("deal")}
        assert deals["d1"]["amount"] == {"amount": "100.50", "currency": "CNY"}
        assert [record["id"] for record in bridge.export("deal")] == sorted(r["id"] for r in deals.values())
        with pytest.raises(ConfigError, match="deal"):
            list(bridge.export("deals"))
        assert bridge.export_parquet("deal", tmp_path / "deals.parquet") == 4
        published = {row["table"]: row["rows"] for row in bridge.facts_publish(tmp_path / "facts").rows}
    assert (published["deals"], published["users"]) == (4, 2)
    with duckdb.connect() as facts:
        total = facts.execute("SELECT sum(amount) FROM read_parquet(?)", [str(tmp_path / "facts" / "deals.parquet")])
        assert total.fetchall() == [(Decimal("420.50"),)]


def test_a_bad_row_waits_and_heals_by_a_mended_mapping_while_the_files_are_gone(company: Company) -> None:
    company.edit("exports/deals.csv", "d3,Talk,70", "d3,Talk,70ish")
    with ask(company) as bridge:
        assert bridge.sync().exit_code == 1
        (row,) = bridge.quarantine().rows
        assert "deals.csv:4" in str(row.values())
    (company.folder / "exports").rename(company.folder / "away")
    company.edit("mapping/books.toml", 'amount = "amount"\n', "")
    with ask(company) as bridge:
        assert bridge.quarantine(retry=True).rows == ()
        assert sorted(record["name"] for record in bridge.export("deal")) == ["d1", "d2", "d3", "d4"]


def test_a_workspace_without_connections_has_nothing_to_sync(company: Company) -> None:
    (company.folder / "crmbridge.toml").write_text('[workspace]\nname = "acme"\n', encoding="utf-8")
    with ask(company) as bridge, pytest.raises(ConfigError, match="no connections"):
        bridge.sync()


def test_closing_twice_is_harmless(synced: Company) -> None:
    bridge = ask(synced)
    bridge.funnel()
    bridge.close()
    bridge.close()


# -- doctor


@pytest.mark.parametrize("is_synced", [False, True])
def test_doctor_finds_a_healthy_workspace_healthy_and_writes_nothing(company: Company, is_synced: bool) -> None:  # noqa: FBT001
    if is_synced:
        with ask(company) as bridge:
            bridge.sync()
    before = company.files()
    with ask(company) as bridge:
        found = bridge.doctor()
    assert found.exit_code == 0
    assert "failed" not in states(found).values()
    assert {name: text for name, text in company.files().items() if not name.endswith(("-wal", "-shm"))} == before
    assert is_there(f"sqlite:///{company.folder / 'crmbridge.db'}") == is_synced


@pytest.mark.parametrize(
    ("edit", "area", "code"),
    [
        (("crmbridge.toml", 'file = "deals.csv"', 'file = "gone.csv"'), "connection", 5),
        (("crmbridge.toml", 'adapter = "csv"', 'adapter = "cvs"'), "connection", 78),
        (("crmbridge.toml", 'key = "id"', 'key = "idd"'), "connection", 5),
        (("mapping/books.toml", 'kind = "deal"', 'kind = "dael"'), "mapping", 78),
        (("crmbridge.toml", 'currency = "CNY"', 'currency = "CNY"\ncalendar = "Chyna"'), "calendar", 78),
    ],
)
def test_doctor_says_what_is_broken(company: Company, edit: tuple[str, str, str], area: str, code: int) -> None:
    company.edit(*edit)
    before = company.files()
    with ask(company) as bridge:
        found = bridge.doctor()
    assert states(found)[area] == "failed"
    assert found.exit_code == code
    assert company.files() == before


@pytest.mark.file_ledger
def test_doctor_looks_at_everything_even_where_all_is_broken(company: Company) -> None:
    company.edit("crmbridge.toml", 'adapter = "csv"', 'adapter = "cvs"')
    (company.folder / "crmbridge.db").write_bytes(b"no ledger" * 100)
    with ask(company) as bridge:
        found = states(bridge.doctor())
    assert (found["ledger"], found["connection"], found["mapping"]) == ("failed", "failed", "failed")
    assert found["plugins"] != "failed"


# -- leases of processes


def test_a_holder_is_gone_when_its_process_is() -> None:
    import platform  # noqa: PLC0415 - only here

    here = platform.node()
    assert not is_gone(f"{here}:{os.getpid()}:x")
    assert is_gone(f"{here}:{2**22 + 1}:x")
    assert not is_gone("elsewhere:1:x")
    assert not is_gone(f"{here}:nobody:x")
