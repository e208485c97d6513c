"""The company as two exports and two ready workspaces: the same records, so the same figures.

| | acme | lanhe |
| --- | --- | --- |
| headers, words | English | Chinese |
| encoding | UTF-8 | GB18030 |
| days | 2026-03-31 | 2026年3月31日 |
| amounts | 128,500.00 | 12.85, in 万元 |
| deals file | header first | a title line above the header, a total line (合计) below |
"""

import csv
import io
from importlib.resources import files as resources
from pathlib import Path

from crmbridge.app.demo.columns import OBJECTS, Field
from crmbridge.app.demo.company import Company
from crmbridge.app.demo.draws import Row
from crmbridge.app.demo.words import CHINESE, ENGLISH

WORKSPACES = (("acme", ENGLISH, "utf-8", "english"), ("lanhe", CHINESE, "gb18030", "chinese"))


def write_workspaces(company: Company, folder: Path) -> tuple[Path, Path]:
    """Two workspaces in the folder, each with its files, configuration and mapping, ready to be synced."""
    made = [
        _workspace(company, folder / name, language, encoding, setup) for name, language, encoding, setup in WORKSPACES
    ]
    return made[0], made[1]


def _workspace(company: Company, workspace: Path, language: int, encoding: str, setup: str) -> Path:
    for part in ("files", "mapping"):
        (workspace / part).mkdir(parents=True, exist_ok=True)
    source = resources("crmbridge.app.demo") / "setup" / setup
    for name in ("crmbridge.toml", "mapping/crm.toml"):
        (workspace / name).write_text(source.joinpath(name.rpartition("/")[2]).read_text("utf-8"), "utf-8")
    for name, (file_names, fields) in OBJECTS.items():
        text = _table(company.objects[name], fields, language, framed=name == "deals" and language == CHINESE)
        (workspace / "files" / file_names[language]).write_bytes(text.encode(encoding))
    return workspace


def _table(rows: list[Row], fields: tuple[Field, ...], language: int, *, framed: bool) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if framed:
        writer.writerow(["商机明细表", *[""] * (len(fields) - 1)])
    writer.writerow([field.headers[language] for field in fields])
    for row in rows:
        writer.writerow([_cell(row, field, language) for field in fields])
    if framed:
        writer.writerow(["合计", f"{len(rows)} 条", *[""] * (len(fields) - 2)])
    return out.getvalue()


def _cell(row: Row, field: Field, language: int) -> str:
    name, _, inner = field.key.partition(".")
    value = row.get(name)
    if inner and isinstance(value, dict):
        value = value.get(inner)
    return "" if value is None else field.write(value, language)
