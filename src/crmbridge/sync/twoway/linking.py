"""What a person says of two records that may be one: they are, and meet as two that are merged; or they are two."""

from crmbridge.ledger import bulk, likenesses
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.likenesses import Likeness
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.uniting import unite
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import kind


def question(tx: LedgerTx, number: int) -> Likeness:
    """The open likeness of that number; ConfigError where there is none, or it is answered."""
    found = likenesses.get(tx, number)
    if found is None:
        raise ConfigError("there is no suggestion {number}", number=number, hint="crmbridge links lists them")
    if found.state != "open":
        raise ConfigError(
            "the suggestion {number} was answered already, by {by}",
            number=number,
            by=found.settled_by or "-",
            hint="crmbridge links lists those that are open",
        )
    return found


def answer(tx: LedgerTx, asked: Likeness, *, is_one: bool, by: str, now_us: int) -> None:
    """Two records are one from now on, and the next round merges what they show; or they are two, for good."""
    if is_one:
        unite(tx, kind(asked.kind), asked.left_record, asked.right_record, now_us=now_us)
    elif asked.kind in {"contact", "lead"}:  # who is who is worked out of the facts, which read what has changed
        bulk.update(tx, asked.kind, ("change_no",), [(next_change(tx), asked.left_record)])
    likenesses.settle(tx, asked.id, "accepted" if is_one else "refused", by=by, now_us=now_us)
