"""Which of the ten cases that real tools got wrong the kit holds every adapter to, and the liar that shows it.

The others are about a vendor's own ways: `test_rows.py` of each vendor names its tests for all ten.
"""

import pytest
from tests.testing import test_kit_catches_lies
from tests.testing.hostile import LIARS

from crmbridge.testing.kit.conformance import kit_tests

BY_KIT = {
    "1 ties, and changes of the second just read": (
        "test_late_record_of_the_last_instant_arrives",
        "test_ties_at_a_page_border_arrive",
    ),
    "2 more of one time than a page holds": ("test_ties_at_a_page_border_arrive",),
    "6 a refused login is no empty source": ("test_wrong_credentials_are_an_auth_error",),
    "7 cleared is cleared, absent changes nothing": (
        "test_none_empties_a_field",
        "test_absent_field_stays",
        "test_null_is_not_absent",
    ),
    "8 an empty list by mistake deletes nothing": (
        "test_complete_means_everything_was_listed",
        "test_garbage_is_never_data",
    ),
    "9 amounts are exact, null is not nought": ("test_numbers_are_never_float", "test_null_is_not_absent"),
}


@pytest.mark.parametrize("case", BY_KIT)
def test_a_case_of_the_kit_has_its_tests_and_each_catches_a_liar(case: str) -> None:
    assert set(BY_KIT[case]) <= set(kit_tests())
    assert test_kit_catches_lies.FILES
    assert set(BY_KIT[case]) <= {liar.caught_by for liar in LIARS}
