"""A first sync of a whole tenant equals its dump, in both styles and both models; the second costs next to nothing."""

from collections.abc import Iterator

import pytest

from .acme import Acme
from .conftest import A_WHILE_S
from .dump import FULL
from .org import GET, QUERY, Org, serving


@pytest.fixture(scope="module")
def tenants() -> Iterator[dict[str, Org]]:
    """One process for each model; the style is ours to choose."""
    with serving(switches={"task_object": 1}) as new, serving(model="1.0", switches={"task_object": 1}) as old:
        yield {"2.0": new, "1.0": old}


@pytest.fixture(params=["corp-2.0"])
def org(request: pytest.FixtureRequest, tenants: dict[str, Org]) -> Org:
    style, _, model = request.param.partition("-")
    found = tenants[model]
    found.style = style
    found.heal()
    found.advance(A_WHILE_S)
    return found


WIDE = pytest.mark.fxiaoke_matrix
every = pytest.mark.parametrize(
    "org",
    ["corp-2.0", "oauth-1.0", pytest.param("oauth-2.0", marks=WIDE), pytest.param("corp-1.0", marks=WIDE)],
    indirect=True,
)


def filled(org: Org) -> str:
    """An opportunity whose custom fields are all filled; its id."""
    account, contact = min(org.records("AccountObj")), min(org.records("ContactObj"))
    values = {"amount": "0.3", "mc_currency": "EUR"} if org.model == "2.0" else {"expected_deal_amount": "0.3"}
    more = {"partner__c": account, "stakeholders__c": [contact], "second_owner__c": ["1002"]}
    full = FULL if org.model == "2.0" else {}
    return org.make_deals(1, **full, **(more if org.model == "2.0" else {}), **values)[0]


@every
def test_a_full_read_equals_the_dump_with_custom_fields_of_every_type(acme: Acme, org: Org) -> None:
    deal = filled(org)
    for value in ("1", "2", "Bs2gT5F8A"):
        org.create("ActiveRecordObj", 1, name="talk", active_record_content="说了什么", active_record_type=value)
    acme.configure(history=True)
    acme.sync()
    acme.check(history=org.model == "2.0")
    held = acme.neutral()[org.deals][deal]["custom"]
    empty = {name for name, one in held.items() if one["value"] is None}
    if org.model == "2.0":
        assert empty <= {"reviewers", "weighted"}


def test_the_comparison_can_fail(acme: Acme, org: Org) -> None:
    acme.sync()
    for module, name, value in [
        (org.deals, "next_step__c" if org.model == "1.0" else "contract_no__c", "something else"),
        (org.deals, "name", "something else"),
        ("ContactObj", "email", "someone@else.example"),
        ("AccountObj", "url", "https://else.example"),
    ]:
        record = min(org.records(module))
        org.edit(module, record, **{name: value})
        with pytest.raises(AssertionError):
            acme.check()
        acme.sync()
        acme.check()


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
    objects = len(acme.objects)
    assert org.count(QUERY) <= 3 * objects
    assert org.count(GET) <= 1
    assert org.api_calls <= 2 * objects + 3  # what changed, what is 作废, employees, departments, a token that ended


@WIDE
def test_calls_follow_the_change(acme: Acme, org: Org) -> None:
    org.make_deals(150)
    acme.configure(page_size=50)
    acme.sync()
    org.advance(3600)
    org.reset()
    acme.sync()
    nothing = org.api_calls
    org.advance(3600)
    org.act("edit_some", module=org.deals, count=6)
    org.reset()
    answer = acme.sync()
    assert org.api_calls <= nothing + 3  # the objects are listed, the one that changed is described, and read
    assert sum(row["read"] for row in answer.rows if row["object"] == org.deals) <= 2 * 6
    acme.check()
