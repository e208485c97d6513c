"""What every built-in lens is made from: the field it serves, the workspace's settings, and checked parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.model.kinds import FieldSpec


class Parameters(BaseModel):
    """The parameters of a lens: a closed set."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a lens stands: the neutral field, the zone of times without one, the currency of amounts without one."""

    field: FieldSpec
    zone: ZoneInfo
    currency: str


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True)
class LensKind(Generic[P]):
    """A lens by name: its parameters and how it is made. `make` raises ConfigError for parameters that clash."""

    name: str
    parameters: type[P]
    make: Callable[[Setting, P], Lens]

    def build(self, setting: Setting, parameters: Any) -> Lens:  # noqa: ANN401 - checked by the model
        """The lens; pydantic's ValidationError for wrong parameters, ConfigError for clashing ones."""
        return self.make(setting, self.parameters.model_validate(parameters))


def excerpt(value: object, longest: int = 60) -> str:
    """The start of a value, for a message: never more than `longest` characters, never unprintable."""
    try:
        text = value if isinstance(value, str) else str(value)
    except (ValueError, RecursionError):
        text = type(value).__name__
    text = text[: longest + 1].encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= longest else text[:longest] + "…"


def wrong_type(value: object, wanted: str) -> LensFailure:
    """The failure for a JSON value of a type that the lens cannot read."""
    return LensFailure("{value} is no {wanted}", {"value": excerpt(value), "wanted": wanted, "type": _json_type(value)})


def _json_type(value: object) -> str:
    names = {bool: "true or false", int: "number", float: "float", Decimal: "number", list: "list", dict: "object"}
    return names.get(type(value), type(value).__name__)
