"""The credentials of a connection: what the reference in its configuration resolves to."""

import json
from dataclasses import dataclass

from crmbridge.adapter.context import AdapterContext
from crmbridge.http import Secret, fingerprint
from crmbridge.model.errors import ConfigError
from crmbridge_fxiaoke.config import FxiaokeOptions, Style

FIRST_EMPLOYEE = "1000"
"""Who set the company up, as employees are counted (dossier 1.4, 2.3): acts where nobody else is named."""
_NEEDED = ("app_id", "app_secret", "permanent_code")
_SHAPE = "they are JSON with app_id, app_secret, permanent_code, and mobile or user_id"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A self-built app, its permanent code, and the employee it acts for, as one or more of his ids."""

    app_id: str
    app_secret: Secret
    permanent_code: Secret
    style: Style
    mobile: str | None = None
    user_id: str | None = None
    open_user_id: str | None = None

    @property
    def identity(self) -> str:
        """A text that changes when the credentials do and tells nothing of them."""
        return fingerprint(self.app_id, self.app_secret.reveal(), self.permanent_code.reveal(), self.style)

    @property
    def operator(self) -> str | None:
        """The id of the acting employee in this style's own words, where it need not be looked up.

        With `oauth` it may be left out: then the company's first employee acts.
        """
        if self.style == "corp":
            return self.open_user_id
        return self.user_id or (None if self.mobile else FIRST_EMPLOYEE)


def resolve(context: AdapterContext, options: FxiaokeOptions) -> Credentials:
    """The credentials; ConfigError that says what is wrong with them and shows none of it."""
    if not options.credentials:
        raise ConfigError(
            "the connection {connection} has no credentials",
            connection=context.connection,
            hint="crmbridge connect fxiaoke --name {connection} makes them",
        )
    told = _decoded(context, context.secrets.resolve(options.credentials))
    missing = [key for key in _NEEDED if not _text(told, key)]
    if missing:
        raise ConfigError(
            "the credentials of {connection} lack {missing}",
            connection=context.connection,
            missing=", ".join(missing),
            hint=_SHAPE,
        )
    found = Credentials(
        app_id=_text(told, "app_id") or "",
        app_secret=Secret(_text(told, "app_secret") or ""),
        permanent_code=Secret(_text(told, "permanent_code") or ""),
        style=_style(context, options, told),
        mobile=_text(told, "mobile"),
        user_id=_text(told, "user_id"),
        open_user_id=_text(told, "open_user_id"),
    )
    if not (found.operator or found.mobile):
        raise ConfigError(
            "the credentials of {connection} do not say whom the app acts for",
            connection=context.connection,
            hint="add the mobile of an employee, best of a CRM administrator",
        )
    return found


def _style(context: AdapterContext, options: FxiaokeOptions, told: dict[str, object]) -> Style:
    said = options.style or told.get("style") or "corp"
    if said == "corp":
        return "corp"
    if said == "oauth":
        return "oauth"
    raise ConfigError(
        "the credentials of {connection} name a style that is not known",
        connection=context.connection,
        hint="style is corp or oauth",
    )


def _text(told: dict[str, object], key: str) -> str | None:
    value = told.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return (value.strip() or None) if isinstance(value, str) else None


def _decoded(context: AdapterContext, text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise ConfigError(
            "the credentials of {connection} are no JSON object", connection=context.connection, hint=_SHAPE
        )
    return told
