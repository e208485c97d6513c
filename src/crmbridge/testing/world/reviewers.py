"""People who answer the questions that the engine asks, by the production code, and whose word must hold."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from crmbridge.ledger import conflicts, twins
from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.instants import to_us
from crmbridge.sync.twoway import reviewing
from crmbridge.testing.world import mappings
from crmbridge.testing.world.chronicle import Answer, Chronicle
from crmbridge.testing.world.crm import Crm
from crmbridge.testing.world.habits import FIELDS, MARK, fold
from crmbridge.testing.world.store import Store

ANSWERED = 0.6
"""How often somebody sits down to an open question, between two runs."""
TAKES = ("left", "right", "base", "person")


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Whoever answers. A CRM is called by one letter, and a pair of them by both."""

    rng: random.Random
    crms: Sequence[Crm]
    chronicle: Chronicle
    store: Store

    def answer_some(self) -> None:
        """Sometimes an open question is answered: a side's value, what was before, or something of their own."""
        if self.rng.random() >= ANSWERED:
            return
        with self.store.ledger.begin() as tx:
            asked = [one for one in conflicts.listing(tx) if mappings.field_of(one.field) in FIELDS]
            if asked:
                self._answer(tx, self.rng.choice(asked))

    def _answer(self, tx: LedgerTx, asked: Conflict) -> None:
        name = mappings.field_of(asked.field) or ""
        crms = [next(crm for crm in self.crms if crm.name == letter) for letter in asked.pair]
        twin = twins.by_id(tx, [asked.twin_id])[asked.twin_id]
        rows = [
            None if place is None else crm.get(place.external_id)
            for crm, place in zip(crms, (twin.left, twin.right), strict=True)
        ]
        take = self.rng.choice(TAKES)
        if None in rows or (take == "base" and asked.base is None):
            return
        value = reviewing.candidate(tx, asked, take) if take != "person" else self._own(name, len(self.chronicle.deeds))
        now_us = to_us(crms[0].clock())
        reviewing.decide(tx, asked, value, winner=take, by="somebody", now_us=now_us)
        told = {who: _said(name, candidate) for who, candidate, _ in orjson.loads(asked.candidates)}
        shown = dict(
            zip(("left", "right"), (_said(name, row.now.fields.get(name)) for row in rows if row), strict=False)
        )
        mark = next(str(row.now.fields.get(MARK)) for row in rows if row is not None)
        said = None if value is None else str(value)
        answer = Answer(len(self.chronicle.deeds), (crms[0].name, crms[1].name), mark, name, said, told == shown)
        self.chronicle.say(answer)

    @staticmethod
    def _own(name: str, number: int) -> str:
        return f"+4930{440_000 + number}" if name == "phone" else f"{name} answer {number}"


def _said(name: str, value: str | None) -> str | None:
    """A value as a question names it: an edit that only changes the case is one that it does not know of."""
    return fold(value) if name == "phone" or value is None else value.strip() or None
