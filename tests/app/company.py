"""A small company with its files, as a workspace on disk."""

from dataclasses import dataclass
from pathlib import Path

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"

[connections.books]
adapter = "csv"
path = "exports"
[connections.books.objects.deals]
file = "deals.csv"
key = "id"
[connections.books.objects.people]
file = "people.csv"
key = "name"
"""

MAPPING = """
format = 1
[pipelines.sales]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["Talk"]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]
[[pipelines.sales.stages]]
key = "lost"
category = "lost"
labels = ["Lost"]

[objects.people]
kind = "user"
[objects.people.fields]
name = "name"

[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "id"
stage = "stage"
amount = "amount"
owner = { from = "owner", object = "people" }
vendor_created_at = { from = "created", format = ["%Y-%m-%d"], precision = "day" }
closed_at = { from = "closed", format = ["%Y-%m-%d"], precision = "day", when = "closed" }
"""

DEALS = """id,stage,amount,owner,created,closed
d1,Won,100.50,Li,2026-01-05,2026-02-04
d2,Lost,50,Li,2026-01-05,2026-01-15
d3,Talk,70,Wang,2026-01-20,
d4,Won,200,Wang,2026-01-10,2026-01-30
"""


@dataclass
class Company:
    """The folder of a workspace; `edit` changes one of its files as text."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Company":
        for name, text in {
            "crmbridge.toml": CONFIG,
            "mapping/books.toml": MAPPING,
            "exports/deals.csv": DEALS,
            "exports/people.csv": "name\nLi\nWang\n",
        }.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return cls(folder)

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Every file of the workspace with its content."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
