"""The signals of open deals as a table, and which sources can tell them at all."""

from crmbridge.model.instants import business_date
from crmbridge.model.money import SCALE
from crmbridge.model.names import name_key
from crmbridge.services.quality_supply import supply
from crmbridge.services.risk_report import RiskRequest
from crmbridge.services.telling import write_telling
from crmbridge.services.touched import write_touched
from crmbridge.services.world import World


def write_signals(world: World, request: RiskRequest) -> None:
    """The table svc_risk_signals is there."""
    signals = request.config.signals
    world.parameters |= {
        "today": business_date(request.as_of, world.facts.zone),
        "pipeline": request.pipeline,
        "only_currency": request.currency,
        "together": signals.pushed.together_hours,
        "contact_days": signals.single_threaded.days,
        "cut_days": signals.amount_cut.days,
        "back_days": signals.regressed.days,
        "deciders": sorted({name_key(word) for word in request.config.decision_maker}) or [""],
    }
    world.parameters |= _points(request)
    write_telling(world, request.unfilled)
    world.run("risk_changes")
    world.run("risk_pushes")
    write_touched(world, request.not_connected)
    world.run("risk_touches")
    world.run("quality_quotes")
    world.make("ages")
    _write_signals(world, request)


def _write_signals(world: World, request: RiskRequest) -> None:
    known = supply(world, "deal", {"next_step", "next_step_due", "expected_close"}, request.unfilled)
    known.write(world)
    steps = {known.is_supplied("next_step"), known.is_supplied("next_step_due")}
    fragments = {
        "supplied": known.join,
        "next_step": f"({' OR '.join(sorted(steps))})",
        "expected_close": known.is_supplied("expected_close"),
    }
    world.run(
        "risk_signals",
        fragments,
        changing=[name for (name,) in world.sql(_CHANGING)],
        meeting=_connections(world, request, "activity", "contact", "deal"),
        deciding=_connections(world, request, "contact", "decision_role"),
        quoting=[name for (name,) in world.sql(_QUOTING)],
    )


_CHANGING = """SELECT DISTINCT coalesce(d.connection, '') FROM svc_risk_changes c JOIN deals d ON d.id = c.record_id
  ORDER BY 1"""


_QUOTING = """SELECT coalesce(d.connection, '') FROM quotes q JOIN deals d ON d.id = q.deal_id
  UNION SELECT coalesce(connection, '') FROM quotes ORDER BY 1"""
"""Where quotes come from, and whose deals they are for: an offer may stand in another system than its deal."""


def _connections(world: World, request: RiskRequest, kind: str, *fields: str) -> list[str]:
    """The connections that supply all the fields of a kind; no name is the empty one."""
    found = supply(world, kind, fields, request.unfilled).sources
    return sorted({one.connection or "" for one in found if one.records and one.supplies.issuperset(fields)})


def _points(request: RiskRequest) -> dict[str, object]:
    signals = request.config.signals
    single, decider, expired = signals.single_threaded, signals.no_decision_maker, signals.quote_expired
    return {
        "stalled_over1": signals.stalled.over[0],
        "stalled_over2": signals.stalled.over[1],
        "stalled_points1": signals.stalled.points[0],
        "stalled_points2": signals.stalled.points[1],
        "next_rank": signals.no_next_step.from_rank,
        "next_points": signals.no_next_step.points,
        "past_points": signals.close_date_past.points,
        "pushed_times1": signals.pushed.times[0],
        "pushed_times2": signals.pushed.times[1],
        "pushed_points1": signals.pushed.points[0],
        "pushed_points2": signals.pushed.points[1],
        "quiet_days": signals.no_activity.days,
        "quiet_points": signals.no_activity.points,
        "cut_percent": signals.amount_cut.percent,
        "cut_points": signals.amount_cut.points,
        "back_points": signals.regressed.points,
        "few_contacts": single.contacts,
        "large_e4": int(single.from_amount * SCALE),
        "single_points": single.points,
        "decider_rank": decider.from_rank,
        "decider_points": decider.points,
        "expired_rank": expired.from_rank,
        "expired_points": expired.points,
    }
