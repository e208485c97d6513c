"""`crmbridge connect trello`: asks for key and token, and proves them before anything is kept."""

import json
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from crmbridge.adapter.connecting import ConnectContext, Connected
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge_trello.config import TrelloOptions
from crmbridge_trello.session import Session, Transport, identity

AUTHORIZE = "https://trello.com/1/authorize?"


@dataclass(frozen=True, slots=True)
class _OneSecret:
    """The secret of a connection that has just been made."""

    value: str = field(repr=False)

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is only one
        """The new secret."""
        return self.value


def connect(context: ConnectContext, *, transport: Transport = None) -> Connected:
    """A login that was tried; AuthError or ConfigError that says what Trello refuses, and nothing is kept then."""
    told = dict(context.options)
    options = TrelloOptions.model_validate({"credentials": context.connection, **told})
    text = "make a Power-Up of your own at trello.com/power-ups/admin: its API key is what is asked for"
    context.say(Note("TRELLO_KEY", text, {}, "remark"))
    key = context.ask("key", "API key", "API 密钥", True)
    writes = context.features - {"read"}
    asked = {"expiration": "never", "scope": "read,write" if writes else "read", "response_type": "token"}
    text = "log in as a service member that no person shares, and allow it: Trello then shows the token"
    context.say(Note("TRELLO_TOKEN", text, {}, "remark"))
    context.open_url(AUTHORIZE + urlencode({**asked, "name": "crmbridge", "key": key.strip()}))
    token = context.ask("token", "Token", "令牌（Token）", True)
    secret = json.dumps({"key": key.strip(), "token": token.strip()})
    opened = replace(context.context(options), secrets=_OneSecret(secret), state_dir=None)
    session = Session(opened, options, transport=transport)
    try:
        me = session.me()
    finally:
        session.close()
    account = identity(me)
    if context.org is not None and context.org not in {account, me.get("username")}:
        raise ConfigError("the login is of {found}, and {meant} was meant", found=account, meant=context.org)
    notices = []
    if not options.objects:
        text = 'say which board holds the tasks: [connections.{name}.objects.tasks] board = "ID", list = "ID"'
        notices.append(Note("TRELLO_BOARD", text, {"name": context.connection}))
    title = f"Trello: {me.get('fullName') or account}"
    features = context.features - {"webhooks"}
    return Connected({**told, "account": account}, secret, account, title, features=features, notices=tuple(notices))
