"""JSON is read exactly or refused, and a text that ends early is known as such."""

from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.http.strict import UnreadableBody, decode, encode
from crmbridge.model.errors import ContractError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXTS
EXACT = SCALARS | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6)
VALUES = st.recursive(EXACT, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": -1E+99999999999}',
        b'{"a": 1e-400}',
        b'{"a": 1, "a": 2}',
        b'{"data": [{"id": "1", "id": "1"}]}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 0.' + b"9" * 5000 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 300 + b"]" * 300,
        b"\xff\xfe{\x00}\x00",
        b'{"a": "\xe9"}',
        b"<html></html>",
        b"{'a': 1}",
        b'{"a": 1} {"b": 2}',
        b'{"a": .5}',
        b'{"a": 01}',
        b'{"a": "\t"}',
        b'{"a": nope}',
    ],
)
def test_what_is_no_exact_json_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(UnreadableBody) as caught:
        decode(body)
    assert not caught.value.cut
    assert isinstance(caught.value, ContractError)


@pytest.mark.parametrize("body", [b"", b"  \n", b"{", b'{"data":[', b'{"data":[{"id":"1"},', b'["\xe4\xbd'])
def test_a_text_that_ends_early_is_incomplete_and_not_empty(body: bytes) -> None:
    with pytest.raises(UnreadableBody) as caught:
        decode(body)
    assert caught.value.cut


@settings(deadline=None)
@given(st.lists(VALUES) | st.dictionaries(TEXTS, VALUES), st.data())
def test_every_beginning_of_a_list_or_object_is_incomplete(value: object, data: st.DataObject) -> None:
    whole = encode(value)
    with pytest.raises(UnreadableBody) as caught:
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert caught.value.cut


@pytest.mark.parametrize("cut", range(len(rb'{"a":[true,false,null,-1.5e3,"\u00e4\n"]}')))
def test_every_cut_of_words_numbers_and_escapes_is_incomplete(cut: int) -> None:
    with pytest.raises(UnreadableBody) as caught:
        decode(rb'{"a":[true,false,null,-1.5e3,"\u00e4\n"]}'[:cut])
    assert caught.value.cut


@settings(deadline=None)
@given(VALUES)
def test_what_was_written_is_read_back(value: object) -> None:
    assert decode(encode(value)) == value


@settings(deadline=None)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20))
def test_another_reader_reads_the_same(value: object) -> None:
    body = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS) if _fits(value) else encode(value)
    assert decode(body) == value


def _fits(value: object) -> bool:
    if isinstance(value, dict):
        return all(_fits(one) for one in value.values())
    if isinstance(value, list):
        return all(_fits(one) for one in value)
    return not isinstance(value, int) or abs(value) < 2**63


def test_fractions_are_exact_and_never_floats() -> None:
    read = decode(b'{"a": 0.1, "b": 1E2, "c": 185000.50, "d": 3, "e": -0.0}')
    assert read == {"a": Decimal("0.1"), "b": Decimal(100), "c": Decimal("185000.50"), "d": 3, "e": Decimal("-0.0")}
    assert isinstance(read, dict)
    assert not any(isinstance(one, float) for one in read.values())
    assert encode(read) == b'{"a":0.1,"b":100,"c":185000.50,"d":3,"e":-0.0}'


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    "value", [1.5, {"a": float("nan")}, Decimal("NaN"), Decimal("1e999"), {1: 2}, b"x", {1, 2}, "\ud800", object()]
)
def test_what_json_cannot_hold_exactly_is_not_sent(value: object) -> None:
    with pytest.raises(ContractError):
        encode(value)


def test_a_nest_without_end_is_not_sent() -> None:
    nest: list[object] = []
    nest.append(nest)
    with pytest.raises(ContractError):
        encode(nest)
