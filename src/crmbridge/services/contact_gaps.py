"""Gaps between contacts: customers whose policy says how often to be in touch with them, and with whom nobody was.

The policy is that of `service.toml` (a VIP: a call every ten business days since the last touch of any kind). The list
is for managers: whose customer it is, who manages that person, and for how long.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.care_document import CareConfig
from crmbridge.services.customers import customer_of, write_customers
from crmbridge.services.customers_report import STATES, Customer, CustomersReport, State
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Evidence, Rate
from crmbridge.services.service_document import ServiceConfig
from crmbridge.services.telling import write_telling
from crmbridge.services.touched import write_account_touches
from crmbridge.services.world import World

DEFINITION = "contact_gaps/1"


@dataclass(frozen=True, slots=True)
class GapsRequest:
    """With whose working days, by which policies, of whose customers (None: all).

    `not_connected` are the outcomes of calls that reached nobody: a touch as others, which no gap looks at.
    """

    calendar: Calendar
    service: ServiceConfig
    owners: Collection[str] | None = None
    unfilled: Unfilled = field(default_factory=dict)
    not_connected: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ContactGap:
    """A customer with whom nobody was in touch for longer than its policy says.

    `last` None: never since it is known (`since`). `gap` counts in the unit of `limit`.
    """

    customer: Customer
    policy: str
    owner_id: str | None
    owner: str | None
    manager_id: str | None
    manager: str | None
    last: date | None
    since: date
    gap: int
    limit: Interval


@dataclass(frozen=True, slots=True)
class GapsReport:
    """The longest gaps first; `rate`: how many customers with such a policy have one; of `untold` nobody knows."""

    request: GapsRequest
    gaps: tuple[ContactGap, ...]
    rate: Rate
    untold: tuple[str, ...]
    evidence: Evidence


def contact_gaps(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    report: CustomersReport,
    request: GapsRequest,
    config: CareConfig,
) -> GapsReport:
    """The gaps among the customers of a report, at its moment; among all of them, however many it lists."""
    as_of = report.request.as_of
    world = World(facts, pipelines, cut=as_of)
    today = business_date(as_of, facts.zone)
    write_customers(world, report.request, report.config, report.satisfaction)
    write_telling(world, request.unfilled)
    write_account_touches(world, request.not_connected)
    limits = _limits(request.service, config)
    world.parameters |= {
        "owners": None if request.owners is None else sorted(request.owners),
        "only_state": report.request.state,
        "met": [state + ("+" if is_vip else "") for state, is_vip in limits],
    }
    known = world.rows("care_gaps")
    told = [row for row in known if row["is_told"] and _begun(row, facts)]
    gaps = []
    for row in told:
        policy, limit = limits[row["state"], row["is_vip"]]
        last, since = _day(row["at_last"], facts), _begun(row, facts)
        assert since is not None  # noqa: S101 - told
        gap = _between(request.calendar, since, today, limit)
        if gap > limit.count:
            people_ = (row["owner_id"], row["owner"], row["manager_id"], row["manager"])
            gaps.append(ContactGap(customer_of(row, report.currency), policy, *people_, last, since, gap, limit))
    untold = tuple(sorted(row["id"] for row in known if not (row["is_told"] and _begun(row, facts))))
    gaps.sort(key=lambda one: (-one.gap, one.customer.name or one.customer.external_id, one.customer.id))
    return GapsReport(
        request,
        tuple(gaps),
        Rate.of(len(gaps), len(told)),
        untold,
        Evidence(DEFINITION, len(told), as_of, cut=as_of, zone=str(facts.zone), warnings=tuple(_notes(untold))),
    )


def _limits(service: ServiceConfig, config: CareConfig) -> dict[tuple[State, bool], tuple[str, Interval]]:
    """How often somebody is in touch with customers of each state, VIPs or not, and the policy that says so."""
    kinds = [(state, is_vip) for state in STATES for is_vip in ((True,) if config.gaps.vip_only else (True, False))]
    return {kind: found for kind in kinds if (found := _limit(*kind, service)) is not None}


def _limit(state: State, is_vip: bool, service: ServiceConfig) -> tuple[str, Interval] | None:  # noqa: FBT001 - a kind
    for policy in service.met(state, is_vip=is_vip):
        for touch in service.policies[policy].touches.values():
            if touch.since == "touch" and touch.every is not None:
                return policy, touch.every
    return None


def _between(calendar: Calendar, since: date, today: date, limit: Interval) -> int:
    return calendar.business_days_between(since, today) if limit.unit == "bd" else (today - since).days


def _begun(row: Mapping[str, object], facts: Facts) -> date | None:
    """The last touch, else the day on which the account became known; None where nobody knows either."""
    return _day(row["at_last"], facts) or _day(row["known_at"], facts)


def _day(moment: object, facts: Facts) -> date | None:
    return None if moment is None else business_date(moment.replace(tzinfo=UTC), facts.zone)  # type: ignore[attr-defined]


def _notes(untold: Sequence[str]) -> Iterator[Note]:
    if untold:
        text = "of {n} customers no source tells when anybody was in touch with them"
        yield Note("CONTACTS_UNTOLD", text, {"n": len(untold)})
