"""A table of past stages is told by its values, whatever it is called; what only looks like one stays a table."""

import pytest

from crmbridge.mapping.document import load
from crmbridge.mapping.guess.guess import guess
from crmbridge.mapping.guess.rule import Guess

from .conftest import described

DEALS = (
    "Deal Id,Deal Name,Stage,Amount,Owner\nd1,Pumps,Won,10,u1\nd2,Valves,Lost,20,u2\nd3,Pipes,Quote,30,u1\n"
    "d4,Taps,Contact,40,u2\n"
)
USERS = "User Id,User Name,E-mail\nu1,Li,li@a.example\nu2,Wang,wang@a.example\n"
ROWS = (
    ("d1", "", "Contact", "2026-01-05T09:00:00+08:00", "u1"),
    ("d1", "Contact", "Review", "2026-01-09T09:00:00+08:00", "u2"),
    ("d1", "Review", "Won", "2026-02-01T09:00:00+08:00", "u1"),
    ("d2", "", "Contact", "2026-01-06T09:00:00+08:00", "u2"),
    ("d2", "Contact", "Lost", "2026-02-02T09:00:00+08:00", "u1"),
    ("d3", "", "Quote", "2026-01-20T09:00:00+08:00", "u1"),
)


def moves(header: str, *places: int) -> str:
    """A table of the moves with these of their cells."""
    return "\n".join([header, *(",".join(row[place] for place in places) for row in ROWS)]) + "\n"


def made(**tables: str) -> Guess:
    catalog, samples = described(tables)
    return guess(catalog, samples, adds_objects=True, takes_history=True)


@pytest.mark.parametrize("name", ["stage_history", "OpportunityHistory", "moves", "商机阶段变更"])
def test_a_table_of_past_stages_is_the_history_of_the_deals(name: str) -> None:
    header = "Opportunity,From Stage,To Stage,Entered At,By"
    found = made(deals=DEALS, users=USERS, **{name: moves(header, 0, 1, 2, 3, 4)})
    (history,) = found.histories
    assert (history.home, history.table) == ("deals", name)
    assert history.options == {
        "record": "Opportunity",
        "to": "To Stage",
        "at": "Entered At",
        "from": "From Stage",
        "by": "By",
    }
    assert name not in found.kinds
    assert name not in found.text


def test_a_stage_that_no_deal_is_in_now_is_a_stage_of_the_mapping() -> None:
    found = made(deals=DEALS, history=moves("Deal,Stage,Date", 0, 2, 3))
    labels = [label for stage in load(found.text).body.pipelines["sales"].stages for label in stage.labels]
    assert sorted(labels) == ["Contact", "Lost", "Quote", "Review", "Won"]


def test_times_of_another_form_are_told_with_it() -> None:
    table = "单据,阶段,时间\nd1,Contact,2026/1/5 9:00\nd1,Won,2026/2/13 9:05\nd2,Lost,2026/2/14 9:00\n"
    (history,) = made(deals=DEALS, log=table).histories
    assert history.options["format"] == ["%Y/%m/%d %H:%M"]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("tasks", "Subject,Deal Id,Status,Due Date\nCall,d1,Open,2026-01-05\nMail,d1,Done,2026-01-06\n"),
        ("activities", moves("Deal Id,Deal Stage,Activity Date", 0, 2, 3)),
        ("snapshot", "Deal Id,Stage,Date\nd1,Won,2026-02-01\nd2,Lost,2026-02-02\n"),
        ("moves", "Deal,Stage,Date\nd1,Won,soon\nd1,Lost,later\n"),
        ("moves", "Deal,Stage,Date\nd1,Won,2026-02-01\nd1,Won,2026-02-02\n"),
        ("moves", "Deal,Stage,Date\nx1,Won,2026-02-01\nx1,Lost,2026-02-02\n"),
    ],
    ids=["tasks", "activities", "one row a deal", "no times", "one stage", "other deals"],
)
def test_what_only_looks_like_one_is_none(name: str, table: str) -> None:
    assert made(deals=DEALS, **{name: table}).histories == ()


def test_a_source_that_takes_none_is_given_none() -> None:
    catalog, samples = described({"deals": DEALS, "moves": moves("Deal,Stage,Date", 0, 2, 3)})
    assert guess(catalog, samples, adds_objects=True).histories == ()
