"""Which gates the deals have passed unmet, by what their records hold now, as tables.

What a deal held when it moved nobody knows; what is still missing was missing then, so nothing is found that was met.
Required actions no source records as done: they are not judged, nor are criteria that a source cannot fill.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crmbridge.facts.tables import fact_name
from crmbridge.model.pipeline import Criterion, Pipeline
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.telling import write_telling
from crmbridge.services.world import World, text

_TEXTS = ("reason", "next_step", "competitor", "contact_email", "contact_phone")
_NUMBERS = ("intent", "need_fit", "budget", "decision_process", "amount_e4", "two_way_contacts", "needs")
_RENAMED = {"amount": "amount_e4"}
_CUSTOM = "custom."


@dataclass(frozen=True, slots=True)
class Unjudgeable:
    """A criterion that is about nothing that records hold."""

    pipeline: str
    stage: str
    criterion: str


@dataclass(slots=True)
class _Asked:
    """The criteria as SQL, with what they are filled with."""

    parts: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)
    unjudgeable: list[Unjudgeable] = field(default_factory=list)


def write_gates(
    world: World, pipelines: Sequence[Pipeline], unfilled: Unfilled, not_connected: Sequence[str]
) -> list[Unjudgeable]:
    """The table svc_unmet(deal_no, rank, stage, criterion) is there: what passed stages still lack.

    Stages are passed that lie before the deal's present one (all of them, where it is won). `gated` of the parameters
    are the pipelines that ask for anything. What is given back are the criteria that nobody can judge.
    """
    gated = {p.id for p in pipelines if p.object == "deal" and any(stage.exit_criteria for stage in p.open_stages)}
    world.parameters["gated"] = sorted(gated)
    if not gated:
        world.sql(
            "CREATE OR REPLACE TEMP TABLE svc_unmet (deal_no BIGINT, rank INTEGER, stage VARCHAR, criterion VARCHAR)"
        )
        return []
    write_gate_facts(world, unfilled, not_connected)
    asked = _Asked()
    for pipeline in pipelines:
        if pipeline.object == "deal":
            for rank, stage in enumerate(pipeline.open_stages, start=1):
                for criterion in stage.exit_criteria:
                    _ask(asked, pipeline, rank, stage.key, criterion)
    parts = " UNION ALL ".join(asked.parts) or "SELECT * FROM (VALUES (NULL, 0, '', '')) WHERE false"
    world.run("gate_unmet", {"unmet": parts}, **asked.parameters)
    return asked.unjudgeable


def write_gate_facts(world: World, unfilled: Unfilled, not_connected: Sequence[str]) -> None:
    """The table svc_gate_facts is there: what gates look at of each deal that is open or won."""
    write_telling(world, unfilled)
    world.sql("CREATE OR REPLACE TEMP TABLE svc_blank (connection VARCHAR, object VARCHAR, field VARCHAR)")
    for (connection, name), fields in sorted(unfilled.items(), key=str):
        for blank in sorted(fields):
            world.sql("INSERT INTO svc_blank VALUES ($c, $o, $f)", c=connection, o=name, f=fact_name(blank))
    world.sql(
        f"CREATE OR REPLACE TEMP TABLE svc_gate_values AS {text('gate_values')}",
        cut=world.parameters["cut"],
        not_connected=list(not_connected),
    )
    world.run("gate_facts")


def _ask(asked: _Asked, pipeline: Pipeline, rank: int, stage: str, criterion: Criterion) -> None:
    number = len(asked.parts)
    met, fields = met_sql(criterion, asked.parameters, number)
    if met is None:
        asked.unjudgeable.append(Unjudgeable(pipeline.id, stage, criterion.id))
        return
    asked.parameters |= {
        f"g{number}_pipeline": pipeline.id,
        f"g{number}_rank": rank,
        f"g{number}_stage": stage,
        f"g{number}_criterion": criterion.id,
        f"g{number}_fields": list(fields),
    }
    asked.parts.append(
        f"SELECT g.deal_no, $g{number}_rank, $g{number}_stage, $g{number}_criterion FROM svc_gate_facts g "  # noqa: S608 - ours
        f"WHERE g.at_pipeline = $g{number}_pipeline AND g.at_rank > $g{number}_rank AND NOT coalesce({met}, false) "
        f"AND NOT list_has_all(g.blank, $g{number}_fields)"
    )


def met_sql(criterion: Criterion, parameters: dict[str, object], number: int) -> tuple[str | None, tuple[str, ...]]:
    """SQL for whether a criterion holds, NULL or false where it does not; None where no record holds such a field."""
    names = criterion.any_of or (criterion.field or criterion.id,)
    columns = [column for name in names if (column := _column(name, parameters, number)) is not None]
    if not columns:
        return None, ()
    if criterion.any_of or criterion.at_least is None:
        met = " OR ".join(f"coalesce(trim(CAST({column} AS VARCHAR)) NOT IN ('', '[]'), false)" for column in columns)
    else:
        parameters[f"g{number}_least"] = criterion.at_least
        met = f"try_cast({columns[0]} AS DECIMAL(19, 6)) >= CAST($g{number}_least AS DECIMAL(19, 6))"
    return f"({met})", tuple(fact_name(_RENAMED.get(name, name)) for name in names)


def _column(name: str, parameters: dict[str, object], number: int) -> str | None:
    if name.startswith(_CUSTOM):
        path = f"g{number}_path{len(parameters)}"
        parameters[path] = name.removeprefix(_CUSTOM)
        held = f"(g.custom -> ('$.\"' || ${path} || '\"'))"
        return f"coalesce({held} ->> '$.value', CASE WHEN json_type({held}) <> 'OBJECT' THEN {held} ->> '$' END)"
    column = _RENAMED.get(name, name)
    if column in (*_TEXTS, *_NUMBERS) or name == "expected_close":
        return f'g."{column}"'
    return None
