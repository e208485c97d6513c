"""The risk of losing a customer once more, by a plain path over the rows, without SQL."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

Rows = Sequence[Mapping[str, object]]
CLOSED = {"resolved", "closed", "cancelled"}


def day(row: Mapping[str, object], name: str) -> date | None:
    """The day of an instant of these worlds: whole hours of a day in Shanghai, kept in UTC."""
    moment = row.get(name)
    return (moment + timedelta(hours=8)).date() if isinstance(moment, datetime) else None


def judged(account: str, tables: Mapping[str, Rows], today: date) -> dict[str, int | None]:
    """The points of each reason by the shipped rules; None where nobody knows."""
    mine = {name: [row for row in rows if row.get("account_id") == account] for name, rows in tables.items()}
    return {
        "order_gap": order_gap(mine["orders"], today),
        "silence": silence(mine["activities"], tables, today),
        "unhappy": unhappy(mine["survey_responses"]),
        "revenue_drop": revenue_drop(mine["orders"], today),
        "renewal_unmet": renewal_unmet(mine, tables, today),
        "complaint": complaint(mine["tickets"], tables["tickets"]),
    }


def order_gap(orders: Rows, today: date) -> int | None:
    days = sorted({found for row in orders if (found := day(row, "ordered_at")) is not None and found <= today})
    if not days:
        return None
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    middle = len(gaps) // 2
    usual = Fraction(120)
    if len(days) >= 3:
        usual = Fraction(gaps[middle] if len(gaps) % 2 else Fraction(gaps[middle - 1] + gaps[middle], 2))
    return 30 if (today - days[-1]).days > usual * Fraction(3, 2) else 0


def silence(activities: Rows, tables: Mapping[str, Rows], today: date) -> int | None:
    if not tables["activities"]:
        return None
    days = [
        day(row, "started_at")
        for row in activities
        if row["type"] in {"meeting", "visit"}
        or (row["type"] in {"email", "im", "call"} and row["direction"] == "in")
        or (row["type"] == "call" and row["outcome"] is not None and "no answer" not in str(row["outcome"]).lower())
    ]
    last = max((one for one in days if one is not None and one <= today), default=date(2024, 1, 1))
    return 25 if (today - last).days >= 60 else 0


def unhappy(answers: Rows) -> int | None:
    last: dict[object, Mapping[str, object]] = {}
    for row in sorted(answers, key=lambda row: (row["answered_at"], row["id"])):
        last[row["type"]] = row
    if not last:
        return None
    low = {"csat": Decimal(2), "nps": Decimal(6)}
    return 25 if any(Decimal(str(row["score"])) <= low[str(kind)] for kind, row in last.items()) else 0


def revenue_drop(orders: Rows, today: date) -> int | None:
    recent, prior = 0, 0
    for row in orders:
        fallen = day(row, "ordered_at")
        age = None if fallen is None else (today - fallen).days
        if age is None or not 0 <= age < 730:
            continue
        if row["amount_e4"] is None:
            return None
        if age < 365:
            recent += int(str(row["amount_e4"]))
        else:
            prior += int(str(row["amount_e4"]))
    if not prior:
        return None
    return 20 if Fraction(recent, prior) <= Fraction(7, 10) else 0


def renewal_unmet(mine: Mapping[str, Rows], tables: Mapping[str, Rows], today: date) -> int | None:
    if not tables["contracts"]:
        return None
    ends = [row for row in mine["contracts"] if not row["renewed"] and 0 <= (row["end_date"] - today).days <= 60]  # type: ignore[operator]
    if not ends:
        return 0
    if not tables["activities"]:
        return None
    met = [day(row, "started_at") for row in mine["activities"] if row["type"] in {"meeting", "visit"}]
    return 0 if any(one is not None and 0 <= (today - one).days < 30 for one in met) else 20


def complaint(tickets: Rows, everything: Rows) -> int | None:
    if not everything:
        return None
    return 10 if any(row["type"] == "complaint" and row["status"] not in CLOSED for row in tickets) else 0
