"""Suggestions: records that each side holds alone and that may be one. Nothing is joined here; a person says.

After each merge the records that have changed are compared with everything that the other side holds alone. A create
of what is probably there already waits for the answer, unless the pair makes it all the same (`create_probable`).
"""

import orjson

from crmbridge.ledger import likenesses, shared
from crmbridge.ledger.likenesses import KINDS, Likeness
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.resembling import profile, resemblances


def look(tx: LedgerTx, pair: Pair, *, now_us: int) -> int:
    """Compares what came or changed since the last look; how many likenesses are open that were found now."""
    place = pair.left.connection_id, f"likeness:{pair.name}"
    since = shared.get(tx, *place)
    since_us = int(since) if since is not None else -1
    likenesses.tidy(tx, pair.name)
    stirred = likenesses.stirred(tx, pair.name, since_us=since_us).intersection(pair.kinds, KINDS)
    found = sum(_look(tx, pair.name, kind_name, since_us, now_us) for kind_name in sorted(stirred))
    shared.put(tx, *place, str(now_us), now_us=now_us)
    return found


def _look(tx: LedgerTx, pair: str, kind_name: str, since_us: int, now_us: int) -> int:
    rows = likenesses.lonely(tx, pair, kind_name)
    sides = {row.is_left for row in rows}
    fresh = [row.record_id for row in rows if row.changed_us >= since_us]
    known = [(row.is_left, profile(kind_name, row, is_fresh=row.changed_us >= since_us)) for row in rows]
    left = [one for is_left, one in known if is_left and one is not None]
    right = [one for is_left, one in known if not is_left and one is not None]
    made = resemblances(kind_name, left, right) if len(sides) > 1 else []
    found = [
        Likeness(
            *(0, pair, kind_name, one.left, one.right, one.grade, one.score),
            orjson.dumps(one.evidence).decode(),
            "open",
            now_us,
        )
        for one in made
    ]
    likenesses.renew(tx, pair, found, fresh)
    return len(found)
