"""The conditions of a KPI: a field compared with values, as SQL and parameters."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from crmbridge.model.errors import ConfigError, RecordError
from crmbridge.model.money import to_e4
from crmbridge.services.kpi_document import Condition, Value
from crmbridge.services.measures import Measure, as_number, measure
from crmbridge.services.results import DAY_US

Compared = tuple[Measure, str, Mapping[str, object]]
"""A condition: its field, SQL that is never NULL, and its values as parameters."""


def compared(kind: str, condition: Condition, slot: str) -> Compared:
    """A condition as its field, SQL that is never NULL, and its values as parameters."""
    found = measure(kind, condition.field, slot=slot)
    if condition.blank is not None:
        known = f"coalesce({found.is_known}, false)"
        return found, f"NOT {known}" if condition.blank else known, {}
    if condition.contains is not None or condition.ends_with is not None:
        return found, *_matched(found, condition, slot)
    if condition.at_least is not None or condition.at_most is not None:
        found = as_number(found)
    comparisons: list[tuple[str, tuple[Value, ...] | None]] = [
        ("=", None if condition.equal is None else (condition.equal,)),
        ("<>", None if condition.other is None else (condition.other,)),
        ("=", condition.among),
        (">=", None if condition.at_least is None else (condition.at_least,)),
        ("<=", None if condition.at_most is None else (condition.at_most,)),
    ]
    sign, values = next((sign, values) for sign, values in comparisons if values is not None)
    bound = {f"{slot}_{n}": _bound(found, value) for n, value in enumerate(values)}
    sql = " OR ".join(f"({found.sql}) {sign} ${name}" for name in bound) or "false"
    return found, f"coalesce({sql}, false)", bound


def _matched(found: Measure, condition: Condition, slot: str) -> tuple[str, Mapping[str, object]]:
    """Whether a text contains, or ends with, one of several; one look at it for all of them."""
    if found.type != "text":
        raise ConfigError("{field} is no text", field=found.name)
    texts = condition.contains if condition.contains is not None else condition.ends_with or ()
    if not texts:
        return "false", {}
    end = "" if condition.contains is not None else "$"
    pattern = f"(?i)(?:{'|'.join(re.escape(text) for text in texts)}){end}"
    return f"coalesce(regexp_matches({found.sql}, ${slot}_like), false)", {f"{slot}_like": pattern}


def _bound(found: Measure, value: Value) -> object:
    """A value of the document in the form that the field is kept in."""
    try:
        match found.type:
            case "money":
                return to_e4(Decimal(str(value)))
            case "days":
                return int(Decimal(str(value)) * DAY_US)
            case "number":
                return Decimal(str(value))
            case "date":
                return value if isinstance(value, date) else date.fromisoformat(str(value))
            case "bool":
                return {"true": True, "false": False}[str(value).lower()]
        return str(value).lower() if isinstance(value, bool) else str(value)
    except (KeyError, ValueError, InvalidOperation, RecordError) as error:
        raise ConfigError(
            "{field} cannot be compared with {value}", field=found.name, value=repr(value), type=found.type
        ) from error
