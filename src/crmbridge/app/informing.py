"""The part of `Bridge` that tells people something: notices sent, listed, and channels tried.

Like its other parts it imports at its top only what each command needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from crmbridge.app.steering import Steering
from crmbridge.model.errors import ConfigError, suggestion

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge
    from crmbridge.app.notices.round import Done
    from crmbridge.report.listing import Listing


class Informing(Steering):
    """Who is told what. `Bridge` is one."""

    def notices_round(self, *, is_tried: bool = False) -> list[Done]:
        """Tells everybody who is to be told something and was not; what each rule came to.

        With `is_tried` nothing is sent or kept. What is sent is of now, never of another moment.
        """
        from crmbridge.app.notices.round import rounds
        from crmbridge.report.notices.postman import Postman

        if self.is_as_of_given and not is_tried:
            raise ConfigError("what is sent is of now", hint="leave out --as-of, or only look with --dry-run")
        with Postman() as postman:
            return [*rounds(cast("Bridge", self), self._asker, postman, is_tried=is_tried)]

    def notices_send(self, *, is_tried: bool = False) -> Listing:
        """What a round came to; with `is_tried` what it would send, word by word."""
        from crmbridge.app.notices import views

        return views.told(self.wiring, self.notices_round(is_tried=is_tried), is_tried=is_tried)

    def notices_again(self, key: str, channel: str) -> Listing:
        """A person says that a notice in doubt did not arrive: the next round sends it again."""
        from crmbridge.app.notices import views

        return views.again(self.wiring, key, channel)

    def notices_list(self, *, limit: int = 50) -> Listing:
        """How the channels do, and what was told."""
        from crmbridge.app.notices import views

        return views.kept(self.wiring, limit=limit)

    def notices_test(self, channel: str, *, email: str | None = None, language: str = "en") -> Listing:
        """Sends a message that only shows that a channel works, whatever the hour."""
        from crmbridge.app.notices import views

        known = self.workspace.config.notices.channels
        if channel not in known:
            raise ConfigError(
                "there is no channel {channel} in {file}",
                channel=channel,
                file=self.workspace.document.file,
                nearest=suggestion(channel, known),
                hint="known: {nearest}" if known else "add [notices.channels.NAME]",
            )
        return views.tried(self.wiring, channel, email=email, language=language)
