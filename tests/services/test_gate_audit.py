"""Gates that were passed unmet: the tables against the plain check of one move, and what is not judged."""

import random
from typing import Any

import pytest
from tests.services.quality_worlds import AS_OF, ask, finding, reasons
from tests.services.worlds import Deal, company, local

from crmbridge.facts.store import Facts
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.gate_audit import write_gates
from crmbridge.services.gate_values import gate_values
from crmbridge.services.gates import check_move
from crmbridge.services.world import World

PIPELINE = default_pipeline().model_copy(update={"id": "sales"})
STAGES = ["prospect", "first_contact", "needs_confirmed", "quoted", "negotiation", "won"]
NOT_CONNECTED = ("no answer",)
NOBODY_HOLDS = {"valid_quote", "contract_approved"}


def random_company(seed: int) -> Facts:
    chance = random.Random(seed)  # noqa: S311 - a company, not a secret
    deals, activities = [], []
    for n in range(60):
        own: dict[str, Any] = {
            name: chance.choice([None, 0, 1, 2, 3]) for name in ("intent", "need_fit", "budget", "decision_process")
        }
        own |= {"contact_id": chance.choice([None, "c1", "c2"]), "account_id": chance.choice([None, "a1", "a2"])}
        deals.append(Deal(f"d{n}", [("prospect", "2026-02-01"), (chance.choice(STAGES), "2026-03-01")], facts=own))
        if chance.random() < 0.6:
            activities.append(
                {
                    "id": f"t{n}",
                    "deal_id": f"d{n}",
                    "type": chance.choice(["meeting", "call"]),
                    "outcome": chance.choice(["connected", "no answer"]),
                    "ended_at": local("2026-02-20"),
                }
            )
    facts = company(deals)
    facts.insert("contacts", [{"id": "c1", "emails": '["a@x.cn"]'}, {"id": "c2", "emails": "[]"}])
    facts.insert("accounts", [{"id": "a1", "need_tags": '["speed"]'}, {"id": "a2"}])
    facts.insert("activities", activities)
    return facts


@pytest.mark.parametrize("seed", [1, 2])
def test_what_passed_stages_lack_is_what_the_plain_check_of_the_whole_way_says(seed: int) -> None:
    facts = random_company(seed)
    world = World(facts, [PIPELINE], cut=AS_OF)
    unjudgeable = write_gates(world, [PIPELINE], {}, NOT_CONNECTED)
    assert {one.criterion for one in unjudgeable} == NOBODY_HOLDS
    found = world.sql("SELECT d.id, u.stage, u.criterion FROM svc_unmet u JOIN deals d ON d.no = u.deal_no")
    plain = set()
    for name, held in gate_values(facts, as_of=AS_OF, not_connected=NOT_CONNECTED).items():
        for one in check_move(PIPELINE, "prospect", held.stage or "", values=held.values).unmet:
            if one.kind == "exit" and one.criterion not in NOBODY_HOLDS:
                plain.add((name, one.stage, one.criterion))
    assert set(found) == plain
    assert len(found) == len(plain) > 20


def test_a_deal_that_moved_on_with_an_unmet_gate_is_a_finding() -> None:
    full = {"intent": 2, "contact_id": "c1"}
    facts = company(
        [
            Deal("fine", [("prospect", "2026-02-01"), ("first_contact", "2026-03-01")], facts=full),
            Deal(
                "blank", [("prospect", "2026-02-01"), ("first_contact", "2026-03-01")], facts={**full, "intent": None}
            ),
            Deal("first", [("prospect", "2026-02-01")]),
        ]
    )
    facts.insert("contacts", [{"id": "c1", "phones": '["13800138000"]'}])
    found = finding(ask(facts, "unmet_gate", pipelines=[PIPELINE]), "unmet_gate")
    assert (found.tally.applicable, found.tally.failed, found.examples) == (2, 1, ("blank",))
    told = ask(facts, "unmet_gate", pipelines=[PIPELINE], unfilled={(None, None): frozenset({"intent"})})
    assert finding(told, "unmet_gate").tally.failed == 0  # its mapping cannot fill it: nobody is blamed


def test_without_gates_nothing_is_judged() -> None:
    assert reasons(ask(company([Deal("a", [("S1", "2026-02-01")])]), "unmet_gate"))["unmet_gate", "deal"] == "NO_GATES"
