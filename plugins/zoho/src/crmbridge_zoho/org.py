"""The organisation behind a connection: who it is, and what its edition allows."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from crmbridge.adapter.context import AdapterContext
from crmbridge.http import Rules
from crmbridge.model.errors import ContractError
from crmbridge_zoho.config import ZohoOptions

HEAVY_AT_ONCE = 8
"""Zoho allows 10 heavy calls at once in every edition; two are left for others (dossier 5.2)."""
_LEFT_FOR_OTHERS = 2
_SHARED_KEY = "zoho.org"


@dataclass(frozen=True, slots=True)
class Edition:
    """What an edition allows: credits in 24 hours `base + for_user * users`, at most `most`, and calls at once."""

    base: int
    for_user: int
    most: int | None
    concurrency: int


_ENTERPRISE = Edition(50_000, 1_000, 5_000_000, 20)
_ULTIMATE = Edition(50_000, 2_000, None, 25)
EDITIONS: Mapping[str, Edition] = {
    "free": Edition(5_000, 0, 5_000, 5),
    "standard": Edition(50_000, 250, 100_000, 10),
    "starter": Edition(50_000, 250, 100_000, 10),
    "professional": Edition(50_000, 500, 3_000_000, 15),
    "enterprise": _ENTERPRISE,
    "zohoone": _ENTERPRISE,
    "one": _ENTERPRISE,
    "ultimate": _ULTIMATE,
    "crmplus": _ULTIMATE,
}
"""Dossier 5.1; an edition that is not here is taken for the free one."""


@dataclass(frozen=True, slots=True)
class Org:
    """One organisation. `zone` is the one its times are written in."""

    id: str
    name: str
    zone: str
    currency: str
    edition: str
    users: int

    @property
    def allowance(self) -> Edition:
        """What its edition allows."""
        return EDITIONS.get(_plain(self.edition), EDITIONS["free"])

    @property
    def daily_credits(self) -> int:
        """The credits of 24 hours, without what was bought on top."""
        allowed = self.allowance
        total = allowed.base + allowed.for_user * self.users
        return total if allowed.most is None else min(total, allowed.most)


def org_of(body: object) -> Org:
    """The organisation that `GET /org` describes; ContractError where it describes none."""
    told = body.get("org") if isinstance(body, Mapping) else None
    first = told[0] if isinstance(told, list) and told else None
    if not isinstance(first, Mapping) or not first.get("id"):
        raise ContractError("Zoho did not say which organisation this is")
    licence = first.get("license_details")
    licence = licence if isinstance(licence, Mapping) else {}
    users = licence.get("users_license_purchased")
    return Org(
        id=str(first["id"]),
        name=str(first.get("company_name") or first["id"]),
        zone=str(first.get("time_zone") or "UTC"),
        currency=str(first.get("iso_code") or ""),
        edition=str(licence.get("paid_type") or licence.get("trial_type") or "free"),
        users=users if isinstance(users, int) else 0,
    )


def remembered(context: AdapterContext) -> Org | None:
    """The organisation as another process of this connection saw it, or None."""
    text = context.shared.read(_SHARED_KEY)
    try:
        return Org(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


def remember(context: AdapterContext, org: Org) -> None:
    """Keeps the organisation for the other processes of this connection."""
    text = json.dumps(asdict(org), ensure_ascii=False, sort_keys=True)
    context.shared.update(_SHARED_KEY, lambda _: (text, None))


def rules_for(options: ZohoOptions, org: Org | None) -> Rules:
    """The bounds of the door: those of the configuration, and never more than the edition allows."""
    at_once = options.concurrency
    if org is not None:
        at_once = min(at_once, max(1, org.allowance.concurrency - _LEFT_FOR_OTHERS))
    return Rules(
        concurrency=at_once,
        heavy_concurrency=min(at_once, HEAVY_AT_ONCE),
        daily_credits=org.daily_credits if org is not None else None,
        share=options.daily_share,
        reserve=options.reserve,
        posts_that_read=frozenset({"POST /crm/v8/coql", "POST /crm/bulk/v8/read"}),
    )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
