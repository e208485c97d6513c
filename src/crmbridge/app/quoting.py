"""Asks what quotes come to and what follows from them: the workspace's policy, calendar and tasks."""

from collections.abc import Mapping

from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.tasks_made import tasks_made
from crmbridge.report.listing import Listing
from crmbridge.report.quotes import quotes_listing
from crmbridge.services.quotes import quotes
from crmbridge.services.quotes_document import QuotesConfig, built_in, load_quotes
from crmbridge.services.quotes_report import Quote, QuotesReport, QuotesRequest
from crmbridge.services.quotes_wants import wants_of
from crmbridge.services.wants import TaskMade, Want

FILE = "quotes.toml"


def own_document(asker: Asker) -> QuotesConfig:
    """The workspace's `quotes.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(asker.wiring, FILE, load_quotes, built_in)


def reported(
    asker: Asker,
    *,
    owner: str | None = None,
    viewer: str | None = None,
    made: Mapping[str, TaskMade] | None = None,
    only_live: bool = False,
) -> QuotesReport:
    """The report, for what others write of it; `made` are the tasks of earlier runs, looked up unless given."""
    known = tasks_made(asker.wiring) if made is None else made
    request = QuotesRequest(asker.as_of, own_document(asker), asker.wiring.calendar, owner, viewer, only_live, known)
    return quotes(asker.facts, asker.pipelines, request)


def ask_quotes(
    asker: Asker,
    *,
    owner: str | None = None,
    viewer: str | None = None,
    everything: bool = False,
    explain: bool = False,
) -> Listing:
    """The quotes that wait for a customer or have expired, with what they come to; `everything`: decided ones too."""
    report = reported(asker, owner=owner, viewer=viewer)
    behind: dict[str, object] | None = None
    if explain:
        records = {group: list(ids) for group, ids in report.records().items()}
        lines = {one.id: _lines(one) for one in report.quotes if one.totals.lines}
        behind = {"definition": _DEFINITION, "records": records, "lines": lines}
    return quotes_listing(report, everything=everything, explain=behind).in_zone(asker.facts.zone)


def quote_wants(asker: Asker, made: Mapping[str, TaskMade]) -> list[Want]:
    """What is to be done about the quotes now, beside what was `made` before."""
    return wants_of(reported(asker, made=made, only_live=True))


def _lines(one: Quote) -> list[dict[str, object]]:
    return [
        {
            "product": line.product,
            "quantity": str(line.quantity),
            "unit_price": str(line.unit_price),
            "list_price": str(line.list_price),
            "discount": str(line.discount),
            "list_amount": str(line.list_amount),
            "amount": str(line.amount),
        }
        for line in one.totals.lines
    ]


_DEFINITION = {
    "amount": "quantity x unit price x (1 - discount), rounded to the cent line by line; then summed",
    "discount": "1 - net total / list total; of the smaller net total where the CRM's own is below its lines, or the "
    "discount that the quote names where that is larger",
    "list total": "at the price list where a product is in it with a higher price, else at the unit price",
    "VAT": "rate x net total, rounded once",
    "approval": "where the discount is above what the owner's role may give, by more than cents of rounding",
    "expired": "the last day on which it holds has passed, and the customer has not decided",
}
