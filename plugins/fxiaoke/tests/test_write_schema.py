"""The fields that crmbridge needs: found, or told to the administrator, for no call makes one."""

from typing import Literal

import pytest
from plugins.fxiaoke.tests.desk import KEY_FIELD, LEADS, Desk

from crmbridge.model.errors import ConfigError
from crmbridge_fxiaoke.keys import problems
from crmbridge_fxiaoke.schema import ensure_field


def ensured(desk: Desk, name: str, kind: Literal["text", "number", "date"] = "text") -> str:
    return ensure_field(desk.hand().objects, LEADS, name, kind)


def test_a_field_is_found_by_its_name_and_by_its_label(desk: Desk) -> None:
    assert ensured(desk, KEY_FIELD) == KEY_FIELD
    assert ensured(desk, "external_key") == KEY_FIELD
    assert ensured(desk, "同步键") == KEY_FIELD


def test_a_missing_field_is_told_with_all_that_must_be_made(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        ensured(desk, "Lead Score", "number")
    told = str(caught.value)
    assert all(word in told for word in (LEADS, "Lead Score", "数字", "管理后台"))
    assert desk.writes == []


def test_a_field_that_was_made_meanwhile_is_found(desk: Desk) -> None:
    objects = desk.hand().objects
    objects.fields(LEADS)
    desk.act("add_field", module=LEADS, name="lead_score__c", type="number", label="Lead Score")
    assert ensure_field(objects, LEADS, "lead_score", "number") == "lead_score__c"


def test_a_field_of_another_type_is_told(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        ensured(desk, KEY_FIELD, "number")
    assert KEY_FIELD in str(caught.value)


def test_a_field_that_fxiaoke_keeps_is_none_of_ours(desk: Desk) -> None:
    with pytest.raises(ConfigError):
        ensured(desk, "life_status_before_invalid")


def test_what_keeps_the_key_from_being_held_is_told(desk: Desk) -> None:
    hand = desk.hand()
    assert problems(hand.session, hand.objects) == []
    desk.act("add_field", module=LEADS, name="plain_key__c", type="text", label="普通键")
    other = desk.hand(external_id_field="plain_key__c")
    told = problems(other.session, other.objects)
    assert any("LeadsObj" in one and "not unique" in one for one in told)
    assert any("AccountObj" in one and "no text field" in one for one in told)
    none = desk.hand(external_id_field=None)
    assert problems(none.session, none.objects) == []
    some = desk.hand(objects=[LEADS], external_id_field="x__c")
    assert len(problems(some.session, some.objects)) == 1
