"""A small company's workspace that a test makes and breaks, and the command line run in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONFIG = """\
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"

[connections.books]
adapter = "csv"
path = "files"

[connections.books.objects.accounts]
file = "accounts.csv"
key = "ID"

[connections.books.objects.deals]
file = "deals.csv"
key = "ID"
"""
MAPPING = """\
format = 1

[pipelines.sales]
names = { en = "Sales", zh = "销售" }

[[pipelines.sales.stages]]
key = "contact"
names = { en = "Contact", zh = "接触" }
category = "open"
labels = ["Contact"]

[[pipelines.sales.stages]]
key = "quote"
names = { en = "Quote", zh = "报价" }
category = "open"
labels = ["Quote"]

[[pipelines.sales.stages]]
key = "won"
names = { en = "Won", zh = "赢单" }
category = "won"
labels = ["Won"]

[[pipelines.sales.stages]]
key = "lost"
names = { en = "Lost", zh = "输单" }
category = "lost"
labels = ["Lost"]

[objects.accounts]
kind = "account"

[objects.accounts.fields]
name = "Name"
phones = { from = "Phone", lens = "texts" }
status = { from = "Status", values = { "Customer" = "customer", "Prospect" = "prospect" } }

[objects.deals]
kind = "deal"

[objects.deals.fields]
name = "Name"
account = { from = "Account", object = "accounts" }
stage = "Stage"
amount = { from = "Amount", currency_from = "Currency" }
closed_at = { from = "Closed", format = ["%Y-%m-%d"], when = "closed" }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d"] }
"""
ACCOUNTS = """\
ID,Name,Phone,Status
A1,Northwind,+86 138 0013 8000,Customer
A2,Contoso,021-6888,Prospect
"""
HEADER = "ID,Name,Account,Stage,Amount,Currency,Created,Closed"
DEALS = (
    "D1,Pumps,A1,Won,1000.00,CNY,2026-01-05,2026-02-01",
    "D2,Valves,A2,Lost,500.00,CNY,2026-01-06,2026-02-02",
    "D3,Pipes,A1,Quote,300.00,CNY,2026-01-07,",
)


@dataclass(frozen=True)
class Answer:
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The failure that `--json` told on standard error."""
        return json.loads(self.err.splitlines()[-1])["error"]

    @property
    def problems(self) -> list[Any]:
        """Every problem of the configuration that it told."""
        return list(self.error.get("problems", [self.error]))


Runner = Callable[..., Answer]


@dataclass
class Place:
    """The workspace. Every file is there and good until a test writes another over it."""

    folder: Path
    run_line: Runner
    deals: list[bytes] = field(default_factory=lambda: [row.encode() for row in DEALS])

    def __post_init__(self) -> None:
        (self.folder / "files").mkdir(parents=True)
        (self.folder / "mapping").mkdir()
        self.write("crmbridge.toml", CONFIG)
        self.write("mapping/books.toml", MAPPING)
        self.write("files/accounts.csv", ACCOUNTS)
        self.write_deals()

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def change(self, name: str, old: str, new: str) -> None:
        """One place in a file, which must be there."""
        text = (self.folder / name).read_text("utf-8")
        assert text.count(old) >= 1, old
        self.write(name, text.replace(old, new, 1))

    def write_deals(self, *rows: str | bytes, header: str = HEADER) -> Path:
        """deals.csv with these rows, else with the good ones."""
        lines = [row.encode() if isinstance(row, str) else row for row in rows] or self.deals
        return self.write("files/deals.csv", b"\n".join([header.encode(), *lines]) + b"\n")

    def with_row(self, row: str | bytes) -> Path:
        """deals.csv with the row between the first and the second good one: on line 3."""
        return self.write_deals(self.deals[0], row, *self.deals[1:])

    def run(self, *words: str) -> Answer:
        return self.run_line(*words, "--workspace", str(self.folder))

    def sync(self) -> Answer:
        """`sync --json`."""
        return self.run("sync", "--json")

    def waiting(self) -> list[dict[str, Any]]:
        """What `quarantine --json` lists."""
        return list(self.run("quarantine", "--json").json["rows"])

    def exported(self, kind: str = "deal") -> dict[str, dict[str, Any]]:
        """The exported records of a kind by their vendor's id."""
        lines = self.run("export", kind, "--format", "ndjson").out.splitlines()
        return {record["refs"][0]["vendor_id"]: record for record in map(json.loads, lines)}

    def funnel(self, *words: str) -> dict[str, Any]:
        return dict(self.run("funnel", "--json", "--as-of", "2026-03-02", *words).json)
