"""CSV files of a world: UTF-8, commas, a header first, one file a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, tzinfo
from pathlib import Path

from crmbridge_sim.export.cells import Cells
from crmbridge_sim.export.tables import TABLES
from crmbridge_sim.world import World


def write_csv(world: World, folder: Path, *, zone: tzinfo = UTC) -> dict[str, int]:
    """Writes every table into the folder, which is made where it is missing; returns how many rows each has.

    Rows are made while they are written, so memory does not grow with the world.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cells = Cells(zone)
    return {
        table.name: _write(folder / f"{table.name}.csv", table.header, table.rows(world, cells)) for table in TABLES
    }


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count
