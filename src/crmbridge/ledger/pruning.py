"""What is old enough goes: what no figure is worked out from, and no sync needs to go on.

The newest payload of every living record stays, however old it is: a changed mapping reads it anew, and what comes from
a system is compared with it. So do open questions, writes that nobody has heard of, what we made in a system, the last
run of each command, stage events, field changes and whatever services remember.
"""

from typing import Literal, NamedTuple

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.hashes import signed_hash
from crmbridge.ledger.transaction import LedgerTx

Setting = Literal["payloads", "conflicts", "writes", "quarantine", "runs"]
PRUNED = orjson.dumps(["the values of this write are not kept any more", [], "PRUNED", None]).decode()
"""What a write says of which the values are not kept any more."""
EMPTY = b"{}"
_EMPTY_HASH = signed_hash(EMPTY)


class Rule(NamedTuple):
    """What goes of a table: `values` of rows that stay, or whole `rows`. The last statement says how many."""

    setting: Setting
    table: str
    what: Literal["values", "rows"]
    statements: tuple[str, ...]


_DEAD = "deleted = 1 AND last_seen_us < :before_us AND hash <> :empty_hash"
_OLD_RUN = (
    "FROM run WHERE ended_us < :before_us"
    " AND id NOT IN (SELECT max(r.id) FROM run AS r GROUP BY r.command, r.job)"
    " AND id NOT IN (SELECT p.run_id FROM write_plan AS p WHERE p.run_id IS NOT NULL)"
)
RULES = (
    Rule(
        "payloads",
        "raw_payload",
        "values",
        (
            f"UPDATE raw_payload SET body = :empty WHERE raw_id IN (SELECT id FROM raw_record WHERE {_DEAD})",  # noqa: S608 - ours
            f"UPDATE raw_record SET hash = :empty_hash WHERE {_DEAD}",  # noqa: S608 - ours
        ),
    ),
    Rule(
        "conflicts",
        "conflict",
        "values",
        (
            """
            UPDATE conflict SET base = NULL, candidates = '[]', value = NULL
            WHERE settled_us < :before_us AND candidates <> '[]'
            """,
        ),
    ),
    Rule(
        "conflicts",
        "likeness",
        "values",
        ("UPDATE likeness SET evidence = '[]' WHERE settled_us < :before_us AND evidence <> '[]'",),
    ),
    Rule(
        "writes",
        "outbox",
        "values",
        (
            """
            UPDATE outbox SET lines = '[]', fields = '{}', before = NULL, told = :pruned
            WHERE settled_us < :before_us AND op <> 'create' AND state IN ('applied', 'stale', 'moved', 'dropped')
            AND coalesce(told, '') <> :pruned
            """,
        ),
    ),
    Rule("quarantine", "quarantine", "rows", ("DELETE FROM quarantine WHERE resolved_us < :before_us",)),
    Rule(
        "runs",
        "run",
        "rows",
        (f"DELETE FROM run_step WHERE run_id IN (SELECT id {_OLD_RUN})", f"DELETE {_OLD_RUN}"),  # noqa: S608 - ours
    ),
    Rule("runs", "notice", "rows", ("DELETE FROM notice WHERE until_us < :before_us AND settled_us < :before_us",)),
)
"""In the order in which they are carried out."""

_VALUES = {"empty": EMPTY, "empty_hash": _EMPTY_HASH, "pruned": PRUNED}


def prune(tx: LedgerTx, rule: Rule, *, before_us: int) -> int:
    """Lets go of what is older; how many rows."""
    if tx.is_sqlite:
        tx.sqlite.execute("PRAGMA secure_delete=ON")  # what goes is written over, not only unlinked
    count = 0
    for sql in rule.statements:
        given = {name: value for name, value in _VALUES.items() if f":{name}" in sql}
        count = bulk.run(tx, sql, before_us=before_us, **given)
    return count


def is_pruned(tx: LedgerTx, plan_id: int) -> bool:
    """Whether values of a plan's writes are not kept any more, so that nobody can take it back."""
    sql = "SELECT 1 FROM outbox WHERE plan_id = :plan_id AND told = :pruned LIMIT 1"
    return bulk.first(tx, sql, plan_id=plan_id, pruned=PRUNED) is not None
