"""The JSON of payloads: one form for equal payloads, whatever way it is made, because its hash tells them apart."""

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.ledger.payloads import encode_payload
from crmbridge.model.errors import ContractError

KEYS = st.text(st.characters(codec="utf-8"), max_size=3)
PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**66), 2**66) | st.text(st.characters(codec="utf-8"), max_size=9)
    | st.decimals(allow_nan=False, allow_infinity=False)
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3) | st.tuples(inner),
    max_leaves=8,
)


def spelled(value: Any) -> str:
    """The JSON of a value, one piece after the other."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{spelled(key)}:{spelled(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(spelled, value)) + "]"
    if isinstance(value, Decimal) or type(value) is int:
        return str(value)
    return orjson.dumps(value).decode()


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_equal_payloads_have_the_same_bytes_as_ever(payload: dict[str, Any]) -> None:
    assert encode_payload(payload) == spelled(payload).encode()


def test_a_decimal_is_written_as_it_stands_however_deep() -> None:
    payload = {"a": Decimal("10.50"), "b": {"c": [Decimal("1E+3"), {"d": Decimal("-0.00")}]}, "n": 2**70}
    assert encode_payload(payload) == b'{"a":10.50,"b":{"c":[1E+3,{"d":-0.00}]},"n":1180591620717411303424}'


@pytest.mark.parametrize(
    "odd", [0.5, float("nan"), Decimal("NaN"), Decimal("-Infinity"), {1: "x"}, {"x"}, b"x", "\ud800"]
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_would_lose_digits_or_is_no_json_is_refused_however_deep(*, odd: object, wrapped: bool) -> None:
    value = {"first": Decimal("1.5"), "rest": [1, (odd,)]} if wrapped else odd
    with pytest.raises(ContractError):
        encode_payload({"text": "x", "value": value})
