"""The quick reading of instants gives what the lens gives, or nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge.mapping.lenses.iso_instants import iso_us
from crmbridge.model.instants import to_us
from crmbridge.model.kinds import FieldType

FORM = (
    r"(1[89]|20|2[12])[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]"
    r"(\.[0-9]{1,7})?(Z|z|[+-][0-2][0-9]:?[0-6][0-9])?"
)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.from_regex(FORM, fullmatch=True) | st.datetimes().map(lambda at: f"{at.isoformat()}+08:00") | st.text())
def test_what_is_read_at_once_is_what_the_lens_reads(lens: Callable[..., Any], text: str) -> None:
    at_us = iso_us(text)
    if at_us is not None:
        read = lens(FieldType.INSTANT).read(text)
        assert isinstance(read, datetime)
        assert to_us(read) == at_us


@pytest.mark.parametrize(
    "text",
    ["2021-04-15T09:30:00+08:00", "2021-04-15T01:30:00Z", "2021-04-14 20:00:00.000000-0530", "2021-04-15t01:30:00z"],
)
def test_the_usual_forms_are_read_at_once(text: str) -> None:
    assert iso_us(text) == 1_618_450_200_000_000


@pytest.mark.parametrize(
    "text",
    ["", "2021-04-15", "2021-04-15T09:30:00", "2021-04-15T09:30Z", "2021-02-30T09:30:00Z", "2021-04-15T24:00:00Z",
     "1899-12-31T00:00:00Z", "2201-01-01T00:00:00Z", "2021-04-15T09:30:00+24:00", "２021-04-15T09:30:00Z"],
)  # fmt: skip
def test_any_other_text_is_left_to_the_lens(text: str) -> None:
    assert iso_us(text) is None
