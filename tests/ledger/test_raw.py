import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from crmbridge.adapter.contract import Payload, RawRecord
from crmbridge.ledger import dictionaries, links, raw, streams
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.packing import pack
from crmbridge.ledger.payloads import decode_payload, encode_payload
from crmbridge.model.errors import ContractError, StoreError

if TYPE_CHECKING:
    from tests.ledger.conftest import World
else:
    World = Any


def record(external_id: str, payload: Payload | None = None, **more: Any) -> RawRecord:
    return RawRecord("deals", external_id, {"Name": external_id} if payload is None else payload, **more)


def kept(ledger: Ledger, connection_id: int, ids: Iterable[str]) -> dict[str, RawRecord]:
    with ledger.read() as tx:
        return {p.record.external_id: p.record for p in raw.fetch(tx, connection_id, "deals", list(ids))}


def test_landing_keeps_the_payload_verbatim(world: World) -> None:
    payload = {
        "b": "两",
        "a": [1, {"x": None, "y": True}],
        "amount": Decimal("10.50"),
        "id": 2**80,
        "e": Decimal("1E+3"),
    }
    modified = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    original = record("A1", payload, revision="7", modified=modified, position="line 2")
    landing = world.land([original])
    assert [(item.record, item.is_new) for item in landing.landed] == [(pack([original], "deals")[0], True)]
    found = kept(world.ledger, world.connection_id, ["A1"])["A1"]
    assert found == original
    assert list(found.payload) == list(payload)
    assert str(found.payload["amount"]) == "10.50"


def test_landing_again_lands_nothing(world: World) -> None:
    first = world.land([record("A1"), record("A2")])
    again = world.land([record("A2"), record("A1")], now_us=99, run_id=2)
    assert (len(first.landed), first.unchanged) == (2, 0)
    assert (again.landed, again.unchanged) == ([], 2)


def test_only_what_changed_lands(world: World) -> None:
    first = world.land([record("A1"), record("A2", {"Name": "old"}), record("A3")])
    second = world.land([record("A1"), record("A2", {"Name": "new"}), record("A4")])
    assert [(item.record.external_id, item.is_new) for item in second.landed] == [("A2", False), ("A4", True)]
    assert second.landed[0].raw_id == first.landed[1].raw_id
    assert kept(world.ledger, world.connection_id, ["A2"])["A2"].payload == {"Name": "new"}


def test_a_new_revision_lands_though_the_payload_is_the_same(world: World) -> None:
    world.land([record("A1", revision="1")])
    assert len(world.land([record("A1", revision="2")]).landed) == 1
    assert kept(world.ledger, world.connection_id, ["A1"])["A1"].revision == "2"


def test_equal_records_of_one_page_are_one(world: World) -> None:
    landing = world.land([record("A1", position="line 2"), record("A1", position="line 9")])
    assert [item.record.position for item in landing.landed] == ["line 2"]
    assert landing.conflicts == []


def test_differing_records_of_one_id_are_a_conflict_and_none_lands(world: World) -> None:
    one, two, three = record("A1", {"v": "1"}), record("A1", {"v": "2"}), record("A1", {"v": "1"})
    landing = world.land([one, record("A2"), two, three])
    assert [item.record.external_id for item in landing.landed] == ["A2"]
    assert landing.conflicts == [raw.Conflict("A1", tuple(pack([one, two], "deals")))]
    assert kept(world.ledger, world.connection_id, ["A1"]) == {}


def test_a_conflict_leaves_the_earlier_record_as_it_was(world: World) -> None:
    world.land([record("A1", {"v": "0"})])
    world.land([record("A1", {"v": "1"}), record("A1", {"v": "2"})])
    assert kept(world.ledger, world.connection_id, ["A1"])["A1"].payload == {"v": "0"}


def test_a_tombstone_without_a_payload_keeps_the_last_one(world: World) -> None:
    world.land([record("A1", {"v": "0"})])
    tombstone = RawRecord("deals", "A1", {}, deleted=True)
    assert [item.record.deleted for item in world.land([tombstone]).landed] == [True]
    assert world.land([tombstone]).landed == []
    found = kept(world.ledger, world.connection_id, ["A1"])["A1"]
    assert (found.deleted, found.payload) == (True, {"v": "0"})
    back = world.land([record("A1", {"v": "0"})])
    assert [item.is_new for item in back.landed] == [False]
    assert not kept(world.ledger, world.connection_id, ["A1"])["A1"].deleted


def test_live_records_are_counted_and_named(world: World) -> None:
    world.land([record("A1"), record("A2"), RawRecord("deals", "A3", {}, deleted=True)])
    with world.ledger.read() as tx:
        assert raw.count(tx, world.connection_id, "deals") == 2
        assert raw.live_ids(tx, world.connection_id, "deals") == {"A1", "A2"}
        assert raw.live_ids(tx, world.connection_id, "nothing") == set()


def test_landing_tells_which_record_of_ours_it_is(world: World) -> None:
    world.land([record("A1")])
    with world.ledger.begin() as tx:
        links.make(tx, world.connection_id, "deals", [("A1", "r1"), ("A9", "r9")])
    landed = world.land([record("A1", {"v": "2"}), record("A9"), record("A2")]).landed
    assert [(item.record.external_id, item.is_new, item.record_id) for item in landed] == [
        ("A1", False, "r1"),
        ("A9", True, "r9"),
        ("A2", True, None),
    ]


@pytest.mark.parametrize(
    ("payload", "where"),
    [({"a": 0.5}, "payload.a"), ({"a": [{"b": 1.0}]}, r"payload.a\[0\].b"), ({"n": float("nan")}, "payload.n")],
)
def test_a_float_is_refused(world: World, payload: Payload, where: str) -> None:
    with pytest.raises(ContractError, match=where + " is a float"):
        world.land([record("A1"), record("A2", payload)])
    assert kept(world.ledger, world.connection_id, ["A1"]) == {}


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, tzinfo=UTC), {1: "x"}, {"x"}, b"x", Decimal("NaN"), "\ud800"])
def test_what_is_not_json_is_refused(world: World, value: object) -> None:
    with pytest.raises(ContractError):
        world.land([record("A1", {"a": value})])


@pytest.mark.parametrize("external_id", ["", "x" * 513, "a\0b", "\udc80"])
def test_an_id_that_cannot_be_kept_is_refused(world: World, external_id: str) -> None:
    with pytest.raises(ContractError, match="cannot be kept"):
        world.land([record(external_id, {})])


def test_a_page_of_two_objects_is_refused(world: World) -> None:
    with pytest.raises(ContractError, match="deals and leads"):
        world.land([record("A1"), RawRecord("leads", "L1", {})])


def test_ids_of_17_digits_and_leading_zeros_stay_text(world: World) -> None:
    ids = ["00123", "12345678901234567", "１２", "a'b\"c\\", "x" * 512]
    assert len(world.land([record(i) for i in ids]).landed) == len(ids)
    assert set(kept(world.ledger, world.connection_id, ids)) == set(ids)


def test_a_mapping_that_came_later_finds_what_it_has_not_read(world: World) -> None:
    world.land([record(f"A{n}") for n in range(5)], mapping_id=1)
    with world.ledger.begin() as tx:
        assert raw.pending(tx, world.connection_id, "deals", 1) == []
        first = raw.pending(tx, world.connection_id, "deals", 2, limit=3)
        rest = raw.pending(tx, world.connection_id, "deals", 2, limit=3, after=first[-1].raw_id)
        assert [len(first), len(rest)] == [3, 2]
        raw.mark(tx, [item.raw_id for item in first], 2)
        left = raw.pending(tx, world.connection_id, "deals", 2)
        assert [item.raw_id for item in left] == [item.raw_id for item in rest]


def test_a_settled_stream_has_nothing_pending_until_something_lands_unread(world: World) -> None:
    world.land([record("A1")], mapping_id=1)
    with world.ledger.begin() as tx:
        assert raw.settle(tx, world.connection_id, "deals", 1)
        assert not raw.settle(tx, world.connection_id, "deals", 1)
    world.land([record("A2")], mapping_id=1)
    with world.ledger.begin() as tx:
        assert raw.pending(tx, world.connection_id, "deals", 1) == []
        assert len(raw.pending(tx, world.connection_id, "deals", 2)) == 2
    world.land([record("A3")])
    with world.ledger.begin() as tx:
        assert [item.record.external_id for item in raw.pending(tx, world.connection_id, "deals", 1)] == ["A3"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_pages_in_any_order_give_the_same_store(world: World, data: st.DataObject) -> None:
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
    states = data.draw(st.dictionaries(texts.filter(bool), st.dictionaries(texts, texts, max_size=3), max_size=8))
    records_ = [record(external_id, payload) for external_id, payload in states.items()]
    pages = data.draw(st.lists(st.lists(st.sampled_from(records_), max_size=6), max_size=6)) if records_ else []
    for page in [*pages, records_, *pages]:
        world.land(page)
    found = kept(world.ledger, world.connection_id, states)
    assert {external_id: found[external_id].payload for external_id in states} == states
    assert all(world.land(page).landed == [] for page in [*pages, records_])


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=9)
            | st.decimals(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=5,
    )
)  # fmt: skip
def test_payloads_come_back_digit_for_digit(payload: dict[str, Any]) -> None:
    assert decode_payload(encode_payload(payload)) == payload


def test_alike_payloads_are_kept_small_and_without_the_values_of_one_record(file_world: World) -> None:
    world = file_world
    page = [
        record(f"A{n}", {"Stage": "Won", "Contact Person": f"Ms Zhang-{n:05}x", "Product": "GTX Plus Basic", "n": n})
        for n in range(1000)
    ]
    world.land(page)
    path = world.ledger.path
    assert path is not None
    with sqlite3.connect(path) as con:
        size = con.execute("SELECT sum(length(body)) FROM raw_payload").fetchone()[0]
        (dictionary,) = con.execute("SELECT body FROM payload_dictionary").fetchone()
    assert size < 0.6 * sum(len(orjson.dumps(item.payload)) for item in page)
    assert b"Contact Person" in dictionary
    assert b"Zhang" not in dictionary
    assert kept(world.ledger, world.connection_id, ["A7"])["A7"] == page[7]
    dictionaries._decompressor.cache_clear()
    with open_ledger(world.ledger.url).read() as tx:
        assert [item.record for item in raw.fetch(tx, world.connection_id, "deals", ["A999"])] == [page[999]]


def test_a_damaged_payload_is_never_read(file_world: World) -> None:
    file_world.land([record("A1", {"Name": "x" * 300})])
    with file_world.ledger.begin() as tx:
        tx.execute(text("UPDATE raw_payload SET body = x'7b7d'"))
    with pytest.raises(StoreError, match="damaged"):
        kept(file_world.ledger, file_world.connection_id, ["A1"])


def test_a_second_equal_landing_writes_nothing_to_the_file(file_world: World) -> None:
    world = file_world
    path = world.ledger.path
    assert path is not None
    page = [record(f"A{n}", {"v": str(n)}) for n in range(500)]

    def whole_run() -> None:
        with world.ledger.begin() as tx:
            raw.keep(tx, world.connection_id, "deals", pack(page, "deals"), run_id=1, now_us=77, mapping_id=1)
            streams.advance(tx, world.connection_id, "deals", cursor="c1", now_us=88, complete=True, count=500)
            raw.settle(tx, world.connection_id, "deals", 1)

    whole_run()
    before = [(file.name, file.read_bytes()) for file in sorted(Path(path).parent.glob("ledger.db*"))]
    with world.ledger.begin() as tx:
        changes = tx.sqlite.total_changes
    whole_run()
    with world.ledger.begin() as tx:
        assert tx.sqlite.total_changes == changes
    after = [(file.name, file.read_bytes()) for file in sorted(Path(path).parent.glob("ledger.db*"))]
    assert [pair for pair in after if pair[0] != "ledger.db-shm"] == [p for p in before if p[0] != "ledger.db-shm"]


def test_a_second_equal_landing_touches_no_row(world: World) -> None:
    if world.ledger.dialect == "sqlite":
        pytest.skip("PostgreSQL's own proof; the file's is above")
    page = [record(f"A{n}") for n in range(50)]

    def versions() -> list[Any]:
        with world.ledger.read() as tx:
            return list(tx.execute(text("SELECT id, xmin::text FROM raw_record ORDER BY id")))

    world.land(page)
    before = versions()
    world.land(page)
    assert versions() == before
