"""Who calls: key and token by header, query or body (dossier B1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbridge_sim.trello.errors import INVALID_KEY, INVALID_TOKEN, Refusal
from crmbridge_sim.trello.model import Member
from crmbridge_sim.wire import Request

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

_PAIR = re.compile(r'oauth_(consumer_key|token)="([^"]*)"')


@dataclass
class Token:
    """A token of a member, with its scopes."""

    member: str
    scopes: frozenset[str] = frozenset({"read", "write"})


def carried(request: Request, sent: Mapping[str, Any]) -> tuple[str, str]:
    """Key and token as the call carries them."""
    head = request.headers.get("Authorization", "")
    if head.startswith("OAuth "):
        found = dict(_PAIR.findall(head))
        return found.get("consumer_key", ""), found.get("token", "")
    both = {**sent, **request.params}
    return str(both.get("key") or ""), str(both.get("token") or "")


def signed_in(sim: TrelloSimulator, request: Request, sent: Mapping[str, Any]) -> tuple[Member, str]:
    """The member who calls and the token; refused as the dossier says (B5)."""
    key, token = carried(request, sent)
    if key != sim.key:
        raise Refusal(401, INVALID_KEY)
    if not token and request.method != "GET":
        raise Refusal(401, raw={"message": "missing scopes"})
    found = sim.tokens.get(token)
    if found is None:
        raise Refusal(401, INVALID_TOKEN)
    if ("read" if request.method == "GET" else "write") not in found.scopes:
        raise Refusal(401, raw={"message": "missing scopes"})
    return sim.members[found.member], token
