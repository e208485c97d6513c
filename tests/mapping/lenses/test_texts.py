from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.frame import excerpt
from crmbridge.mapping.lenses.structured import json_text
from crmbridge.mapping.lenses.texts import LONGEST_BYTES
from crmbridge.mapping.outcome import Unmapped
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import FieldType

Lens = Callable[..., Any]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (" Ann ", " Ann "),
        ("e\u0301", "é"),
        ("\u202etxt", "\u202etxt"),
        ("👩‍💻", "👩‍💻"),
        ("", None),
        (" \t", None),
        (12, "12"),
        (Decimal("1.50"), "1.50"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_texts_are_kept_as_they_are_in_nfc(lens: Lens, value: object, read: object) -> None:
    assert lens(FieldType.TEXT).read(value) == read


@pytest.mark.parametrize(
    ("value", "template"),
    [
        ("a\x00b", "{value} holds a NUL character"),
        ("a\ud800", "{value} holds half of a surrogate pair"),
        ("张" * 30_000, "the text has {size} bytes, the field takes {longest}"),
        ("a" * (LONGEST_BYTES + 1), "the text has {size} bytes, the field takes {longest}"),
        ([], "{value} is no {wanted}"),
        (1.5, "{value} is no {wanted}"),
        (Decimal("NaN"), "{value} is no {wanted}"),
        (Decimal("1E+200"), "{value} is no {wanted}"),
        pytest.param(10**5000, "{value} is too large a number", id="huge"),
    ],
)
def test_texts_that_cannot_be_stored_fail(lens: Lens, value: object, template: str) -> None:
    read = lens(FieldType.TEXT).read(value)
    assert isinstance(read, LensFailure)
    assert read.template == template


def test_a_long_text_may_be_longer(lens: Lens) -> None:
    assert lens(FieldType.LONG_TEXT).read("a" * (LONGEST_BYTES + 1)) is not None
    assert lens(FieldType.TEXT).read("a" * LONGEST_BYTES) == "a" * LONGEST_BYTES


def test_values_rename_exactly_first_then_folded(lens: Lens) -> None:
    made = lens(FieldType.TEXT, values={"GTXPro": "GTX Pro", "gtxpro": "small"})
    assert made.read("GTXPro") == "GTX Pro"
    assert made.read("gtxpro") == "small"
    assert made.read("ＧＴＸＰＲＯ ") == "small"
    assert made.read("other") == "other"
    assert made.write("GTX Pro") == "GTXPro"
    assert isinstance(made.write("GTXPRO"), LensFailure)
    assert isinstance(made.write([]), LensFailure)


def test_email_has_its_domain_in_lower_case(lens: Lens) -> None:
    made = lens(FieldType.TEXT, field="email")
    assert made.read(" Ann.B@Example.COM ") == "Ann.B@example.com"
    assert made.read("no address") == "no address"
    assert made.write("a@B.c") == "a@b.c"
    assert isinstance(made.read([]), LensFailure)


@pytest.mark.parametrize(
    ("typed", "region", "read"),
    [
        ("138 1234 5678", "CN", "+8613812345678"),
        ("+86 138-1234-5678", None, "+8613812345678"),
        ("805-247-8982", None, "805-247-8982"),
        ("+1 2", None, "+1 2"),
        ("+", "CN", "+"),
        ("010-12345678转5", "CN", "010-12345678转5"),
        ("010-12345678 ext. 5", "CN", "010-12345678 ext. 5"),
        ("  ", "CN", None),
    ],
)
def test_phones_are_e164_where_valid_and_as_typed_otherwise(
    lens: Lens, typed: str, region: str | None, read: str | None
) -> None:
    parameters = {"region": region} if region else {}
    assert lens(FieldType.TEXT, field="phone", **parameters).read(typed) == read


def test_lists_are_cut_at_separators_or_come_as_lists(lens: Lens) -> None:
    made = lens(FieldType.TEXTS)
    assert made.read("a; b；c\na;;") == ("a", "b", "c")
    assert made.read(["a", " b ", "", None]) == ("a", "b")
    assert made.read(" ; ") is None
    assert made.read("") is None
    assert made.write(("a", "b")) == "a;b"
    assert made.write(()) == ""
    assert lens(FieldType.TEXTS, separator=",").read("a,b;c") == ("a", "b;c")
    assert lens(FieldType.TEXTS, list=True).write(("a;b",)) == ["a;b"]
    wrongs: tuple[Any, ...] = (["a", {}], {"a": 1}, "a\x00")
    for wrong in wrongs:
        assert isinstance(made.read(wrong), LensFailure)
    assert isinstance(made.write(("a;b",)), LensFailure)
    assert isinstance(made.write("a"), LensFailure)


def test_items_of_phones_and_emails_are_read_as_such(lens: Lens) -> None:
    assert lens(FieldType.TEXTS, field="phones", region="CN").read("13812345678；无") == ("+8613812345678", "无")
    assert lens(FieldType.TEXTS, field="emails").read(["A@B.C"]) == ("A@b.c",)


def test_json_is_kept_exactly(lens: Lens) -> None:
    made = lens(FieldType.JSON)
    assert made.read({"a": [Decimal("1.10"), None, True]}) == {"a": [Decimal("1.10"), None, True]}
    assert json_text({"b": Decimal("1.10"), "a": 1}) == '{"a":1,"b":1.10}'
    assert made.read("") is None
    assert made.read(" ") is None
    assert made.read("{x") == "{x"
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    for wrong in (1.5, {"a": 1.5}, {1: 2}, {"a\x00": 1}, 2**63, deep, Decimal("NaN"), {1, 2}):
        assert isinstance(made.read(wrong), LensFailure)
        assert isinstance(made.write(wrong), LensFailure)
    with pytest.raises(TypeError):
        json_text({1, 2})


def test_json_may_stand_in_a_text(lens: Lens) -> None:
    made = lens(FieldType.JSON, parse=True)
    assert made.read('{"a": 1.10}') == {"a": Decimal("1.10")}
    assert made.write({"a": Decimal("1.10")}) == '{"a":1.10}'
    assert made.write(None) is None
    assert made.read("") is None
    for wrong in ("{x", "NaN", "[" * 100_000, '{"a": "\\ud800"}', "9" * 5000):
        assert isinstance(made.read(wrong), LensFailure)


def test_picklists_never_guess(lens: Lens) -> None:
    made = lens(
        FieldType.ENUM,
        allowed=("new", "upsell"),
        values={"New Business": "new", "Existing": "upsell", "Renewal": "upsell"},
    )
    assert made.read("New Business") == "new"
    assert made.read(" new BUSINESS") == "new"
    assert made.read("new") == Unmapped("new")
    assert made.read("") is None
    assert isinstance(made.read([]), LensFailure)
    assert made.write("new") == "New Business"
    assert made.write("upsell").template.startswith("several vendor values")
    assert made.write("other").template == "no vendor value is read as {value}"
    assert isinstance(made.write([]), LensFailure)
    named = lens(FieldType.ENUM, allowed=("a",), values={"X": "a", "Y": "a"}, write={"a": "Y"})
    assert named.write("a") == "Y"
    own = lens(FieldType.ENUM, allowed=("new", "upsell"))
    assert own.read("New") == "new"


def test_a_picklist_may_say_what_every_other_value_is(lens: Lens) -> None:
    made = lens(FieldType.TEXT, "picklist", values={"a": "b"}, other="rest")
    assert [made.read(value) for value in ("a", "A", "c", None, "")] == ["b", "b", "rest", None, None]
    assert isinstance(made.write("rest"), LensFailure)
    with pytest.raises(ConfigError, match="values cannot give"):
        lens(FieldType.ENUM, "picklist", allowed=("new",), values={"N": "new"}, other="odd")


def test_picklists_give_numbers_and_booleans_too(lens: Lens) -> None:
    assert lens(FieldType.INTEGER, field="authority", values={"High": 3}).read("high") == 3
    assert lens(FieldType.BOOL, values={"Active": True, "Gone": False}).read("gone") is False
    assert lens(FieldType.NUMBER, values={"Half": "0.5"}).read("Half") == Decimal("0.5")
    assert lens(FieldType.TEXT, "picklist", values={"a": "b"}).read("c") == Unmapped("c")
    with pytest.raises(ConfigError, match="is not between"):
        lens(FieldType.INTEGER, field="authority", values={"High": 4})


def test_references_are_ids_exactly_as_they_stand(lens: Lens) -> None:
    made = lens(FieldType.REF)
    assert made.read("e\u0301 ") == "e\u0301 "
    assert made.read(12) == "12"
    assert made.read({"id": "7", "name": "x"}) == "7"
    assert made.read({}) is None
    assert made.read(" ") is None
    wrongs: tuple[Any, ...] = ([], 1.5, {"id": []}, 10**5000)
    for wrong in wrongs:
        assert isinstance(made.read(wrong), LensFailure)
    alias = lens(FieldType.REF, values={"GTXPro": "GTX Pro"})
    assert alias.read("gtxpro") == "GTX Pro"
    assert alias.read("MG") == "MG"
    assert alias.write("MG") == "MG"
    assert isinstance(alias.write("GTXPro"), LensFailure)


def test_an_excerpt_is_short_and_printable() -> None:
    assert excerpt("x" * 100) == "x" * 60 + "…"
    assert excerpt("\ud800") == "?"
    assert excerpt(10**5000) == "int"


def test_an_address_is_made_of_an_id_and_no_other_address_is_written(lens: Lens) -> None:
    address = lens(FieldType.TEXT, "address", of="https://crm.example.com/tasks/{}")
    assert address.read(17) == "https://crm.example.com/tasks/17"
    assert (address.read(None), address.write(None)) == (None, None)
    assert address.write("https://crm.example.com/tasks/17") == "17"
    for other in ("https://elsewhere.example.com/17", "https://crm.example.com/tasks/"):
        assert isinstance(address.write(other), LensFailure)


@pytest.mark.parametrize("of", ["https://crm.example.com/tasks/", "javascript:alert({})", "https://{}.example.com/{}"])
def test_an_address_needs_one_place_for_the_id_and_a_web_address(lens: Lens, of: str) -> None:
    with pytest.raises(ConfigError):
        lens(FieldType.TEXT, "address", of=of)
