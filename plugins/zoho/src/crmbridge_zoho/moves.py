"""Where a deal came from when it entered a stage: the row of its history before, seen earlier or asked for.

A row of history names the stage that was entered and, once it was left, the next one; not the one before.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Moves:
    """The last stage of each deal met so far. `is_from_start`: rows before those met do not exist."""

    session: Session
    is_from_start: bool
    last: OrderedDict[str, str] = field(default_factory=OrderedDict)
    told: OrderedDict[str, str | None] = field(default_factory=OrderedDict)
    """The answers to the rows last met: a row may come again at the border of a page."""
    can_ask: bool = True

    def before(self, rows: Sequence[Row]) -> list[str | None]:
        """For each row, in the order of time, the stage that its deal left; None where nobody can say."""
        if not self.is_from_start and self.can_ask:
            self._ask(rows)
        found: list[str | None] = []
        for row in rows:
            identity, deal, stage = str(row.get(KEY)), deal_of(row), row.get(STAGE)
            if identity not in self.told:
                self.told[identity] = self.last.get(deal) if deal else None
                if deal and isinstance(stage, str):
                    self._keep(deal, stage)
            found.append(self.told[identity])
        while len(self.told) > _MOST_TOLD:
            self.told.popitem(last=False)
        return found

    def _keep(self, deal: str, stage: str) -> None:
        self.last[deal] = stage
        self.last.move_to_end(deal)
        if len(self.last) > _MOST_KNOWN:
            self.last.popitem(last=False)

    def _ask(self, rows: Sequence[Row]) -> None:
        """Looks up the row before for deals that were not met yet."""
        first: dict[str, str] = {}
        for row in rows:
            deal, at = deal_of(row), row.get(MODIFIED)
            if deal and deal not in self.last and isinstance(at, str):
                first.setdefault(deal, at)
        deals = list(first)
        try:
            for start in range(0, len(deals), coql.LONGEST_IN):
                some = deals[start : start + coql.LONGEST_IN]
                for deal, stage in self._earlier(some, first, rows).items():
                    self._keep(deal, stage)
        except (Refused, ScopeError):
            self.can_ask = False

    def _earlier(self, deals: Iterable[str], first: Mapping[str, str], rows: Sequence[Row]) -> dict[str, str]:
        """The stage that each deal was in before its first row here."""
        here = {row.get(KEY) for row in rows}
        where = coql.both(coql.any_of(DEAL, deals), f"{NEXT} is not null")
        query = coql.Query(TRACKER, (DEAL, STAGE, NEXT, MODIFIED), where)
        found: dict[str, str] = {}
        offset = 0
        while True:
            answer = coql.ask(self.session, query, limit=_MOST_ROWS, offset=offset)
            for row in answer.data:
                deal, stage = deal_of(row), row.get(STAGE)
                if deal is None or deal not in first or row.get(KEY) in here or not isinstance(stage, str):
                    continue
                if _is_before(row, first[deal]):
                    found[deal] = stage
            if not answer.has_more:
                return found
            offset += _MOST_ROWS


def deal_of(row: Row) -> str | None:
    """The id of the deal that a row of history is of."""
    deal = row.get(DEAL)
    identity = deal.get(KEY) if isinstance(deal, Mapping) else deal
    return identity if isinstance(identity, str) else None


def _is_before(row: Row, at: str) -> bool:
    one, other = parse_or_none(row.get(MODIFIED)), parse_or_none(at)
    return one is not None and other is not None and one <= other
