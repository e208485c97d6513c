"""What came of each touch: content, feedback of the customer, next step. Done without a next step is a finding.

`write_touch_results` leaves them as the table `svc_touch_results` in the session of a `World`. Rule: `services.md` 7.7.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crmbridge.services.quality_report import not_available
from crmbridge.services.queue_report import Lacking, Results, ResultsReport
from crmbridge.services.results import Rate, Unavailable
from crmbridge.services.world import World

_NO_CONTENT = not_available("NO_CONTENT", "no source tells what was said")
_NO_FEEDBACK = not_available("NO_FEEDBACK", "no source tells what the customer said")
_NO_NEXT_STEP = not_available("NO_NEXT_STEP", "no source tells of next steps")


def write_touch_results(world: World, config: Results) -> None:
    """The table is there; `world` has the parameters `today`, `cut` and `owners`."""
    cut = world.parameters["cut"]
    if not isinstance(cut, datetime):
        raise TypeError("the moment of a world is an instant")
    world.parameters |= {
        "deal_counts": config.deal_counts,
        "results_days": config.window_days,
        "results_from": cut - timedelta(days=config.window_days + 1),
    }
    world.run("touch_results")


def touch_results(world: World, *, limit: int | None = None) -> ResultsReport:
    """What the touches of open deals in the window tell, and those after which nothing comes next."""
    (row,) = world.rows("touch_results_counted")
    is_told = bool(row["tells_next_step"])
    return ResultsReport(
        content=_rate(row, "content", "touches", _NO_CONTENT),
        feedback=_rate(row, "feedback", "activities", _NO_FEEDBACK),
        next_step=_rate(row, "next_step", "touches", _NO_NEXT_STEP),
        lacking=tuple(_lacking(found, row) for found in world.rows("touch_results_lacking", most=limit))
        if is_told
        else (),
    )


def _rate(row: Mapping[str, Any], part: str, of: str, gap: Unavailable) -> Rate | Unavailable:
    return Rate.of(row[part], row[of]) if row[f"tells_{part}"] else gap


def _lacking(found: Mapping[str, Any], row: Mapping[str, Any]) -> Lacking:
    is_activity = found["kind"] == "activity"
    return Lacking(
        kind=found["kind"],
        id=found["id"],
        deal_id=found["deal_id"],
        deal=found["deal"],
        what=found["what"],
        owner_id=found["owner"],
        owner=found["owner_name"],
        done_on=found["day"],
        lacks=(
            *(("content",) if row["tells_content"] and not found["has_content"] else ()),
            *(("feedback",) if is_activity and row["tells_feedback"] and not found["has_feedback"] else ()),
            "next_step",
        ),
    )
