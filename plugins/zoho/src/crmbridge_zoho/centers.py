"""Zoho's data centres: which accounts server and which API hosts belong together, and nothing else is ever called.

The accounts server and the API host come out of Zoho's own replies (`accounts-server` of the redirect, `api_domain` of
a token); they are hints, held against this table before a byte is sent. Hosts as in the official SDK (`dc/`), except
the two marked uncertain (dossier 1.6).
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from crmbridge.model.errors import ConfigError

Environment = str
"""`production`, `sandbox` or `developer`."""

ENVIRONMENTS = {"production": "www", "sandbox": "sandbox", "developer": "developer"}
"""The first label of an environment's API host."""


@dataclass(frozen=True, slots=True)
class Center:
    """One data centre. `domain` is what its API hosts end with; `is_certain` false where no official source says so."""

    name: str
    title: str
    accounts: str
    domain: str
    is_certain: bool = True

    def api_host(self, environment: Environment) -> str:
        """The API host of an environment."""
        return f"{ENVIRONMENTS[environment]}.{self.domain}"

    @property
    def api_hosts(self) -> frozenset[str]:
        """Every API host of the centre."""
        return frozenset(f"{label}.{self.domain}" for label in ENVIRONMENTS.values())

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that this centre's credentials may be sent to."""
        return self.api_hosts | {self.accounts}


CENTERS: dict[str, Center] = {
    center.name: center
    for center in (
        Center("us", "United States", "accounts.zoho.com", "zohoapis.com"),
        Center("eu", "European Union", "accounts.zoho.eu", "zohoapis.eu"),
        Center("in", "India", "accounts.zoho.in", "zohoapis.in"),
        Center("au", "Australia", "accounts.zoho.com.au", "zohoapis.com.au"),
        Center("cn", "China", "accounts.zoho.com.cn", "zohoapis.com.cn"),
        Center("jp", "Japan", "accounts.zoho.jp", "zohoapis.jp"),
        Center("ca", "Canada", "accounts.zohocloud.ca", "zohoapis.ca"),
        Center("sa", "Saudi Arabia", "accounts.zoho.sa", "zohoapis.sa"),
        Center("uk", "United Kingdom", "accounts.zoho.uk", "zohoapis.uk", is_certain=False),
        Center("ae", "United Arab Emirates", "accounts.zoho.ae", "zohoapis.ae", is_certain=False),
    )
}
"""Every data centre by its short name."""


def center_of_accounts(url: str) -> Center:
    """The centre that an accounts server belongs to; ConfigError for anything that is not exactly one of them."""
    host = _host(url)
    found = next((center for center in CENTERS.values() if center.accounts == host), None)
    if found is None:
        raise ConfigError(
            "{host} is no accounts server of Zoho, and nothing was sent to it",
            host=host or "-",
            hint="the accounts servers are {known}",
            known=", ".join(center.accounts for center in CENTERS.values()),
        )
    return found


def check_api(url: str, center: Center) -> str:
    """The address of the API, without a path, where it is one of this centre's; ConfigError for any other host."""
    host = _host(url)
    if host in center.api_hosts:
        return f"https://{host}"
    other = next((found for found in CENTERS.values() if host in found.api_hosts), None)
    if other is not None:
        raise ConfigError(
            "the account lives in the data centre {other} and the connection names {name}",
            other=other.name,
            name=center.name,
            hint='set data_center = "{other}"',
        )
    raise ConfigError("{host} is no API host of Zoho, and nothing was sent to it", host=host or "-")


def _host(url: str) -> str:
    """The host of an https address on port 443 without anything odd in it; empty where it is anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    odd = parts.username or parts.password or parts.query or parts.fragment or parts.path not in {"", "/"}
    if parts.scheme != "https" or port not in {None, 443} or odd or not url.isascii():
        return ""
    return (parts.hostname or "").casefold()
