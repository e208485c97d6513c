from ulid import ULID

from crmbridge.model.ids import counting_ids, new_ulid


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
