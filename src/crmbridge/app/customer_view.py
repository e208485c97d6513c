"""Shows the file of one customer: a company, or a person, as all systems together know it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast

from crmbridge.app.customer_ranks import own_document
from crmbridge.app.one_record import one_record
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import kind
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.customer_file import customer_listing
from crmbridge.report.listing import Listing
from crmbridge.services.customer_file import FileRequest, customer_file

KINDS = ("account", "contact", "lead")


def show_customer(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    name: str,
    *,
    as_of: datetime,
    limit: int | None,
    known: Literal["now", "then"],
    explain: bool,
) -> Listing:
    """The file of `account/ID`, `contact/ID` or `lead/ID`; without a kind it is an account."""
    kind_name, slash, record_id = name.partition("/")
    if not slash:
        kind_name, record_id = "account", name
    if kind_name not in KINDS:
        raise ConfigError(
            "{kind} is no customer",
            kind=kind_name,
            nearest=suggestion(kind_name, KINDS),
            hint="name an account, a contact or a lead, as in account/ID",
        )
    with wiring.ledger.read() as tx:
        found = one_record(tx, kind(kind_name), record_id)
    request = FileRequest(as_of, cast('Literal["account", "contact", "lead"]', kind_name), found["id"], limit, known)
    file = customer_file(facts, pipelines, request, own_document(wiring))
    return customer_listing(file, {"definition": _DEFINITION} if explain else None).in_zone(facts.zone)


_DEFINITION = {
    "timeline": "what was done with the people of the file, in every system; of a company its own and its deals' too",
    "people": "the contacts of the company, the leads that became it, and whoever is one person with them",
    "purchases": "orders up to the moment, net of what was given back; without any orders, won deals",
    "complete": "of how many of basics, purchases, needs and preferences something is known",
}
