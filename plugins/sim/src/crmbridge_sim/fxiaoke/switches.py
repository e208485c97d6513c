"""Every uncertain fact of the Fxiaoke dossier as a switch: default, other settings, source (section), one sentence.

A test that relies on a default states so by setting the switch; a real tenant would settle them (dossier 11).
"""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.switches import Setting, Switch, SwitchBoard, UnknownSwitch, choice, flag, number

__all__ = ["ALL", "Setting", "Switch", "Switches", "UnknownSwitch"]

ACCESS: tuple[Switch, ...] = (
    number("token_calls_a_minute", 10, "1.7: DOC", "Token calls of the last 60 seconds before 14001; 0 = no limit."),
    choice("concurrent_token_calls", ("allow", "refuse"), "1.7: DOC says never", "What a second one at once gets."),
    choice(
        "third_trace_id", ("optional", "required"), "1.4, 11 (1): UNCERTAIN", "thirdTraceId of style B is enforced."
    ),
    choice("mixed_styles", ("body", "headers", "error"), "1.4: do not mix", "Which style counts when both are sent."),
    choice("unknown_user_b", ("20012", "admin"), "9, 11 (1): UNCERTAIN", "An x-fs-userid nobody has."),
    choice("missing_user_b", ("10010", "admin"), "11 (1): UNCERTAIN", "No x-fs-userid at all."),
    choice("stopped_user", ("20012", "30027"), "8 (21): UNCERTAIN", "A departed employee acts."),
    choice("get_by_mobile_b", ("works", "refuse"), "1.6, 11 (17): UNCERTAIN", "getByMobile with style B headers."),
    number("ip_refused_code", 20020, "1.1, 11 (18): UNCERTAIN", "The code of a call from an IP that is not allowed."),
    number("app_disabled_code", 20021, "6, 11 (18): UNCERTAIN", "The code of a call of a disabled app."),
    choice("personnel", ("empty", "error", "rows"), "3.14: DOC, 8 (24)", "What a query of PersonnelObj gives."),
    number("rate_calls", 100, "5: DOC", "Calls of one interface in a window; 0 = no limit."),
    number("rate_window_s", 20, "5: DOC", "Seconds of the sliding window."),
    choice("throttle_code", ("14001", "30004", "text"), "5, 11 (5): UNCERTAIN", "How a throttled call is refused."),
    flag("refused_calls_count", "11 (5): UNCERTAIN", "Throttled calls fill the window too."),
    number("daily_quota", 100_000, "5: DOC", "Calls of a day, until 00:00 +08:00; then 30002."),
    flag("no_quota", "1.1, 6: DOC", "No call pack was bought: every call gets 30003."),
    flag("failed_calls_cost", "5: UNCERTAIN", "Failed calls use up the quota too.", on=True),
    flag("token_calls_cost", "5: UNCERTAIN, no source", "Token calls use up the quota too."),
)
READING: tuple[Switch, ...] = (
    choice("over_limit", ("clamp", "error", "allow"), "3.1, 11 (2): UNCERTAIN", "A limit above 100."),
    number("default_limit", 20, "3.1: older docs", "Rows of a query that names no limit."),
    choice(
        "offset_step", ("error", "allow", "floor"), "3.1, 11 (2): UNCERTAIN", "An offset that is no multiple of limit."
    ),
    choice("unknown_filter", ("error", "ignore"), "9", "An unknown operator or field in filters and orders."),
    choice("unknown_projection", ("ignore", "error"), "3.1: UNCERTAIN", "An unknown field in a projection."),
    choice(
        "total_rule",
        ("either", "returnTotalNum", "find_explicit_total_num"),
        "3.1, 11 (3): UNCERTAIN",
        "Which parameter makes total more than 0.",
    ),
    number("total_cap", 0, "11 (3): UNCERTAIN", "Totals never exceed this; 0 = exact."),
    flag(
        "default_hides_invalid", "7.4, 11 (4): mixed", "A query without life_status leaves invalid rows out.", on=True
    ),
    flag("second_order", "11 (8): UNCERTAIN", "An order by a second field is honoured.", on=True),
    flag("not_in_finds_empty", "3.1: N does; NIN UNCERTAIN", "NIN finds rows where the field is empty.", on=True),
    choice("time_as_text", ("accept", "error"), "3.1: UNCERTAIN", "Times in filters as texts of digits."),
    choice("related_filter", ("error", "ignore", "works"), "3.13: UNCERTAIN", "A filter on related_object_data."),
    flag("projection_adds_id", "3.1: UNCERTAIN", "_id comes though the projection does not name it.", on=True),
    flag("projection_adds_labels", "3.1: UNCERTAIN", "__r fields come with their projected base field.", on=True),
    flag("select_labels", "2.4: not always", "Options come with their label in __r.", on=True),
    flag("empty_values_shown", "2.4, 4.1: both seen", 'Empty references and cleared texts come as "".', on=True),
    flag("long_text_cut", "2.4: APL, UNCERTAIN", "Lists shorten long and rich text to 200 signs."),
    choice("custom_rows_at", ("data", "top"), "8 (31)", "Where the custom path puts dataList."),
    choice(
        "path_mixing", ("allow", "error"), "2.1, 11 (21): UNCERTAIN", "A preset object on the custom path, and back."
    ),
    choice("unknown_id", ("error", "null"), "3.3, 11 (6): UNCERTAIN", "get of an id that is unknown or invisible."),
    number("index_lag_s", 0, "10 (4): UNCERTAIN", "Seconds until a new record is found by a query."),
    choice("label_key", ("label", "display_name"), "3.11: UNCERTAIN", "The key of an object's own title in describe."),
    choice("phone_type", ("phone_number", "phone"), "2.4, 11 (9): UNCERTAIN", "How describe calls a telephone number."),
    choice(
        "state_codes",
        ("guessed", "own"),
        "4.1, 4.4, 11 (9): UNCERTAIN",
        "Codes of states: likely ones, or the tenant's own (read when the simulator is made).",
    ),
    choice(
        "option_flag",
        ("none", "not_usable", "is_active"),
        "3.11, 11 (9): UNCERTAIN",
        "How describe marks an option out of use.",
    ),
    choice("date_zone", ("Asia/Shanghai", "UTC"), "2.4, 11 (19): UNCERTAIN", "Whose midnight a date is."),
)
WRITING: tuple[Switch, ...] = (
    choice("unknown_write_field", ("ignore", "error"), "9: UNCERTAIN", "An unknown field in a write."),
    choice("unknown_option", ("error", "accept"), "3.11: UNCERTAIN", "An option value nobody defined in a write."),
    choice("required_code", ("32000", "business"), "11 (11): UNCERTAIN", "The code of a missing required field."),
    choice("missing_owner", ("error", "acting_user"), "3.4, 9: UNCERTAIN", "A create without owner, outside of pools."),
    flag("process_required", "3.10: many tenants", "A new opportunity needs its process and stage.", on=True),
    choice("owner_in_update", ("ignore", "error"), "3.5, 9: UNCERTAIN", "owner in an update."),
    choice("clearing", ("any", "not_null", "not_empty"), "3.5, 11 (10): UNCERTAIN", 'Which of null, "" and [] clear.'),
    choice("stage_write", ("allow", "forward_only", "refuse"), "3.10, 11 (10): UNCERTAIN", "sales_stage in an update."),
    choice("duplicate_text", ("chinese", "english"), "3.4, 11 (11): UNCERTAIN", "The text of a duplicate's refusal."),
    choice("create_answer", ("top", "data"), "3.4, 11 (11): UNCERTAIN", "Where the custom path puts dataId."),
    choice("invalid_under_review", ("error", "allow"), "3.6, 11 (12): UNCERTAIN", "作废 of a record under review."),
    number("batch_limit", 20, "3.6: APL advises", "Ids of one delete, recover, choose or return; 0 = no limit."),
    choice("owner_id_shape", ("list", "either"), "3.6, 11 (13): UNCERTAIN", "ownerId of changeOwner may be a text."),
    flag("old_owner_stays", "3.6, 11 (13): UNCERTAIN", "The old owner stays in the team after changeOwner."),
    flag("owner_moves_modified", "11 (7): UNCERTAIN", "changeOwner moves last_modified_time.", on=True),
    flag("invalid_moves_modified", "7.4, 11 (7): UNCERTAIN", "作废 moves last_modified_time.", on=True),
    flag("recover_moves_modified", "7.4, 11 (7): UNCERTAIN", "recover moves last_modified_time.", on=True),
    flag("lock_moves_modified", "11 (7): UNCERTAIN", "lock and unlock move last_modified_time."),
    flag("team_moves_modified", "11 (7): UNCERTAIN", "A change of the team moves last_modified_time."),
    flag("follow_up_moves_modified", "11 (7): UNCERTAIN", "A sales record moves its record's last_modified_time."),
    number("version_step", 1, "2.3: UNCERTAIN", "By how much each change raises version; 0 = records have none."),
    choice("change_log", ("rows", "refuse"), "3.12: CODE", "What the change log of a record gives."),
    number("log_lag_s", 0, "3.12: UNCERTAIN, no source", "Seconds until the change log shows a change."),
    flag("formula_moves_modified", "9, 11 (7): UNCERTAIN", "Formulas and counts move last_modified_time."),
    choice("record_update", ("allow", "error"), "3.13, 11 (15): UNCERTAIN", "Sales records may be updated and 作废."),
    flag("task_object", "3.13, 4.6: UNCERTAIN", "The tenant has TaskObj (read when the simulator is made)."),
    choice("opportunity_model", ("2.0", "1.0"), "2.2, 8 (9)", "Which opportunity object the tenant uses (as above)."),
    flag("transfer_log_readable", "2.2: UNCERTAIN", "LeadsTransferLogObj can be read.", on=True),
    choice("transfer_answer", ("ids", "none"), "3.9, 11 (14): UNCERTAIN", "leads/transfer tells what it made."),
)
EVENTS: tuple[Switch, ...] = (
    choice(
        "event_words", ("crud", "verbs"), "7.1, 11 (16): UNCERTAIN", "eventType: create, update ... or add, edit ..."
    ),
    number("event_delay_ms", 0, "7.1: UNCERTAIN", "Milliseconds between a change and its first push."),
    number("event_retries", 3, "7.1, 11 (16): UNCERTAIN", "How often a push is repeated that got no valid answer."),
    number("event_retry_s", 560, "7.1: seen once", "Seconds between the tries of a push."),
    choice("event_answer", ("signed", "http"), "7.1: UNCERTAIN", "What takes a push: the signed answer, or HTTP 200."),
    choice("first_retry_times", ("absent", "null", "zero"), "7.1: may be null/absent", "retryTimes of the first push."),
    number("event_drop_every", 0, "9: no promise", "Every n-th event is pushed to nobody; 0 = none."),
    number("event_twice_every", 0, "7.1: at least once", "Every n-th event is pushed twice; 0 = none."),
    choice("event_order", ("as_happened", "reversed"), "7.1: unordered", "The order of pushes that are due together."),
    flag("event_per_field", "7.1: UNCERTAIN", "Lock, team and formula changes push update events too."),
)
ALL = ACCESS + READING + WRITING + EVENTS


class Switches(SwitchBoard):
    """Fxiaoke's switches and their settings in force."""

    def __init__(self, settings: Mapping[str, Setting] | None = None) -> None:
        super().__init__(settings, known=ALL)
