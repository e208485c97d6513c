"""`crmbridge db prune`: what is older than `[retention]` says goes, table by table; the audit log remembers that."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from crmbridge.ledger import audit, counted, pruning
from crmbridge.model.instants import to_us
from crmbridge.report.erasures import pruned_listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.transaction import LedgerTx
    from crmbridge.report.listing import Listing

DAY_US = 86_400_000_000


class _Undone(Exception):
    """What a look has changed is taken back."""


def prune(wiring: Wiring, *, is_tried: bool = False) -> Listing:
    """Lets go of what is old enough, or with `is_tried` only says what would go."""
    rows: list[dict[str, object]] = []
    if is_tried:
        with suppress(_Undone), wiring.ledger.begin() as tx:
            rows = list(_pruned(wiring, tx))
            raise _Undone
        return pruned_listing(rows)
    with wiring.audit.begin() as tx:
        rows = list(_pruned(wiring, tx))
        if rows:
            wiring.audit.tell(tx, "retention.pruned", "ledger", **{str(row["table"]): row["rows"] for row in rows})
    wiring.audit.trim()
    return pruned_listing(rows)


def _pruned(wiring: Wiring, tx: LedgerTx) -> Iterator[dict[str, object]]:
    """What goes, where anything does."""
    kept, now_us = wiring.workspace.config.retention, to_us(wiring.clock())
    counted.sum_up(tx, now_us=now_us)
    for rule in pruning.RULES:
        days: int = getattr(kept, rule.setting)
        if days and (count := pruning.prune(tx, rule, before_us=now_us - days * DAY_US)):
            yield {"table": rule.table, "what": rule.what, "days": days, "rows": count}
    if kept.audit and audit.is_used(tx):
        count = audit.let_go(tx, wiring.audit.sealing, before_us=now_us - kept.audit * DAY_US)
        if count:
            yield {"table": "audit", "what": "rows", "days": kept.audit, "rows": count}
