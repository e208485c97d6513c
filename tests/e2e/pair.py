"""Two folders of files that are kept in step, and the command line run on them."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from .place import Answer, Runner

CONFIG = """\
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"

[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.companies]
file = "companies.csv"
key = "ID"
writable = true

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
"""
CRM = """\
format = 1
[objects.companies]
kind = "account"
keys = ["registration_no"]
[objects.companies.fields]
name = "Name"
registration_no = "Reg"
city = "City"
employees = "Staff"
"""
SHOP = """\
format = 1
[objects.customers]
kind = "account"
keys = ["registration_no"]
[objects.customers.fields]
name = "Title"
registration_no = "Number"
city = "Town"
employees = "Heads"
"""
COMPANIES = "ID,Name,Reg,City,Staff\nA1,Northwind,R1,Kiel,7\nA2,Contoso,R2,Bonn,20\n"
CUSTOMERS = "No,Title,Number,Town,Heads\nC1,Northwind,R1,Kiel,7\n"


@dataclass
class Two:
    """The workspace. `crm` and `shop` are the rows of both files by their names."""

    folder: Path
    run_line: Runner

    def __post_init__(self) -> None:
        for name, text in {
            "crmbridge.toml": CONFIG,
            "mapping/crm.toml": CRM,
            "mapping/shop.toml": SHOP,
            "crm/companies.csv": COMPANIES,
            "shop/customers.csv": CUSTOMERS,
        }.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def run(self, *words: str) -> Answer:
        return self.run_line(*words, "--workspace", str(self.folder))

    def grant(self) -> None:
        for name in ("crm", "shop"):
            assert self.run("grant", name, "--mode", "two-way", "--yes").code == 0

    def in_step(self) -> None:
        """Granted, approved, and the first plan carried out."""
        self.grant()
        assert self.run("sync").code == 3
        assert self.run("apply", self.waiting()).code == 0
        assert self.run("sync").code == 0

    def waiting(self) -> str:
        """The name of the newest plan."""
        return str(self.run("plan", "--list", "--json").json["rows"][0]["plan"])

    @property
    def crm(self) -> dict[str, dict[str, str]]:
        return self.rows("crm/companies.csv", "Name")

    @property
    def shop(self) -> dict[str, dict[str, str]]:
        return self.rows("shop/customers.csv", "Title")

    def rows(self, name: str, key: str) -> dict[str, dict[str, str]]:
        text = (self.folder / name).read_text("utf-8")
        return {row[key]: row for row in csv.DictReader(io.StringIO(text))}

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.folder / name
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def bytes(self) -> dict[str, bytes]:
        """Both files as they are."""
        return {name: (self.folder / name).read_bytes() for name in ("crm/companies.csv", "shop/customers.csv")}
