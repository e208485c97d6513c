"""What Zoho works out by itself when a record is written: full names, revenue, durations, numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crmbridge_sim.zoho.schema import Module, Schema
from crmbridge_sim.zoho.store import Values

DAY_S = 86_400


def derived(schema: Schema, module: Module, after: Mapping[str, Any], changed: Mapping[str, Any], now: int) -> Values:
    """The values that follow from ``after``, a record as it will be; ``changed`` is what the write touches."""
    name = module.api_name
    made: Values = {}
    if "Full_Name" in module:
        made["Full_Name"] = " ".join(part for part in (after.get("First_Name"), after.get("Last_Name")) if part)
    if name == "Deals":
        made |= _deal(schema, after, changed, now)
    if name == "Tasks" and "Status" in changed:
        made["Closed_Time"] = now if after.get("Status") == "Completed" else None
    if name == "Calls" and "Call_Duration" in changed:
        parts = re.fullmatch(r"(\d+):(\d\d)(?: .*)?", str(after.get("Call_Duration") or ""))
        made["Call_Duration_in_seconds"] = int(parts[1]) * 60 + int(parts[2]) if parts else None
    return {key: value for key, value in made.items() if key in module}


def _deal(schema: Schema, after: Mapping[str, Any], changed: Mapping[str, Any], now: int) -> Values:
    stage = schema["Deals"]["Stage"].pick(str(after.get("Stage") or ""))
    made: Values = {}
    if "Stage" in changed and "Probability" not in changed and stage is not None:
        made["Probability"] = stage.probability
    probability, amount = made.get("Probability", after.get("Probability")), after.get("Amount")
    if amount is None or probability is None:
        made["Expected_Revenue"] = None
    else:
        revenue = round(amount * probability / 100, 2)
        made["Expected_Revenue"] = int(revenue) if float(revenue).is_integer() else revenue
    made["Weighted_Amount"] = made["Expected_Revenue"]
    if "Stage" in changed:
        made |= _durations(after, now, closed=stage is not None and stage.forecast_type != "Open")
    return made


def _durations(after: Mapping[str, Any], now: int, *, closed: bool) -> Values:
    """Whole days from creation to closing; with the lead's days on top for the overall one (dossier 4.2)."""
    if not closed:
        return {"Sales_Cycle_Duration": None, "Overall_Sales_Duration": None}
    cycle = max(0, now - int(after.get("Created_Time") or now)) // DAY_S
    return {
        "Sales_Cycle_Duration": cycle,
        "Overall_Sales_Duration": cycle + int(after.get("Lead_Conversion_Time") or 0),
    }


def autonumbers(module: Module, record_id: int, now: int) -> Values:
    """The numbers a new record gets in fields of type autonumber."""
    year = datetime.fromtimestamp(now, UTC).year
    return {
        field.api_name: f"D-{year}-{record_id % 1_000_000:06d}"
        for field in module.fields.values()
        if field.data_type == "autonumber"
    }
