"""The register of risks: items that open and close themselves, and what each response needs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from tests.services.risk_worlds import AS_OF, OLD, PIPELINES, QUARTER, TODAY, quiet, told_company
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.services.risk import opened
from crmbridge.services.risk_document import built_in
from crmbridge.services.risk_items import Action, RiskItem, found_item, items_of, opening
from crmbridge.services.risk_register import CLEARED, GONE, Fired, changes, fired, kept_items, written
from crmbridge.services.risk_report import RiskRequest
from crmbridge.services.risk_responses import Responding, closing, responding

DEAL = Fired("deals|d", "a deal", "deal", "auto", 5, 5, "u1", "deal", "d", ("stalled", "pushed"))
CONFIG = built_in()


class Kept:
    """A register in memory: what is kept of it, and the runs that change it."""

    def __init__(self) -> None:
        self.events: list[tuple[str, datetime, str]] = []

    @property
    def items(self) -> dict[str, RiskItem]:
        return items_of(sorted(self.events, key=lambda event: event[1]))

    def run(self, day: int, *found: Fired) -> list[tuple[str, str]]:
        at = AS_OF + timedelta(days=day)
        told = list(changes(self.items, found, CONFIG, at, at.date()))
        for subject, body in told:
            self.keep(subject, at, body)
        return [(subject, body["op"]) for subject, body in told]

    def keep(self, subject: str, at: datetime, body: Mapping[str, Any]) -> None:
        at_us, text = written(self.items.get(subject), round(at.timestamp() * 1_000_000), body)
        moment = datetime.fromtimestamp(at_us / 1_000_000, UTC).replace(tzinfo=None)
        self.events.append((subject, moment, text))


def test_an_item_opens_changes_and_closes_itself_and_a_second_run_changes_nothing() -> None:
    kept = Kept()
    ((name, op),) = kept.run(0, DEAL)
    assert op == "open"
    assert kept.run(0, DEAL) == kept.run(1, DEAL) == []
    worse = replace(DEAL, signals=("stalled", "pushed", "no_activity"))
    assert kept.run(2, worse) == [(name, "change")]
    assert kept.run(3, replace(DEAL, signals=(), is_due=False)) == [(name, "close")]
    assert kept.run(4, replace(DEAL, signals=(), is_due=False)) == []
    item = kept.items[name]
    assert (item.is_open, item.reason, len(item.history)) == (False, CLEARED, 3)


def test_a_refire_within_fourteen_days_reopens_the_same_item_and_later_opens_another() -> None:
    kept = Kept()
    ((name, _),) = kept.run(0, DEAL)
    kept.run(1, replace(DEAL, signals=(), is_due=False))
    assert kept.run(15, DEAL) == [(name, "reopen")]
    assert kept.items[name].closed_at is None
    kept.run(16, replace(DEAL, signals=(), is_due=False))
    ((other, op),) = kept.run(31, DEAL)
    assert (op, other != name, kept.items[other].n) == ("open", True, 2)


def test_signals_that_nobody_can_tell_any_more_have_not_cleared() -> None:
    kept = Kept()
    kept.run(0, DEAL)
    assert kept.run(1, replace(DEAL, signals=(), untold=("pushed",), is_due=False)) == []


def test_a_deal_that_is_closed_closes_its_item() -> None:
    kept = Kept()
    ((name, _),) = kept.run(0, DEAL)
    assert kept.run(1) == [(name, "close")]
    assert kept.items[name].reason == GONE


def test_what_a_person_has_closed_stays_closed_unless_another_signal_holds() -> None:
    kept = Kept()
    ((name, _),) = kept.run(0, DEAL)
    kept.keep(name, AS_OF, closing(kept.items[name], reason="talked it over", by="li"))
    assert kept.run(1, DEAL) == []
    assert kept.run(2, replace(DEAL, signals=("stalled", "regressed"))) == [(name, "reopen")]


@pytest.mark.parametrize(
    ("wish", "needs"),
    [
        (Responding("accept"), "a reason and a day"),
        (Responding("accept", reason="small"), "a reason and a day"),
        (Responding("accept", review=date(2026, 8, 1)), "a reason and a day"),
        (Responding("accept", reason="small", review=TODAY), "not in the future"),
        (Responding("mitigate"), "an action with its day"),
        (Responding("avoid", reason="no"), "an action with its day"),
        (Responding("transfer"), "to whom"),
        (Responding("mitigat"), "there is no response mitigat"),
    ],
)
def test_s0_46_a_response_without_what_it_needs_is_refused(wish: Responding, needs: str) -> None:
    kept = Kept()
    ((name, _),) = kept.run(0, DEAL)
    with pytest.raises(ConfigError, match=needs):
        responding(kept.items[name], wish, today=TODAY)


def test_a_response_is_kept_with_its_actions_and_review() -> None:
    kept = Kept()
    ((name, _),) = kept.run(0, DEAL)
    step = Action("call the buyer", date(2026, 7, 3), "li")
    for wish in (Responding("transfer", to="insurer"), Responding("mitigate", actions=[step], review=date(2026, 7, 9))):
        kept.keep(name, AS_OF, responding(kept.items[name], wish, today=TODAY))
    item = kept.items[name]
    assert (item.response, item.actions, item.review_at) == ("mitigate", (step,), date(2026, 7, 9))
    assert [body["op"] for _, body in item.history] == ["open", "respond", "respond"]


def test_a_risk_that_people_found_has_a_category_and_levels() -> None:
    given: dict[str, Any] = {"key": "k", "n": 1, "title": "price war", "source": "manual"}
    assert opening(**given, category="competitor", probability=4, impact=5)["category"] == "competitor"
    with pytest.raises(ConfigError, match="did you mean competitor"):
        opening(**given, category="competitors", probability=4, impact=5)
    with pytest.raises(ConfigError, match="from 1 to 5"):
        opening(**given, category="market", probability=6, impact=5)
    with pytest.raises(ConfigError, match="there is no risk R-1"):
        found_item({}, "R-1")


def low_scores() -> Facts:
    facts = told_company(
        [quiet("ill", entered=OLD, amount="900000", next_step=None, next_step_due=None, external_id="Big one")]
    )
    facts.insert("accounts", [{"id": "a1", "name": "Acme", "owner_id": "u2"}, {"id": "a2", "name": "Calm"}])
    answers = [("a1", 5, "2026-06-01"), ("a1", 2, "2026-06-20"), ("a2", 1, "2026-06-01"), ("a2", 4, "2026-06-20")]
    facts.insert(
        "survey_responses",
        [
            {"id": f"s{n}", "type": "csat", "score": score, "account_id": account, "answered_at": local(day)}
            for n, (account, score, day) in enumerate(answers)
        ],
    )
    return facts


def test_deals_at_risk_and_unhappy_customers_come_into_the_register() -> None:
    facts = low_scores()
    world = opened(facts, PIPELINES, RiskRequest(AS_OF, QUARTER, remaining={"u1": Fraction(1_000_000)}))
    found = fired(world, CONFIG, kept_items(world).values())
    told = list(changes({}, found, CONFIG, AS_OF, TODAY))
    assert [(body["category"], body["title"], body["source"]) for _, body in told] == [
        ("deal", "Big one", "auto"),
        ("customer", "Acme", "survey"),
    ]
    rows = []
    for subject, body in told:
        at_us, text = written(None, round(AS_OF.timestamp() * 1_000_000), body)
        moment = datetime.fromtimestamp(at_us / 1_000_000, UTC).replace(tzinfo=None)
        rows.append({"service": "risk_register", "subject": subject, "at": moment, "body": text})
    facts.insert("service_events", rows)
    again = opened(facts, PIPELINES, RiskRequest(AS_OF, QUARTER, remaining={"u1": Fraction(1_000_000)}))
    kept = kept_items(again)
    assert list(changes(kept, fired(again, CONFIG, kept.values()), CONFIG, AS_OF, TODAY)) == []
