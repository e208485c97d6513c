"""Instants are written with the zone's offset on their day."""

from __future__ import annotations

import random
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from crmbridge_sim.zoho.json_values import instant_json
from crmbridge_sim.zoho.times import instant_text, parse_instant


@pytest.mark.parametrize(
    "zone", ["Europe/Stockholm", "Asia/Shanghai", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "UTC"]
)
def test_the_quick_text_is_the_zones_own(zone: str) -> None:
    chance = random.Random(zone)  # noqa: S311  # a choice of test values
    moments = [chance.randrange(1_000_000_000, 1_900_000_000) for _ in range(2_000)]
    # around the changes to and from summer time of one year, second by second at their edge
    moments += [edge + step for edge in (1_774_746_000, 1_792_890_000) for step in range(-2, 3)]
    for moment in moments:
        text = instant_text(moment, zone)
        assert text == datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat(timespec="seconds")
        assert parse_instant(text) == moment


def test_an_empty_instant_is_null_also_once_more_instants_were_shown_than_are_remembered() -> None:
    shown = instant_json("Europe/Berlin")
    for seconds in range(200_002):
        shown(seconds)
    assert shown(None) == "null"
