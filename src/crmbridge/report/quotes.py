"""Quotes as a listing: what waits for approval, what ends soon, every quote with its totals, what is odd about it."""

from collections.abc import Iterator, Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Rate, Section, Word
from crmbridge.services.quotes_report import Quote, QuotesReport
from crmbridge.services.results import Rate as Counted

_COLUMNS = (
    Column("quote", mark("quote")),
    Column("id", mark("id")),
    Column("customer", mark("customer")),
    Column("deal", mark("deal")),
    Column("stage", mark("stage")),
    Column("owner", mark("owner")),
    Column("status", mark("state"), "word"),
    Column("valid_until", mark("holds until"), "date"),
    Column("list_total", mark("list total"), "money"),
    Column("net", mark("net total"), "money"),
    Column("discount", mark("discount"), "percent"),
    Column("vat", mark("VAT amount"), "money"),
    Column("gross", mark("with VAT"), "money"),
    Column("authority", mark("may give"), "percent"),
    Column("approval", mark("approval"), "word"),
    Column("approver", mark("approver")),
    Column("ends", mark("what ends"), "word"),
    Column("day", mark("day"), "date"),
    Column("call_on", mark("call on"), "date"),
    Column("call", mark("call"), "word"),
    Column("says", mark("what is odd")),
    Column("quotes", mark("quotes"), "count"),
    Column("live", mark("waiting for the customer"), "count"),
    Column("expired", mark("expired"), "count"),
    Column("over", mark("above what the owner may give"), "rate"),
)
_SECTIONS = (
    Section("whole", mark("All"), ("quotes", "live", "expired", "over")),
    Section(
        "approvals",
        mark("Discounts to be approved"),
        ("quote", "customer", "owner", "net", "discount", "authority", "approval", "approver"),
    ),
    Section("endings", mark("What ends soon"), ("quote", "customer", "owner", "ends", "day", "call_on", "call")),
    Section(
        "quotes",
        mark("Quotes"),
        ("quote", "customer", "deal", "owner", "status", "valid_until", "list_total", "net", "discount", "gross"),
    ),
    Section("remarks", mark("What is odd"), ("quote", "customer", "owner", "says")),
)
WORDS = (mark("draft"), mark("sent"), mark("accepted"), mark("declined"), mark("expired"), mark("cancelled"))
_APPROVALS = {
    "not_needed": mark("not needed"),
    "needed": mark("to be asked for"),
    "asked": mark("asked for"),
    "approved": mark("approved"),
    "refused": mark("refused"),
    "unknown": mark("unknown"),
}
_ENDS = {"trial_ends": mark("trial"), "valid_until": mark("offer")}
_DOING = {
    "made": mark("task is there"),
    "due": mark("due"),
    "later": mark("later"),
    "missed": mark("was missed"),
    "gone": mark("task was deleted"),
}


def quotes_listing(
    report: QuotesReport, *, everything: bool = False, explain: Mapping[str, object] | None = None
) -> Listing:
    """The quotes of open deals, and those without a deal; `everything`: what is decided too."""
    shown = [one for one in report.quotes if everything or _is_open(one)]
    rows: list[Mapping[str, object]] = [_whole(report)]
    rows += [row for one in shown for row in _rows(one)]
    return Listing(
        report.evidence.definition,
        _COLUMNS,
        tuple(rows) if report.quotes else (),
        as_of=report.request.as_of,
        window={"zone": report.evidence.zone, "calendar": report.request.calendar.id},
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Quotes"),
        sections=_SECTIONS,
        empty=mark("no quotes are read"),
    )


def _is_open(one: Quote) -> bool:
    return one.is_deal_open is not False and one.status in {"draft", "sent", "expired"}


def _whole(report: QuotesReport) -> dict[str, object]:
    return {
        "section": "whole",
        "quotes": len(report.quotes),
        "live": sum(one.is_live for one in report.quotes),
        "expired": sum(one.status == "expired" for one in report.quotes),
        "over": rate_of(report.over),
    }


def rate_of(one: Counted) -> Rate:
    """A rate of the services as a listing shows it."""
    return Rate(one.numerator, one.denominator, one.n, one.low, one.high)


def _rows(one: Quote) -> Iterator[dict[str, object]]:
    """The quote, and a row for each thing that somebody must do about it."""
    head = {"quote": one.label, "id": one.id, "customer": one.customer, "owner": one.owner}
    figures = {
        "net": one.totals.money(one.totals.net),
        "discount": one.totals.discount,
        "authority": one.authority,
        "approval": Word(one.approval, _APPROVALS[one.approval]),
    }
    yield {
        "section": "quotes",
        **head,
        **figures,
        "deal": one.deal,
        "stage": one.stage,
        "status": one.status,
        "valid_until": one.valid_until,
        "list_total": one.totals.money(one.totals.list_total),
        "vat": one.totals.money(one.totals.vat),
        "gross": one.totals.money(one.totals.gross),
    }
    if one.approval in {"needed", "asked", "refused"}:
        yield {"section": "approvals", **head, **figures, "approver": one.approver}
    for ending in one.endings:
        call = Word(ending.doing, _DOING[ending.doing])
        told = {
            "ends": Word(ending.what, _ENDS[ending.what]),
            "day": ending.day,
            "call_on": ending.call_on,
            "call": call,
        }
        yield {"section": "endings", **head, **told}
    for note in one.notes:
        yield {"section": "remarks", **head, "says": note}
