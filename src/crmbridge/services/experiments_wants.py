"""Who is asked to decide about experiments that are over: once for each end, and an extension is a new one."""

from collections.abc import Iterable

from crmbridge.model.external_keys import key_of
from crmbridge.model.notes import Note
from crmbridge.services.experiments_document import ExperimentsConfig
from crmbridge.services.experiments_report import ExperimentsReport
from crmbridge.services.people import Person
from crmbridge.services.satisfaction_document import worded
from crmbridge.services.wants import NoticeWanted

POLICY = "experiment_end"


def notices(
    report: ExperimentsReport, config: ExperimentsConfig, people: Iterable[Person]
) -> tuple[list[NoticeWanted], tuple[Note, ...]]:
    """The owner of each experiment that is over and undecided is told; a note names those of whom nobody is known."""
    known = [one for one in people if one.is_active]
    found, nobody = [], list[Note]()
    for one in report.standings:
        if one.is_decided or one.state not in {"ended", "too_few"}:
            continue
        owner = one.plan.owner
        to = next((person.id for person in known if owner is not None and person.is_called(owner)), None)
        if to is None:
            text = "the experiment {name} is over, and nobody is asked to decide: name a user as its owner"
            nobody.append(Note("EXPERIMENT_NO_OWNER", text, {"name": one.id}))
            continue
        wording = config.texts.ended if one.state == "ended" else config.texts.too_few
        said = worded(wording, config.language, name=one.id, day=one.end.isoformat(), change=one.plan.change)
        found.append(NoticeWanted(key_of(POLICY, one.id, one.end.isoformat()), to, said, POLICY))
    return found, tuple(nobody)
