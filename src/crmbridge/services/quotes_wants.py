"""What follows from quotes: who approves a discount is asked, calls before something ends, a word on old templates."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from crmbridge.model.external_keys import key_of
from crmbridge.model.money import plain, round_half_up
from crmbridge.services.callbacks import day_after
from crmbridge.services.quotes import APPROVAL
from crmbridge.services.quotes_document import QuotesConfig
from crmbridge.services.quotes_report import EndingDay, Quote, QuotesReport
from crmbridge.services.satisfaction_document import worded
from crmbridge.services.wants import NoticeWanted, TaskWanted, Want

TEMPLATE = "quote-template"


def wants_of(report: QuotesReport) -> list[Want]:
    """What is to be done now, in the order of the quotes; what was made already is not among it.

    A quote that hangs on no deal, customer or contact is told to the person instead.
    """
    found: list[Want] = []
    for quote in report.quotes:
        found += _approval(quote, report)
        found += _calls(quote, report)
        found += _template(quote, report.request.config)
    return found


def _approval(quote: Quote, report: QuotesReport) -> Iterator[Want]:
    config = report.request.config
    if quote.approval != "needed" or not quote.is_live or not config.approval.enabled:
        return
    title = _worded(config.approval.title, quote, config)
    due = day_after(report.request.calendar, report.today, config.approval.within)
    to = quote.approver_id or quote.owner_id
    yield from _asked(quote, quote.approval_key, title, due, why=APPROVAL, to=to, priority="high")


def _calls(quote: Quote, report: QuotesReport) -> Iterator[Want]:
    config = report.request.config
    calls = dict(config.calls.entries())
    for ending in quote.endings:
        if ending.doing == "due":
            title = _worded(calls[ending.what].title, quote, config, ending)
            due = report.request.calendar.roll(max(ending.call_on, report.today), "forward")
            yield from _asked(quote, ending.key, title, due, why=f"quote-{ending.what}", to=quote.owner_id)


def _template(quote: Quote, config: QuotesConfig) -> Iterator[Want]:
    if not (config.template_notice.enabled and quote.is_live and quote.is_template_old and quote.owner_id):
        return
    told = (quote.template_version or "", quote.current_version or "")
    key = key_of(TEMPLATE, "quote", quote.subject, *told)
    text = _worded(config.template_notice.text, quote, config)
    kind, record_id = next(iter(_places(quote).items()), (None, None))
    yield NoticeWanted(key, quote.owner_id, text, TEMPLATE, kind, record_id)


def _asked(
    quote: Quote, key: str, title: str, due: date, *, why: str, to: str | None, priority: str | None = None
) -> Iterator[Want]:
    """The task on the deal, else on the customer or the contact; where there is none, a notice to the person."""
    places = _places(quote)
    if not places:
        if to is not None:
            yield NoticeWanted(key, to, title, why)
        return
    (kind, record_id), *beside = places.items()
    yield TaskWanted(
        key, kind, record_id, title, due, why, owner=to, priority=priority, content=_content(quote), beside=dict(beside)
    )


def _places(quote: Quote) -> dict[str, str]:
    known = {"deal": quote.deal_id, "account": quote.account_id, "contact": quote.contact_id}
    return {kind: id_ for kind, id_ in known.items() if id_ is not None}


def _content(quote: Quote) -> str | None:
    """The totals, as numbers: they read the same in every language."""
    amounts = (quote.totals.money(quote.totals.net), quote.totals.money(quote.totals.list_total))
    return None if None in amounts else f"{amounts[0]} / {amounts[1]}"


def _worded(texts: Mapping[str, str], quote: Quote, config: QuotesConfig, ending: EndingDay | None = None) -> str:
    return worded(
        texts,
        config.language,
        customer=quote.customer or quote.deal or "?",
        quote=quote.label,
        owner=quote.owner or "?",
        discount=_percent(quote.totals.discount),
        authority=_percent(quote.authority),
        day=ending.day.isoformat() if ending else "",
        template=quote.template or "",
        version=quote.template_version or "",
        current=quote.current_version or "",
    )


def _percent(value: Fraction | Decimal | None) -> str:
    return "?" if value is None else f"{plain(round_half_up(Fraction(value) * 100, 2))} %"
