"""What a person may do with a risk: avoid, transfer, mitigate or accept it, each with what it needs, or close it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.risk_document import RESPONSES
from crmbridge.services.risk_items import Action, RiskItem


@dataclass(frozen=True, slots=True)
class Responding:
    """What a person decides about a risk."""

    response: str
    reason: str | None = None
    review: date | None = None
    actions: Sequence[Action] = ()
    to: str | None = None
    by: str | None = None


def responding(item: RiskItem, wish: Responding, *, today: date) -> dict[str, Any]:
    """The event of a response; ConfigError where it lacks what such a response needs, or the item is closed."""
    if not item.is_open:
        raise ConfigError("{item} is closed", item=item.id, hint="crmbridge risk list shows the open ones")
    if wish.response not in RESPONSES:
        raise ConfigError(
            "there is no response {response}",
            response=wish.response,
            nearest=suggestion(wish.response, RESPONSES),
            hint="did you mean {nearest}?",
        )
    _check(wish, today)
    told = {
        "op": "respond",
        "response": wish.response,
        "reason": wish.reason,
        "to": wish.to,
        "by": wish.by,
        "actions": [
            {"text": one.text, "due": one.due.isoformat(), **({"owner": one.owner} if one.owner else {})}
            for one in wish.actions
        ],
        "review_at": wish.review.isoformat() if wish.review else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _check(wish: Responding, today: date) -> None:
    if wish.response == "accept" and not (wish.reason and wish.review):
        raise ConfigError(
            "to accept a risk needs a reason and a day on which it is looked at again",
            hint="--reason TEXT --review DAY",
        )
    if wish.response in {"mitigate", "avoid"} and not wish.actions:
        raise ConfigError(
            "to {response} a risk needs an action with its day", response=wish.response, hint='--action "DAY TEXT"'
        )
    if wish.response == "transfer" and not wish.to:
        raise ConfigError("to transfer a risk needs to whom", hint="--to NAME")
    if wish.review is not None and wish.review <= today:
        raise ConfigError("the day of the review, {day}, is not in the future", day=wish.review)


def closing(item: RiskItem, *, reason: str, by: str | None = None) -> dict[str, Any]:
    """The event that closes an item; ConfigError where it is closed."""
    if not item.is_open:
        raise ConfigError("{item} is closed already", item=item.id)
    return {"op": "close", "reason": reason, **({"by": by} if by else {})}
