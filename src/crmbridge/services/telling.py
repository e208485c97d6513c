"""Which sources tell with whom people dealt: where none does, nobody knows whether a record was ever touched.

That a source has activities does not say that they can point at leads: its mapping must link them.
"""

from crmbridge.services.quality_supply import Unfilled, supply
from crmbridge.services.world import World

_LINKS = {"lead": ("lead",), "deal": ("deal",), "contact": ("contact",), "account": ("account", "contact", "deal")}


def write_telling(world: World, unfilled: Unfilled) -> None:
    """The table `svc_telling(connection, kind)` is there: of records of that kind the connection's activities tell."""
    world.sql("CREATE OR REPLACE TEMP TABLE svc_telling (connection VARCHAR, kind VARCHAR)")
    told = {
        (source.connection, kind)
        for source in supply(world, "activity", {"lead", "deal", "contact", "account"}, unfilled).sources
        for kind, links in _LINKS.items()
        if source.records and not source.supplies.isdisjoint(links)
    }
    for connection, kind in sorted(told, key=str):
        world.sql("INSERT INTO svc_telling VALUES ($connection, $kind)", connection=connection, kind=kind)
