"""Follow-up: what every service wants in the CRMs, worked out from the facts, routed, planned, and sent as granted.

One run asks each service, keeps what they must remember, and gives every connection its intents over the one road: a
plan, guards, the outbox. Whatever is there already is not made again, so a run that is repeated changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from crmbridge.app import (
    after_sales,
    cadences,
    care,
    compliances,
    contracting,
    customer_ranks,
    customer_service,
    goal_keeping,
    help_wanted,
    intents,
    pools,
    quoting,
    responses,
    risks,
    satisfactions,
    scoring,
    trials,
)
from crmbridge.app.asker import Asker
from crmbridge.app.follow_up_routes import outlets, route
from crmbridge.app.intents import Sent
from crmbridge.app.own_kpis import own_kpis
from crmbridge.app.policies import own_policy
from crmbridge.app.tasks_made import tasks_made
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import last_results
from crmbridge.services.backlog import SERVICE as FEEDBACK
from crmbridge.services.cadence import SERVICE as CADENCE
from crmbridge.services.customers import SERVICE
from crmbridge.services.customers_report import CustomersReport
from crmbridge.services.follow_up_document import FollowUpConfig, built_in, load_follow_up
from crmbridge.services.help_wanted import SERVICE as HELP
from crmbridge.services.pool import SERVICE as POOL
from crmbridge.services.response import SERVICE as RESPONSE
from crmbridge.services.risk_items import SERVICE as REGISTER
from crmbridge.services.scores import SERVICE as LEAD_TIERS
from crmbridge.services.scores_report import ScoresRequest
from crmbridge.services.unplanned import UnplannedRequest, unplanned
from crmbridge.services.wants import FigureWanted, TaskMade, TaskWanted, Want
from crmbridge.sync.setup import Progress
from crmbridge.sync.twoway.intents import Intent

FILE = "follow_up.toml"


@dataclass(frozen=True)
class Asking:
    """What a service is asked with. `made` are the tasks that were made before, as the CRMs show them now."""

    wiring: Wiring
    facts: Facts
    pipelines: Sequence[Pipeline]
    as_of: datetime
    config: FollowUpConfig
    made: Mapping[str, TaskMade]

    @cached_property
    def customers(self) -> CustomersReport:
        """The customers as they stand, worked out once for all who ask."""
        return customer_ranks.rank(self.wiring, self.facts, self.pipelines, self.as_of, self.config.currency)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a service wants, and what it must remember of having said so: events by the service's name."""

    wants: Sequence[Want]
    keeps: Mapping[str, Sequence[ServiceEvent]] = field(default_factory=dict)
    notes: Sequence[Note] = ()


@dataclass(slots=True)
class Gathered:
    """What all services want. One that failed is among `failures`, and the others are heard all the same."""

    wants: list[Want] = field(default_factory=list)
    keeps: dict[str, list[ServiceEvent]] = field(default_factory=dict)
    failures: list[tuple[str, CrmBridgeError]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a connection's intents; `error` where nothing could be looked at, or a guard stopped it."""

    connection: str
    intents: int
    sent: Sent | None = None
    error: CrmBridgeError | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A whole run: by connection, in the order of the configuration, and what can go nowhere."""

    followed: Sequence[Followed]
    gathered: Gathered
    notes: Sequence[Note]


def own_document(wiring: Wiring) -> FollowUpConfig:
    """The workspace's `follow_up.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_follow_up, built_in)


def _customers(asking: Asking) -> Wanted:
    report = asking.customers
    return Wanted(list(customer_ranks.figures(report)), {SERVICE: customer_ranks.events_of(report)})


def _service(asking: Asking) -> Wanted:
    place = (asking.wiring, asking.facts, asking.pipelines)
    report = customer_service.serve(*place, asking.customers, asking.made)
    return Wanted([*report.tasks, *report.notices], notes=report.warnings)


def _scores(asking: Asking) -> Wanted:
    report = scoring.score(asking.wiring, asking.facts, asking.pipelines, ScoresRequest(asking.as_of))
    return Wanted(list(scoring.figures(report)), {LEAD_TIERS: scoring.events_of(report)})


def _cadence(asking: Asking) -> Wanted:
    shown = {kind for kind, figure, _ in asking.config.shows.entries() if figure == "next_touch"}
    place = (asking.wiring, asking.facts, asking.pipelines)
    wants, events = cadences.cadence_wants(
        *place, asking.as_of, asking.made, shown=shown, greeted=care.greeted_of(_asker(asking), asking.made)
    )
    return Wanted(wants, {CADENCE: events})


def _results(asking: Asking) -> Wanted:
    """What came of the last touch of the records that show it."""
    shown = {kind for kind, figure, _ in asking.config.shows.entries() if figure == last_results.FIGURE}
    if not shown:
        return Wanted([])
    found = last_results.last_results(asking.facts, asking.pipelines, asking.as_of, shown)
    return Wanted(list(last_results.figures(found)))


def _satisfaction(asking: Asking) -> Wanted:
    """Who is called back or won back, what came of calls, who is told, and what goes onto the list of improvements."""
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of)
    try:
        ranked, notes = asking.customers, []
    except MixedCurrency:
        ranked, notes = None, [satisfactions.UNRANKED]
    wants, events = satisfactions.satisfaction_wants(asker, ranked, asking.made)
    return Wanted(wants, {FEEDBACK: events}, notes)


def _response(asking: Asking) -> Wanted:
    events = responses.clocks(asking.wiring, asking.facts, asking.pipelines, asking.as_of)
    return Wanted([], {RESPONSE: events})


def _pool(asking: Asking) -> Wanted:
    wants, events = pools.pool_wants(asking.wiring, asking.facts, asking.pipelines, asking.as_of)
    return Wanted(wants, {POOL: events})


def _risk(asking: Asking) -> Wanted:
    """Items of the register that open and close themselves, and the levels of deals, to be remembered."""
    own = own_kpis(asking.wiring)
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of, own)
    return Wanted([], risks.risk_events(asker))


def _compliance(asking: Asking) -> Wanted:
    """Tasks to put right what fails a check, where the document wants them."""
    return Wanted(compliances.task_wants(Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of)))


def _quotes(asking: Asking) -> Wanted:
    """Who is asked to approve a discount, and calls before a trial or an offer ends."""
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of)
    return Wanted(quoting.quote_wants(asker, asking.made))


def _care(asking: Asking) -> Wanted:
    """Greetings, gifts and offers to customers; those whom we may lose come into the register of risks."""
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of)
    wants, events, notes = care.care_wants(care.Care(asker, asking.made, asking.customers))
    return Wanted(wants, {REGISTER: events}, notes)


def _renewals(asking: Asking) -> Wanted:
    """Tasks for contracts that end."""
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of)
    return Wanted(care.renewal_wants(care.Care(asker, asking.made)))


def _contracts(asking: Asking) -> Wanted:
    """Who is asked about steps of contracts that wait too long, and about what is missing."""
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of)
    return Wanted(contracting.contract_wants(asker))


def _goals(asking: Asking) -> Wanted:
    """Who is told of goals that are behind or wait for agreement, and what each week came to."""
    own = own_kpis(asking.wiring)
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of, own)
    notices, kept, notes = goal_keeping.goal_wants(asker)
    return Wanted(notices, kept, notes)


def _deliveries(asking: Asking) -> Wanted:
    """Tasks to tell customers of deliveries that come late."""
    return Wanted(after_sales.delivery_wants(_asker(asking)))


def _tickets(asking: Asking) -> Wanted:
    """Who is told of tickets that wait too long."""
    return Wanted(after_sales.ticket_wants(_asker(asking)))


def _hand_over(asking: Asking) -> Wanted:
    """Tasks for who delivers what was won, and who is told of complaints."""
    return Wanted(after_sales.hand_over_wants(_asker(asking)))


def _help(asking: Asking) -> Wanted:
    """Which manager is told of whom who needs help."""
    told, kept = help_wanted.help_wants(_asker(asking))
    return Wanted(told, {HELP: kept})


def _experiments(asking: Asking) -> Wanted:
    """Who is asked to decide about experiments that reached their end."""
    asker = Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of, own_kpis(asking.wiring))
    told, notes = trials.experiment_wants(asker)
    return Wanted(told, notes=notes)


def _asker(asking: Asking) -> Asker:
    return Asker(asking.wiring, asking.facts, asking.pipelines, asking.as_of)


def _next_date(asking: Asking) -> Wanted:
    """Who is left without a next date; a task for each where the document wants them."""
    wish = asking.config.next_date
    today = asking.as_of.astimezone(asking.wiring.zone).date()
    request = UnplannedRequest(
        asking.as_of,
        asking.wiring.calendar.add_business_days(today, wish.within),
        wish.title_in(cadences.own_document(asking.wiring).language),
        asking.made,
    )
    report = unplanned(asking.facts, asking.pipelines, request)
    found: dict[str, object] = {"count": report.rate.numerator, "n": report.rate.denominator}
    note = Note("NO_NEXT_DATE", "{count} of {n} open deals have no next date", found)
    return Wanted(report.tasks if wish.tasks else (), notes=[note] if report.records else ())


SERVICES: dict[str, Callable[[Asking], Wanted]] = {
    "tiers": _customers,
    "service": _service,
    "satisfaction": _satisfaction,
    "scores": _scores,
    "cadence": _cadence,
    "results": _results,
    "response": _response,
    "pool": _pool,
    "next_date": _next_date,
    "risk": _risk,
    "care": _care,
    "renewals": _renewals,
    "compliance": _compliance,
    "goals": _goals,
    "deliveries": _deliveries,
    "tickets": _tickets,
    "after_sales": _hand_over,
    "help": _help,
    "quotes": _quotes,
    "contracts": _contracts,
    "experiments": _experiments,
}
"""The services by the command that shows what they say, or the document that says it."""


def gather(asking: Asking) -> Gathered:
    """Asks every service."""
    done = Gathered()
    for name, service in SERVICES.items():
        try:
            wanted = service(asking)
        except CrmBridgeError as error:
            if str(error) not in {str(other) for _, other in done.failures}:  # what several rest on is told once
                done.failures.append((name, error))
            continue
        done.wants += [one for one in wanted.wants if _is_shown(one, asking.config)]
        done.notes += wanted.notes
        for keeper, events in wanted.keeps.items():
            done.keeps.setdefault(keeper, []).extend(events)
    return done


def _is_shown(want: Want, config: FollowUpConfig) -> bool:
    """Whether a figure has a field; everything else is wanted anyhow."""
    return not isinstance(want, FigureWanted) or bool(config.shows.field(want.kind, want.figure))


def follow_up(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    as_of: datetime,
    *,
    is_sent: bool,
    only: frozenset[str] | None = None,
    progress: Progress | None = None,
) -> FollowUp:
    """Works out what is wanted and plans it; `is_sent` remembers and sends it too, as far as it was granted.

    `only` are the connections that are looked at; what goes where is the same with all of them.
    """
    config, made = own_document(wiring), tasks_made(wiring)
    gathered = gather(Asking(wiring, facts, pipelines, as_of, config, made))
    if is_sent and gathered.keeps:
        with wiring.ledger.begin() as tx:
            for service, events in gathered.keeps.items():
                service_events.append(tx, service, events)
    there = outlets(wiring)
    with wiring.ledger.read() as tx:
        routed = route(tx, there, gathered.wants, config, made)
    names = [outlet.name for outlet in there if only is None or outlet.name in only]
    followed = _followed(wiring, names, routed.intents, is_sent=is_sent, progress=progress)
    return FollowUp(list(followed), gathered, [*gathered.notes, *routed.notes])


def wanted_tasks(wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime) -> frozenset[str]:
    """The keys of the tasks that are wanted as of then; the first error of a service leaves."""
    gathered = gather(Asking(wiring, facts, pipelines, as_of, own_document(wiring), tasks_made(wiring)))
    for _, error in gathered.failures:
        raise error
    return frozenset(want.key for want in gathered.wants if isinstance(want, TaskWanted))


def _followed(
    wiring: Wiring,
    names: Sequence[str],
    wanted: Mapping[str, Sequence[Intent]],
    *,
    is_sent: bool,
    progress: Progress | None,
) -> Iterator[Followed]:
    """Each connection by itself: what fails in one stops no other."""
    act = intents.send if is_sent else intents.look
    for name in names:
        if some := wanted.get(name):
            try:
                sent = act(wiring, name, some, progress)
            except CrmBridgeError as error:
                yield Followed(name, len(some), error=error)
                continue
            yield Followed(name, len(some), sent, next((error for _, error in sent.result.failures), None))
