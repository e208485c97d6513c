"""What holds of data quality in any company: order, sums, bounds, and records behind each figure."""

import random
from datetime import date, timedelta

import pytest
from tests.services.quality_worlds import AS_OF, CALENDAR, PIPELINES, ask, opened, workdays_of_2026
from tests.services.worlds import SHANGHAI, company, local

from crmbridge.facts.store import Facts
from crmbridge.services.quality import failing_records, quality
from crmbridge.services.quality_report import QualityRequest, Tally

MORE = [pytest.param(seed, marks=pytest.mark.wide) for seed in range(2, 8)]


def random_company(seed: int, *, order: int) -> Facts:
    """Deals, leads, accounts and activities full of holes; `order` shuffles the rows of one and the same company."""
    chance = random.Random(seed)  # noqa: S311 - a company, not a secret
    days = [local(date(2026, 1, 1) + timedelta(days=n)) for n in range(0, 200, 7)]

    def maybe(*values: object) -> object:
        return chance.choice([None, *values])

    def owned(name: str) -> dict[str, object]:
        owner = chance.choice([None, "u1", "u2", "u3", "gone"])
        known = owner if owner in {"u1", "u2", "u3"} else None
        return {"id": name, "subject": f"crm:{name}", "owner_ref": owner, "owner_id": known, "created_at": maybe(*days)}

    phones = ['["13800138000"]', '["13900139002", "12345"]', "[]", '["+86-138-0013-8000"]']
    deals = [
        owned(f"d{n:03}")
        | {
            "pipeline": "sales",
            "stage": chance.choice(["S1", "S3", "S4", "won", "lost", "void", "odd"]),
            "amount_e4": maybe(0, 10_000, -10_000),
            "amount_currency": "CNY",
            "probability": maybe(1, 0),
            "expected_close": maybe(date(2026, 2, 1), date(2026, 12, 1)),
            "modified_at": maybe(*days),
            "account_ref": maybe("a001", "nowhere"),
            "closed_at": maybe(*days),
        }
        for n in range(80)
    ]
    for deal in deals:
        deal["account_id"] = "a001" if deal["account_ref"] == "a001" else None
    leads = [
        owned(f"l{n:03}")
        | {
            "full_name": maybe("Li Lei", "Han Mei"),
            "company_name": maybe("明澈科技有限公司", "明澈科技", "Acme Ltd", "acme"),
            "phones": maybe(*phones),
            "emails": maybe('["A@x.cn"]', '["a@x.cn"]', '["b@gmail.com"]'),
            "status_raw": maybe("Junk", "New"),
            "converted": maybe(True, False),
            "tier": maybe("A", "D"),
        }
        for n in range(60)
    ]
    accounts = [
        owned(f"a{n:03}")
        | {"name": maybe("Acme Inc", "ACME", "Other"), "city": maybe("上海", "Berlin"), "phones": maybe(*phones)}
        for n in range(40)
    ]
    activities = [
        owned(f"v{n:03}")
        | {
            "type": "call",
            "state": maybe("done"),
            "ended_at": maybe(*days),
            "content": maybe("x"),
            "actor_id": maybe("u1"),
        }
        for n in range(60)
    ]
    facts = Facts.in_memory(zone=SHANGHAI, currency="CNY")
    workdays_of_2026(facts)
    facts.insert(
        "users", [{"id": f"u{n}", "name": f"U{n}", "active": n != 3, "org_unit_id": maybe("t1")} for n in (1, 2, 3)]
    )
    shuffler = random.Random(order)  # noqa: S311 - an order, not a secret
    for table, rows in (("deals", deals), ("leads", leads), ("accounts", accounts), ("activities", activities)):
        shuffler.shuffle(rows)
        facts.insert(table, rows)
    return facts


@pytest.mark.parametrize("seed", [0, 1, *MORE])
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    made = []
    for order in (1, 2):
        with random_company(seed, order=order) as facts:
            made.append(ask(facts, calendar=CALENDAR, region="CN"))
    assert made[0] == made[1]
    assert made[0].failing
    assert made[0].duplicates


@pytest.mark.parametrize(
    ("seed", "by"),
    [
        *((seed, by) for seed, by in enumerate(("owner", "team", "source"))),
        *(pytest.param(seed, by, marks=pytest.mark.wide) for seed in range(3, 6) for by in ("owner", "team", "source")),
    ],
)
def test_slices_add_up_and_scores_stay_within_bounds(seed: int, by: str) -> None:
    with random_company(seed, order=0) as facts:
        report = ask(facts, calendar=CALENDAR, region="CN", by=by)
    assert sum(s.n for s in report.scores) == report.whole.n
    for found in report.findings:
        parts = [s.tallies.get(found.topic.id, Tally(0, 0)) for s in report.scores]
        same_check = [f.tally for f in report.findings if f.topic.id == found.topic.id]
        assert sum(p.failed for p in parts) == sum(t.failed for t in same_check)
        assert sum(p.applicable for p in parts) == sum(t.applicable for t in same_check)
        assert 0 <= found.tally.failed <= found.tally.applicable
        assert found.tally.applicable + found.not_judged <= max(80, found.tally.applicable)
        assert all(count <= found.tally.failed for count in found.parts.values())
        assert len(found.examples) == min(3, found.tally.failed)
    for one in (report.whole, *report.scores):
        assert one.value is None or 0 <= one.value <= 100
        assert len(one.worst) <= 3


@pytest.mark.parametrize("seed", [0, 1, *MORE])
def test_the_named_records_are_as_many_as_the_findings_say(seed: int) -> None:
    request = QualityRequest(AS_OF, calendar=CALENDAR, region="CN")
    with random_company(seed, order=0) as facts:
        report = quality(facts, PIPELINES, request)
        records = failing_records(facts, PIPELINES, request)
        for found in report.findings:
            own = [r for r in records if (r.check, r.kind) == (found.topic.id, found.kind)]
            assert len({r.record_id for r in own}) == len(own) == found.tally.failed
            assert found.examples == tuple(r.subject for r in own[:3]), "the oldest"
        for one in report.scores:
            of_slice = failing_records(facts, PIPELINES, request, key=one.key)
            assert len(of_slice) == sum(tally.failed for tally in one.tallies.values())


def test_mending_a_record_never_lowers_the_score() -> None:
    deals = [opened(f"d{n}", probability=1, owner_ref=None if n else "1") for n in range(12)]
    values = []
    with company(deals) as facts:
        for n in range(12):
            values.append(ask(facts, "open_certain", "unassigned").whole.value)
            facts.query("UPDATE deals SET probability = 0.5, owner_ref = '1' WHERE id = $id", {"id": f"d{n}"})
        values.append(ask(facts, "open_certain", "unassigned").whole.value)
    assert values == sorted(values, key=lambda v: v or 0)
    assert values[-1] == 100
