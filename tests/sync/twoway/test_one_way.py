"""A migration: everything arrives once, in the order of references, in one plan; the giver is never written."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import orjson
import pytest

from crmbridge.adapter.catalog import Catalog, FieldInfo
from crmbridge.adapter.contract import Outcome, Unknown
from crmbridge.ledger import catalogs, outbox, plans
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError, render
from crmbridge.sync.twoway import applying, approving, moving
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.approving import Approval
from crmbridge.sync.twoway.left_behind import IN_DOUBT, carries, left_behind
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.one_way import PROMISE
from crmbridge.sync.twoway.rounds import Round
from crmbridge.sync.twoway.unreceived import untaken

from .moving_table import at_migration
from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    made = Pairing(ledger, ids)
    for number in range(7):
        made.left.put("companies", {"title": f"C{number}", "reg": f"R{number}"})
    companies = sorted(made.left.live("companies"), key=lambda row: str(row.fields["title"]))
    for number in range(9):
        company = companies[number % len(companies)].external_id
        made.left.put("deals", {"title": f"D{number}", "phase": "Talk", "company": company})
    return made


def looked(pairing: Pairing) -> Round:
    pairing.read()
    with at_migration(pairing) as table:
        return moving.look(table)


def carried(pairing: Pairing, plan: Plan | None) -> Round:
    assert plan is not None
    with at_migration(pairing) as table:
        return approving.apply_plan(table, plan, Approval("me"))


def at_right(pairing: Pairing) -> dict[str, str | None]:
    """The company that each deal belongs to."""
    names = {row.external_id: str(row.fields["name"]) for row in pairing.right.live("customers")}
    deals = pairing.right.live("chances")
    return {str(row.fields["name"]): names.get(str(row.fields.get("customer"))) for row in deals}


def test_one_plan_carries_companies_and_the_deals_that_point_at_them(pairing: Pairing) -> None:
    before = [dict(row.fields) for name in ("companies", "deals") for row in pairing.left.live(name)]
    done = looked(pairing)
    assert [write.kind for write in done.draft.writes] == ["account"] * 7 + ["deal"] * 9
    assert all(PROMISE.search(write.fields) for write in done.draft.writes[7:]), "no id of the vendor's is known yet"
    assert pairing.right.live("customers") == []
    carried(pairing, done.plan)
    assert at_right(pairing) == {f"D{number}": f"C{number % 7}" for number in range(9)}
    assert not any(PROMISE.search(write.fields) for write in pairing.writes())
    assert looked(pairing).plan is None, "everything has arrived"
    assert [dict(row.fields) for name in ("companies", "deals") for row in pairing.left.live(name)] == before


def test_a_record_that_was_not_made_is_pointed_at_by_nobody_and_made_later(pairing: Pairing) -> None:
    done = looked(pairing)
    first = done.draft.writes[0]
    with pairing.ledger.begin() as tx:
        (kept,) = [one for one in outbox.of_plan(tx, done.plan.id if done.plan else 0) if one.key == first.key]
        outbox.settle(tx, [(kept.id, "dropped", None, None)], now_us=1)
    carried(pairing, done.plan)
    name = orjson.loads(first.fields)["name"]
    lost = {deal for deal, company in at_right(pairing).items() if company is None}
    assert lost == {f"D{number}" for number in range(9) if f"C{number % 7}" == name}
    again = looked(pairing)
    carried(pairing, again.plan)
    carried_too = looked(pairing)
    if carried_too.plan is not None:
        carried(pairing, carried_too.plan)
    assert at_right(pairing) == {f"D{number}": f"C{number % 7}" for number in range(9)}
    assert looked(pairing).plan is None


def test_what_changes_before_the_move_is_over_follows_and_what_people_edit_there_stays(pairing: Pairing) -> None:
    carried(pairing, looked(pairing).plan)
    company = next(row for row in pairing.left.live("companies") if row.fields["title"] == "C1")
    pairing.left.edit("companies", company.external_id, {"town": "Kiel"})
    other = next(row for row in pairing.right.live("customers") if row.fields["name"] == "C2")
    pairing.right.edit("customers", other.external_id, {"place": "Lund"})
    done = looked(pairing)
    assert [(write.op, write.side) for write in done.draft.writes] == [("update", "right")]
    carried(pairing, done.plan)
    places = {row.fields["name"]: row.fields.get("place") for row in pairing.right.live("customers")}
    assert (places["C1"], places["C2"]) == ("Kiel", "Lund")
    assert all(row.fields.get("town") != "Lund" for row in pairing.left.live("companies"))
    assert looked(pairing).plan is None


def unanswered(monkeypatch: pytest.MonkeyPatch, *, is_made: bool) -> None:
    """The first company gets no answer, once, whether it was made or not."""
    real, lost = applying._send, ["C0"]

    def send(batch: Sequence[Write], target: Target) -> Sequence[Outcome]:
        here = [bool(lost) and f'"{lost[0]}"' in write.fields for write in batch]
        lost.clear()
        sent = iter(real([write for write, is_lost in zip(batch, here, strict=True) if is_made or not is_lost], target))
        answers = [None if is_lost and not is_made else next(sent) for is_lost in here]
        return [
            Unknown("no answer") if is_lost or answer is None else answer
            for is_lost, answer in zip(here, answers, strict=True)
        ]

    monkeypatch.setattr(applying, "_send", send)


def test_what_points_at_a_record_in_doubt_is_sent_in_the_same_run_once_it_is_found(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = looked(pairing)
    unanswered(monkeypatch, is_made=True)
    carried(pairing, done.plan)
    assert at_right(pairing) == {f"D{number}": f"C{number % 7}" for number in range(9)}
    assert looked(pairing).plan is None


def test_what_points_at_a_record_in_doubt_waits_and_is_never_sent_without_it(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = looked(pairing)
    unanswered(monkeypatch, is_made=False)
    went = carried(pairing, done.plan)
    assert len(went.carried[Side.RIGHT].waits) == 2
    assert sorted(at_right(pairing)) == ["D1", "D2", "D3", "D4", "D5", "D6", "D8"]
    with pairing.ledger.read() as tx:
        assert done.plan is not None
        assert plans.get(tx, done.plan.name).state == "running", "the same command goes on with it"
    late = looked(pairing)
    with at_migration(pairing) as table, pairing.ledger.read() as tx:
        told = [(one.kind, one.count) for one in left_behind(tx, table.pair, late.draft) if one.reason == IN_DOUBT]
        (accounts, *_) = carries(tx, table.pair, late.draft)
    assert told == [("account", 1)]
    assert (accounts.held, accounts.there, accounts.to_make, accounts.waits) == (7, 6, 0, 1), "nobody is forgotten"


def test_what_the_receiver_does_not_take_is_told_before_anything_is_sent(pairing: Pairing) -> None:
    done = looked(pairing)
    with at_migration(pairing) as table, pairing.ledger.begin() as tx:
        end = table.pair.right.connection_id
        known = Catalog.model_validate_json(catalogs.latest(tx, end) or "")
        fields = (FieldInfo(name="name", label="Name", type="text", max_length=1),)
        objects = tuple(
            one.model_copy(update={"fields": fields}) if one.name == "chances" else one for one in known.objects
        )
        text = known.model_copy(update={"objects": objects}).model_dump_json()
        catalogs.store(tx, end, text, now_us=2)
        deals = [write for write in done.draft.writes if write.kind == "deal"]
        found = [(one.about, one.count, one.reason, one.params) for one in untaken(tx, table.pair, deals)]
    why = "longer than the {most} characters that {vendor} of {to} takes"
    assert found == [("name", 9, why, {"to": "right", "vendor": "name", "most": 1})]


def test_what_stays_is_told_by_kind_and_owners_by_name(pairing: Pairing) -> None:
    done = looked(pairing)
    with at_migration(pairing) as table, pairing.ledger.read() as tx:
        told = left_behind(tx, table.pair, done.draft)
        assert plans.scopes(tx, "pair:") == [table.scope]
        assert plans.scopes(tx, "pair:migrate:") == []
    assert all(one.count > 0 for one in told)
    assert {one.kind for one in told} <= {"account", "deal"}


def test_what_points_at_a_record_that_waits_waits_too(pairing: Pairing, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = sorted(pairing.left.live("companies"), key=lambda row: str(row.fields["title"]))
    pairing.left.edit("companies", second.external_id, {"group": first.external_id})
    done = looked(pairing)
    unanswered(monkeypatch, is_made=False)
    carried(pairing, done.plan)
    assert sorted(at_right(pairing)) == ["D2", "D3", "D4", "D5", "D6"], "D1 and D8 are of C1, which waits for C0"
    pairing.clock.advance(600)
    for _ in range(3):
        late = looked(pairing)
        if late.plan is not None:
            assert {write.op for write in late.draft.writes} == {"create"}, "nothing was made without what it points at"
            carried(pairing, late.plan)
    assert at_right(pairing) == {f"D{number}": f"C{number % 7}" for number in range(9)}


def test_a_plan_that_is_done_says_how_another_is_made(pairing: Pairing) -> None:
    done = looked(pairing)
    assert done.plan is not None
    carried(pairing, done.plan)
    with pairing.ledger.read() as tx:
        kept = replace(plans.get(tx, done.plan.name), scope="pair:migrate:old:new")
    with pytest.raises(ConfigError) as found:
        carried(pairing, kept)
    assert render(str(found.value.hint), dict(found.value.context)) == "crmbridge migrate old new makes a new one"
