"""Asks how the experiments of a workspace stand and which arm a record is in, and keeps what is decided."""

from collections.abc import Mapping
from datetime import date

import orjson

from crmbridge.app.asker import Asker
from crmbridge.app.one_record import one_record
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import business_date, to_us
from crmbridge.model.kinds import kind
from crmbridge.model.notes import Note
from crmbridge.report.experiments import arm_listing, experiments_listing
from crmbridge.report.listing import Listing
from crmbridge.services import experiment, kpi
from crmbridge.services.experiments import (
    SERVICE,
    assigned,
    body,
    decided,
    experiments,
    find,
    with_decision,
)
from crmbridge.services.experiments_document import ExperimentsConfig, built_in, load_experiments
from crmbridge.services.experiments_report import Choice, ExperimentsReport
from crmbridge.services.experiments_wants import notices
from crmbridge.services.people import people
from crmbridge.services.wants import NoticeWanted
from crmbridge.services.world import World

FILE = "experiments.toml"


def own_document(asker: Asker) -> ExperimentsConfig:
    """The workspace's `experiments.toml`; ConfigErrors naming all that is wrong with it."""
    file = asker.wiring.workspace.folder / FILE
    if not file.exists():
        return built_in()
    return load_experiments(file.read_text(encoding="utf-8-sig"), kpi.registry(asker.own), file=FILE)


def reported(asker: Asker) -> ExperimentsReport:
    """How each experiment stands."""
    config = own_document(asker)
    return experiments(asker.facts, asker.pipelines, asker.as_of, config, kpi.registry(asker.own))


def ask_experiments(asker: Asker, *, explain: bool = False) -> Listing:
    """How each experiment stands, and what was decided."""
    report = reported(asker)
    return experiments_listing(report, _explained(report) if explain else None).in_zone(asker.facts.zone)


def experiment_wants(asker: Asker) -> tuple[list[NoticeWanted], tuple[Note, ...]]:
    """Who is asked to decide about experiments that are over."""
    config = own_document(asker)
    if not config.experiments:
        return [], ()
    known = people(World(asker.facts, asker.pipelines, cut=asker.as_of))
    return notices(reported(asker), config, known.values())


def ask_arm(asker: Asker, name: str, record: str) -> Listing:
    """Which arm of an experiment a record is in; `record` is its id, of its source or ours."""
    one = find(reported(asker).standings, name)
    with asker.wiring.ledger.read() as tx:
        id_ = str(one_record(tx, kind(one.plan.unit), record)["id"])
    subject, is_in = assigned(asker.facts, asker.pipelines, asker.as_of, one, id_)
    arm = experiment.arm(name, subject)
    row: dict[str, object] = {"experiment": name, "kind": one.plan.unit, "id": id_, "subject": subject}
    row |= {"bucket": experiment.bucket(name, subject), "arm": arm, "is_in": is_in}
    what = getattr(one.plan.arms, arm)
    return arm_listing(asker.as_of, row | ({"what": what} if what else {})).in_zone(asker.facts.zone)


def decide(asker: Asker, name: str, choice: Choice, *, by: str, reason: str, until: date | None = None) -> Listing:
    """Keeps a decision with the numbers of this moment; the experiment as it stands then."""
    report = reported(asker)
    one = find(report.standings, name)
    on = business_date(asker.as_of, asker.facts.zone)
    made = decided(one, choice, by=by, reason=reason, on=on, until=until)
    event = ServiceEvent(name, to_us(asker.as_of), orjson.dumps(body(made)).decode())
    with asker.wiring.ledger.begin() as tx:
        if not service_events.append(tx, SERVICE, [event]):
            raise ConfigError(
                "something was decided about it at this very moment", hint="try again, or a later --as-of"
            )
    shown = ExperimentsReport(report.as_of, (with_decision(one, made),), report.evidence)
    return experiments_listing(shown).in_zone(asker.facts.zone)


def _explained(report: ExperimentsReport) -> Mapping[str, object]:
    records = {
        one.id: {name: {"counted": list(arm.counted), "of": list(arm.measured)} for name, arm in one.arms.items()}
        for one in report.standings
    }
    return {"definition": _DEFINITION, "records": records}


_DEFINITION = {
    "arm": "the first 8 hexadecimal digits of SHA-256 of ID|SUBJECT, modulo 100: below 50 control, else treatment; "
    "SUBJECT is connection:external_id of the record",
    "records": "those created from start up to, not including, end; an arm is measured over those of them that the "
    "metric is a share of",
    "planned": "n_planned, else what the two-sided test at 5 % with a power of 80 % takes from baseline to "
    "baseline + effect",
    "verdict": "the Newcombe 95 % interval of treatment - control lies on one side of nothing; none before both arms "
    "have the records planned and the end has come",
    "too_few": "the end has come and an arm has fewer records than planned: extend or drop it",
}
