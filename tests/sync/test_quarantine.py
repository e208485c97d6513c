"""What cannot be used waits with its place and reason; everything else goes on, and it heals without the source."""

from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.adapter.contract import Problem, RawRecord
from crmbridge.model.errors import Unavailable
from crmbridge.sync.outcome import Counts


def broken(world: World) -> Crm:
    crm = world.add(lists=True, page_size=50)
    crm.store.put("deals", {"name": "Good", "stage": "New", "amount": "1"}, external_id="d1")
    crm.store.put("deals", {"name": "Bad", "stage": "New", "amount": "a lot", "close": "soon"}, external_id="d2")
    return crm


def test_a_bad_row_waits_with_file_line_field_and_reason(world: World) -> None:
    broken(world)
    result = world.sync()
    assert result.exit_code == 1
    assert set(world.public("deal")) == {"d1"}
    (row,) = world.quarantine()
    assert (row.connection, row.object, row.external_id, row.position) == ("books", "deals", "d2", "deals.csv:2")
    assert {problem.field: problem.raw for problem in row.problems} == {"amount": "a lot", "close": "soon"}
    assert all(problem.message for problem in row.problems)


def test_what_waits_is_said_again_until_it_is_mended(world: World) -> None:
    crm = broken(world)
    world.sync()
    with world.nothing_written():
        again = world.sync()
    assert (again.exit_code, [step.waiting for step in again.steps]) == (1, [0, 0, 1])
    crm.edition = 1
    assert world.sync().exit_code == 1
    (row,) = world.quarantine()
    assert row.attempts == 1


def test_an_edited_mapping_heals_while_the_source_is_down(world: World) -> None:
    crm = broken(world)
    world.sync()
    crm.check_error = Unavailable("{connection} does not answer", connection="books")
    crm.calls.clear()
    world.edit_mapping('amount = { from = "amount", currency = "USD" }\nexpected_close = "close"\n', "")
    result = world.sync()
    assert crm.calls == [("check", None), ("close", None)]
    assert result.exit_code == 5
    (step,) = result.steps
    assert (step.object, step.counts) == ("deals", Counts(written=1, updated=1))
    assert set(world.public("deal")) == {"d1", "d2"}
    assert world.quarantine() == []


def test_an_edited_record_heals(world: World) -> None:
    crm = broken(world)
    world.sync()
    crm.store.edit("deals", "d2", {"amount": "2", "close": "2026-04-01"})
    assert world.sync().exit_code == 0
    assert set(world.public("deal")) == {"d1", "d2"}
    assert world.quarantine() == []


def test_a_deleted_record_waits_no_more(world: World) -> None:
    crm = broken(world)
    world.sync()
    crm.store.delete("deals", "d2")
    assert world.sync().exit_code == 0
    assert world.quarantine() == []


def test_retry_reads_what_was_landed_and_asks_no_source(world: World) -> None:
    crm = broken(world)
    world.sync()
    crm.calls.clear()
    result = world.retry()
    assert (result.exit_code, crm.calls) == (1, [])
    world.edit_mapping('amount = { from = "amount", currency = "USD" }', "")
    result = world.retry()
    assert (result.exit_code, [step.counts.quarantined for step in result.steps]) == (1, [0, 0, 1])
    world.edit_mapping('expected_close = "close"\n', "")
    result = world.retry()
    assert (result.exit_code, crm.calls) == (0, [])
    assert set(world.public("deal")) == {"d1", "d2"}


def test_the_earlier_good_row_stays_and_the_later_one_replaces_it(world: World) -> None:
    crm = broken(world)
    world.sync()
    crm.store.edit("deals", "d1", {"name": "Renamed", "amount": "12,3,4"})
    world.sync()
    assert (world.public("deal")["d1"]["name"], world.public("deal")["d1"]["amount"]["amount"]) == ("Good", "1.00")
    assert {row.external_id for row in world.quarantine()} == {"d1", "d2"}
    crm.store.edit("deals", "d1", {"amount": "3"})
    world.sync()
    assert (world.public("deal")["d1"]["name"], world.public("deal")["d1"]["amount"]["amount"]) == ("Renamed", "3.00")


def test_two_different_records_with_one_id_are_a_conflict_and_equal_ones_are_one(world: World) -> None:
    crm = world.add(lists=True, page_size=50)
    crm.extra["users"] = [
        RawRecord("users", "u1", {"name": "One"}, position="users.csv:2"),
        RawRecord("users", "u1", {"name": "Other"}, position="users.csv:3"),
        RawRecord("users", "u2", {"name": "Same"}),
        RawRecord("users", "u2", {"name": "Same"}),
    ]
    assert world.sync().exit_code == 1
    assert set(world.public("user")) == {"u2"}
    (row,) = world.quarantine()
    assert (row.code, row.external_id, row.position) == ("DUPLICATE_ID", "u1", "users.csv:2, users.csv:3")
    crm.extra["users"] = crm.extra["users"][1:]
    crm.edition = 1
    assert world.sync().exit_code == 0
    assert set(world.public("user")) == {"u1", "u2"}
    assert world.quarantine() == []


def test_an_edited_mapping_does_not_close_what_a_reader_met(world: World) -> None:
    crm = world.add(lists=True)
    crm.store.put("users", {"name": "One"}, external_id="u1")
    crm.problems["users"] = [Problem("DUPLICATE", "{id} stands twice", {"id": "u1"}, "users.csv:9", external_id="u1")]
    world.sync()
    world.edit_mapping('[objects.users.fields]\nname = "name"', '[objects.users.fields]\nname = "name"\nrole = "name"')
    result = world.sync()
    assert world.public("user")["u1"]["role"] == "One"
    assert (result.exit_code, [row.code for row in world.quarantine()]) == (1, ["DUPLICATE"])
    crm.edition = 1
    world.sync()
    (row,) = world.quarantine()
    assert row.attempts == 1


def test_a_record_that_a_reader_and_the_mapping_complain_of_waits_twice(world: World) -> None:
    crm = broken(world)
    crm.problems["deals"] = [Problem("DUPLICATE", "{id} stands twice", {"id": "d2"}, "deals.csv:9", external_id="d2")]
    world.sync()
    assert sorted(row.code for row in world.quarantine()) == ["DUPLICATE", "FIELD_UNREADABLE"]
    crm.edition = 1
    world.sync()
    assert sorted(row.code for row in world.quarantine()) == ["DUPLICATE", "FIELD_UNREADABLE"]


def test_a_place_that_a_whole_reading_meets_no_more_is_closed(world: World) -> None:
    crm = broken(world)
    crm.problems["deals"] = [Problem("SHORT_ROW", "the row has {count} cells", {"count": 2}, "deals.csv:7", raw="x,y")]
    assert world.sync().exit_code == 1
    assert {row.position for row in world.quarantine()} == {"deals.csv:2", "deals.csv:7"}
    crm.edition, crm.errors = 1, {"deals": Unavailable("gone")}
    world.sync()
    assert len(world.quarantine()) == 2
    crm.errors, crm.problems = {}, {}
    world.sync()
    assert {row.position for row in world.quarantine()} == {"deals.csv:2"}


def test_a_record_that_comes_back_without_its_problem_is_closed_where_only_changes_are_read(world: World) -> None:
    crm = world.add()
    crm.store.put("users", {"name": "One"}, external_id="u1")
    crm.problems["users"] = [Problem("ODD", "odd", external_id="u1"), Problem("ODD", "odd", external_id="u2")]
    world.sync()
    crm.problems.clear()
    row = crm.store.edit("users", "u1", {})
    row.revision -= 1
    world.sync()
    assert [row.external_id for row in world.quarantine()] == ["u2"]


def test_a_record_that_cannot_be_kept_stops_no_other(world: World) -> None:
    crm = world.add(lists=True, page_size=50)
    crm.store.put("users", {"name": "One"}, external_id="u1")
    crm.extra["users"] = [
        RawRecord("users", "i" * 600, {"name": "Long"}, position="users.csv:3"),
        RawRecord("users", "n\0l", {"name": "Null"}),
        RawRecord("users", "\udcff", {"name": "Half id"}),
        RawRecord("users", "half", {"name": {"deep": ["\ud83d"]}}),
    ]
    result = world.sync()
    assert result.exit_code == 1
    assert set(world.public("user")) == {"u1"}
    assert {row.code for row in world.quarantine()} == {"RECORD_UNSTORABLE"}
    assert {row.external_id for row in world.quarantine()} == {None, "half"}
    assert len(world.quarantine()) == 4


def test_text_with_a_nul_is_a_reason_not_an_end(world: World) -> None:
    crm = world.add()
    for n in range(3):
        crm.store.put("users", {"name": "a\0b" if n == 1 else f"User {n}"}, external_id=f"u{n}")
    assert world.sync().exit_code == 1
    assert set(world.public("user")) == {"u0", "u2"}
    assert [row.external_id for row in world.quarantine()] == ["u1"]


def test_ten_thousand_bad_rows_are_kept_in_one_go(file_world: World) -> None:
    crm = file_world.add(lists=True, page_size=5000)
    for n in range(1000):
        crm.store.put("deals", {"name": "x", "stage": "New", "amount": "?"}, external_id=f"d{n}", tick=False)
    result = file_world.sync()
    assert result.steps[2].waiting == 1000
