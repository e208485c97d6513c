"""Deletions: 作废 is told, what vanished is a deletion only where it is proven, a lost sight never is."""

from collections.abc import Sequence

from plugins.fxiaoke.tests.simulated import SimulatedFxiaoke
from plugins.fxiaoke.tests.truth import merged, pull

from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import DELETIONS_UNTOLD, PullRequest
from crmbridge_fxiaoke.adapter import FxiaokeAdapter

ACCOUNTS = "AccountObj"
HOUR_S = 3600


class Company:
    """Thirty customers, and an engine that lists deletions and asks by id where it is told to."""

    def __init__(self, *, sees_all: bool, **switches: int) -> None:
        self.fx = SimulatedFxiaoke(switches=switches)
        self.ids = self.fx.create(ACCOUNTS, [{"name": f"客户 {number}"} for number in range(30)], apart_s=1)
        self.shared = InMemoryShared()
        self.vanished = "deleted" if sees_all else "kept"
        self.cursor: str | None = None
        self.live = set(self.ids)
        self.asked = 0
        self.run()

    def adapter(self) -> FxiaokeAdapter:
        return self.fx.open(page_size=7, shared=self.shared, vanished=self.vanished)

    def run(self, after_s: float = 60) -> set[str]:
        """What one run deletes."""
        self.fx.clock.advance(after_s)
        adapter, dead = self.adapter(), set[str]()
        is_first = self.cursor is None
        for page in adapter.list_deleted(PullRequest(ACCOUNTS, self.cursor)):
            assert all(record.deleted for record in page.records)
            dead |= {record.external_id for record in page.records}
            if not is_first and any(notice.code in DELETIONS_UNTOLD for notice in page.notices):
                dead |= self._asked(adapter, sorted(self.live))
            self.cursor = page.cursor
        found = dead & self.live
        self.live -= dead
        return found

    def _asked(self, adapter: FxiaokeAdapter, ids: Sequence[str]) -> set[str]:
        self.asked += 1
        answers = adapter.fetch(ACCOUNTS, ids)
        return {key for key, one in zip(ids, answers, strict=True) if one is None or one.deleted}


def test_a_record_that_is_made_void_is_deleted() -> None:
    company = Company(sees_all=False)
    company.fx.act("invalid", module=ACCOUNTS, record_id=company.ids[3])
    assert company.run() == {company.ids[3]}
    assert company.run() == set()


def test_void_records_without_a_new_time_are_found_by_their_number() -> None:
    company = Company(sees_all=False, invalid_moves_modified=0)
    for key in company.ids[:3]:
        company.fx.act("invalid", module=ACCOUNTS, record_id=key)
    assert company.run(86_400) == set(company.ids[:3])
    for key in company.ids[3:20]:  # more than a page
        company.fx.act("invalid", module=ACCOUNTS, record_id=key)
    assert company.run(86_400) == set(company.ids[3:20])
    company.fx.act("invalid", module=ACCOUNTS, record_id=company.ids[20])
    assert company.run(86_400) == {company.ids[20]}


def test_a_record_that_is_seen_no_more_is_never_deleted() -> None:
    company = Company(sees_all=False)
    company.fx.act("hide", module=ACCOUNTS, record_ids=company.ids[:5])
    for _ in range(5):
        assert company.run(86_400) == set()
    assert company.asked == 0


def test_a_record_that_vanished_is_deleted_once_it_was_missing_twice() -> None:
    company = Company(sees_all=True)
    company.fx.act("delete", module=ACCOUNTS, record_id=company.ids[0])
    assert company.run(HOUR_S) == set()
    assert company.asked == 0
    assert company.run(24 * HOUR_S) == set()  # missing for the first time
    assert company.asked == 1
    assert company.run(600) == set()  # too soon
    assert company.run(HOUR_S) == {company.ids[0]}
    assert company.run(24 * HOUR_S) == set()


def test_a_record_that_is_back_before_the_second_look_is_kept() -> None:
    company = Company(sees_all=True)
    company.fx.act("hide", module=ACCOUNTS, record_ids=company.ids[:5])
    company.fx.act("delete", module=ACCOUNTS, record_id=company.ids[9])
    assert company.run(25 * HOUR_S) == set()
    company.fx.act("unhide")
    assert company.run(2 * HOUR_S) == {company.ids[9]}
    assert company.run(25 * HOUR_S) == set()


def test_a_reading_that_lost_rows_deletes_nothing() -> None:
    company = Company(sees_all=True)
    adapter = company.adapter()
    pages = pull(adapter, ACCOUNTS)
    assert set(merged(pages)) == set(company.ids)
    assert not any(page.complete for page in pages)


def test_people_are_never_deleted() -> None:
    fx = SimulatedFxiaoke()
    adapter = fx.open()
    for name in ("users", "departments"):
        (page,) = adapter.list_deleted(PullRequest(name))
        assert page.records == () or list(page.records) == []
        (again,) = adapter.list_deleted(PullRequest(name, page.cursor))
        assert not again.records
