"""Who is meant by a name, a mail address or an id: the owners of records, as services know them."""

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.world import World


def owners_named(world: World, name: str | None) -> list[str] | None:
    """The ids of the users of that name, address or id, as records name them; None (everybody) without a name.

    ConfigError with the nearest name where there is none.
    """
    if name is None:
        return None
    found = [id_ for (id_,) in world.tuples("owners_named", named=name.strip().casefold())]
    if not found:
        known = [shown for (shown,) in world.tuples("owners_known")]
        raise ConfigError(
            "there is no user {name}", name=name, nearest=suggestion(name, known), hint="did you mean {nearest}?"
        )
    return found
