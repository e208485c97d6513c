"""How the weekly report speaks: its fixed texts, the definitions of its figures, and values as people read them."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report import words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.services.results import Amount, Durations, Rate, Unavailable

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

TEXTS: Mapping[str, str] = {
    "title": mark("Weekly pack"),
    "funnel": mark("Sales funnel"),
    "closed": mark("Closed this week"),
    "won_by_month": mark("Won by month"),
    "ageing": mark("Age of open deals"),
    "standing": mark("Open deals that have waited longest"),
    "quality": mark("Data quality"),
    "scores": mark("Score by owner"),
    "definitions": mark("What the figures mean"),
    "warnings": mark("What to bear in mind"),
    "sources": mark("Sources"),
    "definition": mark("definition"),
    "none_open": mark("There is no open deal."),
}

VERDICTS = (mark("winner"), mark("laggard"), mark("leading"), mark("trailing"), mark("no clear difference"))

DEFINITIONS: Mapping[str, tuple[str, str]] = {
    "won": (
        mark("Won"),
        mark(
            "Deals whose last close is a win and lies in the period, and the sum of their amounts, exact, rounded "
            "once. The month and the quarter are those of the week's last day and count up to it."
        ),
    ),
    "begun": (mark("New deals"), mark("Deals that began in the week: created, or first seen in a stage, in it.")),
    "win_rate": (
        mark("Win rate"),
        mark(
            "won / (won + lost) among the deals whose last close lies in the twelve months that end with the week; "
            "lost without a decision left out, void counts in no rate."
        ),
    ),
    "interval": (
        mark("Interval"),
        mark(
            "Where the true rate lies with 95 % confidence (Wilson). The fewer deals, the wider. Fewer than {n_min} "
            "decided deals are not enough data for a verdict; they are drawn hollow."
        ),
    ),
    "open": (
        mark("Open deals"),
        mark("Deals in an open stage at the time of the report, and the sum of their amounts."),
    ),
    "stalled": (
        mark("Stalled deals"),
        mark("Open deals that stand in their stage longer than its limit. A deal on hold is not stalled."),
    ),
    "cycle": (
        mark("Sales cycle"),
        mark(
            "Days from the first known stage (or the creation) of a won deal to its close, time spent closed left out; "
            "over the deals won in the twelve months that end with the week."
        ),
    ),
    "funnel": (
        mark("Funnel"),
        mark(
            "All deals by the furthest stage they reached; going back does not undo it. The share that went on counts "
            "decided deals only: reached the next stage / (reached this one - still open at it)."
        ),
    ),
    "ageing": (
        mark("Age of open deals"),
        mark("Calendar days that a deal has stood in its present stage without leaving it."),
    ),
    "verdict": (
        mark("Verdict"),
        mark(
            "A slice against all others together: winner or laggard where the difference is more than chance, leading "
            "or trailing where it is 5 points or more and may be chance."
        ),
    ),
    "quality": (
        mark("Data quality"),
        mark(
            "Failing: records that fail a check among those it applies to. Score: 100 times the weighted mean of the "
            "shares that pass. It is there to coach, not to judge."
        ),
    ),
}


class Speech:
    """Texts and values in one language."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.language = catalog.language
        self.unknown = catalog.text(words.UNKNOWN)
        self.not_enough = catalog.text(words.NOT_ENOUGH)

    def __call__(self, template: str, **params: object) -> str:
        """The text with its values; texts of records among them are made visible."""
        shown = {name: words.visible(value) if isinstance(value, str) else value for name, value in params.items()}
        return self.catalog.message(template, shown)

    @property
    def texts(self) -> dict[str, str]:
        """The fixed texts by name."""
        return {name: self.catalog.text(template) for name, template in TEXTS.items()}

    def name(self, names: Mapping[str, str], key: str) -> str:
        """What the company calls something in this language, else its key."""
        return words.visible(names.get(self.language) or names.get("en") or key)

    def note(self, note: Note) -> str:
        """A warning or a reason; names of stages and the like among its values are made visible."""
        return self(note.template, **note.params)

    def refusal(self, refused: Unavailable) -> str:
        """Why a figure cannot be given."""
        return self(mark("unavailable: {why}"), why=self.note(refused.reason))

    def count(self, number: int) -> str:
        """A count with thousands apart."""
        return f"{number:,}"

    def deals(self, number: int) -> str:
        """So many deals."""
        return self(mark("1 deal")) if number == 1 else self(mark("{count} deals"), count=self.count(number))

    def money(self, amount: Amount) -> str:
        """A sum; unknown where there are deals and none has an amount."""
        return self.unknown if amount.money is None else words.money(amount.money)

    def amount(self, amount: Money | None) -> str:
        """One amount, or unknown."""
        return self.unknown if amount is None else words.money(amount)

    def percent(self, value: Fraction | float) -> str:
        """A share with one decimal."""
        return f"{words.grouped(Fraction(value) * 100, 1)} %"

    def rate(self, rate: Rate) -> str:
        """A rate with what it is made of: 25.4 % (162 / 639)."""
        made_of = f"({self.count(rate.numerator)} / {self.count(rate.denominator)})"
        return f"{self.not_enough if rate.value is None else self.percent(rate.value)} {made_of}"

    def interval(self, rate: Rate) -> str:
        """The interval of a rate in words; empty where there is none."""
        if rate.low is None or rate.high is None:
            return ""
        return self(mark("95 % interval {low} to {high}"), low=self.percent(rate.low), high=self.percent(rate.high))

    def days(self, value: Fraction | float | None) -> str:
        """Days with one decimal, without it where they are whole; unknown stays unknown."""
        return self.unknown if value is None else words.grouped(Fraction(value), 1, strip=True)

    def cycle(self, cycle: Durations) -> str:
        """A mean in days."""
        return self.unknown if cycle.mean is None else self(mark("{days} days"), days=self.days(cycle.mean))

    def day(self, day: date) -> str:
        """A day as it stands in a sentence: 31 Mar, 3月31日."""
        return f"{day.month}月{day.day}日" if self.language == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"

    def month(self, day: date) -> str:
        """A month as short as it can be: Mar, 3月."""
        return f"{day.month}月" if self.language == "zh" else _MONTHS[day.month - 1]
