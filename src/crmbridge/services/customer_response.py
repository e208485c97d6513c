"""How soon customers who wrote or called are answered, by the service policy of each: `services.md` 6 and 7.5.

The clock starts with what came in and stops with the first thing that a person of ours sent to the company, its people
or its deals; it runs in the working time of the owner, as that of leads does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.facts.store import Facts
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.instants import business_date
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.customers_report import CustomersReport
from crmbridge.services.owners import owners_asked
from crmbridge.services.response import answered, period_of, waiting
from crmbridge.services.response_report import Answered, ResponseRequest, Waiting
from crmbridge.services.service_document import ServiceConfig
from crmbridge.services.working_time import write_working_time
from crmbridge.services.world import World

ASKING = ("email", "im", "sms", "form", "call")
"""The kinds of activities that ask for an answer, where they came in and no machine made them."""

_FIRST = """SELECT min(coalesce(started_at, ended_at, logged_at))::DATE FROM activities
WHERE direction = 'in' AND coalesce(started_at, ended_at, logged_at) > TIMESTAMP '1990-01-01'"""


@dataclass(frozen=True, slots=True)
class CustomerResponse:
    """All customers, by owner, and those who wait; `records` are the ids of what came in, by status.

    Where `Answered` and `Waiting` say leads and tier, these are customers that asked and their policy.
    """

    whole: Answered | None
    owners: tuple[Answered, ...]
    waiting: tuple[Waiting, ...]
    records: Mapping[str, tuple[str, ...]]


def first_responses(report: CustomersReport, config: ServiceConfig) -> dict[str, tuple[str, Interval]]:
    """By account the first policy that it meets and that says how long an answer may take, and that time."""
    found = {}
    for one in report.customers:
        for policy in config.met(one.state, is_vip=one.is_vip):
            within = config.policies[policy].first_response
            if within is not None:
                found[one.id] = (policy, within)
                break
    return found


def customer_response(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: ResponseRequest,
    within: Mapping[str, tuple[str, Interval]],
) -> CustomerResponse:
    """The customers of `within` (account -> policy and time) that asked; ConfigError for an owner whom nobody knows."""
    world = World(facts, pipelines, cut=request.as_of)
    period, today = period_of(request, facts), business_date(request.as_of, facts.zone)
    world.parameters |= {
        "owners": owners_asked(world, request.owner, request.viewer),
        "first": period.start,
        "after": period.end,
        "types": list(request.config.types),
        "asking": list(ASKING),
    }
    ((first,),) = world.sql(_FIRST)
    write_working_time(world, request.calendar, min(first or today, today), today)
    _write_served(world, within)
    world.run("customer_clocks")
    world.run("response")
    rows = [answered(row) for row in world.rows("response_owners")]
    return CustomerResponse(
        next((one for is_whole, one in rows if is_whole), None),
        tuple(one for is_whole, one in rows if not is_whole),
        tuple(waiting(row) for row in world.rows("customer_response_waiting", most=request.limit)),
        {status: tuple(ids) for status, ids in world.tuples("response_records")},
    )


def _write_served(world: World, within: Mapping[str, tuple[str, Interval]]) -> None:
    world.sql("CREATE OR REPLACE TEMP TABLE svc_served (account_id VARCHAR, policy VARCHAR, n BIGINT, unit VARCHAR)")
    listed = sorted((account, policy, one.count, one.unit) for account, (policy, one) in within.items())
    if listed:
        columns = [list(column) for column in zip(*listed, strict=True)]
        world.sql(
            "INSERT INTO svc_served SELECT unnest($accounts), unnest($policies), unnest($counts), unnest($units)",
            accounts=columns[0],
            policies=columns[1],
            counts=columns[2],
            units=columns[3],
        )
