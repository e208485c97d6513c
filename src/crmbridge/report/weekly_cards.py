"""The headline figures of the weekly report, each with what it rests on and where its definition stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from crmbridge.report import words
from crmbridge.report.i18n import mark
from crmbridge.report.weekly_pack import WeeklyPack
from crmbridge.report.weekly_words import Speech

NO_DATES = mark("no closing has a known date")
_ENDS = {"week": mark("Won this week"), "month": mark("Won this month"), "quarter": mark("Won this quarter")}


@dataclass(frozen=True, slots=True)
class Card:
    """One headline figure: its value, what it rests on, and the id of its definition."""

    title: str
    value: str
    lines: tuple[str, ...]
    why: str
    is_quiet: bool = False


def cards(pack: WeeklyPack, say: Speech) -> list[Card]:
    """The headline figures."""
    return [
        *_won_cards(pack, say),
        _rate_card(pack, say),
        *_open_cards(pack, say),
        _begun_card(pack, say),
        _cycle_card(pack, say),
    ]


def _won_cards(pack: WeeklyPack, say: Speech) -> Iterable[Card]:
    for won in pack.won:
        if not pack.is_dated:
            yield Card(say(_ENDS[won.period.level]), say.unknown, (say(NO_DATES),), "won", is_quiet=True)
            continue
        last = won.counted.end - timedelta(days=1)
        span = f"{say.day(won.counted.start)} – {say.day(last)}"
        lines = [f"{say.deals(won.row.won)} · {span}"]
        if won.row.won_amount.unknown:
            lines.append(say(mark("{count} without amount"), count=say.count(won.row.won_amount.unknown)))
        if won.period.level == "week":
            before = pack.week_before
            lines.append(
                say(
                    mark("week before: {amount}, {deals}"),
                    amount=say.money(before.won_amount),
                    deals=say.deals(before.won),
                )
            )
        yield Card(say(_ENDS[won.period.level]), say.money(won.row.won_amount), tuple(lines), "won")


def _rate_card(pack: WeeklyPack, say: Speech) -> Card:
    rate = pack.year.whole.win_rate
    enough = rate.n >= pack.year.request.n_min
    counted = (
        mark("{won} of {decided} decided, 12 months") if pack.is_dated else mark("{won} of {decided} decided, ever")
    )
    one_sided = pack.whole.whole.won > 0 and not pack.whole.whole.lost
    lines = [
        say(counted, won=say.count(rate.numerator), decided=say.count(rate.denominator)),
        say(mark("no lost deal is known, so this says little")) if one_sided else say.interval(rate),
        "" if enough or rate.value is None else say.not_enough,
    ]
    shown = say.not_enough if rate.value is None else say.percent(rate.value)
    is_quiet = one_sided or not enough
    return Card(say(mark("Win rate")), shown, tuple(line for line in lines if line), "win_rate", is_quiet)


def _open_cards(pack: WeeklyPack, say: Speech) -> Iterable[Card]:
    row = pack.whole.whole
    lines = [say.deals(row.open)]
    if row.open_amount.unknown:
        lines.append(say(mark("{count} without amount"), count=say.count(row.open_amount.unknown)))
    if row.unknown:
        lines.append(say(mark("{count} in an unmapped stage"), count=say.count(row.unknown)))
    yield Card(say(mark("Open deals")), say.money(row.open_amount), tuple(lines), "open")
    limits = any(stage.sla_days is not None for stage in pack.whole.stages)
    unknown = sum(deal.sla_age is None for deal in pack.open_deals if deal.sla_days is not None)
    stalled = sum(deal.is_stalled for deal in pack.open_deals)
    if not limits:
        yield Card(
            say(mark("Stalled deals")),
            say(words.UNAVAILABLE),
            (say(mark("no stage has a limit of days")),),
            "stalled",
            is_quiet=True,
        )
        return
    below = [say(mark("of {count} open deals"), count=say.count(len(pack.open_deals)))]
    if unknown:
        below.append(say(mark("age unknown for {count}"), count=say.count(unknown)))
    yield Card(say(mark("Stalled deals")), say.count(stalled), tuple(below), "stalled")


def _begun_card(pack: WeeklyPack, say: Speech) -> Card:
    title = say(mark("New deals this week"))
    if pack.begun is None:
        return Card(title, say.unknown, (say(mark("no deal has a known beginning")),), "begun", is_quiet=True)
    return Card(title, say.count(pack.begun), (say(mark("begun in the week")),), "begun")


def _cycle_card(pack: WeeklyPack, say: Speech) -> Card:
    cycle = pack.year.whole.cycle
    title = say(mark("Sales cycle, mean"))
    lines = [say(mark("n {n}, 12 months") if pack.is_dated else mark("n {n}, ever"), n=say.count(cycle.n))]
    if cycle.median is not None:
        lines.insert(0, say(mark("median {days} days"), days=say.days(cycle.median)))
    if cycle.unknown:
        lines.append(say(mark("unknown for {count}"), count=say.count(cycle.unknown)))
    return Card(title, say.cycle(cycle), tuple(lines), "cycle", is_quiet=cycle.mean is None)
