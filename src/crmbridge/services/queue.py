"""The queue: what comes next for everybody, the most urgent and most valuable first, and why.

Everything is worked out in DuckDB over all open records at once. Method: `services.md` 7.6.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.cadence import write_cadence
from crmbridge.services.cadence_document import built_in as built_in_cadence
from crmbridge.services.cadence_report import CadenceRequest
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.owners import owners_asked
from crmbridge.services.queue_report import CLASSES, QueueClass, QueueReport, QueueRequest
from crmbridge.services.queue_rows import Telling, load
from crmbridge.services.queue_values import Scale, scale, stage_chances, write_stages
from crmbridge.services.response import write_response
from crmbridge.services.response_report import ResponseRequest
from crmbridge.services.results import Evidence
from crmbridge.services.scores import write_scores
from crmbridge.services.scores_report import ScoresRequest
from crmbridge.services.touch_results import touch_results, write_touch_results
from crmbridge.services.waiting import WaitingRules, write_waiting
from crmbridge.services.working_time import write_working_time
from crmbridge.services.world import World

DEFINITION = "queue/1"
_BACK = timedelta(days=3650)
"""What was due earlier than so long ago is overdue by more than anybody counts."""


def queue(facts: Facts, pipelines: Sequence[Pipeline], request: QueueRequest) -> QueueReport:
    """The queue at `as_of`; ConfigError for an owner whom nobody knows."""
    world, scaled, notes = open_queue(facts, pipelines, request)
    (counted,) = world.rows("queue_counted")
    ((held, untouchable),) = world.tuples("queue_left_out")
    counts: dict[QueueClass, int] = {name: counted[name] for name in CLASSES}
    currency = _currency(facts, request)
    telling = Telling(request, scaled, pipelines, facts.zone, currency)
    return QueueReport(
        request=request,
        currency=currency,
        rows=tuple(telling.row(row) for row in world.rows("queue_listed", most=request.limit)),
        counts=counts,
        held=held,
        untouchable=untouchable,
        loads=tuple(load(row, request.config) for row in world.rows("queue_loads")),
        results=touch_results(world, limit=request.limit),
        evidence=Evidence(
            DEFINITION,
            sum(counts.values()),
            request.as_of,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=(*_notes(counted, currency=currency, held=held, untouchable=untouchable), *notes),
        ),
    )


def records_of_queue(
    facts: Facts, pipelines: Sequence[Pipeline], request: QueueRequest
) -> Mapping[QueueClass, tuple[str, ...]]:
    """The ids of the records of each class, sorted."""
    world, _, _ = open_queue(facts, pipelines, request)
    return {CLASSES[place]: tuple(ids) for place, ids in world.tuples("queue_records_by_class")}


def open_queue(
    facts: Facts, pipelines: Sequence[Pipeline], request: QueueRequest
) -> tuple[World, Scale, Sequence[Note]]:
    """A session with the whole queue in it as the table `svc_queue`, its scale, and what was odd about calendars."""
    world = open_world(facts, pipelines, FunnelRequest(as_of=request.as_of))
    today, config = business_date(request.as_of, facts.zone), request.config
    world.parameters |= {
        "owners": owners_asked(world, request.owner, request.viewer),
        "today": today,
        "from": today - timedelta(days=request.forecast.training_days),
        "only_currency": _currency(facts, request),
        "uses_vendor": "vendor" in request.forecast.probability,
        "sole_lead": _sole_lead(pipelines),
        "urgent_days": config.urgent_days,
        "without_due": config.records.without_due,
    }
    write_scores(world, ScoresRequest(request.as_of, unfilled=request.unfilled), request.scores)
    if request.cadence is not None:
        asked = CadenceRequest(
            request.as_of, request.calendar, request.made, unfilled=request.unfilled, greeted=request.greeted
        )
        write_cadence(world, pipelines, asked, request.cadence, request.scores)
    write_touch_results(world, config.results)
    world.run("queue_due")
    if request.cadence is not None:
        world.run("queue_cadence")
    time = write_working_time(world, request.calendar, _first_day(world, today), today)
    response = ResponseRequest(
        request.as_of, request.calendar, request.response, request.scores, unfilled=request.unfilled
    )
    write_response(world, response)
    scaled = _write_values(world, pipelines, request)
    outcomes = (request.cadence or built_in_cadence()).outcomes
    since = request.as_of - timedelta(days=config.waiting.days)
    write_waiting(world, WaitingRules(config.waiting.types, since, outcomes), request.made, request.as_of)
    world.run("queue_waiting")
    if request.cadence is not None:
        world.run("queue_replies")
    world.run("queue", coarse=scaled.coarse)
    ((most_n,),) = world.sql("SELECT greatest(1, max(value_n)) FROM svc_queue_rows")
    whole = {"most_n": int(most_n), "urgency_n": scaled.urgency_n, "value_n": scaled.value_n}
    world.run("queue_placed", {name: str(number) for name, number in whole.items()})
    return world, scaled, time.notes


def _write_values(world: World, pipelines: Sequence[Pipeline], request: QueueRequest) -> Scale:
    """The open records are there with what they count, on a scale that fits the greatest amount."""
    known = stage_chances(world, request.forecast)
    write_stages(world, scale(request.config, pipelines, 0), known)
    world.run("queue_records")
    ((most_e4,),) = world.tuples("queue_most")
    return scale(request.config, pipelines, most_e4)


def _first_day(world: World, today: date) -> date:
    """The first day that anything of the queue looks at."""
    found = world.sql(
        """SELECT least((SELECT min(created_at)::DATE FROM leads WHERE created_at > $back),
        (SELECT min(day) FROM svc_queue_due WHERE day > $back))""",
        back=today - _BACK,
    )
    ((first,),) = found
    return min(first or today, today)


def _currency(facts: Facts, request: QueueRequest) -> str:
    return request.currency or facts.currency


def _sole_lead(pipelines: Sequence[Pipeline]) -> str | None:
    found = [pipeline.id for pipeline in pipelines if pipeline.object == "lead"]
    return found[0] if len(found) == 1 else None


def _notes(counted: Mapping[str, object], *, currency: str, held: int, untouchable: int) -> tuple[Note, ...]:
    n = counted
    told = (
        Note(
            "OTHER_CURRENCY",
            "{n} amounts are in other currencies than {currency}: they count as not known",
            {"n": n["other_currency"], "currency": currency},
        ),
        Note("NO_AMOUNT", "{n} deals have no amount: their value counts as not known", {"n": n["no_amount"]}),
        Note(
            "NO_CHANCE",
            "{n} deals have no chance that anybody knows: their value counts as not known",
            {"n": n["no_chance"]},
        ),
        Note("NO_OWNER", "{n} rows have nobody to do them", {"n": n["no_owner"]}),
        Note("ON_HOLD", "{n} deals are on hold: they are not in the queue", {"n": held}),
        Note("TIER_X", "{n} records must not be approached (tier X): they are not in the queue", {"n": untouchable}),
    )
    return tuple(note for note in told if note.params["n"])
