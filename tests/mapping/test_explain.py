from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import load, overlay
from crmbridge.mapping.explain import Explained, explain
from crmbridge.model.errors import ConfigError

OWN = """format = 1
[objects.deals.fields]
region = { value = "west" }
closed_at = { from = "D", when = "closed" }
deal_type = { from = "T", values = { A = "new" } }
amount = { from = "A", currency_from = "Cur" }
segment = { from = ["X", "Y"] }
[objects.deals.custom]
c = "C"
[objects.accounts]
kind = "account"
[objects.accounts.fields]
name = "N"
"""


@pytest.fixture
def told(pipeline_text: str) -> Callable[..., dict[str, Explained]]:
    default = load(
        pipeline_text + '[objects.deals]\nkind = "deal"\n[objects.deals.fields]\nname = "N"\nstage = "S"\n',
        file="default.toml",
    )
    document = overlay(default, load(OWN, file="own.toml"))
    compiled = compile_mapping(document, MappingSettings(ZoneInfo("UTC"), "CNY"))

    def run(name: str = "deals", **payload: object) -> dict[str, Explained]:
        return {one.field: one for one in explain(document, compiled, name, payload)}

    return run


def test_every_field_says_what_came_what_it_became_and_which_line_said_so(
    told: Callable[..., dict[str, Explained]],
) -> None:
    found = told(N="n", S="Talking", D="2021-04-15", T="A", A="5", Cur="USD", C="c")
    shown = {
        name: (one.vendor_field, one.vendor_value, one.lens, str(one.value), str(one.origin))
        for name, one in found.items()
    }
    assert shown["name"] == ("N", "n", "text", "n", "default.toml:36")
    assert shown["stage"] == ("S", "Talking", "stage", "talk", "default.toml:37")
    assert shown["category"] == (None, None, "stage", "open", "default.toml:37")
    assert shown["region"] == (None, None, "text", "west", "own.toml:3")
    assert shown["amount"][:4] == ("A", "5", "money", "USD 5.00")
    assert shown["custom.c"] == ("C", "c", "text", "c", "own.toml:9")
    assert found["closed_at"].remark is not None
    assert str(found["closed_at"].remark) == "read only where the stage is closed"
    assert found["deal_type"].value == "new"
    assert found["segment"].value is None
    assert found["segment"].remark is None
    assert list(found)[:3] == ["pipeline", "stage", "category"]


def test_what_went_wrong_is_said_beside_the_field(told: Callable[..., dict[str, Explained]]) -> None:
    found = told(N="n", S="Frozen", T="B", A="x", X=[])
    assert {name: one.remark.code for name, one in found.items() if one.remark} == {
        "stage": "STAGE_UNMAPPED",
        "closed_at": "NOT_NOW",
        "deal_type": "PICKLIST_UNMAPPED",
        "amount": "FAILS",
        "segment": "FAILS",
    }
    assert found["segment"].vendor_value == "[]"
    assert found["amount"].vendor_value == "x"
    broken = told(N="n", S=[])
    assert broken["stage"].remark is not None
    assert broken["stage"].value is None


def test_an_object_without_stages_and_one_that_is_not_there(told: Callable[..., dict[str, Explained]]) -> None:
    assert list(told("accounts", N="n")) == ["name"]
    with pytest.raises(ConfigError, match="did you mean deals"):
        told("deal")
