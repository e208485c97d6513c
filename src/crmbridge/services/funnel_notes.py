"""What a funnel has to say beside its figures: what is missing, odd or left out, and how much of it."""

from collections.abc import Iterator, Sequence

from crmbridge.model.notes import Note
from crmbridge.services.funnel_report import FunnelRequest, FunnelRow, FurthestUnknown, StageRow
from crmbridge.services.results import Unavailable
from crmbridge.services.world import World


def notes(
    world: World,
    request: FunnelRequest,
    whole: FunnelRow,
    stages: Sequence[StageRow],
    unknown: Sequence[FurthestUnknown],
) -> tuple[Note, ...]:
    """Every warning of a funnel, in a fixed order."""
    return (
        *_histories(world),
        *_furthest(unknown),
        *_left_out(world, request),
        *_amounts(whole),
        *_odd_currencies(world),
        *_unmapped(whole),
        *_calendar(world, stages),
        *_restated(request),
    )


def _histories(world: World) -> Iterator[Note]:
    counts = world.tuples("histories")
    total = sum(count for _, count, _, _ in counts)
    partial = {quality: count for quality, count, _, _ in counts if quality != "full"}
    if partial:
        yield Note(
            "HISTORY_QUALITY",
            "{count} of {total} deals have no full stage history ({dates} known by dates, {observed} as observed, "
            "{current_only} only as they stand)",
            {
                "count": sum(partial.values()),
                "total": total,
                "dates": partial.get("dates", 0),
                "observed": partial.get("observed", 0),
                "current_only": partial.get("current_only", 0),
            },
        )
    if gaps := sum(gaps for _, _, gaps, _ in counts):
        yield Note(
            "HISTORY_GAP", "{count} moves start where the deal was not; a step in between is inferred", {"count": gaps}
        )
    if negative := sum(negative for _, _, _, negative in counts):
        yield Note(
            "NEGATIVE_CYCLE",
            "{count} deals closed before they began; they are counted as they are",
            {"count": negative},
        )


def _furthest(unknown: Sequence[FurthestUnknown]) -> Iterator[Note]:
    for found in unknown:
        yield Note(
            "FURTHEST_UNKNOWN",
            "how far {lost} lost and {open} open deals of {pipeline} got is unknown; they are in no stage row",
            {"lost": found.lost, "open": found.open, "pipeline": found.pipeline or "no pipeline"},
        )


def _left_out(world: World, request: FunnelRequest) -> Iterator[Note]:
    undated, other = world.tuples("undated")[0]
    if undated and request.view == "snapshot":
        yield Note(
            "UNDATED_CLOSE", "{count} deals closed at an unknown time; they lie in no period", {"count": undated}
        )
    elif undated:
        yield Note(
            "UNDATED_CREATION",
            "{count} deals were created at an unknown time; they lie in no cohort",
            {"count": undated},
        )
    if other:
        yield Note(
            "CURRENCY_LEFT_OUT",
            "{count} deals with amounts in other currencies than {currency} are left out",
            {"count": other, "currency": request.currency},
        )


def _amounts(whole: FunnelRow) -> Iterator[Note]:
    missing = {"won": whole.won_amount.unknown, "lost": whole.lost_amount.unknown, "open": whole.open_amount.unknown}
    if any(missing.values()):
        yield Note(
            "AMOUNT_UNKNOWN",
            "{won} won, {lost} lost and {open} open deals have no amount; they are in no sum",
            dict(missing),
        )
    if whole.cycle.unknown:
        yield Note("CYCLE_UNKNOWN", "{count} won deals have no known beginning or end", {"count": whole.cycle.unknown})


def _odd_currencies(world: World) -> Iterator[Note]:
    for currency, count in world.tuples("odd_currencies"):
        template = "{count} deals have amounts in {currency}, which is no known currency; they are in no sum"
        yield Note("CURRENCY_UNKNOWN", template, {"count": count, "currency": currency})


def _unmapped(whole: FunnelRow) -> Iterator[Note]:
    if whole.unknown:
        yield Note("STAGE_UNMAPPED", "{count} deals stand in a stage that no mapping names", {"count": whole.unknown})


def _calendar(world: World, stages: Sequence[StageRow]) -> Iterator[Note]:
    timed = [row for row in stages if row.sla_unit == "business" and row.sla_days is not None]
    if any(not isinstance(row.dwell, Unavailable) and row.dwell_in_unit is None for row in timed):
        yield Note(
            "NO_CALENDAR",
            "business days cannot be counted: calendar {calendar} does not cover the data",
            {"calendar": world.parameters["calendar"] or "(none)"},
        )


def _restated(request: FunnelRequest) -> Iterator[Note]:
    if request.known == "then":
        yield Note("FIELDS_AS_NOW", "stages are as known then; amounts, owners and other fields are as they are now")
