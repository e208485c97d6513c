"""The first login: the codes of a self-built app and the employee it acts for, tried before anything is kept.

Fxiaoke has no login by browser for an app of the company's own. An administrator copies three codes out of 管理后台;
with them and the employee comes a token, whose company is pinned. What the app may do is what the employee may do.
"""

import json
import re
from dataclasses import dataclass, field, replace

from crmbridge.adapter.connecting import ConnectContext, Connected
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.notes import Note
from crmbridge_fxiaoke import catalog
from crmbridge_fxiaoke.auth import Transport
from crmbridge_fxiaoke.clouds import CLOUDS
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session

STYLES = ("corp", "oauth")
_MOBILE = re.compile(r"\+?[0-9][0-9 -]{6,19}")
_USER_ID = re.compile(r"[0-9]{1,6}")
_OPEN_ID = re.compile(r"FSUID_[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class _OneSecret:
    """The secrets of a connection that has just been made."""

    value: str = field(repr=False)

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is only one
        """The new secret."""
        return self.value


def connect(context: ConnectContext, *, transport: Transport = None) -> Connected:
    """A login that was tried; AuthError or ConfigError that says what Fxiaoke refuses, and nothing is kept then."""
    given = _options(context)
    if not given.simulator:
        text = (
            "you need a self-built app (企业自建应用) with development mode on, and this machine in its IP allow-list"
        )
        context.say(Note("FXIAOKE_APP", text, {}))
    options = _placed(context, given)
    kept = {
        "app_id": context.ask("app_id", "App ID (FSAID_...)", "应用 ID（appId，FSAID_ 开头）", False),
        "app_secret": context.ask("app_secret", "App secret", "应用密钥（appSecret）", True),
        "permanent_code": context.ask("permanent_code", "Permanent code", "永久授权码（permanentCode）", True),
    }
    style = options.style or _style(context)
    kept["style"] = style
    kept |= _operator(context, style)
    return _tried(context, options.model_copy(update={"style": style}), json.dumps(kept), transport)


def _options(context: ConnectContext) -> FxiaokeOptions:
    return FxiaokeOptions.model_validate({"credentials": context.connection, **context.options})


def _placed(context: ConnectContext, options: FxiaokeOptions) -> FxiaokeOptions:
    """The options with the cloud that the company lives in, asked for where nothing says it."""
    if options.simulator or {"cloud", "host"} & set(context.options):
        return options
    names = ", ".join(CLOUDS)
    cloud = context.choose(
        "cloud", f"Cloud of the company ({names})", f"企业所在的云（{names}）", options.cloud
    ).casefold()
    if cloud not in CLOUDS:
        raise ConfigError(
            "there is no cloud {cloud}",
            cloud=cloud,
            nearest=suggestion(cloud, list(CLOUDS)),
            hint="known: {nearest}; a dedicated one is given with --set host=open.example.com",
        )
    return FxiaokeOptions.model_validate({**options.model_dump(), "cloud": cloud})


def _style(context: ConnectContext) -> str:
    style = context.choose(
        "style",
        "How to sign in: corp (corpAccessToken, ids FSUID_...) or oauth (bearer token, plain employee ids)",
        "登录方式：corp（corpAccessToken，员工 ID 为 FSUID_...）或 oauth（Bearer 令牌，员工 ID 为数字）",
        "corp",
    ).casefold()
    if style not in STYLES:
        raise ConfigError("there is no way {style} to sign in", style=style, hint="it is corp or oauth")
    return style


def _operator(context: ConnectContext, style: str) -> dict[str, str]:
    """The employee as the credentials name him: by mobile, or by an id of the style's own kind."""
    who = context.ask(
        "operator",
        "Mobile or employee ID of the person the app acts for, best a CRM administrator",
        "当前操作人的手机号或员工 ID（建议使用 CRM 管理员）",
        False,
    )
    if _OPEN_ID.fullmatch(who) and style == "corp":
        return {"open_user_id": who}
    if _USER_ID.fullmatch(who) and style == "oauth":
        return {"user_id": who}
    if _MOBILE.fullmatch(who) and not _USER_ID.fullmatch(who):
        return {"mobile": re.sub(r"[ -]", "", who)}
    raise ConfigError(
        "{who} names no employee in the way {style} of signing in",
        who=who,
        style=style,
        hint="corp takes a mobile or FSUID_..., oauth a mobile or the employee's number, such as 1000",
    )


def _tried(context: ConnectContext, options: FxiaokeOptions, secret: str, transport: Transport) -> Connected:
    """The company and the employee behind the codes, with a call that only a good login may make."""
    opened = replace(context.context(options), secrets=_OneSecret(secret), state_dir=None)
    session = Session(opened, options, transport=transport)
    try:
        company = session.corp_id
        objects = Objects(session)
        lacking = catalog.problems(objects)
        title = session.title
    finally:
        session.close()
    found: dict[str, object] = {**context.options, "style": options.style, "org": company}
    if not options.simulator and options.host is None:
        found["cloud"] = options.cloud
    notices = [Note("FXIAOKE_MISSING", "{problem}", {"problem": problem}) for problem in lacking]
    if "webhooks" in context.features:
        text = "events are subscribed to in 管理后台: crmbridge hooks enable {name} tells what to enter there"
        notices.append(Note("FXIAOKE_EVENTS", text, {"name": context.connection}))
    return Connected(found, secret, company, title, features=context.features, notices=tuple(notices))
