"""The credentials of a connection: what the reference in its configuration resolves to."""

import json
from dataclasses import dataclass

from crmbridge.adapter.context import AdapterContext
from crmbridge.http import Secret, fingerprint
from crmbridge.model.errors import ConfigError
from crmbridge_zoho.centers import center_of_accounts
from crmbridge_zoho.config import ZohoOptions

_NEEDED = ("client_id", "client_secret", "refresh_token")


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
    if not options.credentials:
        raise ConfigError(
            "the connection {connection} has no credentials",
            connection=context.connection,
            hint="crmbridge connect zoho --name {connection} makes them",
        )
    told = _decoded(context, context.secrets.resolve(options.credentials))
    missing = [key for key in _NEEDED if not isinstance(told.get(key), str) or not told[key]]
    if missing:
        raise ConfigError(
            "the credentials of {connection} lack {missing}",
            connection=context.connection,
            missing=", ".join(missing),
            hint="they are JSON with client_id, client_secret and refresh_token",
        )
    server = told.get("accounts_server")
    if isinstance(server, str) and server and not options.simulator:
        center = center_of_accounts(server)
        if center != options.center:
            raise ConfigError(
                "the credentials of {connection} belong to the data centre {theirs}, and it names {ours}",
                connection=context.connection,
                theirs=center.name,
                ours=options.data_center,
                hint='set data_center = "{theirs}"',
            )
    domain = told.get("api_domain")
    return Credentials(
        str(told["client_id"]),
        Secret(str(told["client_secret"])),
        Secret(str(told["refresh_token"])),
        domain if isinstance(domain, str) and domain else None,
    )


def _decoded(context: AdapterContext, text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise ConfigError(
            "the credentials of {connection} are no JSON object",
            connection=context.connection,
            hint="they are JSON with client_id, client_secret and refresh_token",
        )
    return told
