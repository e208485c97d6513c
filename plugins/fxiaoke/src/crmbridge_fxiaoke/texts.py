"""Long texts that a list may have cut: noticed, and read again one record at a time.

Whether lists of OpenAPI shorten long and rich texts is not told (dossier 2.4, 11 (20)); the platform's own functions
do. So the longest text of a page is held against a single reading, once for each length that was not seen before.
"""

from dataclasses import dataclass, field
from typing import Any

from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.payload import Shape
from crmbridge_fxiaoke.querying import Row
from crmbridge_fxiaoke.session import Session, path_of

SHORTEST_CUT = 100
"""No list is said to cut shorter texts."""


@dataclass(slots=True)
class Cut:
    """What is known of one object: texts up to `whole` signs come whole, those of `at` signs are cut (0: none are)."""

    whole: int = SHORTEST_CUT - 1
    at: int = 0


@dataclass(slots=True)
class Texts:
    """The long texts of one object; `cuts` is what is known of each object while the connection is open."""

    session: Session
    shape: Shape
    cuts: dict[str, Cut] = field(default_factory=dict)

    def mended(self, rows: list[Row]) -> list[Row]:
        """The rows, those with a text that was cut as a single reading gives them."""
        names = self.shape.long_texts
        if not names or not rows:
            return rows
        cut = self.cuts.setdefault(self.shape.name, Cut())
        lengths = [max(len(value) if isinstance(value := row.get(name), str) else 0 for name in names) for row in rows]
        longest = max(lengths)
        if not cut.at and longest > cut.whole:
            self._probe(rows[lengths.index(longest)], longest, cut)
        if not cut.at:
            return rows
        return [self._whole(row) if size >= cut.at else row for row, size in zip(rows, lengths, strict=True)]

    def _probe(self, row: Row, longest: int, cut: Cut) -> None:
        """One record read by itself tells whether a text of that length comes whole."""
        whole = self._whole(row)
        for name in self.shape.long_texts:
            listed, single = row.get(name), whole.get(name)
            if isinstance(listed, str) and isinstance(single, str) and len(single) > len(listed) > cut.whole:
                cut.at = len(listed)
                return
        cut.whole = longest

    def _whole(self, row: Row) -> dict[str, Any]:
        """The row with the long texts of a single reading; as it is where the record went away meanwhile."""
        data = {"dataObjectApiName": self.shape.name, "objectDataId": row.get("_id")}
        try:
            told = self.session.ask(path_of(self.shape.name, "get"), data, top={"includeNull": False}).get("data")
        except Refused:
            told = None
        if not isinstance(told, dict):
            return dict(row)
        if told.get("_id") != row.get("_id"):
            raise ContractError("Fxiaoke gave another record of {object} than was asked for", object=self.shape.name)
        return {**row, **{name: told[name] for name in self.shape.long_texts if name in told and name in row}}
