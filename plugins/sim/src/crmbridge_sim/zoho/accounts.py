"""Clients, grant codes, refresh and access tokens and their limits (dossier 1.1-1.5); ``oauth`` answers the calls."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbridge_sim.wire import Request
from crmbridge_sim.zoho import centers
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.people import User

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

TOKEN_LIFE_S = 3600
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
class Code:
    """A grant code, good for one exchange."""

    client: Client
    user_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    offline: bool
    expires: float
    used: bool = False


class Accounts:
    """The tokens of one data centre."""

    def __init__(self, sim: ZohoSimulator, *, seed: int) -> None:
        self._sim = sim
        self._random = random.Random(f"accounts {seed}")  # noqa: S311  # a simulator's tokens guard nothing
        self.clients: dict[str, Client] = {}
        self.codes: dict[str, Code] = {}
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
        self.codes[text] = Code(client, user_id, scopes, redirect_uri, offline, expires)
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

    def mint_alone(self, code: Code) -> Access:
        """The access token of an online-only authorisation: nothing renews it (dossier 1.1: KZ#4)."""
        expires = self._sim.clock.now() + TOKEN_LIFE_S
        made = Access(f"1000.{self._text(8)}.{self._text(8)}", code.user_id, code.scopes, expires)
        self._access[made.token] = made
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


def _bearer(request: Request) -> str | None:
    """The token of ``Authorization: Zoho-oauthtoken <token>``; any other word is no token (dossier 1.2)."""
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if word == "Zoho-oauthtoken" and token.strip() else None
