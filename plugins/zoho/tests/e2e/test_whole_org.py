"""A first sync of a whole organisation equals its dump, whichever way it is read; the second costs next to nothing."""

import re

import pytest

from .acme import MODULES, Acme
from .org import Org
from .truth import FULL


def filled(org: Org) -> str:
    """A deal whose custom fields are all filled; its id."""
    partner = next(iter(org.records("Accounts")))
    user = next(iter(org.state["users"]))
    return org.deals(1, **FULL, Partner={"id": partner}, Second_Owner={"id": user}, Amount=0.3, Currency="EUR")[0]


@pytest.mark.parametrize("way", ["auto", "list", "query", "bulk"])
def test_a_full_read_equals_the_dump_with_custom_fields_of_every_type(acme: Acme, org: Org, way: str) -> None:
    deal = filled(org)
    org.act("tag", module="Accounts", record_id=next(iter(org.records("Accounts"))), names=["VIP", "重点"])
    acme.configure(read_by=way)
    acme.sync()
    acme.check()
    held = acme.neutral()["Deals"][deal]["custom"]
    empty = {name for name, one in held.items() if one["value"] is None}
    assert empty <= {"deal_no", "weighted", "open_tasks"}


def test_the_comparison_can_fail(acme: Acme, org: Org) -> None:
    acme.sync()
    deal = next(iter(org.records("Deals")))
    for module, record, name, value in [
        ("Deals", deal, "Next_Step", "something else"),
        ("Deals", deal, "Score", 0.5),
        ("Tasks", next(iter(org.records("Tasks"))), "Due_Date", "2030-01-01"),
    ]:
        before = org.records(module)[record][name]
        org.act("set_value", module=module, record_id=record, field=name, value=value)
        with pytest.raises(AssertionError):
            acme.check()
        org.act("set_value", module=module, record_id=record, field=name, value=before)
    acme.check()


def test_the_way_is_told_with_its_reason(acme: Acme) -> None:
    acme.sync()
    told = {row["object"]: row["told"] for row in acme.run("runs", "--json").rows if row["part"] == "records"}
    for module in MODULES:
        (way,) = (one for one in told[module] if one["code"] == "read.way")
        assert re.search(r"\d credits?\b", way["message"])
        assert {"query", "bulk", "list"} & set(re.split(r"\W+", way["params"]["others"]))


def test_a_second_sync_writes_only_its_own_history_and_makes_the_fewest_calls(acme: Acme, org: Org) -> None:
    for _ in range(2):  # what changed just before a reading is looked at once more by the next
        acme.sync()
        org.advance(3600)
    before = acme.everything()
    org.reset()
    acme.sync()
    after = acme.everything()
    own = {"run", "run_step", "lease", "shared_state", "feed", "stream"}
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= own, changed
    assert org.count("GET /crm/v8/{module}") == len(MODULES) + 1  # one page of each, and of the stage history
    assert org.count("GET /crm/v8/{module}/deleted") == len(MODULES)
    assert org.count("GET /crm/v8/{module}/actions/count") == 0
    assert org.api_calls == 2 * len(MODULES) + 1 + 4  # both lists of users, conversions, and whose organisation it is


def test_calls_follow_the_change(acme: Acme, org: Org) -> None:
    org.deals(540)
    acme.configure(page_size=50)
    acme.sync()
    org.advance(3600)
    org.reset()
    acme.sync()
    nothing = org.api_calls
    org.advance(3600)
    org.act("edit_some", module="Deals", count=6)
    org.reset()
    answer = acme.sync()
    assert org.api_calls <= nothing + 2  # what changed is described, and read
    assert sum(row["read"] for row in answer.rows if row["object"] == "Deals") <= 2 * 6
    acme.check()
