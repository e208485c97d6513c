"""The credentials of a connection: what the reference in its configuration resolves to."""

from dataclasses import dataclass

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.logins import login
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
    told = login(context, options.credentials, adapter="fxiaoke", needed=_NEEDED, shape=_SHAPE)
    found = Credentials(
        app_id=told["app_id"],
        app_secret=Secret(told["app_secret"]),
        permanent_code=Secret(told["permanent_code"]),
        style=_style(context, options, told),
        mobile=told.get("mobile"),
        user_id=told.get("user_id"),
        open_user_id=told.get("open_user_id"),
    )
    if not (found.operator or found.mobile):
        raise ConfigError(
            "the credentials of {connection} do not say whom the app acts for",
            connection=context.connection,
            hint="add the mobile of an employee, best of a CRM administrator",
        )
    return found


def _style(context: AdapterContext, options: FxiaokeOptions, told: dict[str, str]) -> Style:
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
