"""The first login: site, e-mail address and API token, tried before anything is kept."""

import json
from dataclasses import dataclass, field, replace

from crmbridge.adapter.connecting import ConnectContext, Connected
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge_jira.config import JiraOptions
from crmbridge_jira.session import Session, Transport, identity


@dataclass(frozen=True, slots=True)
class _OneSecret:
    """The secret of a connection that has just been made."""

    value: str = field(repr=False)

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is only one
        """The new secret."""
        return self.value


def connect(context: ConnectContext, *, transport: Transport = None) -> Connected:
    """A login that was tried; AuthError or ConfigError that says what Jira refuses, and nothing is kept then."""
    told = dict(context.options)
    if "site" not in told:
        told["site"] = _site(
            context.ask("site", "Site, such as acme.atlassian.net", "站点，如 acme.atlassian.net", False)
        )
    options = JiraOptions.model_validate({"credentials": context.connection, **told})
    kept = {}
    if options.is_cloud:
        text = "make an API token of a service account at id.atlassian.com: Security, API tokens"
        context.say(Note("JIRA_TOKEN", text, {}, "remark"))
        kept["email"] = context.ask("email", "E-mail address of the account", "账号邮箱", False)
    kept["token"] = context.ask("token", "Token", "令牌（Token）", True)
    return _tried(context, told, options, json.dumps(kept), transport)


def _site(answer: str) -> str:
    """The address of a site, as a person writes it."""
    text = answer.strip().rstrip("/")
    return text if "://" in text else f"https://{text}"


def _tried(
    context: ConnectContext,
    told: dict[str, object],
    options: JiraOptions,
    secret: str,
    transport: Transport,
) -> Connected:
    """The account behind the login, by a call that only a good login may make."""
    opened = replace(context.context(options), secrets=_OneSecret(secret), state_dir=None)
    session = Session(opened, options, transport=transport)
    try:
        me = session.me()
    finally:
        session.close()
    account = identity(me, options)
    org = f"{options.host}/{account}"
    if context.org is not None and context.org not in {org, account}:
        raise ConfigError("the login is of {found}, and {meant} was meant", found=org, meant=context.org)
    notices = []
    if not options.objects:
        text = "say which project holds the tasks: project and type in [connections.{name}.objects.tasks]"
        notices.append(Note("JIRA_PROJECT", text, {"name": context.connection}))
    if "webhooks" in context.features:
        text = "an administrator of Jira makes the webhook: crmbridge hooks enable {name} tells what to enter there"
        notices.append(Note("JIRA_WEBHOOK", text, {"name": context.connection}))
    title = f"{options.host}: {me.get('displayName') or account}"
    return Connected(
        {**told, "account": account}, secret, org, title, features=context.features, notices=tuple(notices)
    )
