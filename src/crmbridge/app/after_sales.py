"""Asks after deliveries and tickets, and what is to be done for them, by the rules of the workspace."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from crmbridge.app.asker import Asker
from crmbridge.app.figures import Asked
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import unfilled
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.report.deliveries import deliveries_listing
from crmbridge.report.listing import Listing
from crmbridge.report.tickets import tickets_listing
from crmbridge.services import deliveries_report, tickets_report
from crmbridge.services.after_sales_document import AfterSalesConfig, built_in, load_after_sales
from crmbridge.services.deliveries import delay_tasks, deliveries
from crmbridge.services.deliveries_report import DeliveriesRequest
from crmbridge.services.handover import hand_over
from crmbridge.services.tickets import late_notices, tickets
from crmbridge.services.tickets_report import TicketsRequest
from crmbridge.services.wants import NoticeWanted, TaskWanted, Want

FILE = "after_sales.toml"
By = TypeVar("By", bound=str)


def own_document(asker: Asker) -> AfterSalesConfig:
    """The workspace's `after_sales.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(asker.wiring, FILE, load_after_sales, built_in)


def ask_deliveries(
    asker: Asker,
    *,
    by: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
    owner: str | None = None,
    viewer: str | None = None,
    limit: int | None = None,
    explain: bool = False,
) -> Listing:
    """How deliveries kept what was promised, and which are still to come."""
    period = Asked(asker.as_of, start, end).period
    chosen = _chosen(by, deliveries_report.BYS)
    request = DeliveriesRequest(asker.as_of, own_document(asker), period, chosen, owner, viewer, limit)
    report = deliveries(asker.facts, asker.pipelines, request)
    behind = _behind(_DELIVERIES, report.records) if explain else None
    return deliveries_listing(report, behind).in_zone(asker.facts.zone)


def ask_tickets(
    asker: Asker,
    *,
    by: Sequence[str] = ("priority",),
    start: date | None = None,
    end: date | None = None,
    owner: str | None = None,
    viewer: str | None = None,
    limit: int | None = None,
    explain: bool = False,
) -> Listing:
    """How soon tickets are answered and resolved, and which wait."""
    chosen = _chosen(by, tickets_report.BYS)
    period = Asked(asker.as_of, start, end).period
    report = tickets(
        asker.facts,
        asker.pipelines,
        _tickets_request(asker, by=chosen, period=period, owner=owner, viewer=viewer, limit=limit),
    )
    behind = _behind(_TICKETS, report.records) if explain else None
    return tickets_listing(report, behind).in_zone(asker.facts.zone)


def delivery_wants(asker: Asker) -> list[TaskWanted]:
    """Tasks to tell customers of deliveries that come late."""
    report = deliveries(asker.facts, asker.pipelines, DeliveriesRequest(asker.as_of, own_document(asker)))
    return list(delay_tasks(report, asker.wiring.calendar))


def ticket_wants(asker: Asker) -> list[NoticeWanted]:
    """Who is told of tickets that are late and wait."""
    return list(late_notices(tickets(asker.facts, asker.pipelines, _tickets_request(asker, by=()))))


def hand_over_wants(asker: Asker) -> list[Want]:
    """Tasks for who delivers what was won, and who is told of complaints."""
    found = hand_over(asker.facts, asker.pipelines, asker.as_of, own_document(asker), asker.wiring.calendar)
    return [*found.tasks, *found.notices]


def _tickets_request(asker: Asker, **asked: Any) -> TicketsRequest:  # noqa: ANN401 - see TicketsRequest
    return TicketsRequest(
        asker.as_of, asker.wiring.calendar, own_document(asker), unfilled=unfilled(asker.wiring), **asked
    )


def _chosen(asked: Sequence[str], known: Sequence[By]) -> tuple[By, ...]:
    """The dimensions asked for, each once, in the order in which they are shown; ConfigError for one that is none."""
    for name in asked:
        if name not in known:
            raise ConfigError(
                "there is no dimension {name}",
                name=name,
                nearest=suggestion(name, known),
                hint="did you mean {nearest}?",
            )
    return tuple(name for name in known if name in asked)


def _behind(definition: Mapping[str, str], records: Mapping[str, Sequence[str]]) -> dict[str, object]:
    return {"definition": definition, "records": {name: list(ids) for name, ids in records.items()}}


_DELIVERIES = {
    "rate": "on_time / (on_time + late), of what was delivered in the period on a known day after a known promise",
    "on_time": "delivered on the promised day or before it, in days of the workspace's zone",
    "mean_late": "days from the promised day to the delivery, over the late ones",
    "overdue": "not delivered, and the promised day is over",
    "delayed": "not delivered, and expected after the promised day",
    "behind": "not delivered, expected in time, and the day of a milestone that is not reached is over",
    "unknown": "nobody tells the promised day, or the day on which it came",
    "owner": "the owner of the delivery, else of its deal, else of the customer",
}
_TICKETS = {
    "clock": "starts when the ticket was opened and stops with the first answer, or with the resolution; it runs in "
    "the working hours of the owner (else of the company), or always, as the ticket or its priority says",
    "within": "first_response and resolution of the priority in after_sales.toml",
    "rate": "met / (met + breached); of tickets opened in the period",
    "late": "breached because nobody has answered, or resolved, the ticket yet and the time is over",
    "closed": "resolved, and nobody tells when it was answered first, or resolved",
    "waiting": "time that a ticket waited for its customer counts: no source tells it",
    "median_minutes": "of the time that the ticket's own clock counts",
}
