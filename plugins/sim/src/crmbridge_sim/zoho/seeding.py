"""The vendor-neutral world as Zoho records; the world's own key of each row stands in the custom field World_Key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crmbridge_sim.world import World
from crmbridge_sim.zoho.people import User
from crmbridge_sim.zoho.seeding_records import Seeder

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


def seed_people(sim: ZohoSimulator, world: World, next_id: Callable[[], int]) -> User:
    """Makes the users; returns the administrator whose tokens the adapter uses."""
    sim.org.created = world.start - 365 * 86_400
    admin = sim.people.add(
        User(
            next_id(),
            "Api",
            "User",
            "api@fjordtech.example",
            70_000_001,
            role="CEO",
            profile="Administrator",
            created=sim.org.created,
        )
    )
    made: list[User] = []
    for number, person in enumerate(world.colleagues):
        manager = admin.id if person.manager is None else made[person.manager].id
        user = User(next_id(), person.first_name, person.last_name, person.email, 70_000_002 + number)
        user.status = "deleted" if person.left else "active"
        user.role, user.reports_to = person.role.title(), manager
        user.created = user.modified = sim.org.created
        made.append(sim.people.add(user))
    return admin


def seed_records(sim: ZohoSimulator, world: World) -> None:
    """Fills the store with the world, in one transaction, then makes the indexes every page needs."""
    sim.store.db.execute("BEGIN")
    if world.deal_count:
        Seeder(sim, world).run()
    sim.store.db.execute("COMMIT")
    for module in sim.schema:
        sim.store.index(module)
