"""Signing in, in both of Fxiaoke's styles, with one token for all processes of a connection (dossier 1.3-1.7).

corp    the token, the company and the acting employee stand in the body of every call, by FSUID
oauth   they stand in its headers, by the plain employee id

The token endpoint gives the same token for 6,600 seconds and allows ten calls a minute, never two at once.
"""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crmbridge.adapter.context import AdapterContext
from crmbridge.http import Call, Door, Hosts, Reply, Rules, Secret, Token, TokenCache, fingerprint
from crmbridge.model.errors import ContractError, Throttled
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.credentials import Credentials
from crmbridge_fxiaoke.judge import Judge

Transport = Any
"""What stands in for the network in tests, as the door takes it; None for the network itself."""
TOKEN_PATHS = {"corp": "/cgi/corpAccessToken/get/V2", "oauth": "/oauth2.0/token"}
LIFE_S = 7200
SHORTEST_LIFE_S = 5.0
"""A token at its very end is used all the same: in a moment the endpoint gives another."""
TRACE = "thirdTraceId"


class FxiaokeAuth:
    """The credentials of one connection, for the door to the gateway; used by several threads at once.

    `operator` is the id that calls act for, in the style's own words; set once it is known.
    """

    def __init__(self, context: AdapterContext, options: FxiaokeOptions, credentials: Credentials, door: Door) -> None:
        self._context, self._options, self._credentials, self._door = context, options, credentials, door
        self._cache = TokenCache(context, "access", identity=fingerprint(credentials.identity, options.api))
        self._last = threading.local()
        self.operator: str | None = credentials.operator

    @property
    def identity(self) -> str:
        """A text that changes when the credentials, their employee, or where they are for do, and tells nothing."""
        one = self._credentials
        people = (one.mobile or "", one.user_id or "", one.open_user_id or "")
        return fingerprint(one.identity, self._options.api, *people)

    @property
    def corp_id(self) -> str:
        """The id of the company that the token is for, the same in both styles; fetches a token where there is none."""
        return self.token().extra["corp"]

    @property
    def account(self) -> str:
        """The company's account name (ea), where the style tells it, else its id."""
        extra = self.token().extra
        return extra.get("ea") or extra["corp"]

    def token(self) -> Token:
        """The access token; AuthError, Throttled, Unavailable or ConfigError where there is none to be had."""
        return self._cache.token(self._fetch)

    def headers(self, call: Call) -> Mapping[str, str]:  # noqa: ARG002 - the shape of Auth
        """The headers of the style; none in style corp."""
        token = self.token()
        self._last.token = token
        if self._credentials.style == "corp":
            return {}
        found = {"authorization": f"Bearer {token.value.reveal()}", "x-fs-ea": token.extra.get("ea", "")}
        return {**found, "x-fs-userid": self.operator} if self.operator else found

    def sign(self, call: Call) -> Call:
        """The call with a number of its own for each attempt, and in style corp with the token in its body."""
        traced = replace(call, params={**(call.params or {}), TRACE: str(uuid.uuid4())})
        if self._credentials.style != "corp":
            return traced
        token: Token = self._last.token
        body = call.json if isinstance(call.json, dict) else {}
        proof = {"corpAccessToken": token.value.reveal(), "corpId": token.extra["corp"]}
        if self.operator:
            proof["currentOpenUserId"] = self.operator
        return replace(traced, json={**proof, **body})

    def renew(self, reason: str) -> None:  # noqa: ARG002 - the shape of Auth
        """The token of this thread's last call is not used again."""
        token = getattr(self._last, "token", None)
        if token is not None:
            self._cache.invalidate(token)

    def _fetch(self) -> Token:
        credentials = self._credentials
        asked = {
            "appId": credentials.app_id,
            "appSecret": credentials.app_secret.reveal(),
            "permanentCode": credentials.permanent_code.reveal(),
        }
        if credentials.style == "oauth":
            asked["grantType"] = "app_secret"
        url = self._options.api + TOKEN_PATHS[credentials.style]
        params = {TRACE: str(uuid.uuid4())}
        try:
            reply = self._door.send(Call("POST", url, safe=True, json=asked, params=params, cost=0))
        except Throttled as error:
            self._cache.block(error.after or 60.0)
            raise
        return self._token(reply)

    def _token(self, reply: Reply) -> Token:
        told = reply.json()
        told = told if isinstance(told, dict) else {}
        is_corp = self._credentials.style == "corp"
        value = told.get("corpAccessToken" if is_corp else "accessToken")
        corp = told.get("corpId" if is_corp else "openUserId")
        ea = told.get("ea")
        if not isinstance(value, str) or not value or not isinstance(corp, str):
            raise ContractError("Fxiaoke's token endpoint sent no token")
        if not is_corp and not isinstance(ea, str):
            raise ContractError("Fxiaoke's token endpoint did not say which company the token is for")
        extra = {"corp": corp, **({"ea": ea} if isinstance(ea, str) else {})}
        return Token(Secret(value), self._context.clock() + timedelta(seconds=_life_s(told)), extra)


def token_door(
    context: AdapterContext,
    options: FxiaokeOptions,
    hosts: Hosts,
    credentials: Credentials,
    transport: Transport = None,
) -> Door:
    """The door to the token endpoint alone: the secret and the permanent code go through no other.

    Once they were refused they are not sent again for a while; other ones are at once.
    """
    posts = frozenset(f"POST {path}" for path in TOKEN_PATHS.values())
    rules = Rules(
        concurrency=1, heavy_concurrency=1, attempts=3, calls_per_window=8, window_s=60.0, posts_that_read=posts
    )
    judge = Judge(context.connection, options.cloud, context.clock, is_login=True)
    identity = fingerprint(credentials.identity, options.api)
    return Door(context, hosts=hosts, judge=judge, rules=rules, name="token", identity=identity, transport=transport)


def _life_s(told: Mapping[str, object]) -> float:
    """How long a token still holds: what is left of it, not its whole life (dossier 1.3)."""
    left = told.get("expiresIn")
    if isinstance(left, str) and left.isdigit():
        left = int(left)
    if not isinstance(left, int) or isinstance(left, bool) or not 0 <= left <= LIFE_S:
        return float(LIFE_S)
    return max(SHORTEST_LIFE_S, float(left))
