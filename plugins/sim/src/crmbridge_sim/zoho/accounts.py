"""The accounts server: grant codes, tokens and their limits (dossier 1.1-1.5).

Errors come with HTTP 200 and an ``error`` key; whoever only looks at the status believes them.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import centers
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.people import User

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

TOKEN_LIFE_S = 3600
WINDOW_S = 600  # "10 per 10 min"
PER_WINDOW = 10
REFRESH_TOKEN_LIMIT = 20
ALL_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.ALL",
    "ZohoCRM.org.ALL",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoSearch.securesearch.READ",
)


@dataclass
class Client:
    """A client registered at the api console; ``redirect_uris`` is empty for a self client."""

    client_id: str
    secret: str
    redirect_uris: tuple[str, ...] = ()
    codes_made: deque[float] = field(default_factory=deque)
    refresh_made: deque[float] = field(default_factory=deque)


@dataclass
class Grant:
    """A refresh token with its living access tokens, oldest first."""

    client: Client
    user_id: int
    scopes: tuple[str, ...]
    token: str
    access: deque[str] = field(default_factory=deque)
    minted: deque[float] = field(default_factory=deque)
    revoked: bool = False


@dataclass
class Access:
    """An access token; ``grant`` None belongs to an online-only authorisation."""

    token: str
    user_id: int
    scopes: tuple[str, ...]
    expires: float
    grant: Grant | None = None


@dataclass
class _Code:
    client: Client
    user_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    offline: bool
    expires: float
    used: bool = False


class _Refused(Exception):
    """The token endpoint says no; the text is its ``error``."""


class Accounts:
    """The OAuth server of one data centre."""

    def __init__(self, sim: ZohoSimulator, *, seed: int) -> None:
        self._sim = sim
        self._random = random.Random(f"accounts {seed}")  # noqa: S311  # a simulator's tokens guard nothing
        self.clients: dict[str, Client] = {}
        self._codes: dict[str, _Code] = {}
        self.grants: dict[str, Grant] = {}
        self._access: dict[str, Access] = {}
        self.refreshes = 0

    def register(self, *, redirect_uris: tuple[str, ...] = ()) -> Client:
        """Registers a client; without redirect uris it is a self client."""
        client = Client("1000." + self._text(16).upper(), self._text(20), redirect_uris)
        self.clients[client.client_id] = client
        return client

    def _text(self, half: int) -> str:
        return self._random.randbytes(half).hex()

    def make_code(
        self,
        client: Client,
        *,
        user_id: int,
        scopes: tuple[str, ...] = ALL_SCOPES,
        redirect_uri: str = "",
        offline: bool = True,
    ) -> str:
        """A grant code, as the console types it out or the consent page sends it back."""
        text = f"1000.{self._text(8)}.{self._text(8)}"
        life = int(self._sim.switches.text("code_life"))
        expires = self._sim.clock.now() + life
        self._codes[text] = _Code(client, user_id, scopes, redirect_uri, offline, expires)
        return text

    def grant(self, client: Client, *, user_id: int, scopes: tuple[str, ...] = ALL_SCOPES) -> Grant:
        """A living refresh token without the dance, for tests and demos."""
        made = Grant(client, user_id, scopes, f"1000.{self._text(8)}.{self._text(8)}")
        self.grants[made.token] = made
        self._evict_grants(made)
        return made

    def _evict_grants(self, newest: Grant) -> None:
        """Past 20 live refresh tokens of a user and client the first dies, access tokens too (dossier 1.3: KZ#43)."""
        live = [
            grant
            for grant in self.grants.values()
            if not grant.revoked and grant.user_id == newest.user_id and grant.client is newest.client
        ]
        if len(live) > REFRESH_TOKEN_LIMIT:
            self.revoke(live[0].token)

    def mint(self, grant: Grant) -> Access:
        """An access token of 3600 s; past the limit of living ones the oldest dies (dossier 1.3: DOC8, KZ#43)."""
        now = self._sim.clock.now()
        made = Access(f"1000.{self._text(8)}.{self._text(8)}", grant.user_id, grant.scopes, now + TOKEN_LIFE_S, grant)
        self._access[made.token] = made
        alive = [token for token in grant.access if token in self._access and self._access[token].expires > now]
        grant.access = deque([*alive, made.token])
        while len(grant.access) > self._sim.switches.number("live_token_limit"):
            self._access.pop(grant.access.popleft(), None)
        return made

    def revoke(self, refresh_token: str) -> bool:
        """Kills a refresh token and its access tokens; False when it is unknown or dead."""
        grant = self.grants.get(refresh_token)
        if grant is None or grant.revoked:
            return False
        grant.revoked = True
        for token in grant.access:
            self._access.pop(token, None)
        return True

    def drop_scope(self, scope: str) -> None:
        """A scope is taken from every grant and from every living token."""
        gone = scope.lower()
        for grant in self.grants.values():
            grant.scopes = tuple(one for one in grant.scopes if one.lower() != gone)
        for access in self._access.values():
            access.scopes = tuple(one for one in access.scopes if one.lower() != gone)

    def kill_access_tokens(self) -> None:
        """All access tokens die at once; refresh tokens live on."""
        self._access.clear()

    def kill_access_token(self, request: Request) -> None:
        """The access token of a request dies."""
        self._access.pop(_bearer(request) or "", None)

    def authenticate(self, request: Request) -> tuple[User, frozenset[str]]:
        """The user and lower-case scopes of a call, else one of the 401s of dossier 1.5."""
        token = _bearer(request)
        if token is None:
            raise ApiError("AUTHENTICATION_FAILURE")
        if centers.is_foreign(request.host, self._sim.center):
            raise ApiError(self._sim.switches.text("wrong_host_error"), status=401)
        access = self._access.get(token)
        user = self._sim.people.get(access.user_id) if access else None
        if access is None or user is None or access.expires <= self._sim.clock.now() or user.status != "active":
            raise ApiError(self._sim.switches.text("dead_token_error"), message="invalid oauth token", status=401)
        return user, frozenset(scope.lower() for scope in access.scopes)

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
        client = self.clients.get(params.get("client_id", ""))
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
            code = self.make_code(client, user_id=user, scopes=scopes, redirect_uri=redirect, offline=offline)
            given = {"code": code, "location": self._sim.center, "accounts-server": self._sim.accounts_url}
        if "state" in params:
            given["state"] = params["state"]
        mark = "&" if "?" in redirect else "?"
        return Response(302, {"Location": redirect + mark + urlencode(given)})

    def _token(self, request: Request) -> Response:
        params = {**request.params, **request.form}  # the form is documented, the query works too (dossier 1.1)
        if centers.is_foreign(request.host, self._sim.center):
            raise _Refused("invalid_client" if params.get("grant_type") == "refresh_token" else "invalid_code")
        client = self.clients.get(params.get("client_id", ""))
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
        code = self._codes.get(params.get("code", ""))
        if code is None or code.client is not client or code.used or code.expires <= now:
            raise _Refused("invalid_code")
        if code.redirect_uri and code.redirect_uri != params.get("redirect_uri"):
            raise _Refused("invalid_redirect_uri")
        code.used = True
        if not code.offline:  # no access_type=offline -> no refresh token (dossier 1.1: KZ#4)
            access = Access(f"1000.{self._text(8)}.{self._text(8)}", code.user_id, code.scopes, now + TOKEN_LIFE_S)
            self._access[access.token] = access
            return Response.of_json(self._answer(access, with_scope=True))
        if not _within(client.refresh_made, now):
            return self._denied()
        grant = self.grant(client, user_id=code.user_id, scopes=code.scopes)
        answer = self._answer(self.mint(grant), with_scope=True)
        return Response.of_json({"access_token": answer["access_token"], "refresh_token": grant.token, **answer})

    def _refresh(self, client: Client, params: dict[str, str]) -> Response:
        """A new access token; the refresh token is neither rotated nor returned (dossier 1.1: SDK8)."""
        grant = self.grants.get(params.get("refresh_token", ""))
        if grant is None or grant.revoked or grant.client is not client:
            raise _Refused("invalid_code")
        if not _within(grant.minted, self._sim.clock.now()):
            return self._denied()
        self.refreshes += 1
        answer = self._answer(self.mint(grant), with_scope=self._sim.switches.flag("refresh_has_scope"))
        return Response.of_json(answer)

    def _revoke(self, request: Request) -> Response:
        params = {**request.params, **request.form}
        if not self.revoke(params.get("token", "")):
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


def _bearer(request: Request) -> str | None:
    """The token of ``Authorization: Zoho-oauthtoken <token>``; any other word is no token (dossier 1.2)."""
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if word == "Zoho-oauthtoken" and token.strip() else None


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
