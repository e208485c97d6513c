"""What a cursor keeps of the fields that were read: enough to tell that a new one is asked for, in 2 KiB."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapter.read_fields import ALL, MOST_HASHES, covers, told

NAMES = st.sets(st.sampled_from([f"field_{number}" for number in range(40)]))


@given(NAMES, NAMES)
def test_what_was_read_covers_each_part_of_it_and_nothing_new(read: set[str], more: set[str]) -> None:
    assert covers(told(read), read)
    assert covers(told(read | more), read)
    assert covers(told(read), read | more) == (more <= read)


def test_every_field_covers_whatever_is_asked_for_and_no_list_covers_every_field() -> None:
    assert told(None) == ALL
    assert covers(ALL, None)
    assert covers(ALL, ["any"])
    assert not covers(told(["a"]), None)
    assert not covers(told([]), ["a"])


@pytest.mark.parametrize("count", [MOST_HASHES, MOST_HASHES + 1, 10_000])
def test_very_many_fields_are_kept_as_one_and_stay_small(count: int) -> None:
    names: Iterable[str] = [f"field_{number}" for number in range(count)]
    kept = told(names)
    assert len(kept) <= 2048
    assert covers(kept, names)
    assert not covers(kept, [*names, "more"])
    assert covers(kept, list(names)[1:]) == (count <= MOST_HASHES)
