"""Who calls: Basic pairs, scoped tokens, OAuth 2.0 (3LO) and personal access tokens (dossier A1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbridge_sim.jira.errors import Refusal
from crmbridge_sim.jira.model import User
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator

SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook", "offline_access")
ACCESS_LIFE_S, TOKEN_DAYS, IDLE_DAYS, DAY_S = 3600, 365, 90, 86_400
DENIED = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}


@dataclass
class Token:
    """A secret somebody calls with: ``plain``, ``scoped``, ``access`` (3LO) or ``pat``."""

    user: str
    kind: str
    expires: int
    scopes: tuple[str, ...] = SCOPES
    app: str = ""


@dataclass
class Refresh:
    """A refresh token; it rotates, and a replaced one still works a little."""

    user: str
    used_at: int
    replaced_at: int = 0


@dataclass(frozen=True)
class Caller:
    """What is known after sign-in; ``user`` None is an anonymous caller, with headers that tell why."""

    user: User | None
    app: str = ""
    scopes: tuple[str, ...] = SCOPES
    denied: bool = False


class Accounts:
    """Used under the simulator's lock; times are the simulator's milliseconds."""

    def __init__(self, sim: JiraSimulator) -> None:
        self._sim = sim
        self._count = 0
        self.tokens: dict[str, Token] = {}
        self.refreshes: dict[str, Refresh] = {}
        self.codes: dict[str, str] = {}
        self.client_id, self.client_secret = self._secret("client", 32), self._secret("secret", 64)

    def _secret(self, what: str, length: int) -> str:
        self._count += 1
        return hashlib.sha512(f"{self._sim.seed}|{what}|{self._count}".encode()).hexdigest()[:length]

    def issue(self, user: User, kind: str, *, days: float = TOKEN_DAYS, scopes: tuple[str, ...] = SCOPES) -> str:
        """A new token of a kind."""
        prefix = {"plain": "ATATT3x", "scoped": "ATSTT3x", "access": "eyJhbGciOi", "pat": "NDc"}[kind]
        token = prefix + self._secret(kind, 48)
        expires = self._sim.now_ms() + int(days * DAY_S * 1000)
        self.tokens[token] = Token(user.account_id, kind, expires, scopes, self.client_id if kind == "access" else "")
        return token

    def grant(self, user: User) -> str:
        """A new refresh token, as after the consent of somebody."""
        token = "rt" + self._secret("refresh", 48)
        self.refreshes[token] = Refresh(user.account_id, self._sim.now_ms())
        return token

    def code(self, user: User) -> str:
        """A grant code for the first exchange."""
        code = self._secret("code", 40)
        self.codes[code] = user.account_id
        return code

    def revoke(self, user: User | None = None) -> None:
        """Kills the tokens of somebody, or all."""
        self.tokens = {name: one for name, one in self.tokens.items() if user and one.user != user.account_id}

    def caller(self, request: Request, *, gateway: bool) -> Caller:
        """Who calls. Most bad Basic pairs become an anonymous caller (dossier A1, worst trap)."""
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return Caller(None)
        if scheme.lower() == "basic":
            return self._basic(rest.strip(), gateway=gateway)
        token = self._live(rest.strip()) if scheme.lower() == "bearer" else None
        if not self._sim.cloud:
            if token is None or token.kind != "pat":
                raise Refusal(401, "Client must be authenticated to access this resource.")
            return self._known(token)
        if gateway:
            if token is None or token.kind != "access":
                raise Refusal(401, raw={"code": 401, "message": "Unauthorized"})
            return self._known(token)
        if token is not None:  # a good 3LO token at the site's own host
            raise Refusal(401, raw={"code": 401, "message": "Unauthorized"})
        raise Refusal(403, raw={"error": "Failed to parse Connect Session Auth Token"})

    def _basic(self, sent: str, *, gateway: bool) -> Caller:
        try:
            name, _, secret = base64.b64decode(sent, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            name, secret = "", ""
        token = self._live(secret)
        kinds = {"pat", "plain"} if not self._sim.cloud else {"scoped"} if gateway else {"plain"}
        if token is not None and token.kind in kinds:
            user = self._sim.people[token.user]
            if name.lower() in {user.email.lower(), *(() if self._sim.cloud else (user.name,))} and user.active:
                return self._known(token)
        if gateway or not self._sim.cloud or self._sim.switches.text("bad_basic") == "401":
            raise Refusal(401, "You are not authenticated.", headers=DENIED)
        return Caller(None, denied=True)

    def _live(self, secret: str) -> Token | None:
        token = self.tokens.get(secret)
        return token if token is not None and token.expires > self._sim.now_ms() else None

    def _known(self, token: Token) -> Caller:
        return Caller(self._sim.people[token.user], token.app, token.scopes)

    def exchange(self, sent: dict[str, Any]) -> Response:
        """``POST /oauth/token``: a code or a refresh token for an hour's access and the next refresh token."""
        if (sent.get("client_id"), sent.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused(401, "access_denied", "Unauthorized")
        kind, now = sent.get("grant_type"), self._sim.now_ms()
        if kind == "authorization_code":
            who = self.codes.pop(str(sent.get("code")), None)
        elif kind == "refresh_token":
            who = self._rotated(str(sent.get("refresh_token")), now)
        else:
            return _refused(400, "unsupported_grant_type", "Unsupported grant type")
        if who is None:
            return _refused(403, "unauthorized_client", "refresh_token is invalid")
        user = self._sim.people[who]
        told = {"access_token": self.issue(user, "access", days=ACCESS_LIFE_S / DAY_S), "expires_in": ACCESS_LIFE_S}
        return Response.of_json(
            {**told, "refresh_token": self.grant(user), "token_type": "Bearer", "scope": " ".join(SCOPES)}
        )

    def _rotated(self, name: str, now: int) -> str | None:
        held = self.refreshes.get(name)
        if held is None or now - held.used_at > IDLE_DAYS * DAY_S * 1000:
            return None
        if held.replaced_at and now - held.replaced_at > self._sim.switches.number("refresh_grace_s") * 1000:
            return None
        held.used_at, held.replaced_at = now, held.replaced_at or now
        return held.user

    def resources(self, request: Request) -> Response:
        """``GET /oauth/token/accessible-resources``: the sites of an access token."""
        caller = self.caller(request, gateway=True)
        row = {"id": self._sim.cloud_id, "url": self._sim.site_url, "name": "acme", "scopes": list(caller.scopes)}
        return Response.of_json([row])


def _refused(status: int, error: str, text: str) -> Response:
    return Response.of_json({"error": error, "error_description": text}, status=status)
