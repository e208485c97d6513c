"""The pipelines and stages that the mappings declare."""

from collections.abc import Sequence
from decimal import Decimal

import orjson
from sqlalchemy import delete, insert, select

from crmbridge.ledger import bulk
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.schema import pipeline as table
from crmbridge.ledger.schema import stage as stage_table
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import NUMBER_SCALE
from crmbridge.model.pipeline import Pipeline


def store(tx: LedgerTx, pipelines: Sequence[Pipeline]) -> int:
    """Keeps pipelines that differ from what is kept, with a version raised by one; how many were written.

    A pipeline that is not among them stays: records of another connection may stand in it.
    """
    kept = {row[0]: row[1:] for row in bulk.select(tx, "SELECT id, body, version FROM pipeline")}
    written = 0
    for pipeline in pipelines:
        body = pipeline.model_dump_json(exclude={"version"})
        old_body, version = kept.get(pipeline.id, (None, 0))
        if old_body != body:
            _write(tx, pipeline, body, version=version + 1)
            written += 1
    return written


def load(tx: LedgerTx) -> list[Pipeline]:
    """Every pipeline, by its id."""
    rows = tx.execute(select(table.c.body, table.c.version).order_by(table.c.id))
    return [Pipeline.model_validate(orjson.loads(row.body) | {"version": row.version}) for row in rows]


def _write(tx: LedgerTx, pipeline: Pipeline, body: str, *, version: int) -> None:
    change_no = next_change(tx)
    tx.execute(delete(stage_table).where(stage_table.c.pipeline_id == pipeline.id))
    tx.execute(delete(table).where(table.c.id == pipeline.id))
    head = {"id": pipeline.id, "object": pipeline.object, "names": _json(pipeline.names), "version": version}
    tx.execute(insert(table).values(**head, active=int(pipeline.active), body=body, change_no=change_no))
    stages = [
        {
            "pipeline_id": pipeline.id,
            "key": stage.key,
            "ord": stage.order,
            "rank": pipeline.rank(stage.key),
            "category": str(stage.category),
            "names": _json(stage.names),
            "probability_e6": _e6(stage.probability),
            "forecast_category": None if stage.forecast_category is None else str(stage.forecast_category),
            "sla_days": stage.sla_days,
            "sla_unit": stage.sla_unit,
            "sla_clock": stage.sla_clock,
            "change_no": change_no,
        }
        for stage in pipeline.stages
    ]
    if stages:
        tx.execute(insert(stage_table), stages)


def _json(names: object) -> str:
    return orjson.dumps(names, option=orjson.OPT_SORT_KEYS).decode()


def _e6(probability: Decimal | None) -> int | None:
    return None if probability is None else int(probability * NUMBER_SCALE)
