"""Where a deal came from when it entered a stage: the row of its history before, seen earlier or asked for.

A row of history names the stage that was entered and, once it was left, the next one; not the one before.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ScopeError
from crmbridge_zoho import coql
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import KEY, MODIFIED
from crmbridge_zoho.session import Session
from crmbridge_zoho.times import parse_or_none

DEAL, STAGE, NEXT, TRACKER = "Potential_Name", "Stage", "Moved_To__s", "DealHistory"
_MOST_KNOWN = 200_000
"""How many deals are remembered; those that moved longest ago are forgotten first."""
_MOST_TOLD = 20_000
_MOST_ROWS = 2_000

Row = Mapping[str, object]
_Last = tuple[str, str | None, datetime]
"""A stage, the one that it was left for where that is told, and when it was entered."""


@dataclass(slots=True)
class Moves:
    """The last row of each deal met so far. `is_from_start`: rows before those met do not exist.

    An export promises no order. A row that is not later than the one met before is told no stage that it left, nor is
    one that the row before does not lead to.
    """

    session: Session
    is_from_start: bool
    last: OrderedDict[str, _Last] = field(default_factory=OrderedDict)
    told: OrderedDict[str, str | None] = field(default_factory=OrderedDict)
    """The answers to the rows last met: a row may come again at the border of a page."""
    can_ask: bool = True

    def before(self, records: Sequence[RawRecord]) -> list[str | None]:
        """For each row of history the stage that its deal left; None where nobody can say."""
        if not self.is_from_start and self.can_ask:
            self._ask(records)
        told, last = self.told, self.last
        found: list[str | None] = []
        for record in records:
            identity = record.external_id
            if identity not in told:
                row, at = record.payload, record.modified
                deal, stage, left = deal_of(row), row.get(STAGE), None
                if deal is not None and isinstance(stage, str) and at is not None:
                    known = last.get(deal)
                    if known is None or known[2] <= at:
                        left = None if known is None or known[1] not in {None, stage} else known[0]
                        self._keep(deal, (stage, _text(row.get(NEXT)), at))
                told[identity] = left
            found.append(told[identity])
        while len(told) > _MOST_TOLD:
            told.popitem(last=False)
        return found

    def _keep(self, deal: str, row: _Last) -> None:
        self.last[deal] = row
        self.last.move_to_end(deal)
        if len(self.last) > _MOST_KNOWN:
            self.last.popitem(last=False)

    def _ask(self, records: Sequence[RawRecord]) -> None:
        """Looks up the row before for deals that were not met yet."""
        first: dict[str, datetime] = {}
        for record in records:
            deal, at = deal_of(record.payload), record.modified
            if deal and deal not in self.last and at is not None:
                first[deal] = min(at, first.get(deal, at))
        deals, here = list(first), {record.external_id for record in records}
        try:
            for start in range(0, len(deals), coql.LONGEST_IN):
                some = deals[start : start + coql.LONGEST_IN]
                for deal, row in self._earlier(some, first, here).items():
                    self._keep(deal, row)
        except (Refused, ScopeError):
            self.can_ask = False

    def _earlier(
        self, deals: Iterable[str], first: Mapping[str, datetime], here: AbstractSet[object]
    ) -> dict[str, _Last]:
        """The row of each deal before its first one here."""
        where = coql.both(coql.any_of(DEAL, deals), f"{NEXT} is not null")
        query = coql.Query(TRACKER, (DEAL, STAGE, NEXT, MODIFIED), where)
        found: dict[str, _Last] = {}
        offset = 0
        while True:
            answer = coql.ask(self.session, query, limit=_MOST_ROWS, offset=offset)
            for row in answer.data:
                deal, stage, at = deal_of(row), row.get(STAGE), parse_or_none(row.get(MODIFIED))
                if deal is None or at is None or not isinstance(stage, str) or row.get(KEY) in here:
                    continue
                if deal in first and at <= first[deal] and (deal not in found or found[deal][2] <= at):
                    found[deal] = (stage, _text(row.get(NEXT)), at)
            if not answer.has_more:
                return found
            offset += _MOST_ROWS


def deal_of(row: Row) -> str | None:
    """The id of the deal that a row of history is of."""
    deal = row.get(DEAL)
    identity = deal.get(KEY) if isinstance(deal, dict) else deal
    return identity if isinstance(identity, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
