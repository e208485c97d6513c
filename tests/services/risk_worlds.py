"""What the tests of risk share: a company whose sources tell every signal, and the same reckoned in plain Python."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.services.worlds import SHANGHAI, Deal, company, local, six_stages, workdays

from crmbridge.facts.store import Facts
from crmbridge.services.results import Period
from crmbridge.services.risk import risk
from crmbridge.services.risk_document import SIGNALS
from crmbridge.services.risk_report import DealRisk, RiskReport, RiskRequest

AS_OF = datetime(2026, 6, 30, 4, tzinfo=UTC)
TODAY = date(2026, 6, 30)
QUARTER = Period(date(2026, 4, 1), date(2026, 7, 1))
PIPELINES = [six_stages("calendar")]
NEW, OLD = "2026-06-28", "2026-03-01"
Row = dict[str, Any]


def changes(facts: Facts, rows: Sequence[Mapping[str, object]]) -> None:
    """Earlier values as the facts keep them: id, field, old, new, at."""
    kept = [
        {
            "record_id": row["id"],
            "kind": "deal",
            "field": row["field"],
            "seq": row.get("seq", seq),
            "old": json.dumps(row["old"]),
            "new": json.dumps(row["new"]),
            "at": row["at"],
        }
        for seq, row in enumerate(rows, start=1)
    ]
    facts.insert("field_changes", kept)


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def touch(deal: str, day: str, contact: str = "c1", **more: object) -> Row:
    at = local(day, hour=10)
    return {
        "id": f"{deal}-{day}-{contact}",
        "deal_id": deal,
        "contact_id": contact,
        "type": "meeting",
        "ended_at": at,
    } | more


def quiet(name: str, stage: str = "S4", entered: str = NEW, amount: str | None = "50000", **more: object) -> Deal:
    """A deal without any signal, unless what is given makes one."""
    told = {
        "expected_close": date(2026, 9, 1),
        "next_step": "call",
        "next_step_due": date(2026, 7, 10),
        "owner_id": "u1",
        "contact_id": "boss",
    }
    return Deal(name, [("S1", "2026-02-01"), (stage, entered)], amount, facts=told | more)


def told_company(
    deals: Sequence[Deal], touches: Sequence[Row] = (), moved: Sequence[Mapping[str, object]] = ()
) -> Facts:
    """A company whose sources tell of every signal: touches with contacts, roles, earlier values."""
    facts = company([*deals, Deal("shut", [("S1", "2026-01-05"), ("lost", "2026-02-05")])])
    facts.insert("contacts", [{"id": "boss", "decision_role": "Decision Maker"}, {"id": "c1"}, {"id": "c2"}])
    facts.insert("users", [{"id": "u1", "name": "Li"}, {"id": "u2", "name": "Han"}])
    facts.insert("activities", list(touches))
    changes(facts, [{"id": "shut", "field": "amount", "old": money("1"), "new": money("2"), "at": local(OLD)}, *moved])
    workdays(facts, [(date(2025, 12, 1) + timedelta(days=n), True) for n in range(400)])
    return facts


def ask(facts: Facts, **more: Any) -> RiskReport:
    return risk(
        facts,
        more.pop("pipelines", PIPELINES),
        RiskRequest(more.pop("as_of", AS_OF), more.pop("period", QUARTER), **{"least": "low", **more}),
    )


def one(report: RiskReport, name: str) -> DealRisk:
    (found,) = [deal for deal in report.deals if deal.id == name]
    return found


def points(deal: DealRisk) -> dict[str, int | None]:
    return {signal.id: signal.points for signal in deal.signals}


def hits(deal: DealRisk) -> dict[str, int]:
    return {name: found for name, found in points(deal).items() if found}


def random_company(seed: int, *, order: int) -> tuple[Facts, dict[str, dict[str, int | None]]]:
    """A company at random, and the points of each open deal by the plain twin below; `order` shuffles its rows."""
    chance = random.Random(seed)  # noqa: S311 - a company, not a secret
    deals, touches, moved, expected = [], [], [], {}
    for n in range(40):
        name = f"d{n:02}"
        days = sorted(date(2026, 1, 1) + timedelta(days=chance.randrange(178)) for _ in range(3))
        stages = [chance.choice(["S1", "S2", "S3", "S4", "S5"]) for _ in days]
        if chance.random() < 0.1:
            stages[-1] = "odd"
        events = [(stage, day.isoformat()) for stage, day in zip(stages, days, strict=True)]
        own: Row = {
            "connection": chance.choice(["crm", "file"]),
            "expected_close": chance.choice([None, date(2026, 6, 29), TODAY, date(2026, 12, 1)]),
            "next_step": chance.choice([None, " ", "call"]),
            "next_step_due": chance.choice([None, None, date(2026, 6, 29), TODAY]),
            "contact_id": chance.choice([None, "boss", "c1"]),
            "owner_id": chance.choice([None, "u1", "u2"]),
            "hold_until": chance.choice([None, None, None, date(2026, 8, 1)]),
        }
        amount = chance.choice([None, "0", "99999", "100000", "250000.55"])
        deals.append(Deal(name, events, amount, facts=own))
        mine = [
            touch(
                name,
                (TODAY - timedelta(days=chance.randrange(120))).isoformat(),
                f"{chance.choice(['c1', 'c2', 'boss'])}",
                id=f"{name}-{k}",
                type=chance.choice(["meeting", "email", "call"]),
                direction=chance.choice([None, "in", "out"]),
                outcome=chance.choice([None, "connected", "no answer"]),
                automated=chance.choice([None, False, True]),
                state=chance.choice([None, "done", "planned"]),
                connection="crm",
            )
            for k in range(chance.randrange(4))
        ]
        touches += mine
        changed = _random_changes(chance, name)
        moved += changed
        expected[name] = _plain(events, own, amount, mine, changed)
    shuffle = random.Random(order).shuffle  # noqa: S311
    for rows in (deals, touches, moved):
        shuffle(rows)
    facts = company(deals)
    facts.insert(
        "contacts", [{"id": "boss", "decision_role": "决策人", "connection": "crm"}, {"id": "c1"}, {"id": "c2"}]
    )
    facts.insert("users", [{"id": "u1", "name": "Li"}, {"id": "u2", "name": "Han"}])
    facts.insert("activities", touches)
    changes(facts, moved)
    return facts, expected


def _random_changes(chance: random.Random, name: str) -> list[Row]:
    found: list[Row] = []
    at = datetime(2026, 4, 1)  # noqa: DTZ001 - as the facts keep instants
    day, amount = date(2026, 3, 1), 300_000
    for k in range(chance.randrange(6)):
        at += timedelta(hours=chance.choice([1, 12, 24, 25, 500]))
        row: Row = {"id": name, "seq": k, "at": at}
        if chance.random() < 0.6:
            later = day + timedelta(days=chance.choice([-10, 15, 30]))
            row |= {"field": "expected_close", "old": day.isoformat(), "new": later.isoformat()}
            day = later
        else:
            other = chance.choice([200_000, 124_999, 312_501])
            row |= {"field": "amount", "old": money(str(amount)), "new": money(str(other))}
            amount = other
        found.append(row)
    return found


def _plain(
    events: Sequence[tuple[str, str]], own: Row, amount: str | None, touches: Sequence[Row], changed: Sequence[Row]
) -> dict[str, int | None]:
    """The points of a deal by the words of services.md 12; all days are counted in the company's zone."""
    limit = dict(zip(("S1", "S2", "S3", "S4", "S5"), (10, 5, 10, 7, 10), strict=True))
    stage = events[-1][0]
    rank = None if stage == "odd" else int(stage[1])
    made = date.fromisoformat(events[0][1])
    told = own["connection"] == "crm"
    entered = next(
        day for k, (key, day) in enumerate(events) if all(later == stage for later, _ in events[k:]) and key == stage
    )
    found: dict[str, int | None] = dict.fromkeys(SIGNALS, 0)
    stay = AS_OF - datetime.combine(date.fromisoformat(entered), datetime.min.time(), tzinfo=SHANGHAI)
    if own["hold_until"] is None:
        found["stalled"] = None
        if rank is not None:
            over = (TODAY - date.fromisoformat(entered)).days
            del stay
            found["stalled"] = 3 if over > 2 * limit[stage] else 2 if over > limit[stage] else 0
    has_step = bool((own["next_step"] or "").strip()) or own["next_step_due"] is not None
    is_past = own["next_step_due"] is not None and own["next_step_due"] < TODAY
    found["no_next_step"] = None if rank is None else 0 if rank < 2 or (has_step and not is_past) else 2
    close = own["expected_close"]
    found["close_date_past"] = None if close is None else 3 if close < TODAY else 0
    found["pushed"] = 3 if (n := _pushes(changed)) >= 3 else 2 if n == 2 else 0
    talks = [t for t in touches if t["state"] != "planned" and not t["automated"]]
    two_way = [
        t
        for t in talks
        if t["type"] == "meeting" or t["direction"] == "in" or (t["type"] == "call" and t["outcome"] == "connected")
    ]
    since = max([made, *((t["ended_at"] + timedelta(hours=8)).date() for t in two_way)])
    found["no_activity"] = (2 if (TODAY - since).days >= 14 else 0) if told else None
    now = None if amount is None else Fraction(amount)
    cut = AS_OF.replace(tzinfo=None)
    recent = [
        Fraction(c[side]["amount"])
        for c in changed
        if c["field"] == "amount" and c["at"] > cut - timedelta(days=30)
        for side in ("old", "new")
    ]
    found["amount_cut"] = (
        None if now is None else 2 if recent and max(recent) > now and now <= max(recent) * Fraction(4, 5) else 0
    )
    ranks = [None if key == "odd" else int(key[1]) for key, _ in events]
    went_back = any(
        a and b and b < a and local(events[k + 1][1]) > cut - timedelta(days=30)
        for k, (a, b) in enumerate(pairwise(ranks))
    )
    found["regressed"] = 2 if went_back else 0
    active = {t["contact_id"] for t in talks if t["ended_at"] > cut - timedelta(days=90)}
    found["single_threaded"] = (
        0 if len(active) > 1 else None if now is None else 0 if now < 100_000 else 1 if told else None
    )
    decides = own["contact_id"] == "boss" or any(t["contact_id"] == "boss" for t in talks)
    found["quote_expired"] = 0 if rank and rank < 4 else None
    found["no_decision_maker"] = 0 if decides or (rank and rank < 4) else None if rank is None or not told else 1
    return found


def _pushes(changed: Sequence[Row]) -> int:
    later = sorted(c["at"] for c in changed if c["field"] == "expected_close" and c["new"] > c["old"])
    groups = 0
    first: datetime | None = None
    for at in later:
        if first is None or at > first + timedelta(hours=24):
            groups, first = groups + 1, at
    return groups
