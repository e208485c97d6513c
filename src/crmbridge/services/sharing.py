"""Facts about which several figures are asked at one moment: the state of the deals is worked out once for all of them.

A `Bridge` shares its facts as long as it is open; whoever uses the services by themselves shares them for a block:

with share(facts) as shared:
    report, results = funnel(shared, pipelines, request), measure_kpis(shared, pipelines, kpis, as_of=request.as_of)
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline

Moment = tuple[object, object, Mapping[str, Pipeline]]
"""What the state of deals depends on beside the facts: the cut, the business calendar, the pipelines."""

_NUMBERS = count(1)

KEPT = 3
"""The states of so many moments are kept; the one made longest ago goes when another comes."""


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
        self._made: list[tuple[Moment, str, set[str]]] = []

    def state_at(self, moment: Moment) -> tuple[str, set[str]]:
        """The database in memory for the state at a moment, and the tables filled there; fill and add others."""
        for known, schema, tables in self._made:
            if known == moment:
                return schema, tables
        self.forget(but=KEPT - 1)
        schema = f'"{beside(self)}{next(_NUMBERS)}"'
        self.connection.cursor().execute(f"ATTACH ':memory:' AS {schema}")
        self._made.append((moment, schema, set()))
        return schema, self._made[-1][2]

    def forget(self, *, but: int = 0) -> None:
        """What was worked out is gone, but for the moments made last."""
        while len(self._made) > but:
            _, schema, _ = self._made.pop(0)
            self.connection.cursor().execute(f"DETACH {schema}")

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
