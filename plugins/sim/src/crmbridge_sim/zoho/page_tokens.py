"""Page tokens: opaque, of one user, bound to the other parameters, 24 hours long (dossier 2.2: DOC7, OAS26)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, dataclass

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError

LIFE_S = 24 * 3600
REACH = 100_000  # "up to 100,000 records"


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a walk stands: after the row (``value``, ``id``), having given ``count`` records on ``page`` - 1 pages."""

    bound: str
    user: int
    issued: int
    page: int
    count: int
    value: int | str | None
    id: int
    walk: int = 0

    def text(self) -> str:
        """The token as the client gets it."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode().rstrip("=")


def binding(ctx: Ctx, module: str) -> str:
    """A digest of everything a token is bound to: all parameters but the page, and the header by a switch."""
    params = sorted((name, value) for name, value in ctx.request.query if name not in {"page", "page_token"})
    since = ctx.request.headers.get("If-Modified-Since", "")
    bound = [module, params, since if ctx.switches.flag("token_binds_if_modified_since") else ""]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()[:16]


def read(ctx: Ctx, text: str, bound: str) -> PageToken:
    """The token of a request; each way it can be wrong has its own code (dossier 2.2, 6)."""
    try:
        token = PageToken(**json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (binascii.Error, ValueError, TypeError) as error:
        raise ApiError("INVALID_DATA", {"param_name": "page_token"}, message="invalid page token") from error
    if ctx.now >= token.issued + LIFE_S:
        raise ApiError("EXPIRED_VALUE", {"api_name": "page_token", "json_path": "$.query.page_token"})
    if token.bound != bound or token.user != ctx.user.id:
        raise ApiError("TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"})
    if token.count >= REACH:
        raise ApiError("PAGINATION_LIMIT_EXCEEDED", {"param_name": "page_token"})
    return token
