"""Zoho and a folder of files kept in step over real HTTP: granted, approved, edited on both sides, and quiet again."""

import csv
from pathlib import Path
from typing import Any

import pytest
from tests.systems.command_line import Runner

from crmbridge.app import access
from crmbridge.ledger import connections, shared
from crmbridge.ledger.engine import open_ledger

from .acme import CONFIG, Acme
from .org import Org

PAIR = """
[connections.shop]
adapter = "csv"
path = "shop"
[connections.shop.objects.customers]
file = "customers.csv"
key = "No"
writable = true

[pairs.main]
left = "crm"
right = "shop"
kinds = ["account"]
policy = "newest"
"""
SHOP = """\
format = 1
[objects.customers]
kind = "account"
[objects.customers.fields]
name = "Title"
website = "Site"
city = "Town"
employees = "Heads"
"""


class Both(Acme):
    """The workspace with a folder of files beside Zoho."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.org.act("add_field", module="Accounts", name=KEY, data_type="text", length=255, unique=True)
        text = CONFIG.format(zone=self.zone, **self.org.told)
        key = f'external_id_field = "{KEY}"\nmodules = ["Accounts"]\n'
        (self.folder / "crmbridge.toml").write_text(text + key + PAIR, "utf-8")
        (self.folder / "mapping" / "shop.toml").write_text(SHOP, "utf-8")
        (self.folder / "mapping" / "crm.toml").write_text("format = 1\n", "utf-8")
        (self.folder / "shop").mkdir()
        self.file.write_text("No,Title,Site,Town,Heads\n", "utf-8")

    @property
    def file(self) -> Path:
        return self.folder / "shop" / "customers.csv"

    @property
    def rows(self) -> dict[str, dict[str, str]]:
        with self.file.open(encoding="utf-8", newline="") as opened:
            return {row["Title"]: row for row in csv.DictReader(opened)}

    def grant(self) -> None:
        ledger = open_ledger(self.ledger_url)
        with ledger.begin() as tx:
            crm = next(row.id for row in connections.listing(tx) if row.name == "crm")
            text = access.granted_text(["read", "tasks", "fields"], ["ZohoCRM.modules.ALL"])
            shared.put(tx, crm, access.GRANTED, text, now_us=1)
        ledger.close()
        for name in ("crm", "shop"):
            answer = self.run("grant", name, "--mode", "two-way", "--yes")
            assert answer.code == 0, answer.err

    def zoho(self, name: str) -> dict[str, Any]:
        (record,) = [one for one in self.org.records("Accounts").values() if one["Account_Name"] == name]
        return record


KEY = "External_Key"


def is_write(call: dict[str, Any]) -> bool:
    """Whether a call changes a record: questions and logins are posted too."""
    return call["method"] in {"PUT", "DELETE"} or (call["method"] == "POST" and call["route"].count("{module}") > 0)


@pytest.fixture
def both(tmp_path: Path, org: Org, clock: object, cli: Runner) -> Both:
    del clock
    return Both(tmp_path / "acme", org, cli)


def test_zoho_and_files_are_kept_in_step(both: Both) -> None:
    accounts = both.org.records("Accounts")
    assert accounts
    assert both.run("sync").code in {0, 1}
    both.grant()
    first = both.run("sync")
    assert first.code == 3, first.err
    name = both.run("plan", "--list", "--json").rows[0]["plan"]
    done = both.run("apply", name, "--json")
    assert done.code in {0, 1}, done.err
    assert len(both.rows) == len({one["Account_Name"] for one in accounts.values()})
    with both.file.open("a", encoding="utf-8") as opened:
        opened.write("S1,Brand New,,Kiel,7\n")
    both.org.advance(60)
    answer = both.run("sync")
    assert answer.code in {0, 1}, answer.err
    assert both.zoho("Brand New")[KEY].startswith("cb2-")
    both.org.edit("Accounts", both.zoho("Brand New")["id"], Website="https://new.example")
    both.org.advance(60)
    both.run("sync")
    assert both.rows["Brand New"]["Site"] == "https://new.example"
    calls, before = len(both.org.calls), both.file.read_bytes()
    both.org.advance(60)
    assert both.run("sync").code in {0, 1}
    assert both.file.read_bytes() == before
    assert [call for call in both.org.calls[calls:] if is_write(call)] == []
