"""The calls of the accounts host: consent, token, revoke (dossier 1.1-1.5).

Errors come with HTTP 200 and an ``error`` key; whoever only looks at the status believes them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import centers
from crmbridge_sim.zoho.accounts import TOKEN_LIFE_S, Access, Accounts, Client

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

WINDOW_S = 600  # "10 per 10 min"
PER_WINDOW = 10


class _Refused(Exception):
    """The token endpoint says no; the text is its ``error``."""


class OAuth:
    """Answers the accounts host of one data centre."""

    def __init__(self, sim: ZohoSimulator, accounts: Accounts) -> None:
        self._sim, self._accounts = sim, accounts

    def handle(self, request: Request) -> Response:
        """Answers a call to the accounts host."""
        routes = {
            ("GET", "/oauth/v2/auth"): self._authorise,
            ("POST", "/oauth/v2/token"): self._token,
            ("POST", "/oauth/v2/token/revoke"): self._revoke,
        }
        handler = routes.get((request.method, request.path))
        if handler is None:
            return Response(404, {"Content-Type": "text/html"}, b"<html><body>404</body></html>")
        with self._sim.lock:
            try:
                return handler(request)
            except _Refused as refused:
                status = int(self._sim.switches.text("token_error_status"))
                return Response.of_json({"error": str(refused)}, status=status)

    def _authorise(self, request: Request) -> Response:
        """The consent page; this user always consents (dossier 1.1: callback with location and accounts-server)."""
        params = request.params
        client = self._accounts.clients.get(params.get("client_id", ""))
        if client is None or params.get("response_type") != "code":
            raise _Refused("invalid_client")
        redirect = params.get("redirect_uri", "")
        if not _is_registered(client, redirect):
            raise _Refused("invalid_redirect_uri")
        given: dict[str, str]
        if not _within(client.codes_made, self._sim.clock.now()):
            given = {"error": "access_denied"}
        else:
            scopes = tuple(scope for scope in params.get("scope", "").split(",") if scope)
            offline = params.get("access_type") == "offline"
            user = self._sim.api_user.id
            code = self._accounts.make_code(client, user_id=user, scopes=scopes, redirect_uri=redirect, offline=offline)
            given = {"code": code, "location": self._sim.center, "accounts-server": self._sim.accounts_url}
        if "state" in params:
            given["state"] = params["state"]
        mark = "&" if "?" in redirect else "?"
        return Response(302, {"Location": redirect + mark + urlencode(given)})

    def _token(self, request: Request) -> Response:
        params = {**request.params, **request.form}  # the form is documented, the query works too (dossier 1.1)
        if centers.is_foreign(request.host, self._sim.center):
            raise _Refused("invalid_client" if params.get("grant_type") == "refresh_token" else "invalid_code")
        client = self._accounts.clients.get(params.get("client_id", ""))
        if client is None or client.secret != params.get("client_secret"):
            raise _Refused("invalid_client")
        kind = params.get("grant_type")
        if kind == "authorization_code":
            return self._exchange(client, params)
        if kind == "refresh_token":
            return self._refresh(client, params)
        raise _Refused("general_error")

    def _exchange(self, client: Client, params: dict[str, str]) -> Response:
        now = self._sim.clock.now()
        code = self._accounts.codes.get(params.get("code", ""))
        if code is None or code.client is not client or code.used or code.expires <= now:
            raise _Refused("invalid_code")
        if code.redirect_uri and code.redirect_uri != params.get("redirect_uri"):
            raise _Refused("invalid_redirect_uri")
        code.used = True
        if not code.offline:  # no access_type=offline -> no refresh token (dossier 1.1: KZ#4)
            return Response.of_json(self._answer(self._accounts.mint_alone(code), with_scope=True))
        if not _within(client.refresh_made, now):
            return self._denied()
        grant = self._accounts.grant(client, user_id=code.user_id, scopes=code.scopes)
        answer = self._answer(self._accounts.mint(grant), with_scope=True)
        return Response.of_json({"access_token": answer["access_token"], "refresh_token": grant.token, **answer})

    def _refresh(self, client: Client, params: dict[str, str]) -> Response:
        """A new access token; the refresh token is neither rotated nor returned (dossier 1.1: SDK8)."""
        grant = self._accounts.grants.get(params.get("refresh_token", ""))
        if grant is None or grant.revoked or grant.client is not client:
            raise _Refused("invalid_code")
        if not _within(grant.minted, self._sim.clock.now()):
            return self._denied()
        self._accounts.refreshes += 1
        answer = self._answer(self._accounts.mint(grant), with_scope=self._sim.switches.flag("refresh_has_scope"))
        return Response.of_json(answer)

    def _revoke(self, request: Request) -> Response:
        params = {**request.params, **request.form}
        if not self._accounts.revoke(params.get("token", "")):
            raise _Refused("invalid_code")
        return Response.of_json({"status": "success"})

    def _answer(self, access: Access, *, with_scope: bool) -> dict[str, object]:
        answer: dict[str, object] = {"access_token": access.token}
        if with_scope:
            answer["scope"] = " ".join(access.scopes)
        answer |= {"api_domain": self._sim.api_url, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S}
        if self._sim.switches.flag("expires_in_old_style"):
            answer |= {"expires_in": TOKEN_LIFE_S * 1000, "expires_in_sec": TOKEN_LIFE_S}
        return answer

    def _denied(self) -> Response:
        """More than ten in ten minutes; asking again prolongs it (dossier 1.3, 1.4)."""
        body = {
            "error_description": "You have made too many requests continuously. Please try again after some time.",
            "error": "Access Denied",
        }
        if self._sim.switches.flag("throttle_has_status_key"):
            body["status"] = "failure"
        return Response.of_json(body, status=int(self._sim.switches.text("throttle_status")))


def _is_registered(client: Client, redirect: str) -> bool:
    """Exactly as registered; a loopback uri may come with any port, for a client registered with a loopback uri."""
    return redirect in client.redirect_uris or (
        "http://127.0.0.1/*" in client.redirect_uris and redirect.startswith(("http://127.0.0.1:", "http://localhost:"))
    )


def _within(made: deque[float], now: float) -> bool:
    """Counts an attempt in the window of ten minutes; a refused one counts too, so hammering extends the lock-out."""
    while made and made[0] <= now - WINDOW_S:
        made.popleft()
    made.append(now)
    return len(made) <= PER_WINDOW
