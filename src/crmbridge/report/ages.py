"""How long open deals have stood in their stage, in buckets of whole days."""

from fractions import Fraction
from math import floor

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column
from crmbridge.services.open_deals import OpenDeal

BUCKETS = (7, 30, 60, 90, 180)
"""The last whole day of each bucket of ages but the last one."""

COLUMNS: tuple[Column, ...] = (
    Column("age_7", mark("0–7 days"), "count"),
    Column("age_30", mark("8–30 days"), "count"),
    Column("age_60", mark("31–60 days"), "count"),
    Column("age_90", mark("61–90 days"), "count"),
    Column("age_180", mark("91–180 days"), "count"),
    Column("age_over", mark("more than 180 days"), "count"),
    Column("age_unknown", mark("age unknown"), "count"),
)
"""One column a bucket; the last is of the deals whose age nobody knows."""
AGES: tuple[str, ...] = tuple(one.name for one in COLUMNS)


def bucket(deal: OpenDeal) -> int:
    """Which bucket the deal's age falls into: the whole days that it has stood in its stage; the last is unknown."""
    return place_of(None if deal.visit_days is None else floor(Fraction(deal.visit_days)))


def place_of(whole: int | None) -> int:
    """Which bucket so many whole days fall into; None, which nobody knows, into the last."""
    if whole is None:
        return len(BUCKETS) + 1
    return next((place for place, last in enumerate(BUCKETS) if whole <= last), len(BUCKETS))


def label(place: int) -> str:
    """The days of a bucket, as short as they can be."""
    if place == len(BUCKETS):
        return f">{BUCKETS[-1]}"
    return f"{BUCKETS[place - 1] + 1 if place else 0}–{BUCKETS[place]}"
