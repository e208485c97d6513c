"""Where the channels of a workspace lead: their URLs, which are secrets, filled in for the person they reach."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from crmbridge.app.notices.section import ChannelSection
from crmbridge.app.wiring import Wiring
from crmbridge.http.redact import remember
from crmbridge.http.secret import Secret
from crmbridge.model.errors import ConfigError

EMAIL = "{email}"
"""Stands in the URL of a channel for one person, where the address comes."""


@dataclass(slots=True)
class Addresses:
    """The URLs of the channels, each looked up once."""

    wiring: Wiring
    _found: dict[str, str] = field(default_factory=dict, repr=False)

    def url(self, name: str, email: str | None) -> Secret:
        """Where a message goes; ConfigError where there is no such secret, or it does not suit the channel."""
        section = self.wiring.workspace.config.notices.channels[name]
        if name not in self._found:
            self._found[name] = self._looked_up(name, section)
        text = self._found[name]
        if section.to == "person":
            if email is None:
                raise ConfigError("the channel {channel} needs a mail address, and there is none", channel=name)
            text = text.replace(EMAIL, quote(email, safe=""))
        return Secret(text)

    def _looked_up(self, name: str, section: ChannelSection) -> str:
        text = self.wiring.vault.find(section.url).value.strip()
        for part in _parts(text):
            remember(part)
        if (EMAIL in text) != (section.to == "person"):
            says = "person" if section.to == "room" else "room"
            raise ConfigError(
                "the URL of the channel {channel} does not suit it: with {placeholder} it reaches one person",
                channel=name,
                placeholder=EMAIL,
                value=says,
                hint='to = "{value}" would suit it',
            )
        return text


def _parts(url: str) -> list[str]:
    """The URL and whatever in it may be a token, as it stands and as it reads."""
    _, _, rest = url.partition("://")
    path, _, query = rest.partition("?")
    account, _, place = path.rpartition("@")
    found = [url, *account.split(":"), *place.split("/"), *(one.partition("=")[2] for one in query.split("&"))]
    return [one for text in found if text and EMAIL not in text for one in (text, unquote(text))]
