"""What gates look at, read off the records: the criteria of a deal or lead, and what is counted about it.

Which required actions were done no source tells; whoever checks a move says which are taken for done.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmbridge.facts.store import Facts
from crmbridge.services.cadence_document import built_in as cadence
from crmbridge.services.world import naive, text


@dataclass(frozen=True, slots=True)
class Gated:
    """A deal or lead with what its gates look at. A value that no record holds is None, which meets no criterion.

    `contact_email`, `contact_phone` reach its person (else the company); `two_way_contacts` are mails and messages that
    the customer sent, calls that came or were answered, meetings and visits; `needs` are those that are noted.
    """

    id: str
    kind: str
    pipeline: str | None
    stage: str | None
    values: Mapping[str, object]


def gate_values(facts: Facts, *, as_of: datetime, not_connected: Sequence[str] | None = None) -> dict[str, Gated]:
    """Every deal and lead by id, at `as_of`. An outcome that holds a word of `not_connected` was no talk.

    Those words are the ones of the cadence unless they are given.
    """
    words = cadence().outcomes.not_connected if not_connected is None else not_connected
    cursor = facts.connection.cursor()
    cursor.execute(text("two_way"))
    result = cursor.execute(text("gate_values"), {"cut": naive(as_of), "not_connected": list(words)})
    names = [column[0] for column in result.description or ()]
    found = (dict(zip(names, row, strict=True)) for row in result.fetchall())
    return {row["id"]: _gated(row) for row in found}


def _gated(row: dict[str, object]) -> Gated:
    head = {name: row.pop(name) for name in ("id", "kind", "pipeline", "stage")}
    custom = row.pop("custom")
    extra = json.loads(custom) if isinstance(custom, str) else {}
    own = {f"custom.{name}": held.get("value") if isinstance(held, dict) else held for name, held in extra.items()}
    return Gated(**head, values={**row, **own})  # type: ignore[arg-type] # the names of the columns
