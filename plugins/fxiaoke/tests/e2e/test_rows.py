"""Every case of adapters.md and every row of reliability.md 2.1-2.2 that concerns reading Fxiaoke names its tests.

Rows about writing are the writer's, about another vendor no matter of Fxiaoke.
"""

from pathlib import Path

import pytest
from tests.systems.rows import check_named

HERE = Path(__file__).parent
FAULTS, CHANGES, BAD, GONE = "test_faults.py", "test_changes.py", "test_bad_input.py", "test_gone.py"
WHOLE, DAYS = "test_whole_org.py", "test_matrix_of_days.py"
DOOR = "tests/http/test_fault_rows.py"
PARITY = (
    "tests/parity/test_records.py::test_records_are_equal_field_by_field",
    "tests/parity/test_services.py::test_an_answer_is_the_same",
    "tests/parity/test_services.py::test_the_weekly_report_is_the_same",
)
CASES = {
    1: (
        f"{CHANGES}::test_case_1_changes_of_the_moment_just_after_the_read_arrive",
        f"{CHANGES}::test_case_1_ties_across_page_borders",
    ),
    2: ("../test_reading.py", f"{CHANGES}::test_case_1_ties_across_page_borders"),
    3: (
        f"{CHANGES}::test_case_3_a_lead_converted_between_two_syncs",
        f"{CHANGES}::test_case_3_a_lead_converted_between_two_pages",
    ),
    4: (
        f"{BAD}::test_case_4_a_field_of_an_unknown_type_and_an_object_of_the_companys_own",
        f"{BAD}::test_case_4_a_permission_lost_is_never_no_records",
        f"{BAD}::test_case_4_an_object_that_may_not_be_seen_at_first_is_read_once_it_may",
    ),
    5: (f"{WHOLE}::test_a_full_read_equals_the_dump_with_custom_fields_of_every_type",),
    6: (
        f"{FAULTS}::test_case_6_processes_that_start_together_make_one_token_request",
        "tests/http/test_tokens.py::test_twenty_processes_that_start_together_make_one_token_request",
    ),
    7: (f"{CHANGES}::test_case_7_a_field_cleared_there_is_cleared_here",),
    8: (
        f"{GONE}::test_an_empty_answer_by_mistake_deletes_nothing",
        f"{GONE}::test_a_hidden_record_is_not_deleted",
    ),
    9: (f"{CHANGES}::test_case_9_amounts_are_exact_and_a_closing_date_is_a_day_of_shanghai",),
    10: PARITY,
}
"""adapters.md."""
ROWS = {
    "2.1 Connect timeout, refused, DNS failure": (
        f"{FAULTS}::test_nobody_listening_ends_with_5_and_moves_no_cursor",
        f"{DOOR}::test_unknown_host_name_is_tried_again_and_is_unavailable_at_last",
    ),
    "2.1 Read timeout / RST after request sent": (f"{FAULTS}::test_a_fault_on_the_way_is_gone_over",),
    "2.1 Slow drip": (f"{DOOR}::test_slow_drip_fails_at_the_deadline",),
    "2.1 Body cut, no Content-Length": (f"{FAULTS}::test_a_fault_on_the_way_is_gone_over",),
    "2.1 Gzip bomb, 1 GB body": (f"{DOOR}::test_gzip_bomb_and_huge_body_are_stopped_in_little_memory",),
    "2.1 TLS expired / wrong host / self-signed": (f"{DOOR}::test_tls_that_does_not_hold_fails_closed_at_once",),
    "2.1 Redirect": (
        f"{FAULTS}::test_the_wrong_host_answers_with_a_page_and_is_told",
        f"{DOOR}::test_redirect_is_never_followed",
    ),
    "2.2 429 with and without Retry-After: 14001, 30004, a text": (
        f"{FAULTS}::test_a_throttled_call_waits_for_its_window",
        f"{FAULTS}::test_our_own_pace_is_never_refused",
    ),
    "2.2 Credits exhausted: 30002, 30003": (
        f"{FAULTS}::test_30002_waits_until_midnight_in_shanghai",
        f"{FAULTS}::test_30003_stops_and_says_what_to_buy",
    ),
    "2.2 Token throttle": (
        f"{FAULTS}::test_the_token_limit_is_not_fought",
        f"{FAULTS}::test_case_6_processes_that_start_together_make_one_token_request",
    ),
    "2.2 Login revoked": (
        f"{FAULTS}::test_a_secret_revoked_ends_with_4_and_goes_on_once_it_is_renewed",
        f"{FAULTS}::test_an_app_that_may_no_longer_is_told_and_goes_on_once_it_may",
        f"{FAULTS}::test_an_app_disabled_in_the_middle_ends_with_4",
    ),
    "2.2 Scope missing, permission lost": (f"{BAD}::test_case_4_a_permission_lost_is_never_no_records",),
    "2.2 200 + error": (
        f"{FAULTS}::test_20016_renews_once_and_no_more",
        f"{FAULTS}::test_an_unknown_code_fails_its_object_with_everything_that_was_said",
        "../test_errors.py",
    ),
    "2.2 5xx, HTML page, empty 204": (
        f"{FAULTS}::test_html_and_nonsense_with_200_are_no_empty_list",
        f"{FAULTS}::test_a_vendor_that_stays_down_ends_with_5_and_moves_no_cursor",
    ),
    "2.2 Truncated / duplicate-key / NaN / 5,000-digit / deep JSON": (
        f"{FAULTS}::test_html_and_nonsense_with_200_are_no_empty_list",
        f"{DOOR}::test_json_that_cannot_be_trusted_is_a_bad_response",
        "../test_odd_answers.py",
    ),
    "2.2 Duplicate webhook / retryTimes": ("test_pushes.py", "../test_events.py"),
    "2.2 Field renamed/removed/type changed": (f"{BAD}::test_a_field_that_is_there_no_more_blanks_nothing",),
    "2.2 Picklist value added": (
        f"{BAD}::test_a_new_option_nobody_mapped_is_kept_and_told",
        f"{BAD}::test_a_stage_nobody_mapped_is_unknown_and_keeps_its_word",
        f"{BAD}::test_an_option_with_another_label_is_read_by_its_new_one",
    ),
    "2.2 Late records, clock skew, eventual consistency": (
        f"{FAULTS}::test_clock_skew_of_the_vendor_loses_no_change",
        f"{FAULTS}::test_clock_skew_of_ours_loses_no_change",
        f"{CHANGES}::test_what_changes_without_a_new_time_comes_with_the_reading_of_everything",
    ),
    "2.2 Page shift while paging": (
        f"{CHANGES}::test_edits_during_paging_pass_nothing_over",
        f"{CHANGES}::test_edits_from_another_hand_while_a_sync_runs",
        f"{FAULTS}::test_duplicate_rows_across_pages_are_one_record",
    ),
    "2.2 Same-second changes": (f"{CHANGES}::test_case_1_ties_across_page_borders",),
    "2.2 Deletions": (
        f"{CHANGES}::test_edits_invalidations_recoveries_and_people_that_leave",
        f"{CHANGES}::test_a_recovered_record_comes_back",
        f"{GONE}::test_a_hidden_record_is_not_deleted",
        f"{GONE}::test_a_vanished_record_is_kept_unless_the_employee_sees_all",
        f"{GONE}::test_more_invalidations_than_a_page_are_found",
        f"{GONE}::test_an_id_that_is_not_found_is_no_deletion",
    ),
    "2.2 Merge / lead conversion": (f"{CHANGES}::test_case_3_a_lead_converted_between_two_syncs",),
    "2.3 kill -9 anywhere": ("test_kills.py::test_random_kills_and_nothing_is_lost_or_doubled",),
    "Every behaviour that is left open": (f"{DAYS}::test_a_day_of_reading_under_each_setting",),
}


@pytest.mark.parametrize("row", [*CASES, *ROWS], ids=str)
def test_every_row_has_its_test(row: int | str) -> None:
    check_named(CASES[row] if isinstance(row, int) else ROWS[row], HERE)


def test_no_case_is_left_out() -> None:
    assert set(CASES) == set(range(1, 11))
