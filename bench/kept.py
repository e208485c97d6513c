"""Files of facts for several runs, made by SQL once, with all that a refresh writes beside the records."""

import getpass
import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from crmbridge.facts import stage_moves, tables
from crmbridge.facts.store import connect
from crmbridge.model.pipeline import Pipeline

_STAGE = "INSERT INTO stages (pipeline, object, key, ord, rank, category, sla_days) VALUES (?, 'deal', ?, ?, ?, ?, ?)"


def kept(
    name: str,
    source: str,
    fill: Callable[[duckdb.DuckDBPyConnection], object],
    pipelines: Sequence[Pipeline] = (),
) -> Path:
    """The file of that name in the folder for temporary files; another `source`, or other rules, make another."""
    told = f"{tables.fingerprint()} {stage_moves.rules()} {pipelines} {source}"
    file = folder() / f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}.duckdb"
    if not file.exists():
        with tempfile.TemporaryDirectory(dir=file.parent) as workshop:
            made = Path(workshop) / file.name
            connection = connect(made)
            tables.create(connection)
            _tell(connection, pipelines)
            fill(connection)
            stage_moves.keep(connection)
            connection.close()
            made.rename(file)
    return file


def folder() -> Path:
    """Where such files are."""
    found = Path(tempfile.gettempdir()) / f"crmbridge-bench-{getpass.getuser()}"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def _tell(connection: duckdb.DuckDBPyConnection, pipelines: Sequence[Pipeline]) -> None:
    for pipeline in pipelines:
        connection.execute("INSERT INTO pipelines (id, object) VALUES (?, 'deal')", [pipeline.id])
        for stage in pipeline.stages:
            row = (pipeline.id, stage.key, stage.order, pipeline.rank(stage.key), str(stage.category), stage.sla_days)
            connection.execute(_STAGE, row)
