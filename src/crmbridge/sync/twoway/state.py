"""What is remembered of the fields of a twin, and how it is kept as JSON.

    {"name": [["ACME"], 1790000000000000, 0, ["Acme"]], ...}
              decided   since             left right           0: as decided, []: never seen, ["..."]: that value

A sixth part stands there while a person is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from crmbridge.model.canonical import Value
from crmbridge.sync.twoway.merging import UNSEEN, Side, Unseen


@dataclass(frozen=True, slots=True)
class FieldState:
    """One field: the value decided and since when, what each side was last seen with, whether a person is asked."""

    decided: Value | Unseen = UNSEEN
    since_us: int = 0
    left: Value | Unseen = UNSEEN
    right: Value | Unseen = UNSEEN
    is_open: bool = False

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
    return UNSEEN if text is None else _value(orjson.loads(text))


def _dumped(one: FieldState) -> list[object]:
    decided = _boxed(one.decided)
    sides = [0 if side == one.decided and decided else _boxed(side) for side in (one.left, one.right)]
    return [decided, one.since_us, *sides, *([1] if one.is_open else [])]


def _loaded(told: list[Any]) -> FieldState:
    decided = _unboxed(told[0])
    left, right = (decided if side == 0 else _unboxed(side) for side in told[2:4])
    return FieldState(decided, told[1], left, right, len(told) > 4)  # noqa: PLR2004 - the sixth part


def _boxed(value: Value | Unseen) -> list[object]:
    return [] if isinstance(value, Unseen) else [value]


def _unboxed(told: list[Any]) -> Value | Unseen:
    return _value(told[0]) if told else UNSEEN


def _value(told: Any) -> Value:  # noqa: ANN401 - JSON
    return tuple(told) if isinstance(told, list) else told
