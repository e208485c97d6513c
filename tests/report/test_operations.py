"""What a sync did, as people see it: one row an object, however many parts of it were read."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crmbridge.ledger import runs
from crmbridge.model.errors import ConfigError, ConfigErrors, ScopeError
from crmbridge.model.notes import Note
from crmbridge.report.i18n.catalog import catalog
from crmbridge.report.operations import runs_listing, sync_listing
from crmbridge.report.tables import plain, tables
from crmbridge.sync.outcome import Counts, Step, SyncResult

AS_OF = datetime(2026, 5, 1, tzinfo=UTC)
NEWS = Note("FIELD_GONE", "{field} is gone", {"field": "Tier"})
WAY = Note("read.way", "read by {way}: {reason}", {"way": "list", "reason": "few changes"})


def synced(*steps: Step) -> SyncResult:
    return SyncResult("1", list(steps))


def test_parts_of_an_object_are_one_row() -> None:
    told = sync_listing(
        synced(
            Step("zoho", "Deals", "deal", Counts(read=5, landed=4, unchanged=1, written=4), [WAY, NEWS]),
            Step("zoho", "Deals", "deal", Counts(read=9, landed=2, deleted=2), [WAY, NEWS], part="deleted"),
            Step("zoho", "Deals", "deal", Counts(read=7, landed=6, written=6), part="history"),
            Step("zoho", "Users", "user", Counts(read=1)),
        ),
        AS_OF,
    )
    deals, users = told.rows
    assert (deals["read"], deals["landed"], deals["written"], deals["deleted"]) == (5, 4, 4, 2)
    assert (deals["stage_changes"], deals["result"]) == (6, "done")
    assert "stage_changes" not in users
    assert [str(note) for note in told.warnings] == ["Tier is gone"], (
        "said once; the way of reading is for doctor and runs"
    )


def test_a_part_that_was_stopped_says_so() -> None:
    error = ScopeError("no permission for {object}", object="Deals")
    told = sync_listing(
        synced(
            Step("zoho", "Deals", "deal", Counts(read=5)),
            Step("zoho", "Deals", "deal", part="history", error=error),
        ),
        AS_OF,
    )
    assert told.rows[0]["result"] == error.code
    assert [str(note) for note in told.warnings] == ["no permission for Deals"]
    assert told.exit_code == error.exit_code


def test_every_problem_of_a_configuration_is_told() -> None:
    wrong = ConfigErrors([ConfigError("no stage {key}", key="a"), ConfigError("no stage {key}", key="b")])
    told = sync_listing(SyncResult("1", [], [("zoho", wrong)]), AS_OF)
    assert [str(note) for note in told.warnings] == ["no stage a", "no stage b"]


def test_a_source_without_history_has_no_column_for_it() -> None:
    told = sync_listing(synced(Step("books", "deals", "deal", Counts(read=5))), AS_OF)
    assert "stage_changes" not in {column.name for column in told.columns}


def run(*steps: runs.Step) -> runs.Run:
    return runs.Run(1, runs.SYNC, "0", 0, 1, 0, None, None, steps=steps)


def test_runs_tell_parts_costs_and_what_was_told() -> None:
    unchanged = Note("UNCHANGED", "nothing new")
    told = runs_listing(
        [
            run(
                runs.Step("zoho", "Deals", 0, 1, read=5, calls=3, credits=6, notices=(unchanged, WAY, NEWS, WAY)),
                runs.Step("zoho", "Deals", 0, 1, read=2, part="history"),
            )
        ],
        ZoneInfo("UTC"),
    )
    first, second = told.rows
    assert (first["part"], first["calls"], first["credits"]) == ("records", 3, 6)
    assert first["told"] == (WAY, NEWS)
    assert (second["part"], second["read"], second["told"]) == ("history", 2, ())
    shown = plain(tables(told, catalog("en"))[0])
    assert any("read by list: few changes; Tier is gone" in line for line in shown)


def test_runs_over_files_have_the_columns_they_had() -> None:
    told = runs_listing([run(runs.Step("books", "deals", 0, 1, read=5)), run()], ZoneInfo("UTC"))
    names = {column.name for column in told.columns}
    assert names.isdisjoint({"part", "calls", "credits", "told"})
    assert all(set(row) <= names for row in told.rows)
