"""The fixed texts of packs: what sections are called and how each is read, for somebody who sees one first."""

from collections.abc import Mapping

from crmbridge.report.i18n import mark

TITLES: Mapping[str, str] = {
    "score": mark("Score"),
    "goals": mark("Goal pace"),
    "consent": mark("Shares of goals not agreed to yet"),
    "trend": mark("Trend"),
    "kpis": mark("KPIs against the period before"),
    "scorecards": mark("Scorecards"),
    "waterfall": mark("Pipeline from opening to closing"),
    "changes": mark("What changed"),
    "funnel": mark("Funnel and bottleneck"),
    "ageing": mark("Age of open deals"),
    "forecast": mark("Forecast against the last pack"),
    "accuracy": mark("How good the forecasts were"),
    "risk": mark("Deals at risk"),
    "overdue": mark("Stalled deals and overdue follow-ups"),
    "compliance": mark("Time limits and compliance"),
    "checks": mark("Weakest checks"),
    "discuss": mark("Deals to discuss"),
    "customers": mark("Customers"),
    "tiers": mark("Value classes of customers"),
    "channels": mark("Channels"),
    "recognition": mark("Recognition"),
    "experiments": mark("Improvements and experiments"),
    "actions": mark("Decisions and actions"),
    "agenda": mark("To talk over"),
}
"""Every section in order; a pack has those of its kind."""

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "score": {"what": mark("KPI"), "n": mark("counted")},
    "goals": {"what": mark("goal")},
    "consent": {"what": mark("goal"), "from": mark("asked on")},
    "kpis": {"what": mark("KPI")},
    "waterfall": {"what": mark("step"), "n": mark("deals")},
    "changes": {"what": mark("change")},
    "funnel": {"rate": mark("went on"), "n": mark("still open"), "amount": mark("open amount")},
    "forecast": {"what": mark("forecast")},
    "overdue": {"from": mark("oldest due")},
    "checks": {"rate": mark("passed"), "n": mark("failed")},
    "customers": {"from": mark("since")},
    "tiers": {"what": mark("class"), "n": mark("customers"), "amount": mark("amount bought")},
    "channels": {"what": mark("source"), "rate": mark("win rate")},
    "actions": {"what": mark("decision"), "to": mark("due")},
}
"""What columns are called in a section, where that says more than their usual heading."""

PACKS: Mapping[str, str] = {
    "week": mark("Weekly pack"),
    "month": mark("Monthly pack"),
    "quarter": mark("Quarterly pack"),
    "one-to-one": mark("One-to-one sheet"),
}
"""What packs of each level, and sheets, are called."""

MEANINGS: Mapping[str, str] = {
    "score": mark("100 is every target met; each KPI brings points by its weight, at most 120 % of its target."),
    "goals": mark(
        "Pace is what was reached over what should be reached by now; landing is where it ends by its plan. The gap is "
        "what is missing; below nothing it is more than the target."
    ),
    "consent": mark("Each waits for the person to say yes or why not: crmbridge goals agree."),
    "trend": mark("Each month by the day on which deals were closed; the win rate counts won among won and lost."),
    "kpis": mark("A rate is better or worse only where its interval says so; other figures show their difference."),
    "scorecards": mark("100 is every target met. The weakest KPI is the one that is furthest from its target."),
    "waterfall": mark("The opening and every step add up to the closing, to the cent."),
    "changes": mark("Won and lost deals stand with the reason that was noted at their close."),
    "funnel": mark(
        "The share counts decided deals only: reached the next stage / (reached this one - still open at it). The line "
        "is the interval in which the true share lies with 95 % confidence; hollow where there are too few deals."
    ),
    "ageing": mark("Calendar days that a deal has stood in its present stage without leaving it."),
    "forecast": mark(
        "Closed is won already; commit adds what counts as certain, best case what is likely, the last all else."
    ),
    "accuracy": mark("Error is (foreseen - actual) / actual. Bias above nothing: too much was promised."),
    "risk": mark("The score is likelihood times impact, 1 to 25: from 15 on it is high."),
    "overdue": mark("Stalled: open and longer in its stage than the limit. Overdue: tasks whose day has passed."),
    "compliance": mark(
        "100 is without fault, among so many records that were judged; of a time limit, the open deals over it. It is "
        "there to coach, not to judge."
    ),
    "checks": mark("The share of the records that pass, and how many do not."),
    "discuss": mark("At risk first, then those over the limit of their stage, then the largest."),
    "customers": mark("Who complains, is unhappy, has a contract that ends, or has heard nothing from us for long."),
    "tiers": mark("Class A are the customers that bring most of the amount bought, C those that bring least."),
    "channels": mark(
        "A source against all others together: winner or laggard where the difference is more than chance."
    ),
    "recognition": mark("By the amount won in the period; equals share a place."),
    "experiments": mark("Before and after are what was measured; too few records say nothing."),
    "actions": mark("What earlier meetings decided, until it is done."),
}
"""How a section is read, in a sentence or two."""

_WORDS = (
    mark("opening"),
    mark("new deals"),
    mark("entered"),
    mark("amount up"),
    mark("amount down"),
    mark("amount now known"),
    mark("amount now unknown"),
    mark("reopened"),
    mark("won"),
    mark("lost"),
    mark("void"),
    mark("left"),
    mark("closing"),
    mark("advanced"),
    mark("regressed"),
    mark("pushed"),
    mark("done"),
    mark("open"),
)
