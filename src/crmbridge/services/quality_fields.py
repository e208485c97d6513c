"""The checks that are made of many fields: required ones, and references to other records.

Of several fields only those are asked for that the record's source supplies.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.facts.tables import fact_name
from crmbridge.model.kinds import kind
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.quality_checks import Check
from crmbridge.services.quality_document import QualityConfig
from crmbridge.services.quality_supply import Supply, filled

_RANK = "(CASE st.class WHEN 'open' THEN coalesce(st.rank, 0) WHEN 'won' THEN 1000000 ELSE 0 END)"
_OWN_CHECKS = {"owner", "created_by", "modified_by"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Something asked of some records: SQL for which ones, and for what fails. `names` are the fields it is about."""

    label: str
    names: tuple[str, ...]
    applies: str
    fails: str
    parameters: Mapping[str, object] = field(default_factory=dict)


def required(kind_name: str, config: QualityConfig, pipelines: Sequence[Pipeline]) -> tuple[Rule, ...]:
    """The fields that must be filled: those of the document, and of a deal's stage and all stages before it."""
    made = [
        _filled_rule(kind_name, text, condition, parameters)
        for condition, parameters, fields in (
            *_of_document(kind_name, config),
            *(_of_stages(pipelines) if kind_name == "deal" else ()),
        )
        for text in fields
    ]
    return tuple(rule for rule in made if rule is not None)


def references(kind_name: str, present: Collection[str]) -> tuple[Rule, ...]:
    """The references of a kind to kinds of which there are records; the owner has checks of its own."""
    made = []
    for spec in kind(kind_name).references:
        if spec.name in _OWN_CHECKS or spec.target not in present:
            continue
        made.append(Rule(spec.name, (spec.name,), filled(spec), f'r."{fact_name(spec.name)}_id" IS NULL'))
    return tuple(made)


def combined(name: str, rules: Sequence[Rule], supply: Supply) -> tuple[Check | None, tuple[str, ...]]:
    """The rules as one check over what the sources supply, None where they supply nothing; and what none supplies."""
    applies: list[str] = []
    fails: dict[str, list[str]] = {}
    parameters: dict[str, object] = {}
    missing: dict[str, None] = {}
    for rule in rules:
        told = {supply.is_supplied(field_name) for field_name in rule.names}
        if told == {"false"}:
            missing[rule.label] = None
            continue
        supplied = "true" if "true" in told else f"({' OR '.join(sorted(told))})"
        applies.append(f"({rule.applies} AND {supplied})")
        fails.setdefault(rule.label, []).append(f"({rule.applies} AND {supplied} AND {rule.fails})")
        parameters |= rule.parameters
    if not applies:
        return None, tuple(missing)
    parts = tuple((label, " OR ".join(conditions)) for label, conditions in fails.items())
    joins = (supply.join,) if "src." in " ".join(applies) else ()
    check = Check(
        name,
        supply.kind,
        " OR ".join(dict.fromkeys(applies)),
        " OR ".join(condition for _, condition in parts),
        joins=joins,
        parts=parts,
        parameters=parameters,
    )
    return check, tuple(missing)


_Asked = tuple[str, Mapping[str, object], tuple[str, ...]]


def _of_document(kind_name: str, config: QualityConfig) -> Iterator[_Asked]:
    for number, rule in enumerate(config.required.get(kind_name, ())):
        found: list[str] = []
        parameters: dict[str, object] = {}
        if kind_name == "deal" and rule.from_rank:
            found.append(f"{_RANK} >= $required_rank_{number}")
            parameters[f"required_rank_{number}"] = rule.from_rank
        if kind_name == "deal" and rule.states:
            found.append(f"list_contains($required_states_{number}, st.class)")
            parameters[f"required_states_{number}"] = list(rule.states)
        yield " AND ".join(found) or "true", parameters, rule.fields


def _of_stages(pipelines: Sequence[Pipeline]) -> Iterator[_Asked]:
    """What stages require: of deals in the stage or in a later one; of a lost stage, of those in it."""
    stages = [(p, stage) for p in pipelines if p.object == "deal" for stage in p.stages if stage.required_fields]
    for number, (pipeline, stage) in enumerate(stages):
        rank = pipeline.rank(stage.key)
        parameters: dict[str, object] = {f"stage_pipeline_{number}": pipeline.id}
        if rank is None:
            parameters[f"stage_key_{number}"] = stage.key
            at = f"st.stage = $stage_key_{number}"
        else:
            parameters[f"stage_rank_{number}"] = rank
            at = f"{_RANK} >= $stage_rank_{number}"
        yield f"(st.pipeline = $stage_pipeline_{number} AND {at})", parameters, stage.required_fields


def _filled_rule(kind_name: str, text: str, condition: str, parameters: Mapping[str, object]) -> Rule | None:
    """One required field (`a|b` is met by either); None for what is no field of the kind, as a gate may ask for."""
    fields = kind(kind_name).fields
    names = tuple(name for name in text.split("|") if name in fields)
    if not names:
        return None
    holds = " OR ".join(filled(fields[name]) for name in names)
    return Rule(text, names, condition, f"NOT ({holds})", parameters)
