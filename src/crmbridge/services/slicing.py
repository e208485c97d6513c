"""A dimension looked up against the company at hand: a custom field that no record has is refused, not all unknown."""

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.dimensions import BOTH, CUSTOM, Dimension, dimension
from crmbridge.services.world import World


def sliced(world: World, kind: str, name: str) -> Dimension:
    """The dimension; ConfigError with the nearest name where it does not exist for these records."""
    found = dimension(kind, name)
    for part in name.split(BOTH):
        if part.startswith(CUSTOM):
            _check_custom(world, kind, part)
    return found


def _check_custom(world: World, kind: str, name: str) -> None:
    found = dimension(kind, name)
    table = {"table": found.fragments["table"]}
    ((has_records, has_field),) = world.tuples("custom_exists", table, **found.parameters)
    if has_records and not has_field:
        known = [f"{CUSTOM}{custom}" for (custom,) in world.tuples("custom_names", table)]
        raise ConfigError(
            "no {kind} has the custom field {dimension}",
            kind=kind,
            dimension=name,
            nearest=suggestion(name, known),
            hint="did you mean {nearest}?",
        )
