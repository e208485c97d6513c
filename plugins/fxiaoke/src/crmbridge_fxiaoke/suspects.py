"""Records that vanished: missing once is a suspicion, missing again at least an hour later is believed.

The suspicions of one object are kept where all processes see them. They are hints: lost, they come again with the next
sweep, and nothing is deleted meanwhile.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.adapter.contract import RawRecord
from crmbridge_fxiaoke.fetch import missing
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.payload import milliseconds
from crmbridge_fxiaoke.session import Session

MOST = 1000
"""So many at most are kept; the others come with a later sweep."""
APART_MS = 3_600_000
VERSION = 1


@dataclass(frozen=True, slots=True)
class Suspects:
    """The suspicions about one object."""

    session: Session
    objects: Objects
    name: str

    def add(self, external_ids: Sequence[str]) -> None:
        """These were not found just now."""
        now = milliseconds(self.session.now())

        def step(text: str | None) -> tuple[str | None, None]:
            known = _parsed(text)
            for one in external_ids:
                if len(known) < MOST:
                    known.setdefault(one, now)
            return _text(known), None

        if external_ids:
            self.session.context.shared.update(self._key, step)

    def unproven(self, external_ids: Sequence[str], found: Sequence[RawRecord | None]) -> list[RawRecord | None]:
        """The answers to ids in a sweep: what is missing becomes a suspect, and until then a record that tells nothing.

        Nothing is kept of it, nothing changes by it, and it is not taken for deleted.
        """
        self.add([one for one, record in zip(external_ids, found, strict=True) if record is None])
        return [
            RawRecord(self.name, one, {}) if record is None else record
            for one, record in zip(external_ids, found, strict=True)
        ]

    def confirmed(self) -> list[str]:
        """Those that are missing again, an hour later or more; those that are back are suspects no more."""
        known = _parsed(self.session.context.shared.read(self._key))
        now = milliseconds(self.session.now())
        due = sorted(one for one, since in known.items() if now - since >= APART_MS)
        if not due:
            return []
        gone = missing(self.session, self.objects, self.name, due)

        def step(text: str | None) -> tuple[str | None, None]:
            return _text({one: since for one, since in _parsed(text).items() if one not in due}), None

        self.session.context.shared.update(self._key, step)
        return gone

    @property
    def _key(self) -> str:
        return f"vanished:{self.name}"


def _parsed(text: str | None) -> dict[str, int]:
    try:
        told = json.loads(text or "null")
        return {str(key): int(value) for key, value in told["ids"].items()} if told["v"] == VERSION else {}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _text(known: Mapping[str, int]) -> str | None:
    return json.dumps({"v": VERSION, "ids": dict(known)}, separators=(",", ":"), sort_keys=True) if known else None
