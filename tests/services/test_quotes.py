"""Quotes: totals to the cent, the authority of discounts and whom they are asked of, and what ends when."""

import json
import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.quote_worlds import GV_LINES, Row, ask, deal, one, quote, told

from crmbridge.model.errors import ConfigErrors
from crmbridge.services.quote_lines import Line, read_lines
from crmbridge.services.quotes_document import built_in, load_quotes
from crmbridge.services.quotes_wants import wants_of
from crmbridge.services.wants import NoticeWanted, TaskMade, TaskWanted


def shares(percent: int) -> dict[str, Any]:
    return {"list_total": "100000", "amount": str(100000 - percent * 1000)}


def tasks(report: Any) -> list[TaskWanted]:
    return [want for want in wants_of(report) if isinstance(want, TaskWanted)]


def codes(row: Row) -> list[str]:
    with told([row]) as facts:
        return [note.code for note in one(ask(facts)).notes]


def test_gv_quote_1_lines_are_rounded_then_summed_and_vat_once_on_the_net_total() -> None:
    with told([quote(lines=GV_LINES, vat_rate=Decimal("0.13"))]) as facts:
        found = one(ask(facts))
    totals = found.totals
    assert [str(line.amount) for line in totals.lines] == ["53997.30", "50000.00", "5666.66"]
    assert (str(totals.net), str(totals.list_total)) == ("109663.96", "116663.66")
    assert totals.discount is not None
    assert totals.discount == 1 - Fraction("109663.96") / Fraction("116663.66")
    assert round(float(totals.discount) * 100, 2) == 6.00
    assert (str(totals.vat), str(totals.gross)) == ("14256.31", "123920.27")
    assert found.approval == "not_needed", "6.00 % is within the 10 % of a rep"


def test_fifteen_percent_by_a_rep_who_may_give_ten_is_asked_of_the_manager_once() -> None:
    with told([quote(**shares(15))]) as facts:
        report = ask(facts)
        (task,) = tasks(report)
        made = {task.key: TaskMade(task.key, "crm", "done")}
        again = ask(facts, made=made)
        assert (one(report).approval, one(again).approval) == ("needed", "asked")
        assert tasks(again) == []
    assert (task.kind, task.record_id, task.owner, task.due.isoformat()) == ("deal", "d1", "boss", "2026-03-09")
    assert task.title == "Approve 15.00 % off for Acme? Quote Q1; Li may give 10.00 %"
    assert (report.over.numerator, report.over.denominator) == (1, 1)


def test_a_larger_discount_is_asked_of_who_may_give_it_and_anew() -> None:
    with told([quote(**shares(25))]) as facts:
        (task,) = tasks(ask(facts))
        assert task.owner == "vp", "the manager may give 20 %"
    with told([quote(**shares(15))]) as facts:
        (smaller,) = tasks(ask(facts))
    assert smaller.key != task.key
    with told([quote(**shares(60))]) as facts:
        assert tasks(ask(facts))[0].owner == "vp", "nobody may: the highest is asked"


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"approval": "approved"}, "approved"),
        ({"approval": "refused"}, "refused"),
        ({"approval": "asked"}, "asked"),
        ({"approval": "none"}, "needed"),
        ({"owner_id": "nobody"}, "unknown"),
        ({"owner_ref": "crm:somebody"}, "unknown"),
        ({"owner_id": "boss"}, "not_needed"),
    ],
)
def test_what_stands_of_an_approval(more: dict[str, Any], state: str) -> None:
    with told([quote(**shares(15), **more)]) as facts:
        report = ask(facts)
    assert one(report).approval == state
    assert bool(tasks(report)) == (state == "needed")


def test_the_own_authority_of_a_user_goes_before_that_of_his_role() -> None:
    users = [{"id": "li", "name": "Li", "role": "rep", "discount_authority": Decimal("0.15")}]
    with told([quote(**shares(15)), quote("q2", **shares(16))], users=users) as facts:
        assert [q.approval for q in ask(facts).quotes] == ["not_needed", "needed"]


def test_cents_of_rounding_are_no_discount() -> None:
    lines = [{"quantity": 2, "unit_price": "3333.33", "discount": "10%"}]
    with told([quote(lines=lines)]) as facts:
        found = one(ask(facts))
    assert found.totals.discount is not None
    assert found.totals.discount > 0
    assert found.approval == "not_needed"
    odd = [{"quantity": 1, "unit_price": "0.05", "discount": "10%"}, {"quantity": 1, "unit_price": "0.04"}]
    with told([quote(lines=odd)]) as facts:
        assert one(ask(facts)).approval == "not_needed"


def test_no_discount_is_known_without_a_list_total_and_none_is_zero() -> None:
    with told([quote(amount="100"), quote("q2"), quote("q3", amount="0", list_total="0")]) as facts:
        report = ask(facts)
    assert [(q.totals.discount, q.approval) for q in report.quotes] == [(None, "unknown")] * 3
    assert [note.code for note in report.evidence.warnings] == ["NOT_JUDGED"]
    assert report.over.value is None


def test_a_net_total_above_the_list_total_is_no_discount_below_nothing() -> None:
    with told([quote(amount="113", list_total="100")]) as facts:
        found = one(ask(facts))
    assert (found.totals.discount, found.approval, [note.code for note in found.notes]) == (
        None,
        "unknown",
        ["ABOVE_LIST"],
    )


def test_the_discount_that_a_quote_names_counts_where_it_is_the_larger_one() -> None:
    with told(
        [quote(amount="100", discount=Decimal("0.15")), quote("q2", list_total="200", discount=Decimal("0.05"))]
    ) as facts:
        first, second = ask(facts).quotes
    assert (first.totals.discount, first.approval) == (Fraction(15, 100), "needed")
    assert (str(second.totals.net), second.approval) == ("190.00", "not_needed")


def test_totals_of_the_source_are_compared_and_a_difference_is_told() -> None:
    lines = [{"quantity": 1, "unit_price": "100"}]
    assert codes(quote(lines=lines, amount="100", list_total="100")) == []
    assert codes(quote(lines=lines, amount="85", list_total="101")) == ["TOTAL_DIFFERS", "LIST_TOTAL_DIFFERS"]
    assert codes(quote(lines=lines, amount="113", vat_rate=Decimal("0.13"))) == ["TOTAL_WITH_VAT"]
    with told([quote(lines=lines, amount="85")]) as facts:
        report = ask(facts)
        assert one(report).approval == "needed", "what the customer pays is 15 % below what the lines come to"
        assert report.records()["totals differ"] == ("q1",)


def test_the_price_list_finds_a_discount_that_hides_in_the_price_of_a_piece() -> None:
    price = {"id": "p1", "name": "A", "list_price_e4": 200_000, "list_price_currency": "CNY"}
    lines = [{"product": " a ", "quantity": 10, "unit_price": "16"}]
    with told([quote(lines=lines, amount="160", list_total="160")], products=[price]) as facts:
        found = one(ask(facts))
        assert (found.totals.discount, found.approval) == (Fraction(1, 5), "needed")
        assert [note.code for note in found.notes] == ["BELOW_LIST"], "the source's own totals are right"
        off = load_quotes("[price_list]\nenabled = false\n")
        assert one(ask(facts, config=off)).approval == "not_needed"
    other = {**price, "id": "p2", "list_price_e4": 190_000}
    with told([quote(lines=lines)], products=[price, other]) as facts:
        assert one(ask(facts)).totals.discount == 0, "two prices of one name are none"


def test_a_trial_that_ends_on_the_13th_gives_a_call_two_workdays_before() -> None:
    with told([quote(trial_ends="2026-03-13")]) as facts:
        (task,) = tasks(ask(facts))
        assert (task.due.isoformat(), task.owner, task.record_id) == ("2026-03-11", "li", "d1")
        assert task.title == "Call Acme: the trial ends on 2026-03-13"
        assert tasks(ask(facts, "2026-03-03")) == [], "not before it is near"
        assert tasks(ask(facts, "2026-03-12"))[0].due.isoformat() == "2026-03-12", "late, but not too late"
        assert tasks(ask(facts, "2026-03-14")) == []
        made = {task.key: TaskMade(task.key, "crm", "open")}
        assert tasks(ask(facts, made=made)) == []
    with told([quote(trial_ends="2026-03-20")]) as facts:
        assert tasks(ask(facts, "2026-03-16"))[0].key != task.key, "a trial that is made longer gets its own call"


def test_calls_end_with_the_deal_the_quote_and_the_document() -> None:
    row = quote(trial_ends="2026-03-13", valid_until="2026-03-12")
    with told([row]) as facts:
        assert [task.why for task in tasks(ask(facts))] == ["quote-trial_ends", "quote-valid_until"]
        off = load_quotes("[calls.valid_until]\nenabled = false\n")
        assert [task.why for task in tasks(ask(facts, config=off))] == ["quote-trial_ends"]
    for rows, deals in (([row], [deal(stage="won")]), ([{**row, "status": "declined"}], [deal()])):
        with told(rows, deals) as facts:
            assert tasks(ask(facts)) == []
    with told([{**row, "status": "draft"}]) as facts:
        assert [task.why for task in tasks(ask(facts))] == ["quote-trial_ends"]


def test_an_offer_has_expired_the_day_after_its_last() -> None:
    with told([quote(valid_until="2026-03-06"), quote("q2", status="accepted", valid_until="2026-01-01")]) as facts:
        assert [q.status for q in ask(facts, "2026-03-06").quotes] == ["sent", "accepted"]
        assert [q.status for q in ask(facts, "2026-03-07").quotes] == ["expired", "accepted"]


def test_a_quote_of_template_3_while_4_is_current_is_told_once() -> None:
    config = load_quotes('[templates]\nStandard = "v4"\n')
    row = quote(template="standard", template_version="3", **shares(0))
    with told([row, {**row, "id": "q2", "subject": "crm:q2", "template_version": "4"}]) as facts:
        (notice,) = wants_of(ask(facts, config=config))
        assert wants_of(ask(facts, config=config)) == [notice]
    assert isinstance(notice, NoticeWanted)
    assert (notice.to, notice.text) == ("li", "Quote Q1 is made of version 3 of standard; v4 is in use")


def test_what_hangs_on_no_record_is_told_instead() -> None:
    with told([quote(deal_id=None, owner_id="li", **shares(15))]) as facts:
        (notice,) = wants_of(ask(facts))
    assert isinstance(notice, NoticeWanted)
    assert (notice.to, notice.record_id) == ("boss", None)


def test_who_reports_to_himself_is_asked_all_the_same() -> None:
    users = [{"id": "li", "name": "Li", "manager_id": "boss"}, {"id": "boss", "name": "Wang", "manager_id": "li"}]
    with told([quote(**shares(15))], users=users) as facts:
        assert tasks(ask(facts))[0].owner == "boss"


@pytest.mark.parametrize(
    "text",
    ["A 3 x 19999.00 -10%; B 1 x 50,000 ; C 2×3333.33 - 15%", json.dumps(GV_LINES), json.dumps({"lines": GV_LINES})],
)
def test_lines_are_read_from_a_cell_too(text: str) -> None:
    found = read_lines(json.dumps(text), "CNY")
    assert isinstance(found, tuple)
    assert [(line.product, str(line.amount)) for line in found] == [
        ("A", "53997.30"),
        ("B", "50000.00"),
        ("C", "5666.66"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "three servers",
        7,
        [7],
        [{"quantity": 1}],
        [{"quantity": "many", "unit_price": 1}],
        [{"quantity": 1, "unit_price": 1, "discount": 15}],
        [{"quantity": -1, "unit_price": 1}],
        [{"quantity": 1, "unit_price": "NaN"}],
        [{"quantity": True, "unit_price": 1}],
        [{"quantity": 1, "unit_price": "1e999999"}],
    ],
)
def test_what_cannot_be_read_is_told_and_no_total_is_made_of_the_rest(lines: object) -> None:
    with told([quote(lines=json.dumps(lines))]) as facts:
        found = one(ask(facts))
    assert (found.totals.net, found.approval) == (None, "unknown")
    assert next(note.code for note in found.notes) in {"LINE_UNREADABLE", "LINES_UNREADABLE"}


def test_a_yen_has_no_cents_and_two_currencies_are_not_mixed() -> None:
    lines = [{"quantity": 1, "unit_price": "100", "discount": "0.5%"}]
    with told([quote(lines=lines, amount="100", amount_currency="JPY")]) as facts:
        assert str(one(ask(facts)).totals.net) == "100"
    row = quote(amount="100", list_total="120", list_total_currency="USD")
    with told([row]) as facts:
        found = one(ask(facts))
        assert (found.totals.discount, found.notes[0].code) == (None, "TWO_CURRENCIES")


def test_the_document_names_what_is_wrong_with_it() -> None:
    for text, match in (
        ("[authority]\nothers = 15\n", "quotes.toml"),
        ('[approval]\nwithin = "2bh"\n', "no hours"),
        ("[approvall]\n", "approval"),
        ('[authority.roles.rep]\nshare = "0.1"\nwords = ["VP"]\n', "VP is a word of"),
    ):
        with pytest.raises(ConfigErrors, match=match):
            load_quotes(text)
    authority = load_quotes('[authority.roles.partner]\nshare = "0.4"\nwords = ["合伙人"]\n').authority
    roles = ("销售经理", "sales-MANAGER", "partner", "Rep", None, "")
    assert [str(authority.of(role)) for role in roles] == ["0.20", "0.20", "0.4", "0.10", "0.10", "0.10"]
    assert built_in().authority.of("partner") == Decimal("0.10")


_lines = st.lists(
    st.fixed_dictionaries(
        {
            "quantity": st.decimals(0, 1000, places=3),
            "unit_price": st.decimals(0, 100_000, places=4),
            "discount": st.decimals(0, 1, places=4),
        }
    ),
    min_size=1,
    max_size=6,
)


@given(_lines)
def test_every_line_is_what_decimal_arithmetic_gives(lines: list[dict[str, Decimal]]) -> None:
    found = read_lines(json.dumps([{name: str(value) for name, value in line.items()} for line in lines]), "CNY")
    assert isinstance(found, tuple)
    cent = Decimal("0.01")
    for line, read in zip(lines, found, strict=True):
        assert isinstance(read, Line)
        whole = line["quantity"] * line["unit_price"]
        assert read.list_amount == whole.quantize(cent, ROUND_HALF_UP)
        assert read.amount == (whole * (1 - line["discount"])).quantize(cent, ROUND_HALF_UP)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [quote(f"q{n}", **shares(n), trial_ends="2026-03-13") for n in range(30)]
    mixed = random.Random(4).sample(rows, len(rows))  # noqa: S311 - an order, not a secret
    with told(rows) as first, told(mixed) as second:
        one_way, other = ask(first), ask(second)
        assert (one_way.quotes, wants_of(one_way)) == (other.quotes, wants_of(other))


def test_what_the_customer_can_take_no_more_gives_no_tasks() -> None:
    days = {"trial_ends": "2026-03-13", "valid_until": "2026-03-12"}
    rows = [quote(f"q{n}", status=status, **shares(15), **days) for n, status in enumerate(("sent", "draft", None))]
    rows += [quote(f"w{status}", status=status, **shares(15), **days) for status in ("declined", "accepted", "expired")]
    rows += [quote("old", **shares(15), valid_until="2026-03-05"), quote("won", deal_id="d2", **shares(15))]
    with told(rows, [deal(), deal("d2", "won")]) as facts:
        everything, live = ask(facts), ask(facts, only_live=True)
    assert [one.id for one in live.quotes] == [one.id for one in everything.quotes if one.is_live] == ["q0", "q1", "q2"]
    assert wants_of(live) == wants_of(everything) != []
