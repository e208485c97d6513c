"""A file that has lost a mapped column: what it gave stays, the run ends with 3, and `status` says what to do."""

from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge

CONFIG = """\
[workspace]
name = "Books"
currency = "EUR"
timezone = "UTC"

[connections.books]
adapter = "csv"
path = "exports"

[connections.books.objects.companies]
file = "companies.csv"
key = "no"
"""
MAPPING = """\
format = 1
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "title"
city = "town"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "exports").mkdir()
    (tmp_path / "mapping").mkdir()
    (tmp_path / "crmbridge.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "mapping" / "books.toml").write_text(MAPPING, "utf-8")
    write(tmp_path, "no,title,town", "1,ACME,Kiel")
    return tmp_path


def write(folder: Path, *lines: str) -> None:
    (folder / "exports" / "companies.csv").write_text("\n".join([*lines, ""]), "utf-8")


def test_it_is_told_until_the_column_is_back(folder: Path) -> None:
    with Bridge.open(folder) as bridge:
        assert bridge.sync().exit_code == 0
        write(folder, "no,title,place", "1,Other,Bonn", "2,New,Bonn")
        for _ in range(2):
            report = bridge.sync()
            assert report.exit_code == 3
            assert any(note.code == "FIELD_GONE" and note.params["field"] == "town" for note in report.listing.warnings)
        assert {one["name"]: one["city"] for one in bridge.export("account")} == {"Other": "Kiel", "New": None}
        (row,) = [row for row in bridge.status().rows if row["section"] == "gone"]
        assert (row["connection"], row["object"], row["field"]) == ("books", "companies", "town")
        assert row["next"] == "crmbridge mapping check books"
        write(folder, "no,title,town", "1,Other,Bonn")
        assert bridge.sync().exit_code == 0
        assert [row for row in bridge.status().rows if row["section"] == "gone"] == []
        assert {one["name"]: one["city"] for one in bridge.export("account")} == {"Other": "Bonn", "New": None}
