"""A company moves from Zoho to Fxiaoke and on to another Zoho, killed on the way: everything arrives once."""

from collections import Counter
from pathlib import Path

import pytest

from crmbridge.model.errors import ConfigError, TransientError
from crmbridge.sync.twoway import moving as migrations

from .moved import OWNER, Company, company
from .moved_fields import held, lost

FEW = 1
"""So few kills mean the quick form, which goes one way."""


def finish(moving: Company, giver: str, receiver: str, plan: str | None) -> list[dict[str, object]]:
    """Goes on until nothing is to be written; what is told at the end."""
    if plan is not None:
        moving.wait(5)
        assert moving.apply(giver, receiver, plan) in {0, TransientError.exit_code}
    for _ in range(6):
        moving.wait(5)
        plan, told = moving.plan(giver, receiver)
        if plan is None:
            return told
        assert moving.apply(giver, receiver, plan) in {0, TransientError.exit_code}
    raise AssertionError("it does not come to its end")


def move(moving: Company, giver: str, receiver: str, *, kills: int, each: int) -> list[dict[str, object]]:
    """Moves everything; what the plan told of what is not carried."""
    there = held(moving, giver, moving.folder / f"{giver}-before")
    plan, told = moving.plan(giver, receiver)
    assert plan is not None
    assert sum(int(row["to_make"]) for row in told if "to_make" in row) == sum(
        counter.total() for counter in moving.truth(giver).values()
    )
    with pytest.raises(ConfigError):
        moving.apply(giver, receiver, plan)
    assert moving.received(receiver) == 0, "nothing is sent without a grant"
    moving.grant(receiver)
    killed = sum(moving.apply_and_kill(giver, receiver, plan, after=each) for _ in range(kills))
    assert killed == kills
    last = finish(moving, giver, receiver, plan)
    here = held(moving, receiver, moving.folder / f"{receiver}-after")
    for said in (told, last):
        assert lost(there, here, said) == [], "what both can hold has arrived, and the rest was told, before and after"
    return told


@pytest.mark.parametrize(
    ("deals", "kills", "each"),
    [
        pytest.param(20, 1, 8, id="40"),
        pytest.param(1_750, 10, 150, id="4000", marks=pytest.mark.wide),
        pytest.param(8_800, 10, 1_900, id="20000", marks=pytest.mark.wide),
    ],
)
def test_a_company_moves_there_and_on_and_everything_arrives_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deals: int, kills: int, each: int
) -> None:
    with company(tmp_path, monkeypatch, deals=deals) as moving:
        before = moving.old.state()["modules"]
        told = move(moving, "zoho", "fxiaoke", kills=kills, each=each)
        assert moving.truth("fxiaoke") == moving.truth("zoho"), [
            (row["kind"], row.get("field"), row["count"], str(row["reason"])) for row in told if "reason" in row
        ]
        assert moving.old.state()["modules"] == before, "who gives is only read"
        reasons = {(row["kind"], row.get("field")): str(row["reason"]) for row in told if "reason" in row}
        assert ("deal", "stage") in reasons
        assert reasons["account", "custom.world_key"] == "custom fields are read and not carried"
        assert reasons["deal", "Deals.Competitors"] == "no rule of the mapping names it (Competitors)"
        assert "nobody counted them" in reasons[None, None]
        assert (tmp_path / "migrations" / "zoho-fxiaoke.html").read_text("utf-8").startswith("<!doctype html>")
        if kills == FEW:
            return
        move(moving, "fxiaoke", "third", kills=kills, each=each)
        assert moving.truth("third") == moving.truth("zoho")
        moving.wait(5)
        _, told = moving.plan("fxiaoke", "zoho")
        assert not any(row.get("to_make") for row in told), "what came from there is there"


def test_a_migration_is_undone_and_a_sync_between_two_looks_tells_it_what_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with company(tmp_path, monkeypatch, deals=12) as moving:
        assert moving.truth("zoho")["note"], "notes are carried as activities, and taken back as such"
        plan, told = moving.plan("zoho", "fxiaoke")
        assert plan is not None
        moving.grant("fxiaoke")
        assert moving.apply("zoho", "fxiaoke", plan) == 0
        made = moving.received("fxiaoke")
        with moving.open() as bridge:
            carried = frozenset(migrations.KINDS)
            assert {one.name: one.paired for one in bridge.wiring.setups([])} == {
                "zoho": carried,
                "fxiaoke": carried,
                "third": frozenset(),
            }
            (found,) = bridge.undo(plan)
            back = next(str(row["plan"]) for row in found.rows if row["section"] == "plan")
            assert sum(int(str(row["count"])) for row in found.rows if row["section"] == "counts") == made
            assert bridge.apply(back, ("deletes",)).exit_code == 0
        gone = [row["life_status"] for rows in moving.held("fxiaoke").values() for row in rows.values()]
        assert Counter(gone) == {"invalid": made}
        moving.wait(5)
        again, told = moving.plan("zoho", "fxiaoke")
        assert again is None
        taken_back = "they were made once and taken back with crmbridge undo"
        assert sum(int(row["count"]) for row in told if str(row.get("reason")) == taken_back) == made
        with moving.open() as bridge:
            warnings = [note.code for note in bridge.migrate("zoho", "fxiaoke", owner=OWNER).warnings]
        assert warnings == ["TAKEN_BACK", "AGAIN"]
        moving.wait(5)
        plan, _ = moving.plan("zoho", "fxiaoke", again=True)
        assert plan is not None
        assert moving.apply("zoho", "fxiaoke", plan) == 0
        gone = [row["life_status"] for rows in moving.held("fxiaoke").values() for row in rows.values()]
        assert Counter(gone) == {"invalid": made, "normal": made}
        moving.wait(5)
        again, _ = moving.plan("zoho", "fxiaoke")
        assert again is None
        assert "Not carried" in (tmp_path / "migrations" / "zoho-fxiaoke.txt").read_text("utf-8")
