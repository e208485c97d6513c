"""The mapping that comes with the plugin: what a task is in Trello, and what a patch becomes."""

from datetime import date
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from plugins.trello.tests.fake import ANN, OLD
from plugins.trello.tests.opened import Desk

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.registry import discover
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, Mapped


@pytest.fixture(scope="module")
def mapping() -> CompiledMapping:
    text = files("crmbridge_trello").joinpath("mapping.toml").read_text("utf-8")
    settings = MappingSettings(ZoneInfo("Asia/Shanghai"), "EUR")
    return compile_mapping(load(text, file="trello"), settings, lenses=discover().lenses())


def row(compiled: CompiledObject, payload: Payload) -> dict[str, object]:
    read = compiled.read(payload)
    assert isinstance(read, Mapped), read
    return {column.name: value for column, value in zip(compiled.kind.columns, read.values, strict=True)}


def test_every_rule_is_of_a_field_that_is_described(mapping: CompiledMapping, desk: Desk) -> None:
    catalog = desk.open().describe()
    for name, compiled in mapping.objects.items():
        described = catalog.object(name)
        assert described is not None
        known = {one.name for one in described.fields}
        used = {source for one in compiled.fields for source in one.rule.source}
        assert used <= known, f"{name}: {used - known}"


def test_a_task_is_read_and_written_back(mapping: CompiledMapping, desk: Desk) -> None:
    tasks = mapping.objects["tasks"]
    patch = {
        "title": "Call Ada",
        "status": "open",
        "assignee": ANN,
        "content": "Deal D-88",
        "due_date": date(2026, 12, 3),
    }
    fields = tasks.write(patch)
    assert not isinstance(fields, Failed), fields
    made = desk.push(None, **fields)  # type: ignore[arg-type]
    record = desk.record(str(getattr(made, "external_id", made)))
    read = row(tasks, record.payload)
    for name in ("title", "status", "content"):
        assert read[name] == patch[name]
    assert ANN in str(read["assignee_ref"])
    assert read["due_date"] == "2026-12-03"
    assert tasks.write({"status": "done", "assignee": None}) == {"state": "done", "member": None}


def test_what_is_set_aside_is_open(mapping: CompiledMapping, desk: Desk) -> None:
    card = desk.trello.make(name="Call Ada", idList=OLD)
    read = row(mapping.objects["tasks"], desk.record(card).payload)
    assert (read["status"], read["status_raw"]) == ("open", "set aside")


def test_users_and_comments_are_read(mapping: CompiledMapping, desk: Desk) -> None:
    desk.options = {"people": {"ann@acme.example": ANN}}
    desk.trello.say(desk.trello.make(name="Call Ada", desc="[crm:t-1]"), "Who calls?")
    for name in ("users", "comments"):
        records = desk.read(name)[0]
        assert records
        for record in records:
            assert isinstance(mapping.objects[name].read(record.payload), Mapped)
