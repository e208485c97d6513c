"""What happened between two looks becomes history, as exact as it can be known."""

from datetime import timedelta

from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.ledger.records import FieldMove, RecordRow
from crmbridge.model.instants import to_us
from crmbridge.model.kinds import kind
from crmbridge.sync import observation
from crmbridge.sync.observation import Look

MINUTE = 60_000_000


def one_deal(world: World, **fields: object) -> Crm:
    crm = world.add()
    deal = {"name": "Deal", "stage": "New", "amount": "1", "close": "2026-05-01", "owner": "u1"}
    crm.store.put("deals", deal | fields, external_id="d1")
    return crm


def at(world: World) -> int:
    return to_us(world.clock())


def test_the_first_sight_of_a_record_is_no_event(world: World) -> None:
    one_deal(world)
    world.sync()
    assert (world.events("d1"), world.moves("d1")) == ([], [])


def test_a_stage_change_has_the_vendors_time_where_it_lies_between_the_looks(world: World) -> None:
    crm = one_deal(world)
    world.sync()
    before = at(world) - MINUTE
    world.clock.advance(3600)
    crm.store.edit("deals", "d1", {"stage": "Talk"})
    changed = at(world)
    world.clock.advance(3600)
    world.sync()
    (event,) = world.events("d1")
    assert (event.from_stage, event.to_stage, event.pipeline, event.vendor_label) == ("new", "talk", "sales", "Talk")
    assert (event.at_us, event.at_precision, event.origin) == (changed, "exact", "observed")
    assert (event.earliest_us, event.latest_us) == (before, at(world) - MINUTE)
    assert (event.amount_e4, event.amount_currency, event.expected_close, event.owner_ref) == (
        10_000,
        "USD",
        "2026-05-01",
        "u1",
    )


def test_without_a_usable_time_of_the_vendor_it_is_the_later_look(world: World) -> None:
    crm = one_deal(world)
    world.sync()
    crm.store.edit("deals", "d1", {"stage": "Talk"}).modified -= timedelta(days=3)
    world.sync()
    crm.store.edit("deals", "d1", {"stage": "Won", "undated": True})
    world.sync()
    crm.store.edit("deals", "d1", {"stage": "New", "undated": False}).modified += timedelta(days=3)
    world.sync()
    assert [(e.to_stage, e.at_precision, e.at_us == e.latest_us) for e in world.events("d1")] == [
        ("talk", "sync", True),
        ("won", "sync", True),
        ("new", "sync", True),
    ]


def test_the_look_before_is_the_last_reading_even_when_nothing_had_changed(world: World) -> None:
    crm = one_deal(world)
    world.sync()
    world.clock.advance(86_400)
    world.sync()
    before = at(world) - MINUTE
    crm.store.edit("deals", "d1", {"stage": "Talk"})
    world.sync()
    assert world.events("d1")[0].earliest_us == before


def test_a_reading_that_did_not_come_to_its_end_is_no_look(world: World) -> None:
    crm = one_deal(world)
    crm.page_size = 1
    crm.store.put("deals", {"name": "Other", "stage": "New"}, external_id="d2")
    world.sync()
    before = at(world) - MINUTE
    crm.store.edit("deals", "d1", {"stage": "Talk"})
    crm.store.edit("deals", "d2", {"stage": "Talk"})
    changed = at(world)
    crm.late_errors["deals"] = ValueError("broken")
    world.sync()
    crm.late_errors.clear()
    world.clock.advance(3600)
    world.sync()
    event = world.events("d2")[0]
    assert (event.at_us, event.at_precision, event.earliest_us) == (changed, "exact", before)


def test_watched_fields_leave_their_old_value_behind(world: World) -> None:
    crm = one_deal(world)
    world.sync()
    crm.store.edit("deals", "d1", {"amount": "2", "close": "2026-06-01", "owner": "u2", "name": "Renamed"})
    changed = at(world)
    world.sync()
    assert sorted(world.moves("d1")) == [
        (changed, "amount", '{"amount":"1.00","currency":"USD"}', '{"amount":"2.00","currency":"USD"}'),
        (changed, "expected_close", '"2026-05-01"', '"2026-06-01"'),
        (changed, "owner", '"u1"', '"u2"'),
    ]
    assert world.events("d1") == []


def test_what_waited_in_quarantine_moved_while_it_waited(world: World) -> None:
    crm = one_deal(world)
    world.sync()
    crm.store.edit("deals", "d1", {"stage": "Talk", "amount": "?"})
    changed = at(world)
    world.sync()
    assert world.events("d1") == []
    world.edit_mapping('amount = { from = "amount", currency = "USD" }\n', "")
    world.sync()
    (event,) = world.events("d1")
    assert (event.to_stage, event.at_us, event.earliest_us) == ("talk", changed, None)


def test_the_same_change_delivered_twice_is_one_event(world: World) -> None:
    crm = one_deal(world)
    world.sync()
    crm.store.edit("deals", "d1", {"stage": "Talk"})
    world.sync()
    crm.store.edit("deals", "d1", {})
    world.sync()
    assert len(world.events("d1")) == 1


def test_a_stage_that_is_gone_is_no_entry_into_one(world: World) -> None:
    one_deal(world)
    world.sync()
    record_id = world.public("deal")["d1"]["id"]
    with world.ledger.begin() as tx:
        row = RecordRow(record_id, "d1", (None,) * len(kind("deal").columns))
        look = Look(None, 5, None)
        observation.keep(
            tx,
            kind("deal"),
            [FieldMove(record_id, "stage", "new", None)],
            rows={record_id: row},
            looks={record_id: look},
        )
    assert world.events("d1") == []
