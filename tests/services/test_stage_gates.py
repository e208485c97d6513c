"""What stages ask for and who lacks it: against the plain check of each criterion, and what is not counted."""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.services.quality_worlds import AS_OF
from tests.services.test_gate_audit import NOBODY_HOLDS, NOT_CONNECTED, STAGES, random_company
from tests.services.worlds import Deal, company

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.pipeline import Criterion, Pipeline
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.gate_values import gate_values
from crmbridge.services.gates import is_met
from crmbridge.services.stage_gates import GatesReport, GatesRequest, stage_gates


def pipeline(**changes: dict[str, Any]) -> Pipeline:
    """The shipped one under the id of the test's deals, with other things asked for in some stages."""
    shipped = default_pipeline()
    stages = [stage.model_copy(update=changes.get(stage.key, {})) for stage in shipped.stages]
    return shipped.model_copy(update={"id": "sales", "stages": tuple(stages)})


ASKING = pipeline(
    needs_confirmed={
        "entry_criteria": (Criterion(id="intent", at_least=Decimal(2)),),
        "required_fields": ("next_step",),
    }
)
REQUEST = GatesRequest(AS_OF, not_connected=NOT_CONNECTED)


def lacking(report: GatesReport) -> set[tuple[str, str]]:
    return {(record, one.gate.path) for one in report.gates for record in one.records}


@pytest.mark.parametrize("seed", [1, 2])
def test_who_lacks_what_is_what_the_plain_check_of_every_criterion_says(seed: int) -> None:
    facts = random_company(seed)
    report = stage_gates(facts, [ASKING], REQUEST)
    plain = set()
    held = gate_values(facts, as_of=AS_OF, not_connected=NOT_CONNECTED)
    still_open = {name: one for name, one in held.items() if one.stage != "won"}
    for name, one in still_open.items():
        here = STAGES.index(one.stage or "")
        for rank, key in enumerate(STAGES[:-1]):
            stage = ASKING.stage(key)
            assert stage is not None
            if rank < here:
                unmet = [("exit", c) for c in stage.exit_criteria if c.id not in NOBODY_HOLDS]
            else:
                unmet = [("entry", c) for c in stage.entry_criteria if rank == here]
            if rank <= here:
                unmet += [("field", Criterion(id=field, field=field)) for field in stage.required_fields]
            plain |= {(name, f"{key}.{asks}.{c.id}") for asks, c in unmet if not is_met(c, one.values)}
    assert lacking(report) == plain
    assert {path.split(".")[1] for _, path in plain} == {"entry", "exit", "field"}
    assert {(one.id, path) for one in report.deals for path in one.lacks} == plain
    assert [len(one.lacks) for one in report.deals] == sorted((len(one.lacks) for one in report.deals), reverse=True)
    assert report.evidence.n == len(still_open)
    for judged in report.gates:
        assert judged.breaches.numerator == len(judged.records) <= judged.breaches.denominator


def test_shuffled_facts_change_nothing() -> None:
    facts = random_company(3)
    rows = {
        table: facts.connection.execute(f"SELECT * FROM {table}").fetchall()
        for table in ("deals", "stage_events", "activities", "contacts", "accounts")
    }
    before = stage_gates(facts, [ASKING], REQUEST)
    for table, some in rows.items():
        random.Random(7).shuffle(some)  # noqa: S311 - an order, not a secret
        facts.connection.execute(f"DELETE FROM {table}")
        facts.connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(some[0]))})", some)
    assert stage_gates(facts, [ASKING], REQUEST) == before


def two_owners() -> Facts:
    moved = [("prospect", "2026-02-01"), ("first_contact", "2026-03-01")]
    facts = company(
        [
            Deal("a", moved, facts={"owner_id": "li", "intent": 2}),
            Deal("b", moved, facts={"owner_id": "wang"}),
            Deal("c", [("prospect", "2026-02-01")], facts={"owner_id": "li"}),
            Deal("d", [*moved, ("lost", "2026-03-05")], facts={"owner_id": "li"}),
        ]
    )
    facts.insert("users", [{"id": "li", "name": "Li"}, {"id": "wang", "name": "Wang", "manager_id": "li"}])
    return facts


def found(report: GatesReport, path: str) -> Any:
    (one,) = [one for one in report.gates if one.gate.path == path]
    return one


def test_only_the_deals_of_an_owner_or_of_those_below_the_viewer() -> None:
    facts = two_owners()
    intent = "prospect.exit.intent"
    whole = found(stage_gates(facts, [ASKING], REQUEST), intent)
    assert (whole.breaches.numerator, whole.breaches.denominator, whole.records) == (1, 2, ("b",))
    of_li = stage_gates(facts, [ASKING], replace(REQUEST, owner="Li"))
    assert (found(of_li, intent).records, found(of_li, intent).breaches.n, of_li.evidence.n) == ((), 1, 2)
    assert found(stage_gates(facts, [ASKING], replace(REQUEST, viewer="wang")), intent).records == ("b",)
    with pytest.raises(ConfigError, match="does not see"):
        stage_gates(facts, [ASKING], replace(REQUEST, owner="Li", viewer="wang"))
    with pytest.raises(ConfigError, match=r"there is no pipeline slaes \(did you mean sales\?\)"):
        stage_gates(facts, [ASKING], replace(REQUEST, pipeline="slaes"))


def test_what_nobody_can_tell_is_in_no_rate_and_says_why() -> None:
    facts = two_owners()
    unfilled: Any = {(None, None): frozenset({"intent"})}
    told = stage_gates(facts, [ASKING], replace(REQUEST, unfilled=unfilled))
    intent = found(told, "prospect.exit.intent")
    assert (intent.breaches.numerator, intent.breaches.n, intent.unknown, intent.records) == (0, 1, 1, ())
    codes = {
        path: found(told, path).unavailable.reason.code
        for path in ("prospect.action.determine_intent", "lost.field.reason", "quoted.exit.valid_quote")
    }
    assert [*codes.values()] == ["NO_ACTIONS", "CLOSED_STAGE", "NO_SUCH_FIELD"]


def test_a_company_without_gates_has_none() -> None:
    bare = pipeline(
        **{
            stage.key: {"exit_criteria": (), "required_fields": (), "required_actions": ()}
            for stage in default_pipeline().stages
        }
    )
    report = stage_gates(two_owners(), [bare], REQUEST)
    assert (report.gates, report.deals, report.evidence.n) == ((), (), 3)
