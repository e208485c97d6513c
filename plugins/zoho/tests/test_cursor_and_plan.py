"""Cursors, and the choice between the ways."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapter.contract import MAX_CURSOR_BYTES
from crmbridge_zoho.cursor import Cursor, Walk, fingerprint, parse
from crmbridge_zoho.fields import ModuleField, Way, want
from crmbridge_zoho.plan import decide, query_credits

PLAIN = want({"Modified_Time": ModuleField("Modified_Time", "datetime"), "A": ModuleField("A", "text")}, None)
TEXTS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30)
WALKS = st.builds(
    Walk,
    way=TEXTS,
    begun=TEXTS,
    since=st.none() | TEXTS,
    parts=st.lists(TEXTS, max_size=3).map(tuple),
    fresh=st.booleans(),
    token=st.none() | TEXTS,
    at=st.none() | TEXTS,
    key=st.none() | TEXTS,
    job=st.none() | TEXTS,
    row=st.integers(0, 10**6),
    batch=st.integers(1, 50),
    total=st.integers(0, 10**8),
    window=st.none() | TEXTS,
)


@given(WALKS, st.sets(TEXTS, max_size=40))
def test_a_cursor_comes_back_as_it_was(walk: Walk, names: set[str]) -> None:
    cursor = Cursor(datetime(2026, 1, 2, tzinfo=UTC), fingerprint(names), walk)
    again = parse(cursor.text())
    assert again == cursor
    assert again is not None
    assert again.covers(names)


@given(st.sets(TEXTS, min_size=1, max_size=40))
def test_a_cursor_knows_which_fields_were_not_read(names: set[str]) -> None:
    assert not Cursor(None, fingerprint(names)).covers({*names, "a new one"})
    assert Cursor(None, fingerprint({*names, "a new one"})).covers(names)


def test_cursors_fit_however_many_fields_and_however_long_a_token() -> None:
    names = {f"Custom_Field_With_A_Long_Name_{n}" for n in range(900)}
    walk = Walk("list", "2026-01-01T00:00:00+00:00").moved(token="x" * 5000, at="2026-01-01T00:00:00+00:00")
    assert walk.token is None
    for some in (names, set(list(names)[:480])):
        assert len(Cursor(None, fingerprint(some), walk.moved(token="x" * 1500)).text().encode()) <= MAX_CURSOR_BYTES
    assert Cursor(None, fingerprint(names)).covers(names)
    assert not Cursor(None, fingerprint(names)).covers({*names, "more"})


def test_a_cursor_of_another_version_or_no_cursor_at_all_reads_everything_again() -> None:
    for text in (None, "", "null", "[]", "{", '{"v":2}', '{"v":1,"w":{"nonsense":1}}', '{"v":1,"w":[1]}'):
        assert parse(text) is None


def test_the_fewest_credits_win() -> None:
    assert decide("Deals", PLAIN, 150).way is Way.LIST
    assert decide("Deals", PLAIN, 5_000).way is Way.QUERY
    assert decide("Deals", PLAIN, 30_000).way is Way.QUERY
    assert decide("Deals", PLAIN, 100_000).way is Way.QUERY
    assert decide("Deals", PLAIN, 170_000).way is Way.QUERY, "an export is waited for: it must save 200 credits"
    assert decide("Deals", PLAIN, 180_000).way is Way.BULK
    assert decide("Deals", PLAIN, 1_000_000).offer(Way.BULK).credits < 300
    assert decide("Deals", PLAIN, 100_000).offer(Way.LIST).credits == 500
    assert decide("Deals", PLAIN, 100_000).offer(Way.QUERY).credits == 150


def test_a_way_that_cannot_carry_the_fields_is_not_taken_and_says_why() -> None:
    tagged = want({"Tag": ModuleField("Tag", "text"), "Modified_Time": ModuleField("Modified_Time", "datetime")}, None)
    decision = decide("Deals", tagged, 100_000)
    assert decision.way is Way.LIST
    told = decision.notice("Deals")
    text = told.message.format(**told.params)
    assert "gives no Tag" in text
    assert "100000 records, 500 credits, 500 calls" in text
    assert decide("Notes", PLAIN, 100_000).way is Way.LIST
    assert decide("Deals", tagged, 100_000, forced="bulk").way is Way.LIST


def test_more_than_fifty_fields_make_the_query_cheaper_from_the_first_page() -> None:
    many = want({f"F{n}": ModuleField(f"F{n}", "text") for n in range(80)}, None)
    assert decide("Deals", many, 200).way is Way.QUERY
    too_many = want({f"F{n}": ModuleField(f"F{n}", "text") for n in range(501)}, None)
    assert decide("Deals", too_many, 200).offer(Way.QUERY).unfit


def test_an_unknown_count_is_read_by_list_and_a_query_costs_by_its_limit() -> None:
    assert decide("Deals", PLAIN, None).way is Way.LIST
    assert [query_credits(n) for n in (1, 200, 201, 1000, 1001, 2000)] == [1, 1, 2, 2, 3, 3]
