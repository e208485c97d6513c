from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from crmbridge.ledger import changes, field_changes, links, records
from crmbridge.ledger.records import FieldMove, RecordRow, Source
from crmbridge.model.errors import ContractError
from crmbridge.model.kinds import KIND_NAMES, kind
from crmbridge.model.records import Deal

if TYPE_CHECKING:
    from tests.ledger.conftest import World
else:
    World = Any

FULL: dict[str, Any] = {
    "name": "1,000 套",
    "stage": "won",
    "stage_raw": "Won",
    "category": "won",
    "pipeline": "sales",
    "amount_e4": 10_540_000,
    "amount_currency": "USD",
    "probability_e6": 250_000,
    "closed_at_us": 1_488_326_400_000_000,
    "closed_at_precision": "day",
    "expected_close": "2017-03-01",
    "account_ref": "Cancity",
    "owner_ref": "Moses Frase",
    "intent": 2,
}


def stored(world: World) -> dict[str, dict[str, Any]]:
    with world.ledger.read() as tx:
        return {row["external_id"]: dict(row) for row in tx.execute(text("SELECT * FROM deal")).mappings()}


def test_rows_are_written_once_and_then_only_where_they_differ(world: World) -> None:
    rows = [world.row("A1", **FULL), world.row("A2", name="b")]
    with world.ledger.begin() as tx:
        first = world.write(tx, rows)
    with world.ledger.begin() as tx:
        again = world.write(tx, rows, now_us=200)
        assert changes.last_change(tx) == 1
    with world.ledger.begin() as tx:
        third = world.write(tx, [rows[0], world.row("A2", rows[1].id, name="c")], now_us=300)
    assert [(w.inserted, w.updated, w.unchanged) for w in (first, again, third)] == [(2, 0, 0), (0, 0, 2), (0, 1, 1)]
    found = stored(world)
    assert [found[i]["change_no"] for i in ("A1", "A2")] == [1, 2]
    assert (found["A2"]["first_seen_us"], found["A2"]["last_seen_us"], found["A2"]["name"]) == (100, 300, "c")
    assert found["A1"]["subject_id"] == "books:A1"


def test_unchanged_rows_touch_nothing(file_world: World) -> None:
    world = file_world
    rows = [world.row(f"A{n}", **FULL) for n in range(20)]
    with world.ledger.begin() as tx:
        world.write(tx, rows)
        records.resolve_references(tx, world.deal, source=world.source)
    with world.ledger.begin() as tx:
        before = tx.sqlite.total_changes
        world.write(tx, rows, now_us=500)
        records.resolve_references(tx, world.deal, source=world.source)
        assert tx.sqlite.total_changes == before


def test_a_new_mapping_with_the_same_values_stamps_but_is_no_change(world: World) -> None:
    row = world.row("A1", **FULL)
    with world.ledger.begin() as tx:
        world.write(tx, [row])
    with world.ledger.begin() as tx:
        written = world.write(tx, [row._replace(revision="9")], mapping_id=77, now_us=500)
        assert changes.last_change(tx) == 1
    assert (written.updated, written.unchanged) == (0, 1)
    found = stored(world)["A1"]
    assert [found[name] for name in ("mapping_id", "revision", "last_seen_us", "change_no")] == [77, "9", 500, 1]


def test_a_field_that_a_new_mapping_cannot_fill_becomes_empty(world: World) -> None:
    row = world.row("A1", **FULL)
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "users", [("Moses Frase", "u1")])
        world.write(tx, [row])
    assert stored(world)["A1"]["owner_id"] == "u1"
    bare = world.row("A1", row.id, **{name: value for name, value in FULL.items() if name != "owner_ref"})
    with world.ledger.begin() as tx:
        world.write(tx, [bare], unknown=frozenset({"owner"}))
    found = stored(world)["A1"]
    assert (found["owner_ref"], found["owner_id"], found["name"]) == (None, None, "1,000 套")


def test_references_known_before_are_filled_at_once_and_late_ones_later(world: World) -> None:
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "users", [("Moses Frase", "u1")])
        world.write(tx, [world.row("A1", **FULL), world.row("A2", **FULL | {"account_ref": "Nobody"})])
        assert records.resolve_references(tx, world.deal, source=world.source) == 0
    found = stored(world)["A1"]
    assert (found["owner_id"], found["account_id"]) == ("u1", None)
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "accounts", [("Cancity", "a1")])
        assert records.resolve_references(tx, world.deal, source=world.source, since_change=99) == 0
        assert records.resolve_references(tx, world.deal, source=world.source) == 1
        assert records.resolve_references(tx, world.deal, source=world.source) == 0
    assert (stored(world)["A1"]["account_id"], stored(world)["A1"]["change_no"]) == ("a1", 2)
    assert (stored(world)["A2"]["account_id"], stored(world)["A2"]["change_no"]) == (None, 1)


def test_every_reference_of_every_kind_can_be_looked_for(world: World) -> None:
    """The words are the same in both engines, whatever a kind is called there."""
    asked = [(kind(name), ref.name) for name in KIND_NAMES for ref in kind(name).references]
    assert len(asked) > 100
    with world.ledger.begin() as tx:
        for spec, name in asked:
            source = Source(world.connection_id, "books", "deals", 1, {name: ["users"]})
            assert records.resolve_references(tx, spec, source=source) == 0
            assert records.resolve_references(tx, spec, source=source, since_change=1) == 0
            values = {"connection": 1, "object": "deals", "stream": 1, "since": 1, "change": 1}
            assert tx.execute(records._resolving(spec.name, name, is_since=True)[1], values).rowcount == 0


def test_open_references_are_found_by_their_index(file_world: World) -> None:
    with file_world.ledger.begin() as tx:
        seen: list[str] = []
        tx.sqlite.set_trace_callback(seen.append)
        file_world.write(tx, [file_world.row("A1", **FULL)])
        records.resolve_references(tx, file_world.deal, source=file_world.source)
        tx.sqlite.set_trace_callback(None)
        asked = next(sql for sql in seen if sql.startswith("SELECT deal.id"))
        plan = str(tx.sqlite.execute("EXPLAIN QUERY PLAN " + asked).fetchall())
    assert "deal_unresolved" in plan


def test_a_changed_reference_points_at_its_new_target(world: World) -> None:
    row = world.row("A1", **FULL)
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "accounts", [("Cancity", "a1"), ("Isdom", "a2")])
        world.write(tx, [row])
        world.write(tx, [world.row("A1", row.id, **FULL | {"account_ref": "Isdom"})])
    assert stored(world)["A1"]["account_id"] == "a2"


def test_moves_of_watched_fields_are_reported_as_public_values(world: World) -> None:
    row = world.row("A1", **FULL)
    changed = {"stage": "lost", "amount_e4": None, "amount_currency": None, "name": "other", "expected_close": None}
    with world.ledger.begin() as tx:
        assert world.write(tx, [row]).moves == []
        moves = world.write(tx, [world.row("A1", row.id, **FULL | changed)]).moves
        assert moves == [
            FieldMove(row.id, "stage", "won", "lost"),
            FieldMove(row.id, "amount", {"amount": "1054.00", "currency": "USD"}, None),
            FieldMove(row.id, "expected_close", "2017-03-01", None),
        ]
        assert field_changes.append(tx, "deal", moves, at_us=5) == 3
        assert field_changes.for_record(tx, row.id) == [(5, move) for move in moves]


def test_a_merged_record_stays_merged(world: World) -> None:
    row = world.row("A1", **FULL)
    with world.ledger.begin() as tx:
        world.write(tx, [row])
        assert records.set_lifecycle(tx, world.deal, [row.id], "merged") == 1
        assert records.set_lifecycle(tx, world.deal, [row.id], "merged") == 0
        assert world.write(tx, [row]).unchanged == 1
        world.write(tx, [world.row("A1", row.id, name="later")])
    assert (stored(world)["A1"]["lifecycle"], stored(world)["A1"]["name"]) == ("merged", "later")


def test_a_deleted_record_that_comes_back_is_active(world: World) -> None:
    row = world.row("A1", **FULL)
    with world.ledger.begin() as tx:
        world.write(tx, [row])
        records.set_lifecycle(tx, world.deal, [row.id], "deleted")
        assert (records.count(tx, world.deal), records.count(tx, world.deal, lifecycles=None)) == (0, 1)
    with world.ledger.begin() as tx:
        assert world.write(tx, [row]).updated == 1
        assert records.count(tx, world.deal) == 1
    assert stored(world)["A1"]["change_no"] == 2


def test_two_rows_of_one_id_in_a_batch_are_our_bug(world: World) -> None:
    row = world.row("A1")
    with world.ledger.begin() as tx, pytest.raises(ValueError, match="same id"):
        world.write(tx, [row, row])


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_text_that_cannot_be_kept_is_refused(world: World, name: str) -> None:
    with world.ledger.begin() as tx, pytest.raises(ContractError, match="cannot be kept"):
        world.write(tx, [world.row("A1", name=name)])


def test_a_public_record_is_exact_and_fits_its_type(world: World) -> None:
    custom = '{"route": {"type": "text", "value": "直销", "label": null, "writable": true}}'
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "users", [("Moses Frase", "u1")])
        row = world.row("A1", **FULL, custom=custom, revision="7", is_new=True)
        world.write(tx, [row])
        links.make(tx, world.connection_id, "old_deals", [("Z1", row.id)], extra=True)
    with world.ledger.read() as tx:
        (found,) = records.read(tx, world.deal)
    assert found | {"version": "?"} == found | {
        "version": "?",
        "id": row.id,
        "amount": {"amount": "1054.00", "currency": "USD"},
        "probability": "0.25",
        "closed_at": "2017-03-01T00:00:00Z",
        "expected_close": "2017-03-01",
        "owner": "u1",
        "account": None,
        "refs": [
            {"connection": "books", "object": "deals", "vendor_id": "A1", "url": None},
            {"connection": "books", "object": "old_deals", "vendor_id": "Z1", "url": None},
        ],
        "unknown": ["created_by", "hold_until", "modified_by"],
        "history_quality": "dates",
        "first_seen_at": "1970-01-01T00:00:00.000100Z",
    }
    deal = Deal.model_validate(found)
    assert deal.amount is not None
    assert (str(deal.amount.amount), deal.custom["route"].value, deal.intent) == ("1054.00", "直销", 2)
    assert len(deal.version) == 16


@pytest.mark.parametrize("name", KIND_NAMES)
def test_every_kind_is_written_and_read(world: World, name: str, ids: Callable[[], str]) -> None:
    spec = kind(name)
    samples: dict[str, Any] = {"text": "x", "int": 1}
    values = tuple(samples[column.type] for column in spec.columns)
    fixed = {"enum": lambda field: field.values[0], "date": lambda _: "2026-01-31", "texts": lambda _: '["a"]'}
    by_column = {c.name: n for n, c in enumerate(spec.columns)}
    row = list(values)
    for field in spec.fields.values():
        if field.type in fixed:
            row[by_column[field.name]] = fixed[field.type](field)  # type: ignore[no-untyped-call]
        if field.type == "json":
            row[by_column[field.name]] = '{"k": [1]}'
        if field.type == "money":
            row[by_column[f"{field.name}_currency"]] = "CNY"
    source = Source(world.connection_id, "books", "things", world.mapping_id)
    with world.ledger.begin() as tx:
        written = records.write(tx, spec, [RecordRow(ids(), "X", tuple(row))], source=source, now_us=1)
        assert written.inserted == 1
        (found,) = records.read(tx, spec)
    assert spec.record.model_validate(found).id == found["id"]


@pytest.mark.parametrize(
    ("count", "currency", "shown"),
    [
        (10_540_000, "USD", "1054.00"),
        (10_541_234, "USD", "1054.1234"),
        (-5_000, "JPY", "-0.5"),
        (30_000, "JPY", "3"),
        (2**63 - 1, "CNY", "922337203685477.5807"),
        (0, "KWD", "0.000"),
    ],
)
def test_money_shows_every_digit_and_no_more(world: World, count: int, currency: str, shown: str) -> None:
    with world.ledger.begin() as tx:
        world.write(tx, [world.row("A1", amount_e4=count, amount_currency=currency)])
        (found,) = records.read(tx, world.deal)
    assert found["amount"] == {"amount": shown, "currency": currency}


def test_reading_picks_by_change_id_and_state_and_walks_in_batches(world: World) -> None:
    with world.ledger.begin() as tx:
        world.write(tx, [world.row(f"A{n}") for n in range(2100)])
    with world.ledger.begin() as tx:
        late = world.row("B1")
        world.write(tx, [late])
        records.set_lifecycle(tx, world.deal, [late.id], "archived")
    with world.ledger.read() as tx:
        everything = [found["id"] for found in records.read(tx, world.deal)]
        assert len(everything) == 2101
        assert everything == sorted(everything)
        assert [found["id"] for found in records.read(tx, world.deal, since_change=1)] == [late.id]
        assert [found["id"] for found in records.read(tx, world.deal, ids=[late.id, "none"])] == [late.id]
        assert [found["id"] for found in records.read(tx, world.deal, lifecycles=["archived"])] == [late.id]


def test_a_record_is_found_by_every_name_people_use(world: World) -> None:
    row = world.row("A1")
    with world.ledger.begin() as tx:
        world.write(tx, [row])
    with world.ledger.read() as tx:
        for name in (row.id, "A1", "books:A1"):
            assert records.find(tx, world.deal, name) == [row.id]
        assert records.find(tx, world.deal, "A2") == []
        assert records.find(tx, kind("account"), "A1") == []
