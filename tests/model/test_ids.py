import itertools
from concurrent.futures import ThreadPoolExecutor

from ulid import ULID

from crmbridge.model.ids import UlidSource, counting_ids, encode_ulid, new_ulid, take


def test_an_id_is_a_ulid_and_no_two_are_the_same() -> None:
    made = [new_ulid() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(str(ULID.from_str(text)) == text for text in made)
    assert {len(text) for text in made} == {26}


def test_a_counting_source_makes_the_same_ids_in_order_every_time() -> None:
    first, second = counting_ids(), counting_ids()
    made = [first() for _ in range(100)]
    assert made == [second() for _ in range(100)]
    assert made == sorted(made)
    assert len(set(made)) == 100
    assert counting_ids(3)() == made[2]


def test_ids_rise_within_a_millisecond_and_when_the_clock_is_set_back() -> None:
    times = itertools.chain([5_000] * 50, [4_000] * 50, [5_001] * 50)
    source = UlidSource(lambda: next(times), lambda count: b"\x00" * (count - 3) + b"\x0f\xff\xf0")
    made = [source() for _ in range(150)]
    assert made == sorted(set(made))
    assert [ULID.from_str(text).milliseconds for text in (made[0], made[99], made[100])] == [5_000, 5_000, 5_001]


def test_the_last_id_of_a_millisecond_is_followed_by_the_next_one() -> None:
    source = UlidSource(lambda: 7, lambda count: b"\xff" * count)
    first, second = ULID.from_str(source()), ULID.from_str(source())
    assert (first.milliseconds, second.milliseconds) == (7, 8)
    assert first.bytes < second.bytes


def test_every_number_has_the_ulid_of_the_standard() -> None:
    for number in (0, 1, 1023, 1024, 2**80, 2**128 - 1):
        assert encode_ulid(number) == str(ULID.from_int(number))


def test_threads_share_a_source_and_a_fork_starts_afresh() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: [new_ulid() for _ in range(500)], range(8)))
    assert len({text for part in made for text in part}) == 4000
    source = UlidSource(lambda: 7)
    before = source()
    source.forget()
    assert source() != before


def test_many_ids_rise_and_go_on_where_one_by_one_left_off() -> None:
    source = UlidSource()
    made = [*source.many(3), source(), *source.many(0), *source.many(1_100_000), source()]
    assert len(set(made)) == len(made) == 1_100_005
    assert made == sorted(made)
    assert take(source, 2) > made[-1:]
    assert take(counting_ids(), 2) == [encode_ulid(1), encode_ulid(2)]
