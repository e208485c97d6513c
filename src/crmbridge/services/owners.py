"""Who is meant by a name, a mail address or an id: the owners of records, and those whose records somebody may see."""

from collections.abc import Sequence
from datetime import datetime

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.people import led_by, people
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


def owners_seen(world: World, viewer: str | None) -> list[str] | None:
    """The ids of those whose records a viewer sees: the own and everybody's below; ConfigError for an unknown one.

    None is everything, what nobody owns too: without a viewer, or for whom everybody active reports to.
    """
    named = owners_named(world, viewer)
    if named is None:
        return None
    known = people(world)
    seen = led_by(known, named)
    if all(one.id in seen for one in known.values() if one.is_active):
        return None
    return sorted(seen)


def owners_at(
    facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime, *, owner: str | None = None, viewer: str | None = None
) -> frozenset[str] | None:
    """`owners_asked` for services that are told whose records count; None, without a look, where nobody is named."""
    if owner is None and viewer is None:
        return None
    found = owners_asked(World(facts, pipelines, cut=as_of), owner, viewer)
    return None if found is None else frozenset(found)


def owners_asked(world: World, owner: str | None, viewer: str | None) -> list[str] | None:
    """The ids of the owners of that name whom the viewer sees; None is everybody.

    ConfigError for a name that nobody has, and for an owner whom the viewer does not see.
    """
    wanted, seen = owners_named(world, owner), owners_seen(world, viewer)
    if wanted is None or seen is None:
        return seen if wanted is None else wanted
    both = [one for one in wanted if one in seen]
    if not both:
        raise ConfigError("{viewer} does not see what {owner} has", viewer=viewer, owner=owner)
    return both
