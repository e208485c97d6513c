"""Queries: put together in one place, and nothing that a value holds ever leaves its quotes."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugins.zoho.tests.fake import Deals, FakeZoho, deal

from crmbridge.model.errors import ContractError
from crmbridge_zoho import coql
from crmbridge_zoho.coql import Query, after, any_of, both, record_id

LITERAL = re.compile(r"'(?:[^']|'')*'")


@given(st.text())
def test_a_text_never_leaves_its_quotes(value: str) -> None:
    try:
        written = coql.text(value)
    except ContractError:
        assert "\\" in value or "\0" in value
        return
    assert LITERAL.fullmatch(written)
    assert written[1:-1].replace("''", "'") == value


@pytest.mark.parametrize(
    "word", ["", "a b", "a;b", "Name' or '1'='1", "a--", "a.b.c", "名字", "a\n", "1a", "a(b)", "`a`", 'a"b']
)
def test_a_name_that_is_none_enters_no_query(word: str) -> None:
    with pytest.raises(ContractError):
        coql.name(word)


def test_reserved_words_are_quoted_and_paths_are_allowed() -> None:
    assert coql.name("External") == "'External'"
    assert coql.name("Account_Name.Account_Name") == "Account_Name.Account_Name"


@pytest.mark.parametrize("value", ["", "1 or 1=1", "x", "1" * 21, "１２"])
def test_an_id_is_digits_and_nothing_else(value: str) -> None:
    with pytest.raises(ContractError):
        record_id(value)


def test_conditions_are_bracketed_in_pairs() -> None:
    assert both("a = 1") == "a = 1"
    assert both("a = 1", "b = 2", "c = 3") == "((a = 1 and b = 2) and c = 3)"
    assert any_of("Stage", ["a", "b'c"]) == "Stage in ('a', 'b''c')"
    assert coql.instant(datetime(2026, 1, 2, 3, 4, 5, 999, tzinfo=UTC)) == "'2026-01-02T03:04:05+00:00'"


def test_a_place_in_the_order_has_its_condition() -> None:
    assert after(None, None, None, timed=True) == "id is not null"
    assert after("2026-01-01T00:00:00+00:00", None, None, timed=True) == "Modified_Time >= '2026-01-01T00:00:00+00:00'"
    assert after(None, "t", "7", timed=True) == "((Modified_Time > 't') or (Modified_Time = 't' and id > 7))"
    assert after(None, None, "7", timed=False) == "id > 7"
    assert after(None, None, None, timed=False) == "id is not null"


def test_a_query_names_the_id_first_and_each_field_once() -> None:
    query = Query("Deals", ("Stage", "id", "Stage"), "id is not null")
    assert query.text(2000, 1980) == (
        "select id, Stage from Deals where id is not null order by Modified_Time asc, id asc limit 1980, 2000"
    )


@pytest.mark.parametrize("gone", [0, 3, 50])
def test_rows_that_go_between_two_windows_open_no_gap(zoho: FakeZoho, deals: Deals, tmp_path: Path, gone: int) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - one test

    deals.rows = [deal(n, n) for n in range(200)]
    everything = [str(row["id"]) for row in deals.rows]
    ask = zoho.routes["POST /crm/v8/coql"]
    calls: list[int] = []

    def losing(request: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            deals.rows = deals.rows[gone:]
        return ask(request)  # type: ignore[arg-type] # a request

    zoho.routes["POST /crm/v8/coql"] = losing  # type: ignore[assignment] # loosely typed above
    adapter = zoho.open(tmp_path)
    adapter.check()
    with ThreadPoolExecutor(1) as pool:
        query = Query("Deals", ("Modified_Time",), "id is not null")
        asked = coql.begin_windows(adapter.session, query, size=40, together=3, pool=pool)
        rows, is_all, _ = coql.joined(asked, size=40)
    found = [str(row["id"]) for row in rows]
    assert found == everything[: len(found)]
    assert not is_all
    assert len(found) >= (40 if gone > 20 else 100)
