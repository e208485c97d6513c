"""The checks that only deals, only leads or only activities can have."""

from collections.abc import Iterator, Mapping

from crmbridge.model.kinds import kind
from crmbridge.services.quality_checks import BLOCKED, LEAD_OPEN, STAGES_OF_LEADS, Check
from crmbridge.services.quality_document import Stale
from crmbridge.services.quality_supply import filled

_AGES = "LEFT JOIN svc_ages ages ON ages.deal_no = r.no"
_ABOUT = (
    "LEFT JOIN (SELECT d.id, s.class FROM svc_states s JOIN deals d ON d.no = s.deal_no) about ON about.id = r.deal_id"
)
_TOUCHES = "LEFT JOIN svc_touches tch ON tch.record_id = r.id"
_OPEN_TOUCHES = """LEFT JOIN (
  FROM svc_touches
  WHERE record_id IN (SELECT d.id FROM svc_states s JOIN deals d ON d.no = s.deal_no WHERE s.class = 'open')
) tch ON tch.record_id = r.id"""
_CONTACT = 'LEFT JOIN "contacts" r_contact ON r_contact.id = r."contact_id"'
_CLOSED_AT = "coalesce(st.closed_at, r.closed_at)"
_CLOSED_PRECISION = "CASE WHEN st.closed_at IS NULL THEN r.closed_at_precision ELSE st.closed_precision END"
_CREATED = "svc_day(r.created_at, $zone)"
_TODAY = "svc_day(CAST($cut AS TIMESTAMP), $zone)"
ACTIVITY_AT = "coalesce(r.ended_at, r.started_at, r.logged_at)"
_ACTIVITY_PRECISION = (
    "CASE WHEN r.ended_at IS NOT NULL THEN r.ended_at_precision WHEN r.started_at IS NOT NULL "
    "THEN r.started_at_precision ELSE r.logged_at_precision END"
)
_TOUCHED = (
    "r.type NOT IN ('note', 'web_event', 'form') AND NOT coalesce(r.automated, false) "
    f"AND (r.state = 'done' OR (r.state IS NULL AND {ACTIVITY_AT} <= $cut))"
)


def _calendar(alias: str, instant: str) -> str:
    """The join of a business calendar's day."""
    day = f"svc_day({instant}, $zone)"
    return f"LEFT JOIN calendar_days {alias} ON {alias}.calendar = $calendar AND {alias}.day = {day}"


def deals() -> Iterator[Check]:
    """The checks of a deal's stage, amount and dates, and of what it points at."""
    yield from _deal_stages()
    yield from _deal_dates()
    yield from _deal_progress()
    yield from _deal_gates()


def _deal_stages() -> Iterator[Check]:
    """What the stage of a deal and its other fields say about each other."""
    yield Check(
        "stage_unmapped", "deal", "r.stage IS NOT NULL OR r.stage_raw IS NOT NULL", "st.is_unmapped", ("stage",)
    )
    yield Check(
        "open_certain",
        "deal",
        "st.class = 'open' AND r.probability IS NOT NULL",
        "r.probability >= 1",
        ("probability",),
    )
    yield Check(
        "won_uncertain", "deal", "st.class = 'won' AND r.probability IS NOT NULL", "r.probability < 1", ("probability",)
    )
    yield Check(
        "amount_missing",
        "deal",
        "st.class = 'won' OR (st.class = 'open' AND st.rank >= $amount_from_rank)",
        "coalesce(r.amount_e4, 0) = 0",
        ("amount",),
        parts=(("missing", "r.amount_e4 IS NULL"), ("zero", "r.amount_e4 = 0")),
    )


def _deal_dates() -> Iterator[Check]:
    """Dates of a deal that are past, contradict each other or are missing."""
    yield Check(
        "close_overdue",
        "deal",
        "st.class = 'open' AND r.expected_close IS NOT NULL",
        f"r.expected_close < {_TODAY}",
        ("expected_close",),
    )
    yield Check(
        "expected_before_creation",
        "deal",
        "r.expected_close IS NOT NULL AND r.created_at IS NOT NULL",
        f"r.expected_close < {_CREATED}",
        ("expected_close", "vendor_created_at"),
    )
    yield Check(
        "close_before_creation",
        "deal",
        f"st.class IN ('won', 'lost') AND {_CLOSED_AT} IS NOT NULL AND r.created_at IS NOT NULL",
        f"svc_span_us(r.created_at, r.created_at_precision, {_CLOSED_AT}, {_CLOSED_PRECISION}, $zone) < 0",
        ("closed_at|@history", "vendor_created_at"),
    )
    yield Check(
        "closed_undated",
        "deal",
        "st.class IN ('won', 'lost')",
        f"{_CLOSED_AT} IS NULL",
        ("closed_at|@history",),
    )


def _deal_progress() -> Iterator[Check]:
    """Why a deal was lost, whether it moves, and whom it is made with."""
    yield Check(
        "lost_without_reason",
        "deal",
        "st.class = 'lost'",
        f"NOT {filled(kind('deal').field('reason'))}",
        ("reason",),
    )
    yield Check(
        "stalled",
        "deal",
        "ages.sla_age_us IS NOT NULL AND ages.sla_days IS NOT NULL AND NOT ages.is_on_hold",
        "ages.sla_age_us > ages.sla_days * 86400000000",
        ("@sla",),
        (_AGES,),
    )
    yield Check(
        "contact_elsewhere",
        "deal",
        "r.account_id IS NOT NULL AND r_contact.account_id IS NOT NULL",
        "r.account_id <> r_contact.account_id",
        ("account", "contact", "@contact"),
        (_CONTACT,),
    )


def _deal_gates() -> Iterator[Check]:
    """Whether a deal has what the stages before its own ask for, and a quote that holds.

    What a stage still lacks was not there when the deal moved.
    """
    yield Check(
        "unmet_gate",
        "deal",
        "list_contains($gated, st.pipeline::VARCHAR) AND (st.class = 'won' OR (st.class = 'open' AND st.rank > 1))",
        "gat.deal_no IS NOT NULL",
        ("@gates",),
        ("LEFT JOIN (SELECT DISTINCT deal_no FROM svc_unmet) gat ON gat.deal_no = r.no",),
    )
    yield Check(
        "quote",
        "deal",
        "st.class = 'open' AND quo.deal_id IS NOT NULL",
        "quo.is_expired OR quo.is_over",
        ("@quote",),
        ("LEFT JOIN svc_quotes quo ON quo.deal_id = r.id",),
        (("expired", "quo.is_expired"), ("discount", "quo.is_over")),
    )


def leads() -> Iterator[Check]:
    """The checks of a lead's status and of the answer it got."""
    yield Check(
        "status_contradiction",
        "lead",
        "st.is_converted AND (r.status IS NOT NULL OR trim(r.status_raw) <> '' OR lst.category IS NOT NULL)",
        BLOCKED,
        ("status|status_raw|stage",),
        (STAGES_OF_LEADS,),
    )
    yield Check("stage_unmapped", "lead", "r.stage IS NOT NULL", "r.stage = 'UNKNOWN'", ("stage",))
    yield Check(
        "first_response",
        "lead",
        f"ans.limit_s IS NOT NULL AND ans.taken_s IS NOT NULL AND (NOT {BLOCKED} OR ans.is_answered)",
        "ans.taken_s > ans.limit_s",
        ("vendor_created_at|assigned_at", "first_response_at|@lead_touches", "@calendar"),
        ("LEFT JOIN svc_answers ans ON ans.record_id = r.id", STAGES_OF_LEADS),
    )


def activities() -> Iterator[Check]:
    """The checks of what was noted about a touch, and when."""
    fields = kind("activity").fields
    noted = " OR ".join(filled(fields[name]) for name in ("content", "outcome", "customer_feedback"))
    yield Check("result_record", "activity", _TOUCHED, f"NOT ({noted})", ("content|outcome|customer_feedback",))
    planned = " OR ".join(filled(fields[name]) for name in ("next_step", "next_step_due"))
    yield Check(
        "next_step",
        "activity",
        f"{_TOUCHED} AND about.class = 'open'",
        f"NOT ({planned})",
        ("next_step|next_step_due", "deal", "@deal"),
        (_ABOUT,),
    )
    yield Check(
        "before_its_lead",
        "activity",
        f"{ACTIVITY_AT} IS NOT NULL AND r_lead.created_at IS NOT NULL",
        f"svc_span_us(r_lead.created_at, r_lead.created_at_precision, {ACTIVITY_AT}, {_ACTIVITY_PRECISION}, $zone) < 0",
        ("lead", "ended_at|started_at|logged_at", "@lead"),
        ('LEFT JOIN "leads" r_lead ON r_lead.id = r."lead_id"',),
    )
    happened = "coalesce(r.ended_at, r.started_at)"
    yield Check(
        "logged_late",
        "activity",
        f"r.logged_at IS NOT NULL AND {happened} IS NOT NULL AND cal_done.workday_no IS NOT NULL "
        "AND cal_logged.workday_no IS NOT NULL",
        "cal_logged.workday_no - cal_done.workday_no > $logged_late_days",
        ("logged_at", "ended_at|started_at", "@calendar"),
        (
            _calendar("cal_done", happened),
            _calendar("cal_logged", "r.logged_at"),
        ),
    )


def stale(config: Stale) -> Iterator[Check]:
    """Open deals and leads that nobody has touched or changed for too long; a lead's tier says how long that is."""
    if config.other_days is not None:
        touched = _last("r.created_at", "r.modified_at", "r.last_touch_at", "tch.at_last")
        yield Check(
            "stale",
            "deal",
            f"st.class = 'open' AND NOT st.is_on_hold AND {touched} IS NOT NULL",
            f"{_age(touched)} > $stale_other",
            ("vendor_modified_at|last_touch_at|@deal_touches",),
            (_OPEN_TOUCHES,),
            parameters={"stale_other": config.other_days},
        )
    touched = _last("r.created_at", "r.modified_at", "r.assigned_at", "r.first_response_at", "tch.at_last")
    tiers, parameters = _by_tier(config, age=_age(touched))
    yield Check(
        "stale",
        "lead",
        f"{LEAD_OPEN} AND {touched} IS NOT NULL AND ({tiers}) IS NOT NULL",
        tiers,
        ("vendor_modified_at|@lead_touches",),
        (_TOUCHES, STAGES_OF_LEADS, _calendar("cal_touch", touched)),
        parameters=parameters,
    )


def _last(*instants: str) -> str:
    """SQL for the latest of several instants; one in the future says nothing yet."""
    return f"greatest({', '.join(f'CASE WHEN {at} <= $cut THEN {at} END' for at in instants)})"


def _age(instant: str) -> str:
    return f"({_TODAY} - svc_day({instant}, $zone))"


def _by_tier(config: Stale, *, age: str) -> tuple[str, Mapping[str, object]]:
    """SQL for whether a lead is over the limit of its tier; NULL where its tier has none.

    Where the calendar does not cover a day, five of seven days count as worked.
    """
    worked = f"coalesce($today_no - cal_touch.workday_no, {age} * 5 // 7)"
    branches: list[str] = []
    parameters: dict[str, object] = {}
    limits = [(tier, worked, days) for tier, days in config.business_days.items()]
    limits += [(tier, age, days) for tier, days in config.days.items()]
    for number, (tier, elapsed, days) in enumerate(limits):
        parameters |= {f"stale_tier_{number}": tier, f"stale_days_{number}": days}
        branches.append(f"WHEN $stale_tier_{number} THEN {elapsed} > $stale_days_{number}")
    other = "NULL" if config.other_days is None else f"{age} > $stale_lead_other"
    if config.other_days is not None:
        parameters["stale_lead_other"] = config.other_days
    return f"CASE trim(r.tier) {' '.join(branches)} ELSE {other} END" if branches else other, parameters
