"""A ledger that was restored from a backup does not make again what it has forgotten to have made."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sync.twoway.pairing import Pairing

from crmbridge.ledger import restoring
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.sync.own_creates import external_key
from crmbridge.sync.twoway.merging import Side

pytestmark = pytest.mark.file_ledger


@pytest.fixture
def pairing(sqlite_ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(sqlite_ledger, ids)


@pytest.fixture
def kept(pairing: Pairing, tmp_path: Path) -> Path:
    """A backup of when both sides were in step; one company is on both."""
    pairing.left.put("companies", {"title": "ACME", "town": "Bonn"})
    pairing.settle()
    pairing.ledger.backup(tmp_path / "backup.db")
    return tmp_path / "backup.db"


def go_back(pairing: Pairing, backup: Path) -> None:
    path = pairing.ledger.path
    assert path is not None
    pairing.ledger.close()
    restoring.restore(backup, path, now_us=pairing.around().now_us(), stamp="then")
    pairing.ledger = open_ledger(pairing.ledger.url)


def test_the_key_is_that_of_the_place_and_of_nothing_else() -> None:
    key = external_key("account", "left", "companies", "7")
    assert key == external_key("account", "left", "companies", "7")
    others = {
        external_key("account", "left", "companies", "8"),
        external_key("account", "left", "customers", "7"),
        external_key("account", "right", "companies", "7"),
        external_key("deal", "left", "companies", "7"),
        external_key("account", "left|companies", "", "7"),
    }
    assert len(others | {key}) == 6


@pytest.mark.parametrize("side", list(Side))  # the left is read first: once the origin, once the copy
def test_a_copy_made_since_is_joined_to_its_origin_and_nothing_is_made_twice(
    pairing: Pairing, kept: Path, side: Side
) -> None:
    if side is Side.LEFT:
        pairing.left.put("companies", {"title": "New & Sons", "town": "Kiel"})
    else:
        pairing.right.put("customers", {"name": "New & Sons", "place": "Kiel"})
    pairing.settle()
    go_back(pairing, kept)
    pairing.settle()
    assert sorted(str(row.fields["title"]) for row in pairing.left.live("companies")) == ["ACME", "New & Sons"]
    assert sorted(str(row.fields["name"]) for row in pairing.right.live("customers")) == ["ACME", "New & Sons"]
    (copy,) = [row for row in pairing.right.live("customers") if row.fields["name"] == "New & Sons"]
    pairing.right.edit("customers", copy.external_id, {"place": "Ulm"})
    pairing.settle()
    assert sorted(str(row.fields["town"]) for row in pairing.left.live("companies")) == ["Bonn", "Ulm"]


def test_a_copy_whose_origin_is_gone_is_made_by_nobody(pairing: Pairing, kept: Path) -> None:
    made = pairing.right.put("customers", {"name": "Short & Sweet"})
    pairing.settle()
    go_back(pairing, kept)
    pairing.right.delete("customers", made)
    done = pairing.round()
    assert done.plan is None
    assert [held.template for held in done.draft.held] == [
        "crmbridge made it for a record that this ledger, restored from a backup, has not seen"
    ]
    assert [row.fields["name"] for row in pairing.right.live("customers")] == ["ACME"]


def test_what_both_sides_show_by_now_is_no_question_and_what_was_edited_twice_is_one(
    pairing: Pairing, kept: Path
) -> None:
    (origin,), (copy,) = pairing.left.live("companies"), pairing.right.live("customers")
    pairing.left.edit("companies", origin.external_id, {"title": "ACME 2", "town": "Köln"})
    pairing.settle()
    go_back(pairing, kept)
    pairing.right.edit("customers", copy.external_id, {"place": "Ulm"})
    pairing.settle()
    assert [one.field for one in pairing.conflicts()] == ["city"]
    assert pairing.only(Side.RIGHT, "customers")["name"] == "ACME 2"


def test_the_first_plan_waits_for_a_person_again(pairing: Pairing, kept: Path) -> None:
    pairing.left.put("companies", {"title": "New & Sons"})
    go_back(pairing, kept)
    pairing.approved = False
    done = pairing.round()
    assert [trip.guard for trip in done.trips] == ["first-write"]
    assert len(pairing.right.live("customers")) == 1
