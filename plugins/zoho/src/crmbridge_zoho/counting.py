"""How many records a module has, or how many changed since a time: one call, one credit."""

from collections.abc import Mapping
from datetime import datetime

from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.session import API, Session


def filters_for(module: str, **narrower: str) -> dict[str, str]:
    """The parameters that widen a list of a module to all there is, but for those narrowed."""
    wide = {"approved": "both", **({"converted": "both"} if module == "Leads" else {})}
    return wide | narrower


def count(session: Session, module: str, *, since: str | None = None, **narrower: str) -> int:
    """How many records there are; what Zoho refuses leaves as Refused or ScopeError."""
    return told(session, module, since=since, **narrower)[0]


def count_or_none(
    session: Session, module: str, *, since: str | None = None, **narrower: str
) -> tuple[int | None, datetime | None]:
    """The count and the vendor's time, or neither where Zoho does not count this module."""
    try:
        return told(session, module, since=since, **narrower)
    except (Refused, ScopeError):
        return None, None


def told(session: Session, module: str, *, since: str | None = None, **narrower: str) -> tuple[int, datetime | None]:
    """The count and the vendor's time."""
    params: Mapping[str, object] = filters_for(module, **narrower)
    if since is not None:
        params = {**params, "criteria": f"(Modified_Time:greater_equal:{since})"}
    answer = session.get(f"{API}/{module}/actions/count", params)
    if answer.body is None:
        return 0, answer.server_time
    found = answer.body.get("count")
    if isinstance(found, str) and found.isdigit():
        found = int(found)
    if not isinstance(found, int):
        raise ContractError("Zoho did not count the records of {module}", module=module)
    return found, answer.server_time
