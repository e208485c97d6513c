"""Facts about which several figures are asked at one moment: the state of the deals is worked out once for all of them.

A `Bridge` shares its facts as long as it is open; whoever uses the services by themselves shares them for a block:

with share(facts) as shared:
    report, results = funnel(shared, pipelines, request), measure_kpis(shared, pipelines, kpis, as_of=request.as_of)
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline

Moment = tuple[object, object, Mapping[str, Pipeline]]
"""What the state of deals depends on beside the facts: the cut, the business calendar, the pipelines."""

_NUMBERS = count(1)

KEPT = 3
"""The states of so many moments are kept; the one made longest ago goes when another comes."""


class State:
    """What was worked out for one moment: the tables of a database in memory, each made once, whoever asks first."""

    def __init__(self, moment: Moment, schema: str) -> None:
        self.moment, self.schema = moment, schema
        self._made: set[str] = set()
        self._answers: dict[str, Any] = {}

    def make(self, table: str, fill: Callable[[str], None]) -> str:
        """The whole name of a table, which `fill` makes where it is not there yet."""
        name = f"{self.schema}.{table}"
        if table not in self._made:
            fill(name)
            self._made.add(table)
        return name

    def once(self, statement: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it answers
        """The answer of a statement that rests on nothing but the facts and the moment, asked by who comes first."""
        if statement not in self._answers:
            self._answers[statement] = ask()
        return self._answers[statement]


class SharedFacts(Facts):
    """The same facts, with what was already worked out over them. They must not change while they are shared."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(
            facts.connection,
            zone=facts.zone,
            currency=facts.currency,
            notes=facts.notes,
            refreshed=facts.refreshed,
            cache=facts.cache,
        )
        self._states: list[State] = []

    def state_at(self, moment: Moment) -> State:
        """What is worked out for a moment."""
        for known in self._states:
            if known.moment == moment:
                return known
        self.forget(but=KEPT - 1)
        schema = f'"{beside(self)}{next(_NUMBERS)}"'
        self.connection.cursor().execute(f"ATTACH ':memory:' AS {schema}")
        self._states.append(State(moment, schema))
        return self._states[-1]

    def forget(self, *, but: int = 0) -> None:
        """What was worked out is gone, but for the moments made last."""
        while len(self._states) > but:
            self.connection.cursor().execute(f"DETACH {self._states.pop(0).schema}")

    def close(self) -> None:
        """What was worked out is gone, and the connection is closed."""
        self.forget()
        super().close()


def beside(facts: Facts) -> str:
    """How the names of the databases begin that are attached for these facts and go with them."""
    ((database,),) = facts.connection.cursor().execute("SELECT current_database()").fetchall()
    return f"{database}_shared_"


@contextmanager
def share(facts: Facts) -> Iterator[SharedFacts]:
    """The facts for several figures; what they have in common is worked out once and kept to the end of the block."""
    shared = SharedFacts(facts)
    try:
        yield shared
    finally:
        shared.forget()
