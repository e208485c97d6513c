"""The vendor-neutral world as Zoho records; the world's own key of each row stands in the custom field World_Key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from crmbridge_sim.world import World
from crmbridge_sim.zoho.people import User
from crmbridge_sim.zoho.seeding_records import Seeder

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

# Exchange rates against USD at the present of the world; what one unit costs in the base currency is derived.
_IN_USD = {"USD": 1.0, "EUR": 1.1, "CNY": 0.14, "JPY": 0.0065, "KWD": 3.25, "SEK": 0.095, "GBP": 1.3, "INR": 0.012}


def rates(currencies: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """The org's currencies with their rate to the first one, the base; unknown codes are refused."""
    codes = tuple(dict.fromkeys(currencies)) or ("USD",)
    unknown = [code for code in codes if code not in _IN_USD]
    if unknown:
        raise ValueError(f"no exchange rate for {', '.join(unknown)}; known: {', '.join(_IN_USD)}")
    base = _IN_USD[codes[0]]
    return tuple((code, round(base / _IN_USD[code], 7)) for code in codes)


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
