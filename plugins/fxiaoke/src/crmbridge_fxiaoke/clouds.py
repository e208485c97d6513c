"""Fxiaoke's clouds: which host the gateway of each answers at, and nothing else is ever called (dossier 1.2).

A tenant lives in one cloud. A dedicated one has a host of its own, mostly `open-` before the domain people log in at.
"""

from crmbridge.model.errors import ConfigError

CLOUDS: dict[str, str] = {
    "fxiaoke": "open.fxiaoke.com",
    "huawei": "open-hwcloud.fxiaoke.com",
    "ale": "open-ale.fxiaoke.com",
    "hongkong": "open-ksc.sharecrm.com",
    "frankfurt": "open-hws.fxiaoke.com",
    "north_america": "open-na.sharecrm.com",
}
"""The host of each cloud by its short name."""

NO_GATEWAY = frozenset({"www.fxiaoke.com", "fxiaoke.com", "www.sharecrm.com", "sharecrm.com"})
"""Sites for people: they send callers of the API on to a page (dossier 1.2)."""


def check_host(host: str) -> str:
    """The name of a dedicated host as it is called; ConfigError for anything but a bare name, and for the web sites."""
    name = host.strip().rstrip(".").casefold()
    if not name or not name.isascii() or any(sign in name for sign in "/:@?#% "):
        raise ConfigError("{host} is not the name of a host", host=host, hint="such as open.example.com, without https")
    if name in NO_GATEWAY:
        raise ConfigError(
            "{host} is Fxiaoke's site for people, not its gateway",
            host=name,
            hint="the gateways are {known}",
            known=", ".join(CLOUDS.values()),
        )
    return name
