"""The last result of each record, as one line: requirement S2-31."""

from datetime import date

from tests.services.response_worlds import at, naive

from crmbridge.facts.store import Facts
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.last_results import MOST, figures, last_results

NOW = at("2026-03-10 09:00")


def done(key: str, day: str, **more: object) -> dict[str, object]:
    names = (
        "lead_id",
        "deal_id",
        "account_id",
        "outcome",
        "customer_feedback",
        "next_step",
        "next_step_due",
        "automated",
    )
    empty: dict[str, object] = dict.fromkeys(names)
    return {"id": key, "type": "call", "state": "done", "ended_at": naive(at(f"{day} 10:00")), **empty, **more}


def lines(rows: list[dict[str, object]], *kinds: str) -> dict[str, str]:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    facts.insert("deals", [{"id": "D1", "account_id": "A1"}])
    facts.insert("activities", rows)
    found = last_results(facts, [default_pipeline()], NOW, kinds or ("deal", "lead", "account"))
    return {f"{one.kind}/{one.record_id}": str(one.value) for one in figures(found)}


def test_the_last_result_stands_on_the_deal_and_its_company() -> None:
    rows = [
        done("1", "2026-03-02", deal_id="D1", outcome="connected", next_step="send the offer"),
        done(
            "2",
            "2026-03-05",
            deal_id="D1",
            outcome="connected",
            customer_feedback="the price is high",
            next_step="new offer",
            next_step_due=date(2026, 3, 9),
        ),
        done("3", "2026-03-06", deal_id="D1"),
        done("4", "2026-03-20", deal_id="D1", outcome="not yet"),
        done("5", "2026-03-07", deal_id="D1", outcome="a machine's", automated=True),
    ]
    line = "2026-03-05 call: connected; the price is high; → new offer 2026-03-09"
    assert lines(rows) == {"deal/D1": line, "account/A1": line}
    assert lines(rows[::-1], "deal") == {"deal/D1": line}


def test_a_long_feedback_is_cut_to_a_line() -> None:
    (line,) = lines([done("1", "2026-03-02", lead_id="L1", customer_feedback="很贵\n" * 300)]).values()
    assert (len(line), line[-1], "\n" in line) == (MOST, "…", False)


def test_what_has_no_result_shows_none() -> None:
    assert lines([done("1", "2026-03-02", deal_id="D1")]) == {}
