"""A run in which nothing changed asks for the fewest things that it must ask, and writes nothing.

A call is a request that the vendor counts. The fewest are those without which something could be missed:

Zoho       whose organisation it is, one: no answer names it, a login may come to open another, and users are read
           what changed in a module, one each: a query reads one module, and a notification may be lost
           what was deleted of it, one each: lists and queries give no record that is gone
           leads that were converted, one: nobody says that a conversion moves the modified time
           rows of stage history, one: they are a module of their own
           users, two: those who were deleted are in a list of their own, and neither tells what changed in it
           (a composite call puts five of these into one request, and nobody says that it counts as one)
Fxiaoke    what changed in an object, one each: a query reads one object
           what was made 作废 of it, one each: a query by time hides it, and its time need not move
           employees, one: their list tells no times (histories are of opportunities that changed; the token names
           the company)
files      a look at each file from outside

Not among them, because nothing is read by it: how modules and fields are described, what the login may do, and an
access token while the last one holds. That is asked once a day, and with the first record that is read by it.
"""

import math
from pathlib import Path

import pytest

from crmbridge_sim.calls import CallLedger

from .both import Both, granted, serving
from .worlds import Place

MODULES = ("Accounts", "Contacts", "Leads", "Deals", "Tasks", "Events", "Calls", "Notes")
OBJECTS = ("AccountObj", "ContactObj", "LeadsObj", "NewOpportunityObj", "ActiveRecordObj", "ScheduleObj", "TaskObj")
SETTLED_S = 900
"""Longer than a reading looks back behind the one before it: what changed a moment ago is read twice."""


def fewest_of_zoho(modules: tuple[str, ...]) -> int:
    own = {"Leads": 1, "Deals": 1}
    return 3 + sum(2 + own.get(name, 0) for name in modules)


def fewest_of_fxiaoke(objects: tuple[str, ...]) -> int:
    return 1 + 2 * len(objects)


def most(fewest: int) -> int:
    """A tenth more than the fewest."""
    return math.floor(1.1 * fewest)


def writes(calls: CallLedger, after: int) -> list[str]:
    """The calls after that one that change something."""
    made = [f"{call['method']} {call['path']}" for call in calls.rows(after=after)]
    reads = ("GET ", "POST /crm/v8/coql", "POST /oauth/")
    return [one for one in made if "/crm/v8/" in one and not one.startswith(reads)] + [
        one for one in made if "/cgi/crm/" in one and not one.endswith(("/query", "/get", "/list", "/describe"))
    ]


@pytest.mark.parametrize(
    ("name", "fewest"), [("zoho", fewest_of_zoho(MODULES)), ("fxiaoke", fewest_of_fxiaoke(OBJECTS)), ("files", 0)]
)
def test_a_quiet_run_asks_for_the_fewest(places: dict[str, Place], name: str, fewest: int) -> None:
    """The first run after the one that read everything, and the one after it."""
    place = places[name]
    before = place.records()
    for _ in range(2):
        calls = None if place.simulator is None else place.simulator.calls
        since = 0 if calls is None else len(calls)
        with place.open() as bridge:
            rows = bridge.sync().listing.rows
        if calls is not None:
            assert len(calls) - since <= most(fewest), [row["path"] for row in calls.rows(after=since)]
            assert not writes(calls, since)
        counted = [row for row in rows if row["object"] not in {"Users", "users"}]
        assert sum(int(str(row["read"])) for row in counted) == 0, "no file, and no record, was read again"
    assert place.records() == before


def counts(both: Both) -> tuple[int, int]:
    return len(both.zoho.calls), len(both.fxiaoke.calls)


def test_a_quiet_round_of_a_pair_asks_for_the_fewest(tmp_path: Path) -> None:
    """Both were just brought into step: what was written is read once more, and then there is nothing."""
    with serving(tmp_path, deals=5) as both:
        both.sync()
        granted(both)
        assert both.sync() == (0, [])
        both.fxiaoke.backdoor.edit(
            "AccountObj", both.at_fxiaoke("Granite Labs 0 AB")["_id"], {"url": "https://x.example"}
        )
        code, told = both.sync()
        assert code == 3, told
        with both.open() as bridge:
            assert bridge.apply(str(bridge.plans().rows[0]["plan"])).exit_code == 0
        assert both.at_zoho("Granite Labs 0 AB")["Website"] == "https://x.example", told
        for simulator in (both.zoho, both.fxiaoke):
            simulator.clock.advance(SETTLED_S)
        both.sync()
        before = (both.zoho.state(["Accounts"])["modules"], both.fxiaoke.state()["objects"])
        since = counts(both)
        assert both.sync() == (0, [])
        made = [now - then for now, then in zip(counts(both), since, strict=True)]
        assert made[0] <= most(fewest_of_zoho(MODULES)), "the mapping reads them all, and the pair some of it"
        assert made[1] <= most(fewest_of_fxiaoke(("AccountObj",)))
        assert not writes(both.zoho.calls, since[0])
        assert not writes(both.fxiaoke.calls, since[1])
        assert (both.zoho.state(["Accounts"])["modules"], both.fxiaoke.state()["objects"]) == before
