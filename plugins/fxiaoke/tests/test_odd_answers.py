"""Answers that are not what was asked for: one bad row stops no other, and nonsense is never taken for the end."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from plugins.fxiaoke.tests.simulated import QUERY, SimulatedFxiaoke
from plugins.fxiaoke.tests.truth import merged, pull, state

from crmbridge.adapter.contract import PullRequest
from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke.session import DEPARTMENT_LIST, DESCRIBE, LOG, OBJECT_LIST, USER_LIST

DEALS = "NewOpportunityObj"
Alter = Callable[[dict[str, Any]], None]


class Altered(SimulatedFxiaoke):
    """What comes back from a path is altered, so often."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.path, self.times = "", 0
        self.alter: Alter = dict.clear

    def on(self, path: str, alter: Alter, *, times: int = 1_000_000) -> None:
        self.path, self.alter, self.times = path, alter, times

    def handle(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle(request)
        if not self.times or not request.url.path.endswith(self.path or "?"):
            return answer
        self.times -= 1
        told = json.loads(answer.content)
        self.alter(told)
        return httpx.Response(200, json=told)


def without_id(place: int) -> Alter:
    def alter(told: dict[str, Any]) -> None:
        rows = told["data"]["dataList"]
        if len(rows) > abs(place):
            rows[place] = {key: value for key, value in rows[place].items() if key != "_id"}

    return alter


def without(key: str) -> Alter:
    def alter(told: dict[str, Any]) -> None:
        for row in told["data"]["dataList"]:
            row.pop(key, None)

    return alter


def cleared(*keys: str) -> Alter:
    def alter(told: dict[str, Any]) -> None:
        for key in keys:
            told.pop(key, None)

    return alter


@pytest.mark.parametrize("place", [0, 3, -1])
def test_a_row_without_an_id_is_a_problem_beside_the_others(place: int) -> None:
    fx = Altered(deals=30)
    adapter = fx.open(page_size=7)
    fx.on(QUERY, without_id(place), times=1)
    pages = pull(adapter, DEALS)
    problems = [problem for page in pages for problem in page.problems]
    assert [problem.code for problem in problems] == ["RECORD_UNUSABLE"]
    assert len(merged(pages)) >= 29
    fx.clock.advance(3600)
    for key in sorted(state(fx, DEALS))[:20]:
        fx.act("edit", module=DEALS, record_id=key, changes={"next_step__c": "x"})
    fx.on(QUERY, without_id(place), times=1)
    later = pull(adapter, DEALS, pages[-1].cursor)
    assert len(merged(later)) >= 19
    assert [problem.code for page in later for problem in page.problems] == ["RECORD_UNUSABLE"]


def test_a_deletion_without_an_id_is_a_problem() -> None:
    fx = Altered(deals=10)
    adapter = fx.open(page_size=7)
    for key in sorted(state(fx, DEALS))[:3]:
        fx.act("invalid", module=DEALS, record_id=key)
    fx.on(QUERY, without_id(1), times=1)
    (page,) = adapter.list_deleted(PullRequest(DEALS))
    assert (len(page.records), [problem.code for problem in page.problems]) == (2, ["RECORD_UNUSABLE"])


def test_a_walk_that_cannot_move_is_an_error_and_no_loop() -> None:
    fx = Altered(deals=30)
    adapter = fx.open(page_size=7)
    first = json.loads(
        json.dumps(
            fx.api(
                QUERY,
                {
                    "data": {
                        "dataObjectApiName": DEALS,
                        "search_query_info": {
                            "offset": 0,
                            "limit": 7,
                            "filters": [],
                            "orders": [{"fieldName": "_id", "isAsc": True}],
                        },
                    }
                },
            )
        )
    )
    fx.on(QUERY, lambda told: told.update(first))
    with pytest.raises(ContractError, match="does not move"):
        pull(adapter, DEALS)
    fx.on(QUERY, without("_id"))
    with pytest.raises(ContractError, match="does not move"):
        pull(adapter, DEALS)


def test_changes_without_a_time_are_an_error() -> None:
    fx = Altered(deals=30)
    adapter = fx.open(page_size=3)
    cursor = pull(adapter, DEALS)[-1].cursor
    for key in sorted(state(fx, DEALS))[:9]:
        fx.act("edit", module=DEALS, record_id=key, changes={"next_step__c": "x"})
    fx.on(QUERY, without("last_modified_time"))
    with pytest.raises(ContractError, match="last_modified_time"):
        pull(adapter, DEALS, cursor)


def test_changes_older_than_asked_for_are_an_error() -> None:
    fx = Altered(deals=30)
    adapter = fx.open(page_size=3)
    cursor = pull(adapter, DEALS)[-1].cursor
    for key in sorted(state(fx, DEALS))[:9]:
        fx.act("edit", module=DEALS, record_id=key, changes={"next_step__c": "x"})

    def old(told: dict[str, Any]) -> None:
        for row in told["data"]["dataList"]:
            row["last_modified_time"] = 1

    fx.on(QUERY, old)
    with pytest.raises(ContractError, match="older changes"):
        pull(adapter, DEALS, cursor)


@pytest.mark.parametrize(
    ("path", "keys", "object_name"),
    [
        (QUERY, ("data",), DEALS),
        (OBJECT_LIST, ("data",), DEALS),
        (DESCRIBE, ("data",), DEALS),
        (USER_LIST, ("userList",), "users"),
        (DEPARTMENT_LIST, ("departments",), "departments"),
        (QUERY, ("errorCode",), DEALS),
    ],
)
def test_an_answer_without_what_was_asked_for_is_no_empty_object(
    path: str, keys: tuple[str, ...], object_name: str
) -> None:
    fx = Altered(deals=3)
    fx.on(path, cleared(*keys))
    with pytest.raises(ContractError):
        pull(fx.open(), object_name)


def test_a_person_without_an_id_is_a_problem_beside_the_others() -> None:
    fx = Altered()
    fx.on(USER_LIST, lambda told: told["userList"].insert(1, {"name": "x"}))
    (page,) = pull(fx.open(), "users")
    assert [problem.code for problem in page.problems] == ["RECORD_UNUSABLE"]
    assert page.records


def test_another_record_than_asked_for_is_an_error() -> None:
    fx = Altered(deals=3)
    one, other, *_ = sorted(state(fx, DEALS))
    fx.on("/get", lambda told: told["data"].update(_id=other))
    with pytest.raises(ContractError, match="another record"):
        fx.open().fetch(DEALS, [one])


def test_a_log_that_cannot_be_read_is_told() -> None:
    fx = Altered(deals=3)
    key = min(state(fx, DEALS))
    fx.act("stage", deal=key, stage="3")

    def spoiled(told: dict[str, Any]) -> None:
        for line in told["data"]["modifyRecordList"]:
            line.pop("operationTime")

    fx.on(LOG, spoiled)
    pages = list(fx.open(history=True).list_history(PullRequest(DEALS)))
    assert {problem.code for page in pages for problem in page.problems} == {"HISTORY_UNUSABLE"}
    fx.on(LOG, cleared("data"))
    with pytest.raises(ContractError, match="change log"):
        list(fx.open(history=True).list_history(PullRequest(DEALS)))


def test_an_object_without_life_or_time_is_read_whole_each_time() -> None:
    fx = Altered(deals=20)

    def plain(told: dict[str, Any]) -> None:
        for name in ("life_status", "last_modified_time", "version"):
            told["data"]["describe"]["fields"].pop(name)

    fx.on(DESCRIBE, plain)
    adapter = fx.open(page_size=7)
    pages = pull(adapter, DEALS)
    assert set(merged(pages)) == set(state(fx, DEALS))
    assert set(merged(pull(adapter, DEALS, pages[-1].cursor))) == set(state(fx, DEALS))
    assert adapter.count(DEALS) == 20
    (page,) = adapter.list_deleted(PullRequest(DEALS))
    assert not page.records
