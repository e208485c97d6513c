"""What is remembered of the fields of a twin, and how it is kept as JSON.

    {"name": [["ACME"], 1790000000000000, 0, ["Acme"], 2], ...}
              decided   since             left right   marks     0: as decided, []: never seen, ["..."]: that value

Marks are bits: 1 a person is asked, 2 the left and 4 the right side has taken the decision over in a form of its own,
8 and 16 that what the left or the right side was "seen" with is what was sent to it, and nobody has looked since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from crmbridge.model.canonical import Value
from crmbridge.sync.twoway.merging import UNSEEN, Side, Unseen


@dataclass(frozen=True, slots=True)
class FieldState:
    """One field: the value decided and since when, what each side was last seen with, whether a person is asked.

    `acked` are the sides that took the decided value over and show it in another form (`ACME` for `Acme`); `unread`
    those that took over what was sent and were not looked at since: how they show it is not known yet.
    """

    decided: Value | Unseen = UNSEEN
    since_us: int = 0
    left: Value | Unseen = UNSEEN
    right: Value | Unseen = UNSEEN
    is_open: bool = False
    acked: frozenset[Side] = frozenset()
    unread: frozenset[Side] = frozenset()

    def known(self, side: Side) -> Value | Unseen:
        """What that side was last seen with."""
        return self.left if side is Side.LEFT else self.right


NOTHING = FieldState()
Fields = Mapping[str, FieldState]


def dump(fields: Fields) -> str:
    """The fields as JSON; one that nothing is known of is left out."""
    body = {name: _dumped(one) for name, one in sorted(fields.items()) if one != NOTHING}
    return orjson.dumps(body).decode()


def load(text: str) -> dict[str, FieldState]:
    """The fields again."""
    return {name: _loaded(told) for name, told in orjson.loads(text).items()}


def dump_value(value: Value | Unseen) -> str | None:
    """A value as JSON; None for one that was never seen."""
    return None if isinstance(value, Unseen) else orjson.dumps(value).decode()


def load_value(text: str | None) -> Value | Unseen:
    """A value again."""
    return UNSEEN if text is None else value_of(orjson.loads(text))


_OPEN = 1
_ACKED = {Side.LEFT: 2, Side.RIGHT: 4}
_UNREAD = {Side.LEFT: 8, Side.RIGHT: 16}


def _dumped(one: FieldState) -> list[object]:
    decided = _boxed(one.decided)
    sides = [0 if side == one.decided and decided else _boxed(side) for side in (one.left, one.right)]
    marks = _OPEN * one.is_open + sum(_ACKED[side] for side in one.acked) + sum(_UNREAD[side] for side in one.unread)
    return [decided, one.since_us, *sides, *([marks] if marks else [])]


def _loaded(told: list[Any]) -> FieldState:
    decided = _unboxed(told[0])
    left, right = (decided if side == 0 else _unboxed(side) for side in told[2:4])
    marks = told[4] if len(told) > 4 else 0  # noqa: PLR2004 - the fifth part
    acked, unread = (frozenset(side for side, bit in bits.items() if marks & bit) for bits in (_ACKED, _UNREAD))
    return FieldState(decided, told[1], left, right, bool(marks & _OPEN), acked, unread)


def _boxed(value: Value | Unseen) -> list[object]:
    return [] if isinstance(value, Unseen) else [value]


def _unboxed(told: list[Any]) -> Value | Unseen:
    return value_of(told[0]) if told else UNSEEN


def value_of(told: Any) -> Value:  # noqa: ANN401 - JSON
    """A canonical value out of JSON."""
    return tuple(told) if isinstance(told, list) else told
