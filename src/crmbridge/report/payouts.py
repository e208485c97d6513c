"""Payouts as a listing: what each plan pays whom, line by line, and the records behind."""

from collections.abc import Iterator, Mapping

from crmbridge.model.money import Money
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Section
from crmbridge.services.goal_tree import Unit
from crmbridge.services.payouts import PayoutsReport, Statement

_COLUMNS = (
    Column("user_id", mark("id")),
    Column("user", mark("member")),
    Column("plan", mark("plan")),
    Column("plan_names", mark("plan"), "value"),
    Column("period", mark("period")),
    Column("actual", mark("actual"), "money"),
    Column("quota", mark("quota"), "money"),
    Column("attainment", mark("attainment"), "percent"),
    Column("commission", mark("commission"), "money"),
    Column("pays", mark("pays"), "money"),
    Column("running", mark("still running"), "bool"),
    Column("line", mark("line"), "word"),
    Column("from", mark("from attainment"), "percent"),
    Column("rate", mark("rate"), "percent"),
    Column("base", mark("of"), "money"),
    Column("bonus", mark("bonus"), "value"),
    Column("outcome", mark("outcome"), "word"),
    Column("refunds", mark("refunds"), "json"),
    Column("record_id", mark("id")),
    Column("kind", mark("kind"), "word"),
    Column("deal_id", mark("deal")),
    Column("name", mark("name")),
    Column("day", mark("day"), "date"),
    Column("amount", mark("amount"), "money"),
)
_WORDS = (
    mark("commission"),
    mark("cap"),
    mark("bonus"),
    mark("taken back"),
    mark("taken_back"),
    mark("earned"),
    mark("missed"),
    mark("insufficient"),
)
_SUMMARY = ("user", "plan_names", "period", "actual", "quota", "attainment", "commission", "pays", "running")


def payouts_listing(report: PayoutsReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The statements, their lines, and what each is paid for; `hidden` says how many the viewer may not see."""
    rows: list[Mapping[str, object]] = [_statement(one) for one in report.statements]
    rows += [row for one in report.statements for row in _lines(one)]
    rows += [row for one in report.statements for row in _records(one)]
    period = report.request.period
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "period": period.label,
            "from": period.start,
            "to": period.end,
            "viewer": report.request.viewer,
            "hidden": report.hidden,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Payouts"),
        sections=(
            Section("statements", mark("Paid"), _SUMMARY),
            Section(
                "lines", mark("Line by line"), ("user", "line", "bonus", "from", "rate", "base", "outcome", "pays")
            ),
            Section("records", mark("Paid for"), ("user", "kind", "name", "deal_id", "day", "amount")),
        ),
        empty=mark("no plan pays anybody you may see in this period"),
    )


def _head(one: Statement) -> dict[str, object]:
    return {"user_id": one.person.id, "user": one.person.shown, "plan": one.plan, "period": one.period.label}


def _statement(one: Statement) -> dict[str, object]:
    return {
        "section": "statements",
        **_head(one),
        "plan_names": Names({**one.names}),
        "actual": one.payout.actual,
        "quota": one.payout.quota,
        "attainment": one.payout.attainment,
        "commission": one.payout.commission,
        "pays": one.pays,
        "running": one.is_running,
    }


def _lines(one: Statement) -> Iterator[dict[str, object]]:
    head = {"section": "lines", **_head(one)}
    for band in one.payout.bands:
        yield {
            **head,
            "line": "commission",
            "from": band.start,
            "rate": band.rate,
            "base": band.base,
            "pays": band.pays,
        }
    if one.payout.capped is not None:
        yield {**head, "line": "cap", "pays": one.payout.capped}
    for bonus in one.payout.bonuses:
        paid = {"pays": bonus.pays} if bonus.is_earned and bonus.pays is not None else {}
        yield {**head, "line": "bonus", "bonus": bonus.id, "outcome": bonus.judged.verdict, **paid}
    for back in one.taken_back:
        less = Money(-back.amount.amount, back.amount.currency)
        yield {**head, "line": "taken_back", "period": back.of.label, "refunds": list(back.refunds), "pays": less}


def _records(one: Statement) -> Iterator[dict[str, object]]:
    head = {"section": "records", **_head(one)}
    unit = Unit("money", one.payout.actual.currency)
    for credit in one.credits:
        yield {
            **head,
            "record_id": credit.record_id,
            "kind": credit.kind,
            "deal_id": credit.deal_id,
            "name": credit.name,
            "day": credit.day,
            "amount": Money(unit.show(credit.minor), one.payout.actual.currency),
        }
    for back in one.returned:
        yield {
            **head,
            "record_id": back.refund_id,
            "kind": "refund",
            "deal_id": back.of.deal_id,
            "name": back.of.name,
            "day": back.day,
            "amount": Money(unit.show(-back.minor), one.payout.actual.currency),
        }
