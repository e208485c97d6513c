"""Zoho and Fxiaoke kept in step over a line on which things go wrong: they come to rest, equal, and nothing is lost."""

import logging
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmbridge.adapter.context import AdapterContext
from crmbridge.app import bridge
from crmbridge.app.demo.systems import PRESENT
from crmbridge_sim.clock import VirtualClock

from .both import granted, serving
from .faulty import Trouble

log = logging.getLogger(__name__)
QUICK, WIDE = [(3, 3)], [(seed, 6) for seed in range(1, 25)]
"""Seeds, and how many runs of each meet trouble."""
QUIET = 8
OUR_FAULT = 70
RULES = 'website = "right"\nemployees = "newest"\n'


@contextmanager
def troubled(folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trouble]:
    """Both in step already, over proxies, on one clock that waits take no time on."""
    clock = VirtualClock(PRESENT.timestamp())
    monkeypatch.setattr(bridge, "system_clock", lambda: datetime.fromtimestamp(clock.now(), UTC))

    def pause(context: AdapterContext, seconds: float) -> bool:
        clock.advance(seconds)
        return context.stop.is_set()

    monkeypatch.setattr(AdapterContext, "pause", pause)
    trouble = Trouble(random.Random(seed))  # noqa: S311 - a seed
    with closing(trouble), serving(folder, deals=6, clock=lambda: clock, way=trouble.way, rules=RULES) as both:
        code, told = both.sync()
        assert code in {0, 1}, told
        granted(both)
        trouble.both = both
        yield trouble


def check(trouble: Trouble, noisy: int) -> None:
    both = trouble.both
    assert both is not None
    trouble.somebody_edits()
    codes = set()
    code, told = both.sync()
    with both.open() as opened:
        for row in opened.plans().rows:
            assert opened.apply(str(row["plan"])).exit_code == 0, "the first plan is approved"
    trouble.is_on = True
    for _ in range(noisy):
        codes.add(both.sync()[0])
        both.zoho.clock.advance(300)
    trouble.is_on = False
    assert OUR_FAULT not in codes
    for _ in range(QUIET):
        both.zoho.clock.advance(2000)
        code, told = both.sync()
        if trouble.records(0) == trouble.records(1):
            break
    assert trouble.records(0) == trouble.records(1), (code, told)
    assert len({name for name, *_ in trouble.records(0)}) == len(trouble.records(0)), "a company is there twice"
    both.sync()
    before = (trouble.rows(0), trouble.rows(1))
    assert both.sync()[0] == 0, told
    assert (trouble.rows(0), trouble.rows(1)) == before, "a further run writes something"
    with both.open() as opened:
        logged = {(str(row["field"]), str(row["lost"])) for row in opened.conflicts().rows}
        assert not opened.review().rows
    lost = trouble.lost(trouble.final(0))
    assert lost <= logged
    log.info("%s edits, %s losers, %s in the log, ends %s", len(trouble.journal), len(lost), len(logged), codes)


@pytest.mark.parametrize(("seed", "noisy"), [*QUICK, *(pytest.param(*one, marks=pytest.mark.wide) for one in WIDE)])
def test_two_crms_come_to_rest_over_a_bad_line_and_every_loser_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, noisy: int
) -> None:
    with troubled(tmp_path, seed, monkeypatch) as trouble:
        check(trouble, noisy)
        log.info("seed %s: %s edits, %s", seed, len(trouble.journal), dict(trouble.hits))
