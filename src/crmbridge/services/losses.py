"""What deals were lost for, and to whom: counted over the lost deals that a funnel is about, by stage too."""

from dataclasses import dataclass
from typing import Any, Literal

from crmbridge.services.results import Amount, Rate
from crmbridge.services.world import World

What = Literal["reason", "competitor"]


@dataclass(frozen=True, slots=True)
class Loss:
    """The deals that were lost for one reason, or to one competitor; `key` None where nobody said.

    `share` is of all lost deals, or, with a `stage`, of those that were lost in it. A stage is the furthest that a deal
    got to; without one it is not known where it was lost. Spellings that differ in case are one.
    """

    what: What
    key: str | None
    label: str | None
    share: Rate
    amount: Amount
    pipeline: str | None = None
    stage: str | None = None
    is_of_stage: bool = False


def losses(world: World, currency: str) -> tuple[Loss, ...]:
    """The losses of the deals that `world` counts; none of a kind where no record tells of it."""
    rows = world.rows("losses")
    told = {what for what in ("reason", "competitor") if any(row[what] is not None for row in rows)}
    in_all = sum(row["lost"] for row in rows if row["by_competitor"])
    in_stage: dict[tuple[str | None, str | None], int] = {}
    for row in rows:
        if row["by_stage"]:
            place = row["pipeline"], row["stage"]
            in_stage[place] = in_stage.get(place, 0) + row["lost"]
    found = []
    for row in rows:
        what: What = "competitor" if row["by_competitor"] else "reason"
        if what in told:
            whole = in_stage[row["pipeline"], row["stage"]] if row["by_stage"] else in_all
            found.append(_loss(row, what, whole, currency))
    return tuple(found)


def _loss(row: dict[str, Any], what: What, whole: int, currency: str) -> Loss:
    amount = row["amount"]
    return Loss(
        what=what,
        key=row[what],
        label=row[f"{what}_shown"],
        share=Rate.of(row["lost"], whole),
        amount=Amount(int(amount["e4"]), currency, amount["n"], amount["unknown"]),
        pipeline=row["pipeline"],
        stage=row["stage"],
        is_of_stage=row["by_stage"],
    )
