"""The pack of a team and an ISO week: gathered section by section, and kept as it was known then."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import orjson

from crmbridge.app.pack_agenda import questions
from crmbridge.app.pack_asking import PackAsked
from crmbridge.app.pack_changes import PACK, changes_section, waterfall_section
from crmbridge.app.pack_people import actions_section, compliance_section, customers_section, overdue_section
from crmbridge.app.pack_steering import (
    channels_section,
    forecast_section,
    funnel_section,
    goals_section,
    recognition_section,
    risk_section,
)
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.instants import to_us
from crmbridge.model.notes import Note
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.pack import Pack, PackSection, pack_listing
from crmbridge.services.actions import COMPANY

SECTIONS: Sequence[tuple[str, Callable[[PackAsked], PackSection]]] = (
    ("goals", goals_section),
    ("waterfall", waterfall_section),
    ("changes", changes_section),
    ("funnel", funnel_section),
    ("forecast", forecast_section),
    ("risk", risk_section),
    ("overdue", overdue_section),
    ("compliance", compliance_section),
    ("customers", customers_section),
    ("channels", channels_section),
    ("recognition", recognition_section),
    ("actions", actions_section),
)
"""Every section with what gathers it, in the order in which a meeting goes through them."""


def pack_of(asked: PackAsked) -> Pack:
    """The pack. A section that cannot be given says why, and the others are there all the same."""
    found = [_section(key, gather, asked) for key, gather in SECTIONS]
    name = asked.asker.wiring.workspace.config.workspace.name if asked.team is None else asked.team_name
    as_of = asked.asker.as_of.astimezone(asked.asker.facts.zone)
    return Pack(asked.team or COMPANY, name, asked.week, as_of, found, questions(found))


def _section(key: str, gather: Callable[[PackAsked], PackSection], asked: PackAsked) -> PackSection:
    try:
        return gather(asked)
    except CrmBridgeError as error:
        return PackSection(key, ("what",), (), (Note("UNAVAILABLE", error.message, dict(error.context)),))


def keep(asked: PackAsked, pack: Pack) -> None:
    """The pack is remembered with its figures as they are known now, as of its moment; told again, the first stays."""
    told = documents.document(pack_listing(replace(pack, as_of=pack.as_of)), catalog("en"))
    closing = asked.waterfall.whole["closing"].e4
    body = orjson.dumps({"closing_e4": closing, "pack": told}).decode()
    with asked.asker.wiring.ledger.begin() as tx:
        service_events.append(tx, PACK, [ServiceEvent(pack.key, to_us(asked.asker.as_of), body)])
