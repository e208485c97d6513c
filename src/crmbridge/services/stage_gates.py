"""What each stage asks for, and which open deals breach it by what their records hold now.

Entry criteria are asked of deals in the stage, exit criteria of those beyond it, required fields of both. Of actions no
source says that they were done, and closed stages are asked of closed deals: those are shown without a count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crmbridge.facts.store import Facts
from crmbridge.facts.tables import fact_name
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import ENVELOPE, kind
from crmbridge.model.pipeline import Category, Criterion, Pipeline, Stage
from crmbridge.services.gate_audit import met_sql, write_gate_facts
from crmbridge.services.owners import owners_asked
from crmbridge.services.quality_report import not_available
from crmbridge.services.quality_supply import Unfilled, filled
from crmbridge.services.results import Evidence, Rate, Unavailable
from crmbridge.services.world import World

DEFINITION = "gates/1"
Asks = Literal["entry", "exit", "field", "action"]
"""A criterion to come into a stage or to leave it, a required field, a required action."""
_AT: Mapping[Asks, str] = {"entry": "=", "exit": ">", "field": ">="}
"""How the rank of the deals that are asked compares to that of the stage."""
_CLOSED = not_available("CLOSED_STAGE", "only open deals are looked at, and this is asked of closed ones")
_ACTION = not_available("NO_ACTIONS", "no source tells which actions were done")
_NO_FIELD = not_available("NO_SUCH_FIELD", "no record holds what this asks for")


@dataclass(frozen=True, slots=True)
class GatesRequest:
    """As of when; `pipeline`, `owner` narrow it, and what `viewer` sees (names, addresses or ids)."""

    as_of: datetime
    pipeline: str | None = None
    owner: str | None = None
    viewer: str | None = None
    unfilled: Unfilled | None = None
    not_connected: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that a stage asks for. `names` are what people call it, by language; empty for its `id` alone."""

    pipeline: Pipeline
    stage: Stage
    asks: Asks
    id: str
    names: Mapping[str, str]
    criterion: Criterion | None = None

    @property
    def path(self) -> str:
        """`stage.asks.id`, as deals name what they lack."""
        return f"{self.stage.key}.{self.asks}.{self.id}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate with the open deals that breach it; `unknown` more are of sources that cannot tell.

    `breaches` has no value where nothing was judged; `unavailable` says why nothing can be.
    """

    gate: Gate
    breaches: Rate
    unknown: int
    records: tuple[str, ...]
    unavailable: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class Breaching:
    """An open deal that lacks anything that the stages up to its own ask for."""

    id: str
    name: str | None
    owner_id: str | None
    owner: str | None
    pipeline: str
    stage: str
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GatesReport:
    """Every gate in the order of the pipelines, and the deals that breach any, those that lack most at the head."""

    request: GatesRequest
    gates: tuple[Judged, ...]
    deals: tuple[Breaching, ...]
    evidence: Evidence


def stage_gates(facts: Facts, pipelines: Sequence[Pipeline], request: GatesRequest) -> GatesReport:
    """What stages ask for and who breaches it; ConfigError for a pipeline or a user that is not there."""
    world = World(facts, pipelines, cut=request.as_of)
    if request.pipeline is not None and request.pipeline not in world.pipelines:
        near = suggestion(request.pipeline, list(world.pipelines))
        raise ConfigError(
            "there is no pipeline {name}", name=request.pipeline, nearest=near, hint="did you mean {nearest}?"
        )
    chosen = [one for name, one in world.pipelines.items() if request.pipeline in {None, name}]
    gates = [gate for pipeline in chosen for gate in _gates(pipeline)]
    world.parameters["owners"] = owners_asked(world, request.owner, request.viewer)
    ((deals,),) = world.tuples("gate_open", chosen=[one.id for one in chosen])
    refused = _write_states(world, gates, request)
    tally = {row["gate_no"]: row for row in world.rows("gate_tally")}
    return GatesReport(
        request=request,
        gates=tuple(_judged(gate, tally.get(number), refused.get(number)) for number, gate in enumerate(gates)),
        deals=tuple(_breaching(row, gates) for row in world.rows("gate_deals")),
        evidence=Evidence(DEFINITION, deals, request.as_of, cut=request.as_of, zone=str(facts.zone)),
    )


def _gates(pipeline: Pipeline) -> Iterator[Gate]:
    for stage in sorted(pipeline.stages, key=lambda one: one.order):
        for one in stage.entry_criteria:
            yield Gate(pipeline, stage, "entry", one.id, one.names, one)
        for name in stage.required_fields:
            yield Gate(pipeline, stage, "field", name, {}, Criterion(id=name, field=name))
        for name in stage.required_actions:
            yield Gate(pipeline, stage, "action", name, {})
        for one in stage.exit_criteria:
            yield Gate(pipeline, stage, "exit", one.id, one.names, one)


def _write_states(world: World, gates: Sequence[Gate], request: GatesRequest) -> dict[int, Unavailable]:
    """The table svc_gate_states is there; why some gates are in it with no deal, by their numbers."""
    write_gate_facts(world, request.unfilled or {}, request.not_connected)
    refused: dict[int, Unavailable] = {}
    parameters: dict[str, object] = {}
    parts: list[str] = []
    for number, gate in enumerate(gates):
        if gate.criterion is None:
            refused[number] = _ACTION
        elif gate.stage.category is not Category.OPEN:
            refused[number] = _CLOSED
        elif (part := _part(gate, gate.criterion, parameters, number)) is None:
            refused[number] = _NO_FIELD
        else:
            parts.append(part)
    nothing = "SELECT * FROM (VALUES (0, 0, '')) WHERE false"
    world.run("gate_states", {"parts": " UNION ALL ".join(parts) or nothing}, **parameters)
    return refused


def _part(gate: Gate, criterion: Criterion, parameters: dict[str, object], number: int) -> str | None:
    """SQL for the deals that are asked and how each stands; None where no record holds such a field."""
    own = kind("deal").fields
    names: tuple[str, ...]
    if gate.asks == "field" and gate.id in own and gate.id not in ENVELOPE:
        met, names = filled(own[gate.id], "d"), (fact_name(gate.id),)
    else:
        found, names = met_sql(criterion, parameters, number)
        if found is None:
            return None
        met = found
    parameters |= {
        f"g{number}_pipeline": gate.pipeline.id,
        f"g{number}_rank": gate.pipeline.rank(gate.stage.key),
        f"g{number}_fields": list(names),
    }
    return (
        f"SELECT {number}, g.deal_no, CASE WHEN coalesce({met}, false) THEN 'met' "  # noqa: S608 - ours
        f"WHEN list_has_all(g.blank, $g{number}_fields) THEN 'untold' ELSE 'unmet' END "
        f"FROM svc_gate_facts g JOIN deals d ON d.no = g.deal_no "
        f"WHERE g.at_pipeline = $g{number}_pipeline AND g.at_rank {_AT[gate.asks]} $g{number}_rank"
    )


def _judged(gate: Gate, row: Mapping[str, object] | None, refused: Unavailable | None) -> Judged:
    if row is None:
        return Judged(gate, Rate.of(0, 0), 0, (), refused)
    lacking: tuple[str, ...] = tuple(row["lacking"])  # type: ignore[arg-type] # a list of ids
    return Judged(gate, Rate.of(len(lacking), int(str(row["judged"]))), int(str(row["untold"])), lacking, refused)


def _breaching(row: Mapping[str, object], gates: Sequence[Gate]) -> Breaching:
    told = {name: value for name, value in row.items() if name != "gates"}
    numbers: Sequence[int] = row["gates"]  # type: ignore[assignment] # a list of numbers
    return Breaching(**told, lacks=tuple(gates[number].path for number in numbers))  # type: ignore[arg-type]
