"""A file of stage history beside the file of deals, from `sync` to the figures."""

import pytest

from .place import Place

HISTORY = """
[connections.books.objects.deals.history]
file = "moves.csv"
record = "ID"
to = "Stage"
at = "Entered"
"""
HEADER = "ID,Stage,Entered\n"
MOVES = (
    "D1,Won,2026-02-01T09:00:00+08:00\nD1,Contact,2026-01-05T09:00:00+08:00\nD1,Quote,2026-01-15T09:00:00+08:00\n"
    "D2,Contact,2026-01-06T09:00:00+08:00\nD2,Lost,2026-02-02T09:00:00+08:00\n"
    "D3,Contact,2026-01-07T09:00:00+08:00\nD3,Quote,2026-01-20T09:00:00+08:00\n"
)


@pytest.fixture
def kept(place: Place) -> Place:
    """The workspace with a file of history."""
    place.change("crmbridge.toml", 'file = "deals.csv"\nkey = "ID"\n', 'file = "deals.csv"\nkey = "ID"\n' + HISTORY)
    place.write("files/moves.csv", HEADER + MOVES)
    return place


def test_the_way_of_each_deal_is_known(kept: Place) -> None:
    assert kept.sync().code == 0
    deals = kept.exported()
    assert {deal["history_quality"] for deal in deals.values()} == {"full"}
    funnel = kept.funnel()
    assert funnel["rows"][0]["cycle_days_mean"] == 27


def test_without_a_file_of_history_nothing_is_asked_for(place: Place) -> None:
    assert place.sync().code == 0
    assert {deal["history_quality"] for deal in place.exported().values()} == {"dates", "current_only"}
    assert all(row.get("part") != "history" for row in place.sync().json["rows"])


def test_a_bad_row_waits_in_quarantine_until_the_file_is_mended(kept: Place) -> None:
    bad = f"{HEADER}D1,Quote,soon\n{MOVES}D3,Lost\n"
    kept.write("files/moves.csv", bad)
    assert kept.sync().code == 1
    told = [(row["code"], row["position"]) for row in kept.waiting()]
    assert told == [("NO_TIME", "moves.csv:2"), ("RAGGED_ROW", "moves.csv:10")]
    kept.change("files/deals.csv", "Pumps", "Pumps and pipes")
    kept.sync()
    assert [(row["code"], row["position"]) for row in kept.waiting()] == told, "reading deals says nothing of history"
    kept.write("files/moves.csv", f"{HEADER}D1,Quote,soon\n{MOVES}")
    kept.sync()
    assert [(row["code"], row["position"]) for row in kept.waiting()] == told[:1]
    kept.write("files/moves.csv", HEADER + MOVES)
    assert kept.sync().code == 0
    assert kept.waiting() == []


def test_a_bad_row_of_deals_is_no_matter_of_history(kept: Place) -> None:
    kept.with_row("too,few")
    kept.write("files/moves.csv", f"{HEADER}D1,,\n{MOVES}")
    kept.sync()
    assert [row["position"] for row in kept.waiting()] == ["deals.csv:3", "moves.csv:2"]
    kept.write("files/moves.csv", HEADER + MOVES)
    kept.sync()
    assert [row["position"] for row in kept.waiting()] == ["deals.csv:3"]


def test_an_unchanged_file_is_told_and_not_read(kept: Place) -> None:
    kept.sync()
    again = kept.sync().json
    assert [row["read"] for row in again["rows"]] == [0, 0]
    kept.write("files/moves.csv", HEADER + MOVES + "D3,Won,2026-02-20T09:00:00+08:00\n")
    kept.change("files/deals.csv", "D3,Pipes,A1,Quote", "D3,Pipes,A1,Won")
    assert kept.sync().code == 0
    assert kept.funnel()["rows"][0]["won"] == 2


def test_a_column_that_is_not_there_is_named_with_the_nearest(kept: Place) -> None:
    kept.change("crmbridge.toml", 'at = "Entered"', 'at = "Enterd"')
    answer = kept.run("doctor")
    assert "deals.history: moves.csv has no column Enterd (did you mean Entered?)" in answer.out
    kept.change("crmbridge.toml", 'to = "Stage"', 'tu = "Stage"')
    refused = kept.sync()
    assert refused.code == 78
    assert any("tu" in problem["message"] and "did you mean to" in str(problem) for problem in refused.problems)
