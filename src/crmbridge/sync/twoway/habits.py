"""What each system of a pair is known to keep of the texts that it is given, learned from everything it ever showed.

    shared text of the connection `keeps:<kind>`    {"name": 27, "city": 31}    bits of `Keeps`

It only grows: once a side has shown a small letter in a field it is known to keep small letters there.
"""

from collections.abc import Iterable, Mapping

import orjson

from crmbridge.ledger import shared
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.canonical import Value
from crmbridge.sync.twoway.pairs import End
from crmbridge.sync.twoway.tidying import EVERYTHING, Keeps, kept

Habits = Mapping[str, Keeps]
"""Field -> what is known to be kept of it; a field that is not named may lose everything."""


def known(tx: LedgerTx, end: End, kind_name: str) -> dict[str, Keeps]:
    """What is known of an end."""
    text = shared.get(tx, end.connection_id, _key(kind_name))
    return {} if text is None else {name: Keeps(bits) for name, bits in orjson.loads(text).items()}


def learned(
    tx: LedgerTx, end: End, kind_name: str, shown: Iterable[Mapping[str, Value]], *, now_us: int
) -> dict[str, Keeps]:
    """What is known of an end that shows these records too; kept where it is more than before."""
    before = known(tx, end, kind_name)
    values: dict[str, list[Value]] = {}
    for record in shown:
        for name, value in record.items():
            if isinstance(value, str) and before.get(name) != EVERYTHING:
                values.setdefault(name, []).append(value)
    after = before | {name: kept(some, before.get(name, Keeps.NOTHING)) for name, some in values.items()}
    if after != before:
        text = orjson.dumps({name: int(one) for name, one in sorted(after.items())}).decode()
        shared.put(tx, end.connection_id, _key(kind_name), text, now_us=now_us)
    return after


def _key(kind_name: str) -> str:
    return f"keeps:{kind_name}"
