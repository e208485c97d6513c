"""Puts rows into a ledger by hand, and reads facts back as sorted text: what the tests of the facts share."""

from typing import Any, Final

from crmbridge.facts.publish import published_columns
from crmbridge.facts.store import Facts
from crmbridge.facts.tables import DEAL_WAYS, PUBLIC_TABLES, STAGE_MOVES
from crmbridge.ledger import changes, schema
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.transaction import LedgerTx

DAY: Final = 86_400_000_000
STAGES: Final = (
    ("prospecting", "open", 1),
    ("engaging", "open", 2),
    ("quoted", "open", 3),
    ("won", "won", 4),
    ("lost", "lost", None),
    ("delivered", "post_sale", 4),
)


def set_up(ledger: Ledger, *, name: str = "crm") -> None:
    """One connection, and a pipeline for deals and one for leads."""
    with ledger.begin() as tx:
        change_no = changes.next_change(tx)
        tx.execute(schema.connection.insert(), [{"id": 1, "name": name, "adapter": "csv", "rank": 1, "created_us": 1}])
        for pipeline, kind in (("sales", "deal"), ("intake", "lead")):
            names = f'{{"en":"{pipeline}","zh":"销售"}}'
            tx.execute(
                schema.pipeline.insert(),
                [
                    {
                        "id": pipeline,
                        "object": kind,
                        "names": names,
                        "version": 1,
                        "active": 1,
                        "body": "{}",
                        "change_no": change_no,
                    }
                ],
            )
            for number, (key, category, rank) in enumerate(STAGES, start=1):
                row = {"pipeline_id": pipeline, "key": key, "ord": number, "rank": rank, "category": category}
                row |= {"names": f'{{"en":"{key.title()}"}}', "probability_e6": 100_000 * number}
                row |= {"sla_unit": "business", "sla_clock": "visit", "change_no": change_no}
                tx.execute(schema.stage.insert(), [row])


def put(ledger: Ledger, kind: str, *rows: dict[str, Any]) -> int:
    """Rows of a kind are there, new or replaced; the change number they got."""
    table = schema.KIND_TABLES[kind]
    with ledger.begin() as tx:
        change_no = changes.next_change(tx)
        for row in rows:
            tx.execute(table.delete().where(table.c.id == row["id"]))
        tx.execute(table.insert(), [_filled(kind, row, change_no) for row in rows])
    return change_no


def event(ledger: Ledger, record: str, seq: int, to_stage: str, at_us: int, **more: object) -> None:
    """One stage event is recorded, by the vendor unless `origin` says otherwise."""
    row = {"record_id": record, "kind": "deal", "seq": seq, "to_stage": to_stage, "at_us": at_us, "hash": 0}
    row |= {"at_precision": "exact", "origin": "vendor", "hash": hash((record, seq)) >> 1} | more
    with ledger.begin() as tx:
        tx.execute(schema.stage_event.insert(), [row | {"change_no": changes.next_change(tx)}])


def delete_all(tx: LedgerTx, kind: str) -> None:
    tx.execute(schema.KIND_TABLES[kind].delete())


def _filled(kind: str, row: dict[str, Any], change_no: int) -> dict[str, Any]:
    envelope = {"connection_id": 1, "object": kind, "external_id": row["id"], "subject_id": f"crm:{row['id']}"}
    envelope |= {"mapping_id": 1, "version": 1, "first_seen_us": 100 * DAY, "last_seen_us": 100 * DAY}
    blank = dict.fromkeys(schema.KIND_TABLES[kind].columns.keys())
    return blank | envelope | {"lifecycle": "active", "change_no": change_no} | row


_UNNUMBERED = "(SELECT d.id AS deal, m.* EXCLUDE (deal_no) FROM {table} m JOIN deals d ON d.no = m.deal_no)"


def content(facts: Facts) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every public table and of the moves, ordered, without the numbers of rows."""
    unnumbered = {table: _UNNUMBERED.format(table=table) for table in (STAGE_MOVES, DEAL_WAYS)}
    chosen = {table: ", ".join(said for _, said in published_columns(table)) for table in PUBLIC_TABLES}
    return {
        **{table: facts.query(f'SELECT {columns} FROM "{table}" ORDER BY ALL') for table, columns in chosen.items()},
        **{table: facts.query(f"SELECT * FROM {rows} ORDER BY ALL") for table, rows in unnumbered.items()},
    }


def events(facts: Facts, record: str) -> list[tuple[Any, ...]]:
    """The stage events of a record in their order: (from, to, day number or None, precision, origin)."""
    rows = facts.query(
        "SELECT from_stage, to_stage, epoch_us(e.at), at_precision, origin FROM stage_events e "
        "WHERE record_id = ? ORDER BY seq",
        [record],
    )
    return [(a, b, None if at is None else at / DAY, precision, origin) for a, b, at, precision, origin in rows]
