"""The lens of JSON values, and the canonical text they are kept as."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import orjson
from pydantic import JsonValue

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.frame import LensKind, Parameters, Setting, excerpt, wrong_type
from crmbridge.mapping.lenses.texts import LONGEST_LONG_BYTES, clean_text

_DEEPEST = 100
_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class JsonLens:
    """Any JSON value, kept as it is; with `parse` a text is read as JSON."""

    parse: bool

    def read(self, value: object) -> JsonValue | Decimal | LensFailure:
        """The value; a failure for a float, for what no JSON is, and for what is nested too deeply."""
        if type(value) is str and value.isspace():
            return None
        if self.parse and isinstance(value, str) and value:
            try:
                value = json.loads(value, parse_float=Decimal, parse_constant=_refuse)
            except (ValueError, RecursionError) as error:
                return LensFailure("{value} is no JSON: {reason}", {"value": excerpt(value), "reason": str(error)})
        failure = _json_problem(value, 0)
        return failure or (None if value == "" else value)  # type: ignore[return-value]

    def write(self, value: object) -> object:
        """The value, as text where it is read from text."""
        failure = _json_problem(value, 0)
        if failure:
            return failure
        return json_text(value) if self.parse and value is not None else value


def _json_problem(value: Any, depth: int) -> LensFailure | None:  # noqa: ANN401 - any JSON
    if depth > _DEEPEST:
        return LensFailure("the value is nested more than {deepest} levels deep", {"deepest": _DEEPEST})
    if value is None or value is True or value is False:
        return None
    if type(value) is int:
        return None if abs(value) <= _INT64_MAX else LensFailure("the number is too large", {})
    if type(value) in {str, Decimal}:
        text = clean_text(value, LONGEST_LONG_BYTES)
        return text if isinstance(text, LensFailure) else None
    parts: list[Any]
    if type(value) is list:
        parts = value
    elif type(value) is dict and all(type(key) is str for key in value):
        parts = [*value, *value.values()]
    else:
        return wrong_type(value, "JSON value")
    return next((found for part in parts if (found := _json_problem(part, depth + 1))), None)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


class JsonParameters(Parameters):
    """`parse`: a text holds JSON."""

    parse: bool = False


def make_json(_setting: Setting, parameters: JsonParameters) -> Lens:
    """The lens of a JSON field."""
    return JsonLens(parameters.parse)


def json_text(value: object) -> str:
    """Canonical JSON text: keys sorted, decimals with all their digits."""
    return orjson.dumps(value, default=_exact, option=orjson.OPT_SORT_KEYS).decode()


def _exact(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)


KINDS: tuple[LensKind[Any], ...] = (LensKind("json", JsonParameters, make_json),)
