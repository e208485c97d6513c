"""Follow-up tasks: as tasks where the company has that object, else as a sales record with a plan (dossier 3.13)."""

from pathlib import Path

import pytest
from plugins.fxiaoke.tests.desk import KEY_FIELD, Desk, applied, rejected
from pydantic import JsonValue

from crmbridge.adapter.contract import Change
from crmbridge.model.errors import ConfigError

TASKS, RECORDS, SCHEDULES = "TaskObj", "ActiveRecordObj", "ScheduleObj"
DUE_MS = 1_790_730_000_000
"""2026-09-30 09:00 in Shanghai."""
TASK: dict[str, JsonValue] = {"name": "准备 演示", "description": "带上报价\n截止：不是这一行", "dead_line": DUE_MS}


def task(desk: Desk, **fields: JsonValue) -> Change:
    return Change("t-1", TASKS, None, {**TASK, "owner": [desk.user], **fields})


def test_a_company_with_tasks_gets_a_task(tmp_path: Path) -> None:
    desk = Desk(tmp_path, task_object=True)
    made = applied(desk.one(task(desk, status="未完成", executor=[desk.user])))
    stored = desk.stored(TASKS, made.external_id)
    assert (stored["name"], stored["dead_line"], stored["status"]) == ("准备 演示", DUE_MS, "1")
    assert stored["executor"] == [desk.user]
    applied(desk.one(Change("t-1", TASKS, made.external_id, {"status": "已完成"}, made.revision)))
    assert desk.stored(TASKS, made.external_id)["status"] == "2"


def test_a_company_without_tasks_gets_a_sales_record_with_a_plan(desk: Desk) -> None:
    account = desk.made("AccountObj", name="示例科技")
    link: list[JsonValue] = [{"describe_api_name": "AccountObj", "id": account, "name": "示例科技"}]
    made = applied(desk.one(task(desk, related_object_data=link)))
    stored = desk.stored(RECORDS, made.external_id)
    assert stored["active_record_content"] == (
        "【跟进任务】准备 演示\n截止：2026-09-30 09:00\n状态：未完成\n说明：带上报价\n截止：不是这一行"
    )
    assert stored["related_object_data"][0]["id"] == account
    assert stored[KEY_FIELD] == "t-1"
    assert applied(desk.one(task(desk))).external_id == made.external_id


def test_the_plan_goes_into_the_fields_that_are_configured(desk: Desk) -> None:
    fields = {"task_text_field": "next_plan__c", "task_time_field": "next_plan_time__c"}
    made = applied(desk.one(task(desk), **fields))
    stored = desk.stored(RECORDS, made.external_id)
    assert stored["next_plan__c"].startswith("【跟进任务】准备 演示")
    assert stored["next_plan_time__c"] == DUE_MS


def test_a_plan_is_done_and_moved_and_keeps_its_other_words(desk: Desk) -> None:
    made = applied(desk.one(task(desk)))
    done = Change("t-1", TASKS, made.external_id, {"status": "已完成"}, made.revision)
    again = applied(desk.one(done))
    moved = Change("t-1", TASKS, made.external_id, {"dead_line": "2026-10-08T10:30:00+08:00"}, again.revision)
    applied(desk.one(moved))
    assert desk.stored(RECORDS, made.external_id)["active_record_content"] == (
        "【跟进任务】准备 演示\n截止：2026-10-08 10:30\n状态：已完成\n说明：带上报价\n截止：不是这一行"
    )


def test_words_that_a_person_wrote_instead_are_kept(desk: Desk) -> None:
    made = applied(desk.one(task(desk)))
    desk.act("edit", module=RECORDS, record_id=made.external_id, changes={"active_record_content": "客户已签"})
    applied(desk.one(Change("t-1", TASKS, made.external_id, {"name": "回访"})))
    assert desk.stored(RECORDS, made.external_id)["active_record_content"].endswith("说明：客户已签")


def test_a_plan_without_a_time_or_text(desk: Desk) -> None:
    made = applied(desk.one(task(desk, dead_line=None, description=None)))
    assert desk.stored(RECORDS, made.external_id)["active_record_content"] == "【跟进任务】准备 演示\n状态：未完成"


def test_a_task_without_a_name_is_refused(desk: Desk) -> None:
    assert rejected(desk.one(task(desk, name=None))).code == "TASK_NAMELESS"
    assert desk.writes == []


def test_a_time_that_is_none_is_refused(desk: Desk) -> None:
    assert rejected(desk.one(task(desk, dead_line="bald"))).code == "VALUE_TYPE"
    assert desk.writes == []


def test_a_schedule_takes_an_hour(desk: Desk) -> None:
    made = applied(desk.one(task(desk, executor=[desk.user]), task_by="schedule"))
    stored = desk.stored(SCHEDULES, made.external_id)
    assert (stored["begin_time"], stored["end_time"]) == (DUE_MS, DUE_MS + 3_600_000)
    assert stored["participants"] == [desk.user]
    assert stored["content"].startswith("【跟进任务】准备 演示")


def test_a_plan_is_deleted_as_the_record_that_it_is(desk: Desk) -> None:
    made = applied(desk.one(task(desk)))
    applied(desk.one(Change("t-1", TASKS, made.external_id, {}, delete=True)))
    assert desk.stored(RECORDS, made.external_id)["life_status"] == "invalid"


def test_sales_records_that_may_not_be_changed_are_refused_with_the_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, record_update="error")
    made = applied(desk.one(task(desk)))
    told = str(rejected(desk.one(Change("t-1", TASKS, made.external_id, {"status": "已完成"}))))
    assert "Fxiaoke refuses this" in told


def test_tasks_asked_for_where_there_are_none_are_refused_by_name(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.one(task(desk), task_by="task_object")
    assert TASKS in str(caught.value)


def test_a_sales_record_is_written_as_such(desk: Desk) -> None:
    fields: dict[str, JsonValue] = {
        "active_record_content": "电话沟通，下周三看演示。",
        "active_record_type": "电话",
        "owner": [desk.user],
    }
    made = applied(desk.one(Change("r-1", RECORDS, None, fields)))
    stored = desk.stored(RECORDS, made.external_id)
    assert (stored["active_record_content"], stored["active_record_type"]) == ("电话沟通，下周三看演示。", "1")


def test_a_plan_is_found_again_by_its_key_and_by_its_id(desk: Desk) -> None:
    made = applied(desk.one(task(desk)))
    hand = desk.hand()
    (read,) = hand.fetch(TASKS, [made.external_id])
    assert read is not None
    assert (read.object, read.external_id) == (RECORDS, made.external_id)
    ((found,),) = hand.find(TASKS, KEY_FIELD, ["t-1"])
    assert found.external_id == made.external_id
    assert hand.describe().external_key_fields()[TASKS] == KEY_FIELD
