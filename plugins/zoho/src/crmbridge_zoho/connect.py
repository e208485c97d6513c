"""The first login: a code from Zoho's console or from a browser, exchanged for a refresh token, and whose it is.

`accounts-server` comes back with the browser and `api_domain` with the token: both are hints, held against the table
of data centres before anything is sent to them. A code is good for one try, and a few minutes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from crmbridge.adapter.connecting import ConnectContext, Connected
from crmbridge.adapter.simulators import check_loopback
from crmbridge.http import Call, Door, Fail, Hosts, Ok, Reply, Retry, Rules, Secret, Verdict, by_status
from crmbridge.model.errors import AuthError, ConfigError, ContractError, Throttled
from crmbridge.model.notes import Note
from crmbridge_zoho import grants
from crmbridge_zoho.auth import TOKEN_PATH, Transport
from crmbridge_zoho.centers import center_of_accounts, check_api
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.org import Org
from crmbridge_zoho.session import Session

AUTH_PATH = "/oauth/v2/auth"
THROTTLED_FOR_S = 600.0


@dataclass(frozen=True, slots=True)
class _Code:
    """A code, and where it may be exchanged: the data centre is the one that gave it."""

    value: Secret
    options: ZohoOptions
    redirect_uri: str | None = None


@dataclass(frozen=True, slots=True)
class _OneSecret:
    """The secrets of a connection that has just been made."""

    value: str = field(repr=False)

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is only one
        """The new secret."""
        return self.value


def connect(context: ConnectContext, *, transport: Transport = None) -> Connected:
    """A login with the permissions of the features asked for; AuthError where Zoho or the person refuses."""
    options = ZohoOptions.model_validate({"credentials": context.connection, **context.options})
    asked = grants.wanted(context.features)
    scope = ",".join(one.scope for one in asked)
    _say_console(context, options)
    client_id = context.ask("client_id", "Client ID", "客户端 ID（Client ID）", False)
    client_secret = Secret(context.ask("client_secret", "Client secret", "客户端密钥（Client Secret）", True))
    code = _typed(context, options, scope) if context.by_hand else _browsed(context, options, scope, client_id)
    told = _exchange(context, code, client_id, client_secret, transport)
    refresh_token = told.get("refresh_token")
    if not isinstance(refresh_token, str) or not refresh_token:
        raise AuthError(
            "Zoho gave no refresh token", hint="log in again and agree to the access; one is given only then"
        )
    domain = _api_domain(told, code.options)
    kept = {"client_id": client_id, "client_secret": client_secret.reveal(), "refresh_token": refresh_token}
    kept |= {"accounts_server": code.options.accounts, "api_domain": domain}
    secret = json.dumps(kept)
    org = _org(context, code.options, secret, transport)
    lacking = grants.missing(asked, str(told.get("scope") or ""))
    return Connected(
        {**context.options, "data_center": code.options.data_center, "org": org.id},
        secret,
        org.id,
        org.name,
        tuple(one for one in asked if one.scope not in lacking),
        grants.features_of(context.features, lacking),
        tuple(_notices(lacking, code.options, options)),
    )


def _say_console(context: ConnectContext, options: ZohoOptions) -> None:
    if options.simulator:
        return
    console = "https://" + options.center.accounts.replace("accounts.", "api-console.", 1)
    kind = "Self Client" if context.by_hand else "Server-based Application"
    text = "you need a client of the kind {kind} in Zoho's API console of your data centre: {console}"
    context.say(Note("ZOHO_CONSOLE", text, {"kind": kind, "console": console}))


def _typed(context: ConnectContext, options: ZohoOptions, scope: str) -> _Code:
    text = "generate a code of your Self Client for this scope, and bring it here within 3 minutes: {scope}"
    context.say(Note("ZOHO_SCOPE", text, {"scope": scope}))
    return _Code(Secret(context.ask("code", "Code", "授权码（Code）", True)), options)


def _browsed(context: ConnectContext, options: ZohoOptions, scope: str, client_id: str) -> _Code:
    redirect = context.listen()
    try:
        text = "the client's authorized redirect URI must be exactly {url}"
        context.say(Note("ZOHO_REDIRECT", text, {"url": redirect.url}))
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "scope": scope,
            "redirect_uri": redirect.url,
            "access_type": "offline",
            "prompt": "consent",
            "state": redirect.state,
        }
        context.open_url(f"{options.accounts}{AUTH_PATH}?{urlencode(asked)}")
        answer = redirect.wait()
    finally:
        redirect.close()
    if answer.get("error") or not answer.get("code"):
        raise AuthError("the login was not agreed to: {reason}", reason=answer.get("error") or "no code came back")
    return _Code(Secret(answer["code"]), _where(answer, options), redirect.url)


def _where(answer: Mapping[str, str], options: ZohoOptions) -> ZohoOptions:
    """The options with the data centre that the account lives in, by the accounts server that sent the code."""
    server = answer.get("accounts-server")
    if not server:
        return options
    if options.simulator:
        if check_loopback(server) != check_loopback(options.accounts):
            raise ConfigError("the simulator names {url} as its accounts server", url=server)
        return options
    return options.model_copy(update={"data_center": center_of_accounts(server).name})


def _exchange(
    context: ConnectContext, code: _Code, client_id: str, client_secret: Secret, transport: Transport
) -> Mapping[str, object]:
    options = code.options
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret.reveal(),
        "code": code.value.reveal(),
    }
    if code.redirect_uri is not None:
        form["redirect_uri"] = code.redirect_uri
    loopback = frozenset({check_loopback(options.accounts)}) if options.simulator else frozenset()
    hosts = Hosts(frozenset() if options.simulator else frozenset({options.center.accounts}), loopback)
    rules = Rules(concurrency=1, attempts=1, posts_that_read=frozenset({f"POST {TOKEN_PATH}"}))
    door = Door(context.context(options), hosts=hosts, judge=_judge, rules=rules, name="connect", transport=transport)
    try:
        told = door.send(Call("POST", options.accounts + TOKEN_PATH, safe=True, form=form, cost=0)).json()
    finally:
        door.close()
    return told if isinstance(told, Mapping) else {}


def _judge(call: Call, reply: Reply) -> Verdict:
    """What the accounts server says of a code; it refuses under HTTP 200 too, so the body is the truth."""
    try:
        told = reply.json()
    except ContractError:
        told = None
    if isinstance(told, Mapping) and isinstance(told.get("access_token"), str):
        return Ok()
    error = told.get("error") if isinstance(told, Mapping) else None
    if not isinstance(error, str):
        return by_status(call, reply) or Fail(ContractError("Zoho's accounts server sent no token"))
    known = error.strip().casefold().replace(" ", "_")
    if known == "access_denied":
        return Fail(Throttled("Zoho gives no more tokens for ten minutes", after=THROTTLED_FOR_S))
    if known == "general_error":
        return Retry(known)
    return Fail(_refused(known))


def _refused(error: str) -> AuthError:
    if error == "invalid_code":
        return AuthError(
            "Zoho does not take the code",
            hint="a code is good once, for 3 minutes, in its own data centre: check --data-center, and get a new one",
        )
    if error == "invalid_client":
        return AuthError(
            "Zoho knows no such client in this data centre, or its secret is another",
            hint="check --data-center; a client is known elsewhere only with multi-DC on, perhaps with another secret",
        )
    if error in {"invalid_redirect_uri", "redirect_uri_mismatch"}:
        return AuthError(
            "the address that Zoho sends the browser back to is not the client's",
            hint="register it in the API console exactly as it was shown, its port too",
        )
    return AuthError("Zoho's accounts server refuses the login: {error}", error=error)


def _api_domain(told: Mapping[str, object], options: ZohoOptions) -> str:
    domain = told.get("api_domain")
    if not isinstance(domain, str) or not domain:
        return options.api
    if options.simulator:
        if check_loopback(domain) != check_loopback(options.api):
            raise ConfigError("the simulator names {url} as its API", url=domain)
        return options.api
    return check_api(domain, options.center)


def _org(context: ConnectContext, options: ZohoOptions, secret: str, transport: Transport) -> Org:
    """Whose login it is, asked with a token that the new refresh token gives: so that is known to work."""
    opened = replace(context.context(options), secrets=_OneSecret(secret), state_dir=None)
    session = Session(opened, options, transport=transport)
    try:
        return session.org
    finally:
        session.close()


def _notices(lacking: frozenset[str], found: ZohoOptions, asked: ZohoOptions) -> list[Note]:
    notes = []
    if lacking:
        text = "Zoho did not grant {scopes}: what needs it will not work"
        notes.append(Note("SCOPE_MISSING", text, {"scopes": ", ".join(sorted(lacking))}))
    if found.data_center != asked.data_center:
        text = "the account lives in the data centre {found}, not {asked}; the connection was made there"
        notes.append(Note("DATA_CENTER", text, {"found": found.data_center, "asked": asked.data_center}))
    return notes
