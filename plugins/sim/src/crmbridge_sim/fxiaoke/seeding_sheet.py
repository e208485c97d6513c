"""What all seeding shares: the tables, the ids by position, the system fields of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import ids
from crmbridge_sim.fxiaoke.store import Values
from crmbridge_sim.world.model import MINOR_UNITS

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator
    from crmbridge_sim.world import World

OLD_SHARE = 20  # one record in so many has an id of 32 digits (dossier 2.3)
DAY_S = 86_400
CHUNK = 2_000


class Sheet:
    """One world on its way into one simulator."""

    def __init__(self, sim: FxiaokeSimulator, world: World) -> None:
        self.sim, self.world = sim, world
        self.owners = [str(1_001 + number) for number in range(world.colleague_count)]
        self.rates = dict(sim.currencies)
        self.base = sim.currencies[0][0]
        self.multi = len(sim.currencies) > 1
        self.options: dict[tuple[str, str, str], str] = {}
        self.zone = sim.switches.text("date_zone")
        self.deal_object = sim.opportunities
        self.deal_field = "new_opportunity_id" if sim.opportunities == "NewOpportunityObj" else "opportunity_id"
        self.accounts: list[str] = []
        self.account_names: list[str] = []
        self.account_tels: list[str] = []
        self.contacts: list[str] = []
        self.leads: list[str] = []
        self.deals: list[str] = []
        self.deal_names: list[str] = []
        self.lead_of: dict[int, int] = {}
        self.pools: list[str] = []
        self.seas: list[str] = []

    def put(self, name: str, rows: Iterator[Values]) -> list[str]:
        """Inserts rows of the same keys in chunks, so that memory stays flat; returns their ids."""
        made: list[str] = []
        chunk: list[tuple[Any, ...]] = []
        columns: tuple[str, ...] = ()
        for row in rows:
            columns = columns or tuple(row)
            chunk.append(tuple(row.values()))
            made.append(row["_id"])
            if len(chunk) == CHUNK:
                self.sim.store.insert_many(name, columns, chunk)
                chunk.clear()
        if chunk:
            self.sim.store.insert_many(name, columns, chunk)
        return made

    def id(self, number: int, at_s: float) -> str:
        """An id that rises with time; older forms are among them."""
        maker = self.sim.ids.make_old if number % OLD_SHARE == OLD_SHARE - 1 else self.sim.ids.make
        return maker(at_s)

    def option(self, obj: str, field: str, label: str) -> str:
        """The value of an option, remembered."""
        key = (obj, field, label)
        if key not in self.options:
            self.options[key] = self.sim.schema[obj][field].value_of(label)
        return self.options[key]

    def system(self, owner: str | None, created: int, modified: int) -> Values:
        """The system fields of a row."""
        return {
            "owner": owner,
            "created_by": owner or ids.ADMIN,
            "create_time": created * 1000,
            "last_modified_by": owner or ids.ADMIN,
            "last_modified_time": modified * 1000,
            "life_status": "normal",
            "lock_status": "0",
            "record_type": "default__c",
            "version": 1 + (modified > created),
        }

    def money(self, currency: str) -> Values:
        """Currency and rate, where there are several."""
        if not self.multi:
            return {}
        known = currency if currency in self.rates else self.base
        return {"mc_currency": known, "mc_exchange_rate": round(self.rates[known] * 10**6)}

    def power(self, obj: str, field: str) -> int:
        """Ten to the decimals of a field."""
        return int(10 ** self.sim.schema[obj][field].decimals)

    def scaled(self, obj: str, field: str, units: int, currency: str) -> int:
        """Minor units as the field's scaled number."""
        return units * self.power(obj, field) // MINOR_UNITS.get(currency, 100)
