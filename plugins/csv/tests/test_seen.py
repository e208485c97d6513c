"""The compact memory of keys answers as a dictionary would."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from crmbridge_csv.seen import Seen

REVISIONS = st.sampled_from([f"{number:016x}" for number in range(5)])


@given(st.lists(st.tuples(st.text(max_size=2), REVISIONS), max_size=200))
def test_the_first_revision_of_each_key_is_remembered(rows: list[tuple[str, str]]) -> None:
    seen, known = Seen(), dict[str, str]()
    for key, revision in rows:
        assert seen.meet(key, revision) == known.get(key)
        known.setdefault(key, revision)


def test_a_hash_that_stands_where_no_key_begins_is_no_key() -> None:
    mine = "mine"
    other = next(key for number in count() if (key := f"k{number}") and hash(key) & 0xFFFF == hash(mine) & 0xFFFF)
    looks_like_mine = (hash(mine) & 2**64 - 1).to_bytes(8, "little").hex()
    seen = Seen()
    assert seen.meet(other, looks_like_mine) is None
    assert seen.meet(mine, "0" * 16) is None
    assert seen.meet(mine, "1" * 16) == "0" * 16
    assert seen.meet(other, "1" * 16) == looks_like_mine
