"""However a ledger came to be what it is, facts refreshed along the way are the facts built at the end."""

import json
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge.facts import build
from crmbridge.facts.build import open_facts
from crmbridge.facts.store import Facts
from crmbridge.ledger.engine import Ledger
from crmbridge.model.calendar import named

from .world import DAY, STAGES, content, event, put, set_up

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.wide) for seed in range(1, 8))])
def test_facts_refreshed_step_by_step_equal_facts_built_at_once(
    ledger: Ledger, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "SMALL_ROWS", -1)
    cache, calendars = tmp_path / "facts.duckdb", [named("CN", zone=ZONE)]
    dice = random.Random(seed)  # noqa: S311 - a test that repeats
    set_up(ledger)
    for step in range(5):
        for _ in range(dice.randrange(4)):
            _edit(ledger, dice, step)
        with open_facts(ledger, cache=cache, zone=ZONE, currency="CNY", calendars=calendars) as refreshed:
            assert refreshed.refreshed.is_rebuilt == (step == 0)
            assert refreshed.notes == ()
            with open_facts(ledger, cache=None, zone=ZONE, currency="CNY", calendars=calendars) as built:
                assert content(refreshed) == content(built)
            assert refreshed.scalar("SELECT count(*) FROM facts_state WHERE name = 'stage_moves'") == 1
            _check_invariants(refreshed)


def _edit(ledger: Ledger, dice: random.Random, step: int) -> None:
    kind = dice.choice(["deal", "deal", "lead", "account", "event"])
    number = dice.randrange(8)
    if kind == "event":
        seq = step * 1000 + dice.randrange(1000)
        stage, before = dice.choice(STAGES)[0], dice.choice([None, *(key for key, _, _ in STAGES)])
        origin = "observed" if number % 2 else "vendor"
        event(ledger, f"D{number}", seq, stage, dice.randrange(200) * DAY // 2, from_stage=before, origin=origin)
    elif kind == "account":
        put(
            ledger, kind, {"id": f"A{number}", "name": f"A{dice.random()}", "annual_revenue_e4": dice.randrange(10**15)}
        )
    else:
        put(ledger, kind, {"id": f"{kind[0].upper()}{number}", **_staged(dice, kind)})


def _staged(dice: random.Random, kind: str) -> dict[str, object]:
    stage, category, _ = dice.choice(STAGES)
    dates = [[dice.choice(STAGES)[0], dice.randrange(100) * DAY, "day"] for _ in range(dice.randrange(4))]
    row: dict[str, object] = {"pipeline": "sales" if kind == "deal" else "intake", "stage": dice.choice([stage, None])}
    row["stage_dates"] = dice.choice([None, json.dumps(dates)])
    row["lifecycle"] = dice.choice(["active", "deleted", "merged"])
    closed = "closed_at" if kind == "deal" else "converted_at"
    row |= {f"{closed}_us": dice.choice([None, dice.randrange(200) * DAY // 2]), f"{closed}_precision": "day"}
    if kind == "deal":
        row |= {"category": category, "amount_e4": dice.choice([None, dice.randrange(10**12)])}
    return row


def _check_invariants(facts: Facts) -> None:
    """The last event is the present stage; seq counts from 1; known times rise with seq where we composed them.

    Every living deal has its moves and its way, once; nobody else has any.
    """
    living = [(no,) for (no,) in facts.query("SELECT no FROM deals WHERE lifecycle = 'active' ORDER BY 1")]
    assert facts.query("SELECT deal_no FROM deal_ways ORDER BY 1") == living
    assert facts.query("SELECT DISTINCT deal_no FROM stage_moves ORDER BY 1") == living
    ends = facts.query("""
        SELECT d.id, d.stage, last(e.to_stage ORDER BY e.seq), max(e.seq), count(*), min(e.seq)
        FROM deals d JOIN stage_events e ON e.record_id = d.id
        WHERE d.stage IS NOT NULL GROUP BY d.id, d.stage ORDER BY d.id""")
    for record, stage, last_stage, last_seq, count, first_seq in ends:
        assert (record, last_stage) == (record, stage)
        assert (first_seq, last_seq) == (1, count)
    backwards = facts.query("""
        SELECT record_id FROM (
            SELECT record_id, e.at, max(e.at) OVER (
                PARTITION BY record_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM stage_events e)
        AS s WHERE s.at < s.before ORDER BY 1""")
    assert backwards == []
