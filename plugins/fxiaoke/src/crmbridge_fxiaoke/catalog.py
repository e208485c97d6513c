"""What a company holds, as the contract describes it."""

from crmbridge.adapter.catalog import Catalog, Limits
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session

EXPECTED = ("LeadsObj", "AccountObj", "ContactObj")
OPPORTUNITIES = ("NewOpportunityObj", "OpportunityObj")
"""The present object of opportunities, and the old one: a company uses one of them (dossier 2.2)."""


def problems(objects: Objects) -> list[str]:
    """What a person should know of the objects that are missing."""
    found = [
        f"the object {name} is not there, or the acting employee may not see it"
        for name in EXPECTED
        if not objects.has(name)
    ]
    if not any(objects.has(name) for name in OPPORTUNITIES):
        found.append("there is no object of opportunities: neither NewOpportunityObj nor OpportunityObj")
    return found


def catalog_of(session: Session, objects: Objects, *, only: frozenset[str] | None = None) -> Catalog:
    """The catalog."""
    raise NotImplementedError((session, objects, only, Limits))
