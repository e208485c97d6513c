"""Names and telephones as they are compared: GV-DQ-1 and its laws."""

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.names import CHINESE_SUFFIXES, LATIN_SUFFIXES, company_key, keys, name_key
from crmbridge.model.phones import e164, is_judgeable, is_region

NAMES = st.text(alphabet=st.sampled_from("ab公司集团有限 .,()（）&LtdICcoG"), max_size=14) | st.text(max_size=12)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("上海明澈科技有限公司", "上海明澈科技"),
        ("上海明澈科技(集团)有限公司", "上海明澈科技"),
        ("上海明澈科技（集团）有限公司", "上海明澈科技"),
        ("上海 明澈科技 有限责任公司", "上海明澈科技"),
        ("Acme Co., Ltd.", "acme"),
        ("ACME co.,ltd", "acme"),
        ("ACME  Inc.", "acme"),
    ],
)
def test_gv_dq_1_companies(name: str, key: str) -> None:
    assert company_key(name) == key


@pytest.mark.parametrize("number", ["138 0013 8000", "+86-138-0013-8000", "0086 13800138000", "１３８００１３８０００"])
def test_gv_dq_1_phones(number: str) -> None:
    assert e164(number, "CN") == "+8613800138000"


def test_gv_dq_1_what_is_no_number_has_none() -> None:
    assert e164("12345", "CN") is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Zinc", "zinc"),
        ("Zinc Inc", "zinc"),
        ("Incorp", "incorp"),
        ("The Corp of Corp", "thecorpof"),
        ("Müller GmbH", "müller"),
        ("STRASSE GmbH", "strasse"),
        ("Straße GmbH", "strasse"),
        ("A.B.C. L.L.C.", "abc"),
        ("ABC, LLC", "abc"),
        ("Ａｃｍｅ　Ｌｔｄ", "acme"),
        ("Acme Corp Inc 有限公司", "acme"),
        ("上海集团公司", "上海"),
        ("明澈 有限 公司", "明澈"),
        ("Acme\u200b Ltd", "acme"),
        ("C++ Ltd", "c++"),
    ],
)
def test_companies_are_compared_without_spelling_and_legal_form(name: str, key: str) -> None:
    assert company_key(name) == key


@pytest.mark.parametrize("name", [*CHINESE_SUFFIXES, *LATIN_SUFFIXES, "Inc. Inc.", "集团 公司"])
def test_a_name_is_never_stripped_to_nothing(name: str) -> None:
    assert company_key(name)


def test_a_persons_name_keeps_what_looks_like_a_legal_form() -> None:
    assert name_key("Lewis, James") == name_key("LEWIS  JAMES") == "lewisjames"
    assert name_key("Inc, Bob Co") == "incbobco"


def test_punctuation_alone_has_no_key() -> None:
    assert keys(["***", "Acme Ltd"], company=True) == {"***": None, "Acme Ltd": "acme"}
    assert keys(["Acme Ltd"], company=False) == {"Acme Ltd": "acmeltd"}


@given(NAMES)
def test_a_key_is_its_own_name_key_and_empty_only_for_punctuation(name: str) -> None:
    assert bool(company_key(name)) == bool(name_key(name))
    assert name_key(name).startswith(company_key(name))
    assert name_key(name_key(name)) == name_key(name)


@given(NAMES, st.sampled_from([" Ltd.", ", Inc", " LLC", " 公司", "（集团）有限公司", " co.,ltd"]))
def test_a_legal_form_never_changes_the_key(name: str, form: str) -> None:
    half_a_form = ("co", "有限", ".")
    if name_key(name) and not name.endswith(".") and not name_key(name).endswith(half_a_form):
        assert company_key(name + form) == company_key(name)


@pytest.mark.parametrize("region", ["CN", "US", "GB", "DE", "BR", "IN", "JP", "GG", "MX"])
def test_the_short_way_for_mobile_numbers_says_what_the_full_look_says(region: str) -> None:
    chance = random.Random(region)  # noqa: S311 - telephones, not secrets
    code = phonenumbers.country_code_for_region(region)
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    examples = [str(n.national_number) for n in (phonenumbers.example_number_for_type(region, k) for k in kinds) if n]
    for _ in range(300):
        digits = list(chance.choice(examples))
        for _ in range(chance.choice([0, 1, 2, len(digits)])):
            digits[chance.randrange(len(digits))] = str(chance.randrange(10))
        text = chance.choice(["", "", f"+{code}", f"+{code} ", "0", "00", str(code), "+"]) + "".join(digits)
        if chance.random() < 0.3:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice("- ") + text[place:]
        assert e164(text, region) == full_look(text, region), text


def full_look(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def test_an_extension_is_another_telephone() -> None:
    assert e164("+86 21 6288 0000 ext 12", None) == "+862162880000;ext=12"
    assert e164("+86 21 6288 0000", None) == "+862162880000"
    assert e164("021-62880000", "CN") == "+862162880000"


def test_without_a_region_only_numbers_with_a_country_can_be_judged() -> None:
    assert e164("13800138000", None) is None
    assert not is_judgeable("13800138000", None)
    assert is_judgeable(" +86 1", None)
    assert is_judgeable("13800138000", "CN")
    assert (is_region("CN"), is_region("XX")) == (True, False)
