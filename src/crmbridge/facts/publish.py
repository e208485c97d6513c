"""The facts as Parquet files for BI tools and other engines: one file a table, all of one moment.

Names and types are those a person expects in a BI tool: amounts are decimals beside their currency, instants carry
UTC, and the time a stage was entered is `entered_at`. `_facts.json` says what is there and how new it is.
"""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crmbridge.facts import persons, tables
from crmbridge.facts.refresh import marks
from crmbridge.facts.store import Facts
from crmbridge.facts.tables import Column
from crmbridge.model.errors import ConfigError, StoreError

MANIFEST = "_facts.json"
FORMAT = 1
_AMOUNT = "DECIMAL(19,4)"
_RENAMED = {(tables.STAGE_EVENTS, "at"): "entered_at", (tables.STAGES, "ord"): "stage_order"}


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: the folder, the rows of each table, and the ledger's change number they are of."""

    folder: Path
    rows: dict[str, int]
    change_no: int


def publish(facts: Facts, folder: Path) -> Published:
    """Every public table is a Parquet file in the folder, replaced all at once; readers never see half of it.

    ConfigError: the folder holds files that are not ours. StoreError: the disk refuses.
    """
    _check(folder)
    persons.ensure(facts.connection)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _workshop(folder) as made:
            rows = {table: _write(facts, table, made) for table in tables.PUBLIC_TABLES}
            change_no = max(marks(facts.connection).values(), default=0)
            manifest = _manifest(facts, rows, change_no)
            (made / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            _replace(folder, made)
    except (OSError, duckdb.IOException) as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(folder), reason=str(error)) from error
    return Published(folder, rows, change_no)


_ORDERS = {
    tables.STAGE_EVENTS: "record_id, seq",
    tables.STAGES: "pipeline, ord, key",
    tables.CALENDAR_DAYS: "calendar, day",
    tables.PERSONS: "record_id",
    tables.PERSON_KEYS: "key, what",
}
"""The order of the rows of what has no id."""


def publish_table(facts: Facts, table: str, file: Path) -> int:
    """One table as a Parquet file in the form that `publish` gives it; how many rows. StoreError: the disk refuses."""
    if table in {tables.PERSONS, tables.PERSON_KEYS}:
        persons.ensure(facts.connection)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as made:
            count = _write(facts, table, Path(made))
            Path(made, f"{table}.parquet").replace(file)
    except (OSError, duckdb.IOException) as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=str(error)) from error
    return count


def published_columns(table: str) -> list[tuple[Column, str]]:
    """The columns of a published table, each with the expression that makes it of the fact column."""
    found = []
    for column in tables.columns(table):
        if column is tables.ROW_NUMBER:
            continue
        name = _RENAMED.get((table, column.name), column.name)
        quoted = f'"{column.name}"'
        if column.name.endswith("_e4"):
            exact = f"CAST(CAST({quoted} AS DECIMAL(19,0)) * CAST('0.0001' AS DECIMAL(5,4)) AS {_AMOUNT})"
            found.append((Column(name.removesuffix("_e4"), _AMOUNT), exact))
        elif column.type == "TIMESTAMP":
            found.append((Column(name, "TIMESTAMPTZ"), f"{quoted} AT TIME ZONE 'UTC'"))
        else:
            found.append((Column(name, column.type), quoted))
    return found


def _write(facts: Facts, table: str, made: Path) -> int:
    """One table's file, its rows in a fixed order: the same facts give the same bytes."""
    chosen = ", ".join(f'{expression} AS "{column.name}"' for column, expression in published_columns(table))
    order = _ORDERS.get(table, "id")
    path = str(made / f"{table}.parquet").replace("'", "''")
    rows = f'SELECT {chosen} FROM "{table}" ORDER BY {order}'  # noqa: S608 - our own names
    ((count,),) = facts.query(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return int(count)


def _manifest(facts: Facts, rows: dict[str, int], change_no: int) -> dict[str, object]:
    listed = {
        table: {
            "file": f"{table}.parquet",
            "rows": count,
            "columns": {column.name: column.type for column, _ in published_columns(table)},
        }
        for table, count in rows.items()
    }
    return {
        "format": FORMAT,
        "change_no": change_no,
        "zone": str(facts.zone),
        "currency": facts.currency,
        "tables": listed,
    }


def _check(folder: Path) -> None:
    """The folder is ours to replace: absent, empty, or with nothing but what was published before."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError("{folder} is a file, not a folder", folder=str(folder))
    names = {entry.name for entry in folder.iterdir()}
    if foreign := names - _ours(folder):
        raise ConfigError(
            "{folder} holds other files ({names}) and would be replaced",
            folder=str(folder),
            names=", ".join(sorted(foreign)[:3]),
            hint="publish to a folder of its own",
        )


def _ours(folder: Path) -> set[str]:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return set()
    try:
        listed = json.loads(manifest.read_text(encoding="utf-8"))["tables"]
        return {MANIFEST, *(str(table["file"]) for table in listed.values())}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()  # somebody else's manifest: nothing of it is ours


@contextlib.contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A fresh folder beside the target, gone afterwards whatever happens."""
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _replace(folder: Path, made: Path) -> None:
    """The new folder takes the place of the old one, which comes back where that fails."""
    made.chmod(0o755)
    if not folder.exists():
        made.rename(folder)
        return
    old = made.with_name(f"{made.name}.old")
    folder.rename(old)
    try:
        made.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
