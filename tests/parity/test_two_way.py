"""Zoho and Fxiaoke kept in step over loopback HTTP: filled from each other, edited on both sides, and quiet again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .both import Both, granted, serving


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with serving(tmp_path) as found:
        yield found


def test_two_crms_are_filled_from_each_other_and_stay_in_step(both: Both) -> None:
    assert both.sync()[0] in {0, 1}
    granted(both)
    assert both.sync() == (0, []), "one world in both: nothing to write, and no question"
    owner = both.at_zoho("Granite Labs 0 AB")["Owner"]
    both.zoho.backdoor.create(
        "Accounts", {"Account_Name": "From Zoho", "Website": "https://zoho.example", "Owner": owner}
    )
    code, told = both.sync()
    assert code == 3, told
    with both.open() as bridge:
        name = str(bridge.plans().rows[0]["plan"])
        assert bridge.apply(name).exit_code == 0
    made = both.at_fxiaoke("From Zoho")
    assert made["url"] == "https://zoho.example"
    new = {"name": "From Fxiaoke", "owner": made["owner"], "url": "https://fxiaoke.example"}
    both.fxiaoke.backdoor.create("AccountObj", new)
    both.fxiaoke.backdoor.edit("AccountObj", made["_id"], {"url": "https://edited.example"})
    code, told = both.sync()
    assert code == 0, told
    assert both.at_zoho("From Fxiaoke")["Website"] == "https://fxiaoke.example"
    record = both.at_zoho("From Zoho")
    assert record["Website"] == "https://edited.example"
    both.zoho.backdoor.edit("Accounts", record["id"], {"Account_Name": "Left", "Website": "https://left.example"})
    both.fxiaoke.backdoor.edit("AccountObj", made["_id"], {"name": "Right", "url": "https://right.example"})
    code, told = both.sync()
    assert code == 0, told
    assert both.at_fxiaoke("Left")["_id"] == made["_id"], "the pair says that the left one wins"
    with both.open() as bridge:
        lost = [(row["field"], row["loser"], row["lost"]) for row in bridge.conflicts().rows]
        assert lost == [("name", "fxiaoke", "Right")], "every loser is in the log"
        (asked,) = bridge.review().rows
        values = (asked["field"], asked["base"], asked["left"], asked["right"])
        assert values == ("website", "https://edited.example", "https://left.example", "https://right.example")
        bridge.answer(int(str(asked["id"])), take="right")
    assert both.sync()[0] == 0
    assert both.at_zoho("Left")["Website"] == both.at_fxiaoke("Left")["url"] == "https://right.example"
    before = (both.zoho.state(["Accounts"])["modules"], both.fxiaoke.state()["objects"]["AccountObj"])
    assert both.sync() == (0, [])
    assert (both.zoho.state(["Accounts"])["modules"], both.fxiaoke.state()["objects"]["AccountObj"]) == before
