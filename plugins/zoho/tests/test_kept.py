"""What changes seldom is described once a day: fewer calls for a run that reads nothing new, and nothing goes wrong."""

from collections import Counter

import pytest
from plugins.zoho.tests.desk import Desk

from crmbridge.adapter.catalog import Catalog
from crmbridge_zoho.kept import LONGEST, keep, kept

OBJECTS = frozenset({"Deals", "Leads", "Users"})
SELDOM = ("settings/modules", "settings/layouts", "settings/pipeline")
DAY_S = 86_400


def described(desk: Desk) -> Catalog:
    """By a process of its own, as every run is one."""
    return desk.open().describe_part(OBJECTS)


def asked(desk: Desk) -> Counter[str]:
    """The calls for metadata since the last time."""
    rows = desk.zoho.look("calls/rows")
    since, desk.seen = desk.seen, len(rows)
    paths = (str(row["path"]).removeprefix("/crm/v8/") for row in rows[since:])
    return Counter(path for path in paths if path.startswith("settings/"))


def seldom(desk: Desk) -> set[str]:
    return {path for path in asked(desk) if path in SELDOM}


def test_a_second_run_asks_for_fields_alone(desk: Desk) -> None:
    first = described(desk)
    assert seldom(desk) == set(SELDOM)
    assert described(desk) == first
    assert asked(desk) == {"settings/fields": 2}


def test_after_a_day_all_is_asked_again(desk: Desk) -> None:
    described(desk)
    desk.zoho.clock.advance(DAY_S + 1)
    asked(desk)
    described(desk)
    assert seldom(desk) == set(SELDOM)


def test_the_whole_is_never_told_from_memory_and_renews_it(desk: Desk) -> None:
    described(desk)
    desk.zoho.clock.advance(DAY_S - 60)
    asked(desk)
    desk.open().describe()
    assert seldom(desk) == set(SELDOM)
    desk.zoho.clock.advance(120)
    described(desk)
    assert seldom(desk) == set()


def test_other_stages_have_the_pipelines_asked_for_at_once(desk: Desk) -> None:
    described(desk)
    desk.zoho.act("add_pick_value", module="Deals", field="Stage", display="Signed", pipeline="Standard (Standard)")
    asked(desk)
    stages = {stage.id for pipeline in described(desk).pipelines for stage in pipeline.stages}
    assert "Signed" in stages
    assert seldom(desk) == {"settings/layouts", "settings/pipeline"}


def test_a_module_that_may_not_be_read_any_more_is_looked_at_anew(desk: Desk) -> None:
    described(desk)
    desk.zoho.act("set_permission", module="Leads", allowed=False)
    asked(desk)
    leads = described(desk).object("Leads")
    assert leads is None or not leads.readable
    assert "settings/modules" in asked(desk)
    desk.zoho.act("set_permission", module="Leads", allowed=True)
    found = described(desk).object("Leads")
    assert found is not None
    assert found.readable


def test_a_module_that_nobody_asked_for_before_is_found(desk: Desk) -> None:
    described(desk)
    assert desk.open().describe_part(frozenset({"Contacts"})).object("Contacts") is not None


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"at": "yesterday", "of": "", "what": []}', '{"what": {}}'])
def test_what_cannot_be_read_is_asked_for(desk: Desk, text: str) -> None:
    before = described(desk)
    for key in ("modules", "pipelines"):
        desk.shared.update(f"zoho.described.{key}", lambda _: (text, None))
    asked(desk)
    assert described(desk) == before
    assert seldom(desk) == set(SELDOM)


def test_what_is_too_long_is_not_kept(desk: Desk) -> None:
    session = desk.open().session
    keep(session, "modules", ["x" * LONGEST])
    assert kept(session, "modules") is None
