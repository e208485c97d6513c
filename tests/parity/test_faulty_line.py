"""Zoho and Fxiaoke kept in step over a line on which things go wrong: they come to rest, equal, and nothing is lost."""

import logging
import random
import ssl
import sysconfig
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from crmbridge.adapter.context import AdapterContext
from crmbridge.app import bridge
from crmbridge.app.demo.systems import PRESENT
from crmbridge_sim.clock import Clock, RealClock, VirtualClock

from .both import Both, granted, serving
from .faulty import Killing, Trouble

log = logging.getLogger(__name__)
QUICK, WIDE = [(3, 2)], [(seed, 6) for seed in range(1, 25)]
"""Seeds, and how many runs of each meet trouble."""
QUIET = 8
MANY = 100_000
KILLS = 30
CRMBRIDGE = str(Path(sysconfig.get_path("scripts")) / "crmbridge")
STOPPED, OUR_FAULT = 3, 70
UNREAD = ("Calls", "Contacts", "Deals", "Events", "Leads", "Notes", "Tasks")
RULES = 'website = "right"\nemployees = "newest"\n'


@contextmanager
def troubled(
    folder: Path, trouble: Trouble, monkeypatch: pytest.MonkeyPatch, clock: Clock | None = None
) -> Iterator[Trouble]:
    """Both in step already, over proxies, on one clock that waits take no time on."""
    clock = clock or VirtualClock(PRESENT.timestamp())
    monkeypatch.setattr(bridge, "system_clock", lambda: datetime.fromtimestamp(clock.now(), UTC))

    def pause(context: AdapterContext, seconds: float) -> bool:
        clock.advance(seconds)
        return context.stop.is_set()

    monkeypatch.setattr(AdapterContext, "pause", pause)
    monkeypatch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))  # read once, not at each door
    world = serving(folder, deals=6, clock=lambda: clock, way=trouble.way, rules=RULES, unread=UNREAD)
    with closing(trouble), world as both:
        code, told = both.sync()
        assert code in {0, 1}, told
        granted(both)
        trouble.both = both
        yield trouble


def check(trouble: Trouble, noisy: int) -> None:
    both = approved(trouble)
    codes = set()
    trouble.is_on = True
    for _ in range(noisy):
        codes.add(both.sync()[0])
        both.zoho.clock.advance(300)
    trouble.is_on = False
    assert OUR_FAULT not in codes
    check_at_rest(trouble, both)


def approved(trouble: Trouble) -> Both:
    """The first plan is approved by a person."""
    both = trouble.both
    assert both is not None
    trouble.somebody_edits()
    both.sync()
    approve(both)
    return both


def approve(both: Both) -> None:
    """A person says yes: to the first plan, and to the next after two of two new records were edited at once.

    Then it looks as if the system bent what it is given, and a guard stops the rest.
    """
    with both.open() as opened:
        for row in opened.plans().rows:
            if row["plan_state"] == "open":
                assert opened.apply(str(row["plan"])).exit_code in {0, 1}


def check_at_rest(trouble: Trouble, both: Both) -> None:
    """Nothing goes wrong any more, and nobody edits: soon both sides are equal, quiet, and no loser is forgotten."""
    for _ in range(QUIET):
        both.zoho.clock.advance(2000)
        code, told = both.sync()
        if code == STOPPED:
            approve(both)
        if trouble.records(0) == trouble.records(1):
            break
    assert trouble.records(0) == trouble.records(1), (code, told)
    assert len({name for name, *_ in trouble.records(0)}) == len(trouble.records(0)), "a company is there twice"
    both.sync()
    before = (trouble.rows(0), trouble.rows(1))
    assert both.sync()[0] == 0, told
    assert (trouble.rows(0), trouble.rows(1)) == before, "a further run writes something"
    with both.open() as opened:
        logged = {(str(row["field"]), str(row["lost"])) for row in opened.conflicts(limit=MANY).rows}
        assert not opened.review().rows
    lost = trouble.lost(trouble.final(0))
    assert lost <= logged
    log.info("%s edits, %s losers, %s in the log", len(trouble.journal), len(lost), len(logged))


@pytest.mark.parametrize(("seed", "noisy"), [*QUICK, *(pytest.param(*one, marks=pytest.mark.wide) for one in WIDE)])
def test_two_crms_come_to_rest_over_a_bad_line_and_every_loser_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, noisy: int
) -> None:
    trouble = Trouble(random.Random(seed))  # noqa: S311 - a seed
    with troubled(tmp_path, trouble, monkeypatch):
        check(trouble, noisy)
        log.info("seed %s: %s edits, %s", seed, len(trouble.journal), dict(trouble.hits))


@pytest.mark.wide
def test_a_sync_that_is_killed_thirty_times_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each a process of its own, ended by SIGKILL at some call, before the vendor has carried it out or after."""
    trouble = Killing(random.Random(5))  # noqa: S311 - a seed
    with troubled(tmp_path, trouble, monkeypatch, RealClock()):
        both = approved(trouble)
        trouble.is_on = True
        while trouble.hits["killed"] < KILLS:
            trouble.start([CRMBRIDGE, "sync", "--workspace", str(tmp_path)], both.environ)
        trouble.is_on = False
        log.info("%s", dict(trouble.hits))
        check_at_rest(trouble, both)
