"""Refusals as Trello words them (dossier B5): mostly plain text, sometimes JSON."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.wire import Response

INVALID_ID = "invalid id"
NOT_FOUND = "The requested resource was not found."
NO_BOARD = "could not find the board that the card belongs to"
NO_RIGHT = "unauthorized card permission requested"
INVALID_KEY, INVALID_TOKEN = "invalid key", "invalid token"
LONGEST = 16_384


class Refusal(Exception):
    """A call that is not done; a text body, or JSON where ``raw`` is given."""

    def __init__(
        self, status: int, text: str = "", *, raw: object = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text or str(raw))
        self.status, self.text, self.raw, self.headers = status, text, raw, dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        if self.raw is not None:
            return Response.of_json(self.raw, status=self.status, headers=self.headers)
        head = {"Content-Type": "text/plain; charset=utf-8", **self.headers}
        return Response(self.status, head, self.text.encode())


def invalid(name: str) -> Refusal:
    """A value that cannot be (OBS TST)."""
    return Refusal(400, f"invalid value for {name}")


def not_found() -> Refusal:
    """Deleted, or never there (OBS TST)."""
    return Refusal(404, NOT_FOUND)
