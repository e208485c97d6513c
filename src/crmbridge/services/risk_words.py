"""What a signal says of a deal, why nobody can tell it, and what would be done about it: English templates."""

from collections.abc import Callable, Mapping
from typing import Any

from crmbridge.model.money import from_e4
from crmbridge.model.notes import Note
from crmbridge.services.results import DAY_US

Row = Mapping[str, Any]


def _stalled(row: Row) -> Note:
    units = {"business": "workdays"}.get(row["sla_unit"] or "", "days")
    age = int((row["sla_age_us"] or 0) // DAY_US)
    template = (
        "{age} workdays in {stage}, whose limit is {limit}"
        if units == "workdays"
        else "{age} days in {stage}, whose limit is {limit}"
    )
    return Note("STALLED", template, {"age": age, "stage": row["stage"], "limit": row["sla_days"]})


def _no_next_step(row: Row) -> Note:
    if row["next_step_due"] is None:
        return Note("NO_NEXT_STEP", "no next step is named", {})
    return Note("NO_NEXT_STEP", "the next step was due on {day}", {"day": _day(row["next_step_due"])})


def _close_date_past(row: Row) -> Note:
    return Note(
        "CLOSE_DATE_PAST", "it was expected to close on {day}, and is open", {"day": _day(row["expected_close"])}
    )


def _pushed(row: Row) -> Note:
    return Note(
        "PUSHED",
        "the expected closing date was moved later {times} times, {days} days in all",
        {"times": row["pushes"], "days": row["slip_days"]},
    )


def _no_activity(row: Row) -> Note:
    if row["heard_at"] is None:
        return Note("NO_ACTIVITY", "nothing was heard from the customer since {day}", {"day": _day(row["quiet_since"])})
    return Note("NO_ACTIVITY", "the last exchange with the customer was on {day}", {"day": _day(row["quiet_since"])})


def _amount_cut(row: Row) -> Note:
    now, before = (str(from_e4(row[name], row["amount_currency"])) for name in ("amount_e4", "highest_e4"))
    return Note("AMOUNT_CUT", "the amount is {now}; it was {before}", {"now": now, "before": before})


def _regressed(row: Row) -> Note:
    return Note("REGRESSED", "it went back to an earlier stage on {day}", {"day": _day(row["back_day"])})


def _single_threaded(row: Row) -> Note:
    return Note("SINGLE_THREADED", "a large deal with few active contacts: {n}", {"n": row["contacts"]})


def _no_decision_maker(_row: Row) -> Note:
    return Note("NO_DECISION_MAKER", "no contact of it is a decision maker", {})


def _quote_expired(row: Row) -> Note:
    if row["valid_until"] is None:
        return Note("QUOTE_EXPIRED", "its quotes have expired", {})
    return Note("QUOTE_EXPIRED", "its last quote held until {day}", {"day": _day(row["valid_until"])})


def _day(value: object) -> str:
    return "" if value is None else str(value)


SAYS: Mapping[str, Callable[[Row], Note]] = {
    "stalled": _stalled,
    "no_next_step": _no_next_step,
    "close_date_past": _close_date_past,
    "pushed": _pushed,
    "no_activity": _no_activity,
    "amount_cut": _amount_cut,
    "regressed": _regressed,
    "single_threaded": _single_threaded,
    "no_decision_maker": _no_decision_maker,
    "quote_expired": _quote_expired,
}
"""What a signal that holds says."""

HOLDS_NOT = Note("NO", "it does not hold", {})

UNTOLD: Mapping[str, Note] = {
    "stalled": Note("UNAVAILABLE", "nobody knows since when it is in its stage, or what the stage is"),
    "no_next_step": Note("UNAVAILABLE", "its source tells no next steps, or nobody knows its stage"),
    "close_date_past": Note("UNAVAILABLE", "it has no expected closing date"),
    "pushed": Note("UNAVAILABLE", "its source tells no earlier closing dates, and no change was seen yet"),
    "no_activity": Note("UNAVAILABLE", "its source does not tell what was done with it"),
    "amount_cut": Note("UNAVAILABLE", "its source tells no earlier amounts, and no change was seen yet"),
    "regressed": Note("UNAVAILABLE", "its source tells no earlier stages"),
    "single_threaded": Note("UNAVAILABLE", "its amount or its contacts are not known"),
    "no_decision_maker": Note("UNAVAILABLE", "its source tells no roles of contacts, or nobody knows its stage"),
    "quote_expired": Note("UNAVAILABLE", "its source tells no quotes or not how long they hold"),
}
"""Why a signal cannot be told of a deal."""

ACTIONS: Mapping[str, Note] = {
    "stalled": Note("ACTION", "agree with the customer on what it takes to leave the stage, or move it back"),
    "no_next_step": Note("ACTION", "agree on a next step with its date"),
    "close_date_past": Note("ACTION", "ask for the decision, and set a date that can be kept"),
    "pushed": Note("ACTION", "ask what keeps the date from being kept, and plan back from the customer's own date"),
    "no_activity": Note("ACTION", "call, and go by another contact if nobody answers"),
    "amount_cut": Note("ACTION", "find out what was cut and why; offer a smaller scope rather than a lower price"),
    "regressed": Note("ACTION", "note why it went back, and confirm the need anew"),
    "single_threaded": Note("ACTION", "win a second contact"),
    "no_decision_maker": Note("ACTION", "find out who decides, and meet him"),
    "quote_expired": Note("ACTION", "ask what keeps the customer from deciding, then renew the quote"),
}
"""What is proposed against a signal."""
