"""Every uncertain fact of the dossier as a named switch: its default, the other settings, its source, one sentence.

A test that relies on a default states so by setting the switch; a live account would settle them (dossier 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmbridge_sim.switches import Setting, Switch, SwitchBoard, UnknownSwitch, choice, flag, number

__all__ = ["ALL", "Setting", "Switch", "Switches", "UnknownSwitch"]

CORE: tuple[Switch, ...] = (
    choice("code_life", ("180", "600", "120"), "1.1, 1.3: DOC8, DOC3", "Seconds a grant code lives."),
    choice("throttle_status", ("200", "400"), "1.4: GH, KZ#43", "HTTP status of the token throttle's Access Denied."),
    flag("throttle_has_status_key", "1.4: UNCERTAIN", "The Access Denied body has status: failure.", on=True),
    choice("token_error_status", ("200", "400"), "1.4: GH:57923675266", "HTTP status of invalid_code and its kin."),
    flag("refresh_has_scope", "1.2", "A refresh answer names the scope.", on=True),
    flag("expires_in_old_style", "1.2: SDK8", "Old token answers: expires_in in ms beside expires_in_sec."),
    number("live_token_limit", 15, "1.3: DOC8, KZ#43 (others say 30)", "Live access tokens per refresh token."),
    choice(
        "wrong_host_error",
        ("AUTHENTICATION_FAILURE", "INVALID_TOKEN"),
        "1.5: AE probe",
        "What a token of another data centre gets.",
    ),
    choice(
        "dead_token_error",
        ("INVALID_TOKEN", "INVALID_OAUTHTOKEN"),
        "1.5: GH:69253644224, DOC8",
        "Code of a dead token.",
    ),
    flag("coql_needs_coql_scope", "1.7: GH:60794779952", "COQL needs ZohoCRM.coql.READ beside modules.", on=True),
    number("ids_limit", 100, "2.2: UNCERTAIN", "How many ids the param ids takes."),
    choice("too_many_ids", ("LIMIT_EXCEEDED", "cut"), "2.2: UNCERTAIN", "What more ids than the limit get."),
    flag("fields_id_alone_is_invalid", "2.2: GH:60794779952", "fields=id alone is refused."),
    choice("unknown_list_field", ("ignore", "INVALID_DATA"), "2.2: UNCERTAIN", "An unknown name in fields."),
    choice("list_approved", ("true", "both"), "2.2: UNCERTAIN", "Default of approved on lists."),
    choice(
        "token_walk",
        ("keyset", "offset", "snapshot"),
        "8, 11 (4): UNCERTAIN",
        "What a page token walks: after the last row, a row number, or the set as it was on the first page.",
    ),
    flag("token_binds_if_modified_since", "2.2, 11 (3): UNCERTAIN", "The token is bound to the header too.", on=True),
    choice("unknown_id", ("204", "400"), "2.3, 11 (2): UNCERTAIN", "Answer to a well-formed id nobody has."),
    choice("unknown_write_field", ("ignore", "INVALID_DATA"), "2.4: GH:57923675266", "An unknown field in a write."),
    choice(
        "unknown_pick_value",
        ("accept", "INVALID_DATA"),
        "2.4, 8: GH:53808049108",
        "A picklist value nobody defined is kept as a stray value, or refused.",
    ),
    choice(
        "missing_pipeline",
        ("MANDATORY_NOT_FOUND", "default"),
        "4.2: Pipeline*",
        "A new deal without Pipeline is refused, or goes to the default one.",
    ),
    flag(
        "leads_checked_against_contacts", "8: KZ#177, an option of an org", "A lead with a contact's Email is refused."
    ),
    choice("stage_value", ("display", "actual"), "3, 11 (6): AB", "What a record carries when the two texts differ."),
    flag("se_module_in_lists", "4.2, 11 (8): UNCERTAIN", "$se_module can be asked for in fields.", on=True),
    choice("deleted_since", ("deleted_time", "ignored"), "2.6: UNCERTAIN", "If-Modified-Since of the deleted feed."),
    number("deleted_limit", 2000, "2.6, 11 (7): UNCERTAIN", "Deleted records reachable by page; 0 = no limit."),
    choice("deleted_order", ("newest_first", "oldest_first"), "2.6: UNCERTAIN", "Order of the deleted feed."),
    flag("restore_moves_modified", "2.6: UNCERTAIN", "A restored record gets a new Modified_Time."),
    flag("conversion_moves_modified", "2.12, 11 (5): UNCERTAIN", "Conversion moves the lead's Modified_Time.", on=True),
    flag(
        "converted_keeps_unique",
        "2.4, 2.12: UNCERTAIN, no source",
        "A converted lead still holds its unique values: DUPLICATE_DATA, and an upsert of it CONVERTED_RECORD.",
    ),
    flag("child_moves_parent", "8, 11 (5): UNCERTAIN", "A note or an activity moves its parent's Modified_Time."),
    flag("tags_move_modified", "11 (5): UNCERTAIN", "Adding a tag moves Modified_Time."),
    choice(
        "unique_key",
        ("casesensitive", "case_sensitive", "both"),
        "OAS25 fields.json; DOC7:create-custom-field spells it the other way",
        "How `unique` of a new field is spelled.",
    ),
    choice(
        "unknown_unique_key",
        ("INVALID_DATA", "ignore"),
        "UNCERTAIN, no source",
        "What the other spelling does: the field is refused, or made without being unique.",
    ),
    number("unique_fields_limit", 2, "DOC7:create-custom-field", "Unique fields of a module; 0 = no limit."),
    flag("wrap_single_errors", "2.1: OAS26", "A 400 of a single call comes wrapped in data, as those of records do."),
    flag("credits_for_failed_calls", "5.1: UNCERTAIN", "Failed calls are charged too.", on=True),
    choice("throttle_code", ("TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"), "5.3: UNCERTAIN", "Code of the 429 body."),
    number("retry_after_s", 0, "5.3: not documented", "Seconds in Retry-After of a 429; 0 = no header."),
    flag("rate_limit_headers", "5.3: UNCERTAIN", "X-RATELIMIT headers are sent."),
    number("edition_credits", 0, "5.1", "Credits of a day; 0 = by the edition's formula."),
    number("edition_concurrency", 0, "5.1", "Calls at one time; 0 = by the edition."),
    number("heavy_concurrency", 10, "5.2: AE", "Heavy calls at one time."),
)

FEATURES: tuple[Switch, ...] = (
    number("search_lag_s", 60, "2.7: DOC7:search", "Seconds until a written record is found by search."),
    flag("text_ignores_case", "UNCERTAIN, no source", "Texts are compared without regard to case.", on=True),
    flag("not_equal_finds_empty", "UNCERTAIN, no source", "A condition != finds records where the field is empty."),
    flag("coql_lookup_names", "2.8: name?", "COQL gives a lookup's name beside its id."),
    flag("coql_sees_converted", "2.8: UNCERTAIN", "COQL returns converted leads.", on=True),
    number("bulk_wait_s", 1, "2.9: GH:71310291168", "Seconds a bulk job stays ADDED once it is first in line."),
    number("bulk_work_s", 3, "2.9: GH:71310291168", "Seconds a bulk job stays IN PROGRESS."),
    number("bulk_retention_s", 86_400, "2.9, 11 (13): UNCERTAIN", "Seconds the result of a bulk job can be fetched."),
    number("bulk_downloads_a_minute", 10, "2.9: DOC5", "Result downloads a minute; more get 429."),
    number("bulk_page_rows", 200_000, "2.9: DOC7", "Records of one bulk job; smaller for tests of chunks."),
    choice("bulk_id_header", ("Id", "id", "ID"), "2.9, 11 (12): UNCERTAIN", "The id column in the CSV's header."),
    flag("bulk_exports_orphans", "2.13: GH:71310291168", "Bulk rows of DealHistory whose deal is gone are exported."),
    flag("bulk_sees_converted", "2.9: UNCERTAIN, no source", "Bulk read exports converted leads.", on=True),
    choice("convert_error_status", ("400", "202"), "2.12: OAS26c", "HTTP status of a conversion's validation errors."),
    flag("convert_later", "2.12: OAS26", "Conversion answers 202 SCHEDULED with a job_id and is done at once."),
    choice("affected_fields", ("empty", "by_record"), "7: UNCERTAIN", "What affected_fields of a callback holds."),
    flag("watch_repeats", "7: no exactly-once promise", "Every callback is sent twice."),
)
ALL = CORE + FEATURES


class Switches(SwitchBoard):
    """Zoho's switches and their settings in force."""

    def __init__(self, settings: Mapping[str, Setting] | None = None, *, known: Iterable[Switch] = ALL) -> None:
        super().__init__(settings, known=known)
