"""Past changes of stage, where the connection asks for them."""

from itertools import pairwise

from plugins.fxiaoke.tests.simulated import SimulatedFxiaoke
from plugins.fxiaoke.tests.truth import state

from crmbridge.adapter.contract import PullRequest, StageChange
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.session import LOG

DEALS = "NewOpportunityObj"


def listed(adapter: FxiaokeAdapter, cursor: str | None = None) -> tuple[dict[str, list[StageChange]], str]:
    found: dict[str, list[StageChange]] = {}
    for page in adapter.list_history(PullRequest(DEALS, cursor)):
        cursor = page.cursor
        assert not page.problems
        for change in page.changes:
            found.setdefault(change.record_id, []).append(change)
    return found, cursor or ""


def test_it_is_not_read_unless_it_is_asked_for() -> None:
    fx = SimulatedFxiaoke(deals=10)
    (page,) = fx.open().list_history(PullRequest(DEALS))
    assert ([notice.code for notice in page.notices], list(page.changes)) == (["history.off"], [])
    (other,) = fx.open(history=True).list_history(PullRequest("ContactObj"))
    assert not other.changes
    assert not fx.bodies(LOG)


def test_the_way_of_each_deal_is_told_from_its_first_stage_to_its_present_one() -> None:
    fx = SimulatedFxiaoke(deals=60)
    found, _ = listed(fx.open(history=True, page_size=20))
    rows = state(fx, DEALS)
    assert set(found) == set(rows)
    for key, changes in found.items():
        assert changes[-1].to_label == rows[key]["sales_stage"]
        assert changes[0].from_label is None
        times = [change.at for change in changes if change.at is not None]
        assert times == sorted(times)
        for one, other in pairwise(changes):
            assert other.from_label == one.to_label
    assert any(len(changes) > 2 for changes in found.values())


def test_only_what_changed_is_read_again() -> None:
    fx = SimulatedFxiaoke(deals=30)
    adapter = fx.open(history=True)
    first, cursor = listed(adapter)
    fx.clock.advance(86_400)
    key = min(first)
    fx.act("stage", deal=key, stage="3")
    before = len(fx.bodies(LOG))
    again, _ = listed(adapter, cursor)
    assert set(again) == {key}
    assert again[key][:-1] == first[key]
    assert again[key][-1].to_label == "3"
    assert len(fx.bodies(LOG)) == before + 1


def test_a_long_log_is_read_to_its_end() -> None:
    fx = SimulatedFxiaoke(deals=5)
    key = min(state(fx, DEALS))
    for number in range(230):
        fx.clock.advance(60)
        fx.act("stage", deal=key, stage=str(1 + number % 3))
    found, _ = listed(fx.open(history=True, calls_per_window=10_000))
    assert len(found[key]) >= 230
