"""The mapping that comes with the plugin: what a task is in Jira, and what a patch becomes."""

from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from plugins.jira.tests.opened import Desk

from crmbridge.adapter.registry import discover
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.mapping.outcome import Failed, Mapped


@pytest.fixture(scope="module")
def mapping() -> CompiledMapping:
    text = files("crmbridge_jira").joinpath("mapping.toml").read_text("utf-8")
    return compile_mapping(load(text, file="jira"), MappingSettings(ZoneInfo("UTC"), "EUR"), lenses=discover().lenses())


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
        "assignee": "acc-ann",
        "content": "Deal D-88\nask for Ann",
        "link": "https://crm.example.com/1",
    }
    fields = tasks.write(patch)
    assert not isinstance(fields, Failed), fields
    made = desk.push(None, **fields)  # type: ignore[arg-type]
    record = desk.record(str(getattr(made, "external_id", made)))
    read = tasks.read(record.payload)
    assert isinstance(read, Mapped), read
    done = tasks.write({"status": "done", "assignee": None})
    assert done == {"state": "done", "assignee": None}
    desk.push(record.external_id, **done)  # type: ignore[arg-type]
    after = desk.record(record.external_id).payload
    assert (after["state"], after["assignee"]) == ("done", None)
    assert isinstance(tasks.read(after), Mapped)


def test_users_and_comments_are_read(mapping: CompiledMapping, desk: Desk) -> None:
    for name in ("users", "comments"):
        for record in desk.read(name)[0]:
            assert isinstance(mapping.objects[name].read(record.payload), Mapped)
