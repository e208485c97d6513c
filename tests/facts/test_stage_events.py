import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmbridge.facts.build import open_facts
from crmbridge.ledger.engine import Ledger

from .world import DAY, event, events, put, set_up

Steps = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def _ready(ledger: Ledger) -> None:
    set_up(ledger)


def composed(ledger: Ledger, *, kind: str = "deal", **fields: object) -> tuple[Steps, str]:
    """The stage events of one record with these fields, and the quality of its history."""
    base = {"id": "D1", "pipeline": "sales" if kind == "deal" else "intake"}
    put(ledger, kind, base | ({"category": "open"} if kind == "deal" else {}) | fields)
    with open_facts(ledger, cache=None, zone=ZoneInfo("UTC"), currency="USD") as facts:
        return events(facts, "D1"), facts.scalar(f"SELECT history_quality FROM {kind}s WHERE id = 'D1'")


def closed(category: str, day: float, precision: str = "day") -> dict[str, Any]:
    return {"stage": category, "category": category, "closed_at_us": int(day * DAY), "closed_at_precision": precision}


def dates(**days: float) -> str:
    return json.dumps([[stage, int(day * DAY), "day"] for stage, day in days.items()])


def test_present_stage_alone_is_left_censored(ledger: Ledger) -> None:
    found, quality = composed(ledger, stage="quoted", stage_raw="Quote sent")
    assert found == [(None, "quoted", None, None, "observed")]
    assert quality == "current_only"


def test_record_without_a_stage_has_no_event(ledger: Ledger) -> None:
    assert composed(ledger) == ([], "current_only")


def test_unmapped_stage_is_an_event_of_its_own(ledger: Ledger) -> None:
    assert composed(ledger, stage="UNKNOWN")[0] == [(None, "UNKNOWN", None, None, "observed")]


def test_closing_date_alone_is_one_event(ledger: Ledger) -> None:
    found, quality = composed(ledger, **closed("lost", 9))
    assert found == [(None, "lost", 9, "day", "import")]
    assert quality == "dates"


def test_dates_on_the_record_and_closing_date_follow_each_other(ledger: Ledger) -> None:
    found, quality = composed(ledger, stage_dates=dates(engaging=3, prospecting=1), **closed("won", 9))
    assert found == [
        (None, "prospecting", 1, "day", "import"),
        ("prospecting", "engaging", 3, "day", "import"),
        ("engaging", "won", 9, "day", "import"),
    ]
    assert quality == "dates"


def test_dates_of_one_day_follow_the_order_of_the_stages(ledger: Ledger) -> None:
    found, _ = composed(ledger, stage="quoted", stage_dates=dates(quoted=2, prospecting=2, engaging=2))
    assert [step[1] for step in found] == ["prospecting", "engaging", "quoted"]


def test_won_without_a_date_comes_last_and_undated(ledger: Ledger) -> None:
    found, _ = composed(ledger, stage="won", category="won", stage_dates=dates(engaging=3))
    assert found == [(None, "engaging", 3, "day", "import"), ("engaging", "won", None, None, "observed")]


def test_closing_date_of_an_open_deal_is_no_event(ledger: Ledger) -> None:
    found, _ = composed(ledger, **closed("won", 9) | {"stage": "engaging", "category": "open"})
    assert found == [(None, "engaging", None, None, "observed")]


@pytest.mark.parametrize(("stage", "category"), [("won", "won"), ("lost", "lost"), ("delivered", "post_sale")])
def test_every_closing_category_takes_the_closing_date(ledger: Ledger, stage: str, category: str) -> None:
    found, _ = composed(ledger, **closed("won", 9, "exact") | {"stage": stage, "category": category})
    assert found == [(None, stage, 9, "exact", "import")]


def test_first_observed_change_tells_the_stage_before(ledger: Ledger) -> None:
    event(ledger, "D1", 1, "quoted", 5 * DAY, origin="observed", at_precision="sync", from_stage="engaging")
    found, quality = composed(ledger, stage="quoted")
    assert found == [(None, "engaging", None, None, "observed"), ("engaging", "quoted", 5, "sync", "observed")]
    assert quality == "observed"


def test_closing_date_replaces_the_day_the_closing_was_observed(ledger: Ledger) -> None:
    event(ledger, "D1", 1, "won", 12 * DAY, origin="observed", at_precision="sync", from_stage="quoted")
    found, quality = composed(ledger, **closed("won", 9))
    assert found == [(None, "quoted", None, None, "observed"), ("quoted", "won", 9, "day", "import")]
    assert quality == "observed"


def test_earlier_closing_and_reopening_stay(ledger: Ledger) -> None:
    for seq, (stage, day, before) in enumerate([("won", 2, "quoted"), ("quoted", 4, "won"), ("won", 9, "quoted")]):
        event(ledger, "D1", seq, stage, day * DAY, origin="observed", at_precision="sync", from_stage=before)
    found, _ = composed(ledger, **closed("won", 8))
    assert [(step[1], step[2]) for step in found] == [("quoted", None), ("won", 2), ("quoted", 4), ("won", 8)]


def test_date_column_and_observation_of_one_entry_are_one_event(ledger: Ledger) -> None:
    event(ledger, "D1", 1, "engaging", 4 * DAY, origin="observed", at_precision="sync", from_stage="prospecting")
    found, _ = composed(ledger, stage="engaging", stage_dates=dates(prospecting=1, engaging=3))
    assert [(step[1], step[2], step[4]) for step in found] == [("prospecting", 1, "import"), ("engaging", 3, "import")]


def test_date_column_of_the_closed_stage_gives_way_to_the_closing_date(ledger: Ledger) -> None:
    found, _ = composed(ledger, stage_dates=dates(engaging=3, won=1), **closed("won", 9))
    assert [(step[1], step[2]) for step in found] == [("engaging", 3), ("won", 9)]


def test_date_after_the_closing_date_is_kept_as_unknown(ledger: Ledger) -> None:
    found, _ = composed(ledger, stage_dates=dates(engaging=12), **closed("won", 9))
    assert found == [(None, "engaging", None, None, "import"), ("engaging", "won", 9, "day", "import")]


def test_closing_day_comes_behind_what_was_seen_that_day(ledger: Ledger) -> None:
    event(ledger, "D1", 1, "quoted", 9 * DAY + 5, origin="observed", at_precision="exact", from_stage="engaging")
    found, _ = composed(ledger, **closed("won", 9))
    assert [(step[1], step[2], step[3]) for step in found][1:] == [
        ("quoted", 9 + 5 / DAY, "exact"),
        ("won", 9 + 5 / DAY, "day"),
    ]


def test_vendor_history_stands_as_it_is(ledger: Ledger) -> None:
    for seq, (stage, day) in enumerate(
        [("prospecting", 1), ("quoted", 2), ("engaging", 2), ("engaging", 3), ("won", 9)]
    ):
        event(ledger, "D1", seq, stage, day * DAY, vendor_label=stage.title())
    event(ledger, "D1", 9, "lost", 5 * DAY, origin="observed")
    found, quality = composed(ledger, stage_dates=dates(quoted=1), **closed("won", 8))
    assert found == [
        (None, "prospecting", 1, "exact", "vendor"),
        ("prospecting", "quoted", 2, "exact", "vendor"),
        ("quoted", "engaging", 2, "exact", "vendor"),
        ("engaging", "engaging", 3, "exact", "vendor"),
        ("engaging", "won", 9, "exact", "vendor"),
    ]
    assert quality == "full"


def test_vendor_history_keeps_its_own_word_on_where_a_move_began(ledger: Ledger) -> None:
    event(ledger, "D1", 1, "prospecting", DAY)
    event(ledger, "D1", 2, "quoted", 2 * DAY, from_stage="engaging")
    assert composed(ledger, stage="quoted")[0][1][:2] == ("engaging", "quoted")


def test_vendor_history_that_lags_behind_is_completed(ledger: Ledger) -> None:
    event(ledger, "D1", 1, "quoted", 3 * DAY)
    assert composed(ledger, **closed("won", 9))[0][1] == ("quoted", "won", 9, "day", "inferred")
    assert composed(ledger, stage="engaging")[0][1] == ("quoted", "engaging", None, None, "inferred")


def test_lead_stages_are_composed_too(ledger: Ledger) -> None:
    fields = {"stage": "won", "stage_dates": dates(prospecting=1), "converted_at_us": 4 * DAY}
    found, quality = composed(ledger, kind="lead", converted_at_precision="exact", **fields)
    assert found == [(None, "prospecting", 1, "day", "import"), ("prospecting", "won", 4, "exact", "import")]
    assert quality == "dates"


def test_undated_events_come_first_in_sql_order_and_by_seq(ledger: Ledger) -> None:
    event(ledger, "D1", 1, "quoted", 5 * DAY, origin="observed", from_stage="engaging")
    put(ledger, "deal", {"id": "D1", "pipeline": "sales", "category": "open", "stage": "quoted"})
    with open_facts(ledger, cache=None, zone=ZoneInfo("UTC"), currency="USD") as facts:
        by_time = facts.query("SELECT to_stage FROM stage_events e ORDER BY e.at NULLS FIRST")
        by_seq = facts.query("SELECT to_stage FROM stage_events e ORDER BY e.seq")
        assert by_time == by_seq == [("engaging",), ("quoted",)]
        assert facts.query("SELECT seq FROM stage_events ORDER BY seq") == [(1,), (2,)]
