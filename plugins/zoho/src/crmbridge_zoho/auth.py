"""Access tokens: refreshed at the accounts server of the data centre that the account lives in, and nowhere else.

The accounts server says no under HTTP 200, so the body is the truth (dossier 1.4). It gives ten tokens in ten minutes;
one cache for all processes keeps to eight.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.simulators import check_loopback
from crmbridge.http import (
    Call,
    Door,
    Fail,
    Hosts,
    Ok,
    Reply,
    Retry,
    Rules,
    Secret,
    Token,
    TokenCache,
    Verdict,
    by_status,
    fingerprint,
)
from crmbridge.model.errors import AuthError, ConfigError, ContractError, CrmBridgeError, Throttled, Unavailable
from crmbridge_zoho.centers import check_api
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.credentials import Credentials

Transport = Any
"""What stands in for the network in tests, as the door takes it; None for the network itself."""
TOKEN_PATH = "/oauth/v2/token"  # noqa: S105 - a path
REVOKE_PATH = "/oauth/v2/token/revoke"
THROTTLED_FOR_S = 600.0
"""How long the accounts server refuses after ten tokens in ten minutes; asking meanwhile makes it longer."""


class ZohoAuth:
    """The credentials of one connection, for the door to the API; used by several threads at once."""

    def __init__(self, context: AdapterContext, options: ZohoOptions, credentials: Credentials, door: Door) -> None:
        self._context = context
        self._options = options
        self._credentials = credentials
        self._door = door
        self._cache = TokenCache(context, "access", identity=self.identity)
        self._last = threading.local()

    @property
    def identity(self) -> str:
        """A text that changes when the credentials, or where they are for, do, and tells nothing of them."""
        return fingerprint(self._credentials.identity, self._options.accounts, self._options.api)

    @property
    def api(self) -> str:
        """The address of the API that the account's tokens are for; fetches a token where there is none."""
        return self.token().extra.get("api") or self._options.api

    def token(self) -> Token:
        """The access token; AuthError, Throttled, Unavailable or ConfigError where there is none to be had."""
        return self._cache.token(self._fetch, calls=lambda: self._door.calls)

    def headers(self, call: Call) -> Mapping[str, str]:  # noqa: ARG002 - the shape of Auth
        """The header that every call of the API carries: the word is not Bearer."""
        token = self.token()
        self._last.token = token
        return {"Authorization": f"Zoho-oauthtoken {token.value.reveal()}"}

    def renew(self, reason: str) -> None:  # noqa: ARG002 - the shape of Auth
        """The token of this thread's last call is not used again."""
        token = getattr(self._last, "token", None)
        if token is not None:
            self._cache.invalidate(token)

    def revoke(self) -> None:
        """The refresh token, and the access tokens made with it, are taken no more; harmless where they are dead."""
        form = {"token": self._credentials.refresh_token.reveal()}
        with suppress(AuthError):  # dead already
            self._door.send(Call("POST", self._options.accounts + REVOKE_PATH, safe=True, form=form, cost=0))

    def _fetch(self) -> Token:
        credentials = self._credentials
        form = {
            "grant_type": "refresh_token",
            "refresh_token": credentials.refresh_token.reveal(),
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret.reveal(),
        }
        url = self._options.accounts + TOKEN_PATH
        try:
            reply = self._door.send(Call("POST", url, safe=True, form=form, cost=0))
        except Throttled as error:
            self._cache.block(error.after or THROTTLED_FOR_S)
            raise
        return self._token(reply)

    def _token(self, reply: Reply) -> Token:
        told = reply.json()
        if not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise ContractError("Zoho's accounts server sent no token")
        seconds = _life_s(told)
        domain = told.get("api_domain") or self._credentials.api_domain
        api = self._checked(domain) if isinstance(domain, str) else self._options.api
        extra = {"api": api, "scope": str(told.get("scope") or "")}
        return Token(Secret(told["access_token"]), self._context.clock() + timedelta(seconds=seconds), extra)

    def _checked(self, domain: str) -> str:
        """The address of the API that a token's reply names, where it is one that this connection may talk to."""
        options = self._options
        if options.simulator:
            if check_loopback(domain) != check_loopback(options.api):
                raise ConfigError(
                    "the simulator names {api} as its API, the connection {ours}",
                    api=domain,
                    ours=options.api,
                    hint="take accounts_url and api_url from the line that one simulator printed",
                )
            return options.api
        named = check_api(domain, options.center)
        return named if options.environment == "production" else options.api


_POSTS = frozenset({f"POST {TOKEN_PATH}", f"POST {REVOKE_PATH}"})
"""They change no record: a connection that is only read may send them."""


def accounts_door(
    context: AdapterContext, options: ZohoOptions, hosts: Hosts, credentials: Credentials, transport: Transport = None
) -> Door:
    """The door to the accounts server alone: the refresh token goes through no other.

    Once it was refused it is not sent again for a while; other credentials, or another data centre, are at once.
    """
    identity = fingerprint(credentials.identity, options.accounts)
    rules = Rules(concurrency=1, heavy_concurrency=1, attempts=3, posts_that_read=_POSTS)
    judge = judge_for(context, options)
    return Door(context, hosts=hosts, judge=judge, rules=rules, name="accounts", identity=identity, transport=transport)


def judge_for(context: AdapterContext, options: ZohoOptions) -> Callable[[Call, Reply], Verdict]:
    """The judge of the accounts server's answers, with messages that name this connection."""

    def judge(call: Call, reply: Reply) -> Verdict:
        told = _told(reply)
        error = told.get("error") if told is not None else None
        if told is not None and error is None and "access_token" in told:
            return Ok()
        if told is not None and error is None and call.url.endswith(REVOKE_PATH) and told.get("status") == "success":
            return Ok()
        if isinstance(error, str) and error:
            return _refused(error, str(told.get("error_description") or "") if told else "", context, options)
        return by_status(call, reply) or Fail(
            ContractError("Zoho's accounts server answered {status} without a token", status=reply.status)
        )

    return judge


def _told(reply: Reply) -> dict[str, object] | None:
    try:
        told = reply.json()
    except ContractError:
        return None
    return told if isinstance(told, dict) else None


def _refused(error: str, description: str, context: AdapterContext, options: ZohoOptions) -> Verdict:
    code = error.strip().casefold().replace(" ", "_")
    if code == "access_denied" and (not description or "too many" in description.casefold()):
        return Fail(
            Throttled(
                "Zoho gives no more access tokens for ten minutes: too many were asked for", after=THROTTLED_FOR_S
            )
        )
    if code in {"general_error", "internal_error", "server_error"}:
        return Retry(error)
    if code == "temporarily_unavailable":
        return Fail(Unavailable("Zoho's accounts server is not available", after=60.0))
    return Fail(_login_error(code, error, context, options))


def _login_error(code: str, error: str, context: AdapterContext, options: ZohoOptions) -> CrmBridgeError:
    place = {"connection": context.connection, "center": options.data_center, "error": error}
    if code == "invalid_code":
        return AuthError(
            "Zoho does not take the refresh token of {connection} any more",
            hint="crmbridge connect zoho --name {connection} logs in again; "
            "if it never worked: is data_center = {center} right?",
            **place,
        )
    if code == "invalid_client":
        return AuthError(
            "Zoho knows no such client, or its secret is another: {connection}",
            hint="a client is known in its own data centre only: is data_center = {center} right, and is multi-DC on?",
            **place,
        )
    return AuthError(
        "Zoho's accounts server refuses {connection}: {error}",
        hint="crmbridge connect zoho --name {connection} logs in again",
        **place,
    )


def _life_s(told: Mapping[str, object]) -> float:
    """How long a token holds. Old answers gave `expires_in` in milliseconds beside `expires_in_sec`."""
    for key in ("expires_in_sec", "expires_in"):
        value = told.get(key)
        if isinstance(value, int) and value > 0:
            return float(min(value, 86_400))
    return 3600.0
