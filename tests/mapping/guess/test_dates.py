"""The order of day and month, told by each column alone, and never chosen where it cannot be told."""

from collections.abc import Callable

import pytest

from crmbridge.mapping.guess.dates import read_dates
from crmbridge.mapping.guess.rule import Guess, Reading
from crmbridge.mapping.lenses.time_formats import time_format

Tables = Callable[..., Guess]


def read(*values: str, is_instant: bool = True) -> Reading | None:
    return read_dates("deals", "when", dict.fromkeys(values, 1), is_instant=is_instant)


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2021-04-15"], ["%Y-%m-%d"]),
        (["2/3/2021", "14/3/2021"], ["%d/%m/%Y"]),
        (["2/3/2021", "3/14/2021"], ["%m/%d/%Y"]),
        (["01-14-2020", "02-03-2020"], ["%m-%d-%Y"]),
        (["26-02-2018 19:58", "01-02-2018 03:04"], ["%d-%m-%Y %H:%M"]),
        (["15.4.21", "11.2.31"], ["%d.%m.%y"]),
        (["1.31.21"], ["%m.%d.%y"]),
        (["2020/2/21 0:00", "2020/2/20 23:59"], ["%Y/%m/%d %H:%M"]),
        (["2016年10月20日", "2017年3月1日"], ["%Y年%m月%d日"]),
        (["2016年10月20日 下午3:04"], ["%Y年%m月%d日 %p%I:%M"]),
        (["15 Apr, 2021 10:03:00"], ["%d %b, %Y %H:%M:%S"]),
        (["Apr 3, 2021", "April 15, 2021"], ["%b %d, %Y"]),
        (["15-Apr-21"], ["%d-%b-%y"]),
        (["Thu, 15 Apr 2021"], ["%a, %d %b %Y"]),
        (["19970101", "19980630"], ["%Y%m%d"]),
        (["4/15/2021 3:04 PM", "1/2/2021 12:00 AM"], ["%m/%d/%Y %I:%M %p"]),
        (["2021-04-15T10:00:00Z"], ["%Y-%m-%dT%H:%M:%S%z"]),
        (["2021-04-15", "23/04/2021"], ["%Y-%m-%d", "%d/%m/%Y"]),
    ],
)
def test_a_column_that_decides_is_read_by_formats_that_read_all_of_it(values: list[str], formats: list[str]) -> None:
    found = read(*values)
    assert found is not None
    assert (found.options["format"], found.is_sure, found.questions) == (formats, True, ())
    made = [time_format(text) for text in formats]
    assert all(any(form.read(value) for form in made) for value in values)


@pytest.mark.parametrize(
    ("values", "ways"),
    [
        (["2/3/2021"], [["%d/%m/%Y"], ["%m/%d/%Y"]]),
        (["2/3/2021", "11/12/2021", "4/4/2021"], [["%d/%m/%Y"], ["%m/%d/%Y"]]),
        (["2021-04-15", "03/04/2021"], [["%Y-%m-%d", "%d/%m/%Y"], ["%Y-%m-%d", "%m/%d/%Y"]]),
        (["03-04-05"], [["%d-%m-%y"], ["%m-%d-%y"], ["%y-%m-%d"]]),
        (["1/2/2021 10:00", "1/3/2021"], [["%d/%m/%Y %H:%M", "%d/%m/%Y"], ["%m/%d/%Y %H:%M", "%m/%d/%Y"]]),
    ],
)
def test_a_column_that_does_not_decide_is_asked_about(values: list[str], ways: list[list[str]]) -> None:
    found = read(*values)
    assert found is not None
    assert not found.is_sure
    assert [found.options["format"], *(other["format"] for other in found.others)] == ways
    (note,) = found.questions
    assert note.code == "ASK_DATE_ORDER"
    assert note.params["column"] == "when"


def test_days_that_are_the_same_both_ways_leave_nothing_to_ask() -> None:
    found = read("01/01/2020", "2/2/2020")
    assert found is not None
    assert found.is_sure


def test_what_decides_is_the_evidence() -> None:
    found = read("2/3/2021", "14/3/2021", "15/3/2021")
    assert found is not None
    assert found.evidence == ("1 format(s) for 3 cells; day and month by 14/3/2021",)


def test_a_clock_that_decides_decides_for_dates_without_one() -> None:
    found = read("14/3/2021 10:00", "2/3/2021")
    assert found is not None
    assert found.options["format"] == ["%d/%m/%Y %H:%M", "%d/%m/%Y"]


def test_two_orders_in_one_column_are_no_column_of_dates() -> None:
    assert read("14/3/2021", "3/14/2021") is None


@pytest.mark.parametrize("values", [["abc"], ["1,5", "2,5"], ["13/13/2020"], ["2021-02-45"], ["1/2/20211"], ["12/3"]])
def test_what_is_no_date_is_none(values: list[str]) -> None:
    assert read(*values) is None


def test_words_for_nothing_known_are_empty() -> None:
    found = read("2021-04-15", "TBD", "0000-00-00", "无")
    assert found is not None
    assert found.options["empty"] == ["TBD", "0000-00-00", "无"]


@pytest.mark.parametrize(("value", "is_day"), [("15 Apr, 2021 00:09:00", True), ("15 Apr, 2021 01:09:00", False)])
def test_a_clock_that_says_nothing_is_dropped_from_instants(value: str, is_day: object) -> None:
    found, as_date = read(value), read(value, is_instant=False)
    assert found is not None
    assert as_date is not None
    assert (found.options.get("precision") == "day") == is_day
    assert "precision" not in as_date.options


def test_an_ambiguous_column_is_a_comment_with_both_ways_and_its_text_is_kept(guessed: Tables) -> None:
    made = guessed(deals="id,Deal Name,Stage,Close Date\n1,a,Won,2/3/2021\n2,b,Open,4/5/2021\n")
    lines = made.text.splitlines()
    for line in (
        '# expected_close = { from = "Close Date", format = ["%d/%m/%Y"], when = "open" }',
        '# closed_at = { from = "Close Date", format = ["%d/%m/%Y"], when = "closed" }',
        '# closed_at = { from = "Close Date", format = ["%m/%d/%Y"], when = "closed" }',
        'close_date = { from = "Close Date", type = "text" }',
    ):
        assert line in lines
    assert [note.code for note in made.questions].count("ASK_DATE_ORDER") == 1
    assert "# QUESTION: deals: which is the day in Close Date?" in made.text


def test_each_column_decides_for_itself(guessed: Tables) -> None:
    made = guessed(deals="id,Deal Name,Stage,Created,Closed Date\n1,a,Won,14/3/2021,2/3/2021\n")
    assert 'vendor_created_at = { from = "Created", format = ["%d/%m/%Y"] }' in made.text.splitlines()
    assert '# closed_at = { from = "Closed Date", format = ["%d/%m/%Y"], when = "closed" }' in made.text.splitlines()
