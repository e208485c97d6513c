"""`init --files` on real exports: the draft reads every row, and each becomes a record or waits with a reason."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.data.guessed import drafted

from crmbridge.app.bridge import Bridge
from crmbridge.report.listing import Listing

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("init-files")]

ROWS = {
    "maven-crm-sales": {
        "accounts": 85,
        "products": 7,
        "sales_pipeline": 8800,
        "sales_teams": 35,
        "managers": 6,
        "offices": 3,
    },
    "cn-derived-maven": {"商机": 8800, "owners": 30, "customers": 85, "products": 7},
    "olist-funnel": {
        "olist_marketing_qualified_leads_dataset": 8000,
        "olist_closed_deals_dataset": 842,
        "owners": 22,
        "creators": 32,
    },
    "zoho-analytics-sample": {
        "Users": 11,
        "Campaigns": 110,
        "Accounts": 2229,
        "Contacts": 1265,
        "Leads": 3900,
        "Potentials": 3632,
        "Tasks": 2978,
    },
    "ibm-sales-win-loss": {"WA_Fn-UseC_-Sales-Win-Loss": 78025},
}
"""The rows of each object that the draft reads, as the references count them; some are the values of one column."""

KEYS = {
    "maven-crm-sales": {"sales_pipeline": "opportunity_id", "accounts": "account", "sales_teams": "sales_agent"},
    "cn-derived-maven": {"商机": "商机编号"},
    "olist-funnel": {"olist_marketing_qualified_leads_dataset": "mql_id", "olist_closed_deals_dataset": "mql_id"},
    "zoho-analytics-sample": {"Users": "Last Name", "Leads": "LEADID", "Potentials": "LEADID", "Tasks": "*"},
    "ibm-sales-win-loss": {"WA_Fn-UseC_-Sales-Win-Loss": "*"},
}
ENCODINGS = {"cn-derived-maven": "gb18030"}
UNMAPPED = {"maven-crm-sales": ["data_dictionary"]}
CURRENCIES = {
    "maven-crm-sales": ("USD", "CURRENCY_ASSUMED"),
    "cn-derived-maven": ("CNY", "CURRENCY_BY_HEADER"),
    "olist-funnel": ("USD", None),
    "zoho-analytics-sample": ("USD", "CURRENCY_BY_SIGN"),
    "ibm-sales-win-loss": ("USD", "CURRENCY_BY_HEADER"),
}


@dataclass(frozen=True)
class Made:
    """A workspace made of a set's files, and its first sync."""

    name: str
    files: Path
    folder: Path
    listing: Listing
    exit_code: int
    synced: Listing


@pytest.fixture(scope="module", params=ROWS)
def made(request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    files = shared_data / request.param
    if not files.is_dir():
        pytest.skip(f"../shared/data/{request.param} is not here")
    folder = tmp_path_factory.mktemp("init") / files.name
    listing, report = drafted(files, folder, tmp_path_factory)
    return Made(request.param, files, folder, listing, report.exit_code, report.listing)


def rows_of(file: Path, encoding: str) -> int:
    """How many rows stand under the header, by the csv module alone."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            (name,) = archive.namelist()
            content = archive.read(name)
    else:
        content = file.read_bytes()
    return sum(1 for row in csv.reader(io.StringIO(content.decode(encoding), newline="")) if row) - 1


def test_every_row_is_read_and_none_is_lost(made: Made) -> None:
    assert {str(row["object"]): row["read"] for row in made.synced.rows} == ROWS[made.name]
    for row in made.synced.rows:
        assert row["result"] == "done"
        assert row["written"] + row["quarantined"] == row["read"]  # type: ignore[operator] # counts
    assert made.exit_code == (1 if any(row["quarantined"] for row in made.synced.rows) else 0)


def test_the_ledger_holds_what_the_listing_says(made: Made) -> None:
    with Bridge.open(made.folder, environ={}) as bridge:
        held: dict[object, int] = {}
        for kind in {str(row["kind"]) for row in made.synced.rows}:
            for record in bridge.export(kind):
                (ref,) = record["refs"]
                held[ref["object"]] = held.get(ref["object"], 0) + 1
        waiting: dict[object, set[object]] = {}
        for row in bridge.quarantine().rows:
            waiting.setdefault(row["object"], set()).add(row["id"])
    for name, rows in ROWS[made.name].items():
        assert held.get(name, 0) + len(waiting.get(name, ())) == rows


def test_each_table_was_counted_and_read_as_it_is_written(made: Made) -> None:
    found = {note.params["file"]: note.params for note in made.listing.warnings if note.code == "TABLE_FOUND"}
    tables = [path for path in made.files.iterdir() if path.suffix in {".csv", ".zip"}]
    assert {path.name for path in tables} == set(found)
    encoding = ENCODINGS.get(made.name, "utf-8")
    for path in tables:
        told = found[path.name]
        assert (told["rows"], told["encoding"]) == (rows_of(path, encoding), encoding)


def test_guesses_are_the_right_ones(made: Made) -> None:
    with Bridge.open(made.folder, environ={}) as bridge:
        (section,) = bridge.workspace.config.connections.values()
        options = section.model_extra or {}
        keys = {name: options["objects"][name]["key"] for name in KEYS[made.name]}
        currency = bridge.workspace.config.workspace.currency
    assert keys == KEYS[made.name]
    codes = [note.code for note in made.listing.warnings if note.code.startswith("CURRENCY")]
    assert (currency, next(iter(codes), None)) == CURRENCIES[made.name]
    unmapped = [note.params["object"] for note in made.listing.warnings if note.code == "OBJECT_UNMAPPED"]
    assert unmapped == UNMAPPED.get(made.name, [])


def test_a_second_sync_reads_nothing_again(made: Made) -> None:
    with Bridge.open(made.folder, environ={}) as bridge:
        again = bridge.sync()
    for row in again.listing.rows:
        assert (row["landed"], row["written"], row["updated"]) == (0, 0, 0)
