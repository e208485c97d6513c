"""`quality` of a synced workspace, its own document, and what a first sync tells."""

from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.model.errors import ConfigErrors
from crmbridge.report import documents
from crmbridge.report.i18n import catalog

LEADS = "lead_id,name,company,phone,owner\nL1,Li Lei,Acme Ltd,13800138000,Wu\nL2,Li Lei,Acme,138 0013 8000,\n"
CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "."
[connections.crm.objects.leads]
file = "leads.csv"
key = "lead_id"
[connections.crm.objects.users]
file = "users.csv"
key = "name"
"""
MAPPING = """
format = 1
[objects.leads]
kind = "lead"
[objects.leads.fields]
full_name = "name"
company_name = "company"
phones = "phone"
owner = { from = "owner", object = "users" }
[objects.users]
kind = "user"
[objects.users.fields]
name = "name"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mapping").mkdir()
    (tmp_path / "crmbridge.toml").write_text(CONFIG)
    (tmp_path / "mapping" / "crm.toml").write_text(MAPPING)
    (tmp_path / "leads.csv").write_text(LEADS)
    (tmp_path / "users.csv").write_text("name\nWu\n")
    return tmp_path


def rows(folder: Path, section: str, **asked: object) -> list[dict[str, object]]:
    with Bridge.open(folder, environ={}) as bridge:
        listing = bridge.quality(**asked)
    return [row for row in documents.rows(listing, catalog("en")) if row["section"] == section]


def test_only_the_first_sync_is_the_first(folder: Path) -> None:
    with Bridge.open(folder, environ={}) as bridge:
        assert [bridge.sync().is_first, bridge.sync().is_first] == [True, False]


def test_a_first_sync_ends_with_the_worst_findings(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ("sync", "--workspace", str(folder), "--lang", "en")
    assert app.run(arguments) == 0
    told = capfd.readouterr().err
    assert "2 of 2 (lead duplicates): certain or probable duplicates" in told
    assert "crmbridge quality" in told
    assert app.run(arguments) == 0
    assert "duplicates" not in capfd.readouterr().err


def test_a_broken_document_keeps_no_sync_from_its_end(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "quality.toml").write_text("stael = 3")
    assert app.run(("sync", "--workspace", str(folder), "--lang", "en")) == 0
    assert "data quality could not be looked at" in capfd.readouterr().err
    assert app.run(("quality", "--workspace", str(folder), "--lang", "en")) == 78
    assert "quality.toml:1: unknown key stael" in capfd.readouterr().err


def test_findings_carry_counts_words_and_the_next_step(folder: Path) -> None:
    with Bridge.open(folder, environ={}) as bridge:
        bridge.sync()
    found = {str(row["check"]): row for row in rows(folder, "findings")}
    assert found["duplicates"]["failing"] == {"n": 2, "numerator": 2, "denominator": 2, "value": 1.0}
    assert found["duplicates"]["examples"] == ["crm:L1", "crm:L2"]
    assert found["unassigned"]["failing"] == {"n": 2, "numerator": 1, "denominator": 2, "value": 0.5}
    assert "phones" not in found, "the region of the calendar is that of the numbers"
    (source,) = [row for row in rows(folder, "unavailable") if row["check"] == "required_fields"]
    assert source["reason"]["params"]["fields"] == "source, status|status_raw|stage"  # type: ignore[index] # JSON
    assert [row["slice"] for row in rows(folder, "scores")] == ["all"]
    assert [row["slice"] for row in rows(folder, "scores", by="owner")] == ["all", "Wu", "unknown"]


def test_one_check_names_its_records_and_groups(folder: Path) -> None:
    with Bridge.open(folder, environ={}) as bridge:
        bridge.sync()
    assert [row["subject"] for row in rows(folder, "records", check="unassigned")] == ["crm:L2"]
    assert {row["check"] for row in rows(folder, "findings", check="unassigned")} == {"unassigned"}
    (group,) = rows(folder, "duplicates", check="duplicates")
    assert (group["certainty"], group["survivor"], group["others"]) == ("certain", "crm:L1", ["crm:L2"])
    assert group["evidence"] == ["phone +8613800138000"]
    with Bridge.open(folder, environ={}) as bridge:
        explained = bridge.quality(check="unassigned", explain=True).explain
    assert explained is not None
    assert [len(one["records"]) for one in explained["checks"].values()] == [1]  # type: ignore[attr-defined] # JSON


def test_a_workspaces_own_document_is_used(folder: Path) -> None:
    with Bridge.open(folder, environ={}) as bridge:
        bridge.sync()
    (folder / "quality.toml").write_text('[[required.lead]]\nfields = ["nothing"]\n')
    with pytest.raises(ConfigErrors, match="nothing"):
        rows(folder, "findings")
    (folder / "quality.toml").write_text('[[required.lead]]\nfields = ["full_name"]\n')
    assert "required_fields" in {row["check"] for row in rows(folder, "clean")}
