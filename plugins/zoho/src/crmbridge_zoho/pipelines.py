"""Pipelines and their stages as Zoho describes them.

What a stage means comes from its forecast type, never from its label: labels are renamed and translated. A pipeline
tells no probability: that stands in the pick list of the field Stage (dossier 3).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import JsonValue

from crmbridge.adapter.catalog import PipelineInfo, StageInfo
from crmbridge.model.errors import ScopeError
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.kept import keep, kept
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.session import API, Session

Category = Literal["open", "won", "lost", "void"]
CATEGORIES: Mapping[str, Category] = {"open": "open", "closed won": "won", "closed lost": "lost"}
"""Forecast type -> what it means."""
DEALS, STAGE = "Deals", "Stage"


def pipelines_of(session: Session, modules: Modules, *, is_recent_enough: bool = False) -> tuple[PipelineInfo, ...]:
    """The pipelines of deals; one made of the field's pick list where the organisation has none.

    `is_recent_enough` takes what was told within a day, where the stages are the same ones still: one call for all
    layouts and one for each of them are saved.
    """
    choices = _choices(modules)
    told = kept(session, "pipelines", mark=choices) if is_recent_enough else None
    if not isinstance(told, list):
        told, is_whole = _asked(session)
        if is_whole:
            keep(session, "pipelines", told, mark=choices)
    return _made(told, choices)


def _made(told: Iterable[object], choices: Mapping[str, Mapping[str, Any]]) -> tuple[PipelineInfo, ...]:
    found: dict[str, PipelineInfo] = {}
    for one in told:
        made = _pipeline(one, choices)
        if made is not None:
            found.setdefault(made.id, made)
    if found:
        return tuple(found[key] for key in sorted(found))
    stages = [_stage(one, choices, order) for order, one in enumerate(choices.values(), 1)]
    return (PipelineInfo(id=STAGE, label=STAGE, object=DEALS, stages=tuple(stages)),) if stages else ()


def category_of(forecast_type: object) -> Category | None:
    """What a forecast type means; None for one that nobody knows."""
    return CATEGORIES.get(str(forecast_type or "").strip().casefold())


def _asked(session: Session) -> tuple[list[JsonValue], bool]:
    """Every pipeline of every layout in use, and whether all of them were to be had."""
    try:
        layouts = session.get(f"{API}/settings/layouts", {"module": DEALS}).rows("layouts")
    except (Refused, ScopeError):
        return [], False
    found: list[JsonValue] = []
    is_whole = True
    for layout in layouts:
        if not isinstance(layout, Mapping) or layout.get("visible") is False or layout.get("status") == "inactive":
            continue
        try:
            found += session.get(f"{API}/settings/pipeline", {"layout_id": layout.get("id")}).rows("pipeline")
        except (Refused, ScopeError):
            is_whole = False
    return found, is_whole


def _choices(modules: Modules) -> dict[str, Mapping[str, Any]]:
    """The pick list of the field Stage by what records carry."""
    field = next((one for one in modules.described(DEALS) if one.get("api_name") == STAGE), None)
    values = field.get("pick_list_values") if field else None
    found = [one for one in values if isinstance(one, Mapping)] if isinstance(values, list) else []
    used = [one for one in found if one.get("type") != "unused" and one.get("actual_value") not in {None, "-None-"}]
    return {str(one["actual_value"]): one for one in sorted(used, key=_order)}


def _pipeline(told: object, choices: Mapping[str, Mapping[str, Any]]) -> PipelineInfo | None:
    if not isinstance(told, Mapping) or not told.get("actual_value"):
        return None
    maps = told.get("maps")
    stages = [one for one in maps if isinstance(one, Mapping)] if isinstance(maps, list) else []
    made = [_stage(one, choices, order) for order, one in enumerate(sorted(stages, key=_order), 1)]
    label = str(told.get("display_value") or told["actual_value"])
    return PipelineInfo(id=str(told["actual_value"]), label=label, object=DEALS, stages=tuple(made))


def _stage(told: Mapping[str, Any], choices: Mapping[str, Mapping[str, Any]], order: int) -> StageInfo:
    actual = str(told.get("actual_value") or told.get("display_value"))
    choice = choices.get(actual, {})
    return StageInfo(
        id=actual,
        label=str(told.get("display_value") or actual),
        order=order,
        category=category_of(told.get("forecast_type") or choice.get("forecast_type")),
        probability=_probability(choice.get("probability")),
    )


def _probability(percent: object) -> str | None:
    """A probability as a part of one: 40 is 0.4."""
    try:
        found = Decimal(str(percent)) / 100
    except InvalidOperation:
        return None
    return format(found.normalize(), "f") if found.is_finite() else None


def _order(told: Mapping[str, Any]) -> int:
    number = told.get("sequence_number")
    return number if isinstance(number, int) else 0
