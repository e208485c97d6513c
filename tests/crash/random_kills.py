"""Histories in which processes die at random moments and points, one after the other, while people edit."""

import random
import time
from dataclasses import dataclass

from tests.crash.checks import holds_in_the_end, holds_now
from tests.crash.forking import Forked
from tests.crash.people import People
from tests.crash.stories import Start, a_round, a_sync, edited, in_step

_BUSY = 0.03
"""How often somebody edits between two calls."""


@dataclass
class Tally:
    """What was lived through. `at_moments` of the `kills` came from a clock, the others at a point."""

    histories: int = 0
    kills: int = 0
    at_moments: int = 0
    processes: int = 0
    stops: int = 0
    writes: int = 0
    edits: int = 0

    def add(self, other: "Tally") -> None:
        """Both together."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class Pace:
    """How many points an undisturbed round passes, and how long it takes."""

    points: int
    seconds: float

    @classmethod
    def of(cls, start: Start) -> "Pace":
        """By doing it once."""
        story = start.again()
        edited(story)
        forked = Forked(story.scene)
        began = time.monotonic()
        forked.finish(a_round)
        done = cls(story.scene.shared.points, time.monotonic() - began)
        story.drop()
        return done


def live(start: Start, pace: Pace, *, seed: int, kills: int = 8) -> Tally:
    """One history: so many kills, then everything is as people wanted it. AssertionError with its seed otherwise."""
    story = start.again(seed)
    try:
        done = _live(story, pace, kills)
        Forked(story.scene).finish(in_step)
        holds_in_the_end(story.scene, story.people)
    except AssertionError as error:
        raise AssertionError(f"seed {seed} on {story.scene.url.partition(':')[0]}: {error}") from error
    done.writes = sum(len(server.journal) for server in story.scene.servers.values())
    done.edits = story.people.number - start.people.number
    story.drop()
    return done


def _live(story: Start, pace: Pace, kills: int) -> Tally:
    rng, people, done = story.people.rng, story.people, Tally(histories=1)
    forked = Forked(story.scene, lambda: _now_and_then(rng, people))
    while done.kills < kills and done.processes < 4 * kills:
        people.act(rng.randint(0, 5))
        act = a_round if rng.random() < 0.9 else a_sync
        is_timed = rng.random() < 0.5
        if is_timed:
            ended = forked.run(act, kill_after_s=rng.uniform(0, pace.seconds))
        else:
            ended = forked.run(act, deadly=rng.randint(1, pace.points))
        done.processes += 1
        done.kills += ended.is_killed
        done.at_moments += ended.is_killed and is_timed
        done.stops += bool(ended.told)
        if rng.random() < 0.5:
            holds_now(story.scene, people)
    return done


def _now_and_then(rng: random.Random, people: People) -> None:
    if rng.random() < _BUSY:
        people.act()
