"""The data centres: which accounts host and which API host belong together (dossier 1.6: SDK8; UK and AE UNCERTAIN)."""

from __future__ import annotations

CENTERS: dict[str, tuple[str, str]] = {
    "us": ("accounts.zoho.com", "www.zohoapis.com"),
    "eu": ("accounts.zoho.eu", "www.zohoapis.eu"),
    "in": ("accounts.zoho.in", "www.zohoapis.in"),
    "au": ("accounts.zoho.com.au", "www.zohoapis.com.au"),
    "cn": ("accounts.zoho.com.cn", "www.zohoapis.com.cn"),
    "jp": ("accounts.zoho.jp", "www.zohoapis.jp"),
    "ca": ("accounts.zohocloud.ca", "www.zohoapis.ca"),
    "sa": ("accounts.zoho.sa", "www.zohoapis.sa"),
    "uk": ("accounts.zoho.uk", "www.zohoapis.uk"),
    "ae": ("accounts.zoho.ae", "www.zohoapis.ae"),
}
_ALL_HOSTS = frozenset(host for pair in CENTERS.values() for host in pair)


def is_foreign(host: str, center: str) -> bool:
    """Whether a request went to a host of another data centre; a loopback host never is."""
    name = host.split(":", maxsplit=1)[0].lower()
    return name in _ALL_HOSTS and name not in CENTERS[center]
