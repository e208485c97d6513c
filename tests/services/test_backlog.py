"""The list of improvements: requirements S2-28, S3-33, S4-24."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import orjson
import pytest
from tests.services.response_worlds import at, naive
from tests.services.worlds import Deal, company, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.services.backlog import SERVICE, Item, backlog, closed, dropped, find, reported, taken
from crmbridge.services.backlog_findings import findings
from crmbridge.services.evidence import records_of_losses
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest

NOW = at("2026-03-31 09:00")
WISH = Item("rep-1", "customers ask for an API at once", "rep", date(2026, 3, 2), author="Li", stage="S3")


def told(*events: tuple[str, Mapping[str, object]]) -> tuple[Item, ...]:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    first = at("2026-03-02 09:00")
    rows = [
        {
            "service": SERVICE,
            "subject": subject,
            "at": naive(first + timedelta(hours=n)),
            "body": orjson.dumps(body).decode(),
        }
        for n, (subject, body) in enumerate(events)
    ]
    if rows:
        facts.insert("service_events", rows)
    return backlog(facts, NOW)


def ids(items: Sequence[Item]) -> list[tuple[str, str]]:
    return [(one.id, one.status) for one in items]


def test_an_item_of_a_rep_is_there_once_and_open_until_it_is_decided() -> None:
    (item,) = told(("rep-1", reported(WISH)), ("rep-1", reported(WISH)))
    assert item.reported == 2
    assert (item.text, item.stage, item.author, item.on) == (WISH.text, "S3", "Li", date(2026, 3, 2))
    assert item.status == "open"
    assert ids(told(("rep-1", reported(WISH)), ("rep-1", dropped(item, "planned anyway")))) == [("rep-1", "dropped")]


def test_what_came_of_a_call_back_and_of_a_meeting_stand_in_one_list() -> None:
    call = Item("call-back-77", "the invoice was wrong", "call_back", date(2026, 3, 2))
    talk = Item("meeting-w10-1", "two visits a week are too few", "meeting", date(2026, 3, 2))
    items = told((call.id, reported(call)), (talk.id, reported(talk)), (call.id, reported(call)))
    assert [(one.id, one.source, one.reported) for one in items] == [
        ("call-back-77", "call_back", 2),
        ("meeting-w10-1", "meeting", 1),
    ]


def test_an_item_is_closed_only_with_numbers_before_and_after_and_has_a_verdict() -> None:
    finding = Item("bottleneck-S3", "few pass from S3 to S4", "finding", date(2026, 3, 2), metric="S3")
    with pytest.raises(ConfigError, match="no numbers from before"):
        closed(finding, None, (60, 200))
    (item,) = told(
        (finding.id, reported(finding)),
        (finding.id, taken(finding, "Zhao", date(2026, 6, 1))),
        (finding.id, closed(finding, (36, 200), (60, 200))),
    )
    assert (item.status, item.owner, item.remeasure_on) == ("closed", "Zhao", date(2026, 6, 1))
    assert item.result is not None
    assert item.result.verdict == "improved"


def test_what_is_decided_is_not_decided_again() -> None:
    (item,) = told(("rep-1", reported(WISH)), ("rep-1", dropped(WISH, "no")))
    with pytest.raises(ConfigError, match="decided already"):
        taken(item, "Li", date(2026, 4, 1))
    with pytest.raises(ConfigError, match="for a reason"):
        dropped(WISH, " ")


def test_an_item_that_is_due_is_told() -> None:
    (item,) = told(("rep-1", reported(WISH)), ("rep-1", taken(WISH, "Li", date(2026, 3, 31))))
    assert item.is_due(date(2026, 3, 31))
    assert not item.is_due(date(2026, 3, 30))


def test_an_unknown_item_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean rep-1"):
        find(told(("rep-1", reported(WISH))), "rep-2")


def test_a_bottleneck_is_an_item_with_an_owner_and_a_day_to_measure_again() -> None:
    """Requirement S2-23: of 40 deals that came to S3 20 went on to S4, and 20 were lost for their price."""
    on = [("S1", "2026-01-05"), ("S2", "2026-01-06"), ("S3", "2026-01-07"), ("S4", "2026-01-08"), ("S5", "2026-01-09")]
    won = [Deal(f"w{n}", [*on, ("won", "2026-02-01")]) for n in range(20)]
    lost = [Deal(f"l{n}", [*on[:3], ("lost", "2026-02-01")], facts={"reason": "price"}) for n in range(20)]
    facts, request = company([*won, *lost]), FunnelRequest(as_of=NOW)
    report = funnel(facts, [six_stages()], request)
    (item,) = findings(report, date(2026, 3, 31), "Zhao")
    assert (item.id, item.text, item.stage) == ("bottleneck-sales-S3", "S3 → S4", "S3")
    assert (item.before, item.owner, item.remeasure_on) == ((20, 40), "Zhao", date(2026, 6, 29))
    lost_for = records_of_losses(facts, [six_stages()], request)["reason"]
    assert {reason: len(ids) for reason, ids in lost_for.items()} == {"price": 20}
