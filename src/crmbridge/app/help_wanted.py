"""Asks who needs help, and remembers when each flag was set and cleared."""

from collections.abc import Sequence

import orjson

from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.instants import to_us
from crmbridge.report.help_wanted import help_listing
from crmbridge.report.listing import Listing
from crmbridge.services.help_wanted import HelpConfig, HelpReport, built_in, changes, help_wanted, load_help, notices
from crmbridge.services.wants import NoticeWanted

FILE = "help.toml"


def own_document(asker: Asker) -> HelpConfig:
    """The workspace's `help.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(asker.wiring, FILE, load_help, built_in)


def ask_help(asker: Asker, *, viewer: str | None = None, explain: bool = False) -> Listing:
    """Who needs help, of all that the viewer sees."""
    report = _reported(asker, own_document(asker), viewer)
    found = [one.id for one in report.asked]
    behind = {"definition": _DEFINITION, "records": {"asked": found}} if explain else None
    return help_listing(report, behind).in_zone(asker.facts.zone)


def help_wants(asker: Asker) -> tuple[Sequence[NoticeWanted], list[ServiceEvent]]:
    """Which manager is told of whom, and what is to be remembered."""
    config = own_document(asker)
    report = _reported(asker, config)
    at_us = to_us(asker.as_of)
    kept = [ServiceEvent(record, at_us, orjson.dumps(body).decode()) for record, body in changes(report)]
    return list(notices(report, config)), kept


def _reported(asker: Asker, config: HelpConfig, viewer: str | None = None) -> HelpReport:
    return help_wanted(asker.facts, asker.pipelines, asker.as_of, config, viewer=viewer)


_DEFINITION = {
    "asked": "deals and activities whose custom field (flags in help.toml) says yes, or says with what help is needed",
    "since": "the day of the first run that saw the flag; not known before a run has remembered it",
    "owner": "of an activity who did it, else its owner, else the owner of the deal",
}
