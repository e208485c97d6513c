"""Bulk-read criteria: JSON conditions and groups (DOC7:bulk-read; codes of OAS25 bulk_read.json)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from crmbridge_sim.zoho.predicate import Condition, Group, Malformed, Operator, Predicate, Value, count

MOST_CONDITIONS = 25
MOST_VALUES = 100
EMPTY = "${EMPTY}"

COMPARATORS = {
    "equal": Operator.EQUAL,
    "not_equal": Operator.NOT_EQUAL,
    "in": Operator.IN,
    "not_in": Operator.NOT_IN,
    "less_than": Operator.LESS_THAN,
    "less_equal": Operator.LESS_EQUAL,
    "greater_than": Operator.GREATER_THAN,
    "greater_equal": Operator.GREATER_EQUAL,
    "between": Operator.BETWEEN,
    "not_between": Operator.NOT_BETWEEN,
    "contains": Operator.CONTAINS,
    "not_contains": Operator.NOT_CONTAINS,
    "starts_with": Operator.STARTS_WITH,
    "ends_with": Operator.ENDS_WITH,
}
_PAIRS = frozenset({Operator.BETWEEN, Operator.NOT_BETWEEN})
_LISTS = frozenset({Operator.IN, Operator.NOT_IN})


def parse(criteria: object) -> Predicate:
    """The criteria of a job as a predicate; raises Malformed with the code of the answer."""
    predicate = _read(criteria)
    if count(predicate) > MOST_CONDITIONS:
        raise Malformed("CRITERIA_LIMIT_EXCEEDED", "criteria limit exceeded")
    return predicate


def _read(criteria: object) -> Predicate:
    if not isinstance(criteria, dict):
        raise Malformed("INVALID_CRITERIA", "the criteria given seems to be invalid")
    if "group" in criteria or "group_operator" in criteria:
        if "comparator" in criteria or "field" in criteria:
            raise Malformed("AMBIGUOUS_CRITERIA", "either a condition or a group, not both")
        return _group(criteria)
    return _condition(criteria)


def _group(criteria: dict[str, Any]) -> Predicate:
    word, parts = str(criteria.get("group_operator", "")).lower(), criteria.get("group")
    if word not in {"and", "or"}:
        raise Malformed("GROUP_OPERATOR_NOT_SUPPORTED", "the group operator is not supported")
    if not isinstance(parts, list) or not parts:
        raise Malformed("AMBIGUOUS_GROUP_IN_CRITERIA", "the group in criteria seems to be invalid")
    read = tuple(_read(part) for part in parts)
    joiner: Literal["and", "or"] = "and" if word == "and" else "or"
    return read[0] if len(read) == 1 else Group(joiner, read)


def _condition(criteria: dict[str, Any]) -> Condition:
    field = criteria.get("field")
    # v2 wrote `api_name` beside the comparator; v7 and later name the field in an object of its own (DOC7).
    name = field.get("api_name") if isinstance(field, dict) else criteria.get("api_name")
    operator = COMPARATORS.get(str(criteria.get("comparator")))
    if not isinstance(name, str) or not name or "value" not in criteria:
        raise Malformed("INVALID_CRITERIA", "the criteria given seems to be invalid")
    if operator is None:
        raise Malformed("FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", "the comparator is not supported")
    value = criteria["value"]
    if value == EMPTY:
        if operator not in {Operator.EQUAL, Operator.NOT_EQUAL}:
            raise Malformed("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", "${EMPTY} needs equal or not_equal")
        return Condition(name, Operator.IS_NULL if operator is Operator.EQUAL else Operator.IS_NOT_NULL)
    return Condition(name, operator, _values(operator, value))


def _values(operator: Operator, value: object) -> tuple[Value, ...]:
    wrong = Malformed("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", "the value does not fit the comparator")
    if operator in _PAIRS or operator in _LISTS:
        items = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if not isinstance(items, list) or not items or (operator in _PAIRS and len(items) != 2):  # noqa: PLR2004 -- a pair
            raise wrong
        if len(items) > MOST_VALUES:
            raise Malformed("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", "too many values in the criteria")
        return tuple(_value(item) for item in items)
    return (_value(value),)


def _value(value: object) -> Value:
    if isinstance(value, dict) and "id" in value:  # a lookup may be given as an object
        value = value["id"]
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    raise Malformed("VALUE_TYPE_NOT_SUPPORTED", "the type of the value is not supported")
