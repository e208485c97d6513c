"""Every case of adapters.md and every row of reliability.md 2.1-2.2 that concerns reading Zoho names its tests.

Rows about writing are the writer's, about webhooks the inbox's, about another vendor no matter of Zoho.
"""

from pathlib import Path

import pytest
from tests.systems.rows import check_named

HERE = Path(__file__).parent
FAULTS, CHANGES, BAD, WHOLE, MANY = (
    "test_faults.py",
    "test_changes.py",
    "test_bad_input.py",
    "test_whole_org.py",
    "test_many.py",
)
DOOR = "tests/http/test_fault_rows.py"
CASES = {
    1: (
        f"{CHANGES}::test_case_1_several_records_of_the_second_just_after_the_read_arrive",
        f"{CHANGES}::test_case_1_ties_across_page_borders",
    ),
    2: (
        f"{MANY}::test_case_2_more_records_of_one_second_than_a_page",
        f"{MANY}::test_case_2_more_records_than_page_numbers_reach",
        "test_matrix.py::test_case_2_more_than_a_hundred_thousand_records",
        "test_matrix.py::test_case_2_more_records_of_one_second_than_page_numbers_reach",
    ),
    3: (
        f"{CHANGES}::test_case_3_a_lead_converted_between_two_syncs",
        f"{CHANGES}::test_case_3_a_lead_converted_between_two_pages",
    ),
    4: (
        f"{BAD}::test_case_4_a_custom_field_of_an_unknown_type_and_a_module_without_a_time",
        f"{BAD}::test_case_4_a_module_without_permission_stops_no_other",
        f"{BAD}::test_case_4_a_permission_lost_between_two_runs_deletes_nothing",
    ),
    5: (f"{BAD}::test_case_5_more_than_fifty_mapped_fields_are_joined_by_id",),
    6: (
        f"{FAULTS}::test_case_6_processes_that_start_together_make_one_token_request",
        f"{BAD}::test_the_wrong_data_centre",
        f"{BAD}::test_a_client_of_another_region",
        "tests/http/test_tokens.py::test_twenty_processes_that_start_together_make_one_token_request",
    ),
    7: (f"{CHANGES}::test_case_7_a_field_cleared_there_is_cleared_here",),
    8: (
        f"{FAULTS}::test_case_8_an_empty_list_by_mistake_deletes_nothing",
        f"{FAULTS}::test_case_8_a_first_load_answered_with_nothing_is_made_good",
        f"{BAD}::test_case_8_records_hidden_by_a_narrower_role_are_not_deleted",
    ),
    9: (f"{CHANGES}::test_case_9_amounts_are_exact_and_a_closing_date_is_a_day_of_the_company",),
    10: (
        "tests/parity/test_records.py::test_records_are_equal_field_by_field",
        "tests/parity/test_services.py::test_an_answer_is_the_same",
        "tests/parity/test_services.py::test_the_weekly_report_is_the_same",
    ),
}
"""adapters.md."""
ROWS = {
    "2.1 Connect timeout, refused, DNS failure": (
        f"{FAULTS}::test_nobody_listening_ends_with_5_and_moves_no_cursor",
        f"{DOOR}::test_unknown_host_name_is_tried_again_and_is_unavailable_at_last",
    ),
    "2.1 Read timeout / RST after request sent": (f"{FAULTS}::test_a_fault_on_the_way_is_gone_over",),
    "2.1 Slow drip": (f"{DOOR}::test_slow_drip_fails_at_the_deadline",),
    "2.1 Body cut, no Content-Length": (
        f"{FAULTS}::test_a_fault_on_the_way_is_gone_over",
        f"{DOOR}::test_body_cut_without_length_is_incomplete_and_not_empty",
    ),
    "2.1 Gzip bomb, 1 GB body": (f"{DOOR}::test_gzip_bomb_and_huge_body_are_stopped_in_little_memory",),
    "2.1 TLS expired / wrong host / self-signed": (f"{DOOR}::test_tls_that_does_not_hold_fails_closed_at_once",),
    "2.1 Redirect": (f"{DOOR}::test_redirect_is_never_followed",),
    "2.2 429 with Retry-After": (
        f"{FAULTS}::test_429_with_retry_after_waits_that_long",
        f"{FAULTS}::test_429_with_a_long_retry_after_ends_the_run_and_says_when",
    ),
    "2.2 429 without": (f"{FAULTS}::test_429_without_retry_after_backs_off_and_goes_on",),
    "2.2 Credits exhausted": (
        f"{FAULTS}::test_credits_used_up_says_when_they_return_and_goes_on_then",
        f"{FAULTS}::test_our_own_share_of_credits_stops_before_it_is_overdrawn",
    ),
    "2.2 Token throttle": (
        f"{FAULTS}::test_the_token_throttle_is_not_fought",
        f"{FAULTS}::test_case_6_processes_that_start_together_make_one_token_request",
    ),
    "2.2 Refresh token revoked": (f"{FAULTS}::test_a_login_revoked_ends_with_4_and_goes_on_once_it_is_renewed",),
    "2.2 Scope missing, permission lost": (
        f"{BAD}::test_a_scope_missing_is_named_and_is_no_empty_account",
        f"{BAD}::test_case_4_a_permission_lost_between_two_runs_deletes_nothing",
    ),
    "2.2 200 + error": (f"{FAULTS}::test_the_token_throttle_is_not_fought", "../test_errors.py"),
    "2.2 5xx, HTML page, empty 204": (
        f"{FAULTS}::test_a_fault_on_the_way_is_gone_over",
        f"{FAULTS}::test_a_vendor_that_stays_down_ends_with_5_and_moves_no_cursor",
    ),
    "2.2 Truncated / duplicate-key / NaN / 5,000-digit / deep JSON": (
        f"{FAULTS}::test_garbage_with_200_is_no_empty_list",
        f"{DOOR}::test_json_that_cannot_be_trusted_is_a_bad_response",
    ),
    "2.2 Field renamed/removed/type changed": (
        f"{BAD}::test_a_renamed_field_is_told_with_the_nearest_and_blanks_nothing",
    ),
    "2.2 Picklist value added": (
        f"{BAD}::test_a_new_picklist_value_nobody_mapped_is_kept_and_told",
        f"{BAD}::test_a_new_stage_nobody_mapped_is_unknown_and_keeps_its_word",
    ),
    "2.2 Late records, clock skew, eventual consistency": (
        f"{FAULTS}::test_clock_skew_of_the_vendor_loses_no_change",
        f"{FAULTS}::test_clock_skew_of_ours_loses_no_change",
    ),
    "2.2 Page shift while paging": (
        f"{CHANGES}::test_edits_during_paging_pass_nothing_over",
        f"{CHANGES}::test_edits_from_another_hand_while_a_sync_runs",
        f"{FAULTS}::test_duplicate_rows_across_pages_are_one_record",
    ),
    "2.2 Same-second changes": (f"{CHANGES}::test_case_1_several_records_of_the_second_just_after_the_read_arrive",),
    "2.2 Deletions": (
        f"{CHANGES}::test_edits_deletions_restorations_and_people_that_leave",
        f"{CHANGES}::test_a_restored_record_comes_back",
    ),
    "2.2 Merge / lead conversion": (f"{CHANGES}::test_case_3_a_lead_converted_between_two_syncs",),
}


@pytest.mark.parametrize("row", [*CASES, *ROWS], ids=str)
def test_every_row_has_its_test(row: int | str) -> None:
    wanted = CASES[row] if isinstance(row, int) else ROWS[row]
    check_named(wanted, HERE)


def test_no_case_is_left_out() -> None:
    assert set(CASES) == set(range(1, 11))
