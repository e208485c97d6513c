"""Who waits for an answer: one rule for queue and cadence, by person and not by record (`services.md` 7.2, 7.3).

A customer who writes waits whatever the state of the deal: replies of service are never capped, and a policy that has
ended, or that never was, answers nobody. An attempt that reached nobody is a touch (it stops the clock of a first
response, 7.5), and no answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmbridge.facts import persons
from crmbridge.services.cadence_document import Outcomes
from crmbridge.services.cadence_tables import Table
from crmbridge.services.wants import TaskMade
from crmbridge.services.world import World, naive

_MADE = Table("svc_waiting_made", {"key": "VARCHAR", "state": "VARCHAR", "due": "DATE", "done_at": "TIMESTAMP"})


@dataclass(frozen=True, slots=True)
class WaitingRules:
    """What a customer waits with (types of activities), since when it counts (aware), and what reaches nobody."""

    types: Sequence[str]
    since: datetime
    outcomes: Outcomes


def write_waiting(world: World, rules: WaitingRules, made: Mapping[str, TaskMade], as_of: datetime) -> None:
    """The table `svc_waiting` is there: one row a person who waits, since when, and by which record to answer."""
    persons.ensure(world.facts.connection)
    _MADE.write(world, [_made(one, as_of) for one in made.values()])
    world.run(
        "waiting",
        waiting_types=list(rules.types),
        waiting_from=naive(rules.since),
        not_connected=[part.lower() for part in rules.outcomes.not_connected],
        bounced=[part.lower() for part in rules.outcomes.bounced],
        blank_call=rules.outcomes.blank_call,
    )


def _made(one: TaskMade, as_of: datetime) -> tuple[object, ...]:
    """What was done after `as_of` was open then."""
    is_later = one.done_at is not None and one.done_at > as_of
    done_at = None if one.done_at is None or is_later else naive(one.done_at)
    return one.key, "open" if is_later else one.state, one.due, done_at
