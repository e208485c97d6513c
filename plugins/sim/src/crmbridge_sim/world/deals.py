"""Deals and the way they went: stages with plausible dwell times, on working days, until today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log
from random import Random
from typing import TYPE_CHECKING

from crmbridge_sim.world import names
from crmbridge_sim.world.model import LOST, MINOR_UNITS, RENEWAL, SALES, WON, Deal, Stage

if TYPE_CHECKING:
    from crmbridge_sim.world.world import World

DAY_S = 86_400
RENEWAL_SHARE = 0.12
STUCK_SHARE = 0.07
_CURRENCIES = ("EUR", "EUR", "EUR", "USD", "USD", "CNY", "CNY", "JPY", "KWD")
_PER_EURO = {"EUR": 1.0, "USD": 1.1, "CNY": 7.8, "JPY": 165.0, "KWD": 0.34}


def deals(world: World) -> Iterator[Deal]:
    """Every deal, in the order of creation."""
    roll = Random(f"{world.seed} deals").random  # noqa: S311  # a world, no secret
    products, sources, steps = names.PRODUCTS, names.SOURCES, names.STEPS
    for number in range(world.deal_count):
        account = world.account_of(number)
        created = world.created_of(number)
        pipeline = "renewal" if roll() < RENEWAL_SHARE else "sales"
        moves = _moves(roll, pipeline, created, world.end)
        last_stage, last_at = moves[-1]
        closed = last_stage in _CLOSED
        currency = _CURRENCIES[account % len(_CURRENCIES)]
        planned = created + int((30 + roll() * 90) * DAY_S)
        touched = last_at + int(roll() * 3 * DAY_S)
        tagged = roll()
        yield Deal(
            f"deal-{number:06d}",
            f"{products[int(roll() * len(products))]} {number:06d}",
            account,
            world.contact_of(number, account),
            world.owner_of(account),
            pipeline,
            moves,
            _amount(roll, number, currency),
            currency,
            None if roll() < 0.9 else 5 + int(roll() * 90),  # noqa: PLR2004
            last_at if closed else planned,
            "existing" if pipeline == "renewal" or roll() < 0.3 else "new",  # noqa: PLR2004
            sources[int(roll() * len(sources))],
            names.SEGMENTS[account % 4],
            _loss(roll, last_stage),
            None if closed or roll() < 0.5 else steps[int(roll() * len(steps))],  # noqa: PLR2004
            () if tagged > 0.08 else (names.TAGS[int(tagged * 50) % 4],),  # noqa: PLR2004
            created,
            min(touched, world.end) if not closed else last_at,
        )


_CLOSED = frozenset({*WON.values(), *(stage for pair in LOST.values() for stage in pair)})


def _moves(roll: Callable[[], float], pipeline: str, created: int, end: int) -> tuple[tuple[str, int], ...]:
    """From the first stage on: stay, then advance, end lost, or (after the last) be won."""
    stages: tuple[Stage, ...] = RENEWAL if pipeline == "renewal" else SALES
    slow = 8.0 if roll() < STUCK_SHARE else 1.0
    made = [(stages[0].key, created)]
    at = created
    for position, stage in enumerate(stages):
        stay = -log(1.0 - roll()) * stage.mean_days * slow
        at = _working(at + int((0.2 + stay) * DAY_S), roll())
        if at >= end:
            break
        if roll() >= stage.advance:
            made.append((LOST[pipeline][roll() < 0.35], at))  # noqa: PLR2004
            break
        made.append((stages[position + 1].key if position + 1 < len(stages) else WON[pipeline], at))
    return tuple(made)


def _working(at: int, share: float) -> int:
    """The same day or the Monday after it, at some time between 7 and 17 o'clock UTC, never earlier than ``at``."""
    day = at // DAY_S
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    if weekday > 4:  # noqa: PLR2004  # Saturday and Sunday
        day += 7 - weekday
    moment = day * DAY_S + 25_200 + int(share * 36_000)
    return moment if moment > at else at + int(share * 3_600) + 1


def _amount(roll: Callable[[], float], number: int, currency: str) -> int:
    """Minor units; the last four digits are the deal's own, so that amounts do not tie."""
    major = 2_000 * 200 ** roll() * _PER_EURO[currency]
    units = MINOR_UNITS.get(currency, 100)
    return int(major) // 100 * 100 * units + number % 10_000


def _loss(roll: Callable[[], float], stage: str) -> str | None:
    if stage in {"lost", "ended"}:
        return names.LOSSES[int(roll() * len(names.LOSSES))]
    return names.RIVALS_LOSS if stage == "lost_rival" else None
