"""Every uncertain fact of the Jira dossier (part A) as a switch: default, other settings, section, one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.switches import Setting, Switch, SwitchBoard, UnknownSwitch, choice, flag, number

__all__ = ["ALL", "Setting", "Switch", "Switches", "UnknownSwitch"]

ACCESS: tuple[Switch, ...] = (
    choice("deployment", ("cloud", "data_center"), "A8", "Which Jira it is (read when the simulator is made)."),
    choice("bad_basic", ("anonymous", "401"), "A1: OBS ANON, mostly", "What a wrong Basic pair becomes."),
    choice("dead_myself", ("401", "403"), "A1, Confirm: UNCERTAIN", "What /myself answers to an anonymous caller."),
    choice("anonymous_write", ("401", "403", "404"), "A1: UNCERTAIN, no source", "How an anonymous write is refused."),
    choice("scope_lacking", ("401", "403"), "A6: UNCERTAIN", "A token without the scope of a call."),
    choice("emails", ("own", "none", "all"), "A2: often hidden", "Whose e-mail addresses are told."),
    number("refresh_grace_s", 600, "A1: CODE JJS, about", "Seconds a rotated refresh token still works."),
    number("burst_get", 100, "A6: DOC J-RL", "GET calls of one path in a second; 0 = no limit."),
    number("burst_get_issue", 150, "A6: DOC J-RL", "The same for GET issue."),
    number("burst_post", 100, "A6: DOC J-RL", "POST calls of one path in a second; 0 = no limit."),
    number("burst_put", 50, "A6: DOC J-RL", "PUT or DELETE calls of one path in a second; 0 = no limit."),
    number("issue_writes_2s", 20, "A6: DOC J-RL", "Writes to one issue in 2 seconds; 0 = no limit."),
    number("issue_writes_30s", 100, "A6: DOC J-RL", "Writes to one issue in 30 seconds; 0 = no limit."),
    number("points_per_hour", 65_000, "A6: DOC J-RL", "Points of an app in a UTC hour; 0 = no limit."),
    flag("points_on_tokens", "A6, Confirm: UNCERTAIN", "API tokens pay points as apps do."),
    choice(
        "quota_reason",
        ("jira-quota-global-based", "jira-quota-tenant-based"),
        "A6: DOC J-RL",
        "The reason told when the points are used up.",
    ),
    choice("quota_header", ("RateLimit", "Beta-RateLimit"), "A6: maybe", "The name of the header on points."),
    number("retry_after_s", 2, "A6: DOC J-RL", "Seconds in Retry-After of a burst or per-issue 429."),
    number("dc_bucket", 0, "A8: admin-set", "Calls a second of Data Center's bucket; 0 = no limit."),
)
READING: tuple[Switch, ...] = (
    number("index_lag_s", 2, "A3: DOC J-REC, seconds", "Seconds until search sees a change."),
    number("bulk_lag_s", 60, "A3: DOC J-REC, minutes", "The same for issues made in bulk."),
    number("vanish_every", 0, "A3: OBS JJS, under load", "Every n-th search leaves a found issue out; 0 = none."),
    number("short_every", 2, "A3: DOC, may be", "Every n-th search page with fields is a short one; 0 = none."),
    number("most_with_fields", 100, "A3, Confirm: UNCERTAIN", "Issues of a page that asks for more than id and key."),
    choice(
        "unknown_value", ("empty", "error"), "A3, Confirm: UNCERTAIN", "JQL with a project, field or value nobody has."
    ),
    choice("property_jql", ("error", "empty", "works"), "A7: DOC J-EP", "JQL on properties without, or with an index."),
    choice("archived_get", ("200", "404"), "C, Confirm: UNCERTAIN", "GET of an archived issue."),
)
WRITING: tuple[Switch, ...] = (
    choice("archived_put", ("403", "404", "204"), "C, Confirm: UNCERTAIN", "A write to an archived issue."),
    choice("text_length", ("text", "json"), "A6: UNCERTAIN", "What the 32,767 characters of a document count."),
    choice(
        "comment_moves_updated", ("all", "add", "none"), "Confirm: UNCERTAIN", "Which comment changes move updated."
    ),
    flag("property_moves_updated", "Confirm: UNCERTAIN, no source", "Setting a property moves updated."),
    flag("clone_copies_properties", "A7, Confirm: UNCERTAIN", "A clone has the properties of its original."),
    flag("premium", "A2: Premium/Enterprise", "The plan can archive issues.", on=True),
)
EVENTS: tuple[Switch, ...] = (
    flag("comment_event_issue", "A5, Confirm: UNCERTAIN", "Comment events carry the issue.", on=True),
    choice("event_text", ("wiki", "adf"), "A5: may be wiki", "How texts stand in events."),
    choice("event_flow", ("Primary", "Secondary"), "A5: DOC2", "The flow that deliveries name."),
    number("event_delay_ms", 0, "A5: up to 30 s", "Milliseconds between a change and its first delivery."),
    number("event_retries", 5, "A5: DOC2", "How often a delivery is repeated that failed in a way that counts."),
    number("event_retry_s", 600, "A5: 5-15 min", "Seconds between the tries of a delivery."),
    number("event_drop_every", 0, "A5: a hint", "Every n-th event is delivered to nobody; 0 = none."),
    number("event_twice_every", 0, "A5: dedupe", "Every n-th event is delivered twice; 0 = none."),
    choice("event_order", ("as_happened", "reversed"), "A5: no order", "The order of deliveries due together."),
    number("webhook_days", 30, "A5: DOC", "Days a dynamic webhook lives."),
)
ALL = ACCESS + READING + WRITING + EVENTS


class Switches(SwitchBoard):
    """Jira's switches and their settings in force."""

    def __init__(self, settings: Mapping[str, Setting] | None = None) -> None:
        super().__init__(settings, known=ALL)
