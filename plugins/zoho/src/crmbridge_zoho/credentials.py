"""The credentials of a connection: what the reference in its configuration resolves to."""

from dataclasses import dataclass

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.logins import login
from crmbridge.http import Secret, fingerprint
from crmbridge.model.errors import ConfigError
from crmbridge_zoho.centers import center_of_accounts
from crmbridge_zoho.config import ZohoOptions

_NEEDED = ("client_id", "client_secret", "refresh_token")
_SHAPE = "they are JSON with client_id, client_secret and refresh_token"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client of Zoho's API console and the refresh token that `connect` was given."""

    client_id: str
    client_secret: Secret
    refresh_token: Secret
    api_domain: str | None = None

    @property
    def identity(self) -> str:
        """A text that changes when the credentials do and tells nothing of them."""
        return fingerprint(self.client_id, self.client_secret.reveal(), self.refresh_token.reveal())


def resolve(context: AdapterContext, options: ZohoOptions) -> Credentials:
    """The credentials; ConfigError that says what is wrong with them and shows none of it."""
    told = login(context, options.credentials, adapter="zoho", needed=_NEEDED, shape=_SHAPE)
    server = told.get("accounts_server")
    if server and not options.simulator:
        center = center_of_accounts(server)
        if center != options.center:
            raise ConfigError(
                "the credentials of {connection} belong to the data centre {theirs}, and it names {ours}",
                connection=context.connection,
                theirs=center.name,
                ours=options.data_center,
                hint='set data_center = "{theirs}"',
            )
    return Credentials(
        told["client_id"], Secret(told["client_secret"]), Secret(told["refresh_token"]), told.get("api_domain")
    )
