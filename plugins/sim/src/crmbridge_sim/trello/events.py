"""Webhooks' deliveries: signed, repeated three times, then lost (dossier B4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

from crmbridge_sim.trello import rendering
from crmbridge_sim.trello.model import Action, Webhook

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

TIMEOUT_S, OK, GONE = 5, 200, 410
WAITS_S = (30, 60, 120)
MOST_FAILURES, MOST_FAILING_MS = 1000, 30 * 86_400_000


def signature(secret: str, body: bytes, url: str) -> str:
    """``X-Trello-Webhook``: base64 of HMAC-SHA1 over the body and the URL as it was registered."""
    return base64.b64encode(hmac.new(secret.encode(), body + url.encode(), hashlib.sha1).digest()).decode()


@dataclass
class Waiting:
    """A delivery that is not taken yet."""

    hook: Webhook
    body: bytes
    client: str
    due_ms: int
    tries: int = 0


class Events:
    """What is to be told to whom."""

    def __init__(self, sim: TrelloSimulator) -> None:
        self._sim = sim
        self.waiting: list[Waiting] = []
        self.lost: list[str] = []
        self.delivered = 0
        self._failing_since: dict[str, int] = {}

    def happened(self, action: Action, client: str) -> None:
        """Every webhook of the board or the card is told; there is no filter by type."""
        if any(fault.kind == "event_drop" for fault in self._sim.current_faults):
            return
        for hook in self._sim.webhooks.values():
            if hook.active and hook.model in {action.board, action.card}:
                body = json.dumps(self._body(hook, action), ensure_ascii=False, separators=(",", ":")).encode()
                self.waiting.append(Waiting(hook, body, client, self._sim.now_ms()))

    def _body(self, hook: Webhook, action: Action) -> dict[str, Any]:
        board = self._sim.boards[action.board]
        card = self._sim.cards.get(hook.model)
        model = rendering.board(self._sim, board) if card is None else rendering.card(self._sim, card)
        return {"action": rendering.action(self._sim, action), "model": model, "webhook": rendering.webhook(hook)}

    def head(self, url: str) -> int:
        """The status of a HEAD to an address that is to be registered."""
        return _send("HEAD", url, None, {})

    def due(self) -> list[Waiting]:
        """What is to be posted now; what nobody asks for any more is not."""
        now, hooks = self._sim.now_ms(), self._sim.webhooks
        self.waiting = [one for one in self.waiting if one.hook.id in hooks and one.hook.active]
        return [one for one in self.waiting if one.due_ms <= now]

    def deliver(self) -> int:
        """Posts what is due; how many were taken."""
        with self._sim.lock:
            due = self.due()
        taken = 0
        for one in due:
            head = {
                "Content-Type": "application/json",
                "X-Trello-Webhook": signature(self._sim.secret, one.body, one.hook.url),
            }
            if one.client:
                head["X-Trello-Client-Identifier"] = one.client
            status = _send("POST", one.hook.url, one.body, head)
            with self._sim.lock:
                if status == GONE and self._sim.switches.flag("gone_ends_webhook"):
                    self._sim.webhooks.pop(one.hook.id, None)
                taken += self._settled(one, taken=status == OK)
        return taken

    def _settled(self, one: Waiting, *, taken: bool) -> bool:
        now, hook = self._sim.now_ms(), one.hook
        if taken:
            self.waiting = [each for each in self.waiting if each is not one]
            hook.failures, self.delivered = 0, self.delivered + 1
            self._failing_since.pop(hook.id, None)
            return True
        hook.failures += 1
        since = self._failing_since.setdefault(hook.id, now)
        if hook.failures > MOST_FAILURES and now - since >= MOST_FAILING_MS:
            hook.active = False
        if one.tries >= len(WAITS_S):
            self.waiting = [each for each in self.waiting if each is not one]
            self.lost.append(json.loads(one.body)["action"]["id"])
        else:
            one.due_ms, one.tries = now + WAITS_S[one.tries] * 1000, one.tries + 1
        return False

    def listing(self) -> dict[str, Any]:
        """What waits, and what was lost."""
        return {"waiting": len(self.waiting), "delivered": self.delivered, "lost": list(self.lost)}


def _send(method: str, url: str, body: bytes | None, headers: dict[str, str]) -> int:
    """One call; whatever goes wrong on the way is status 0."""
    if not url.startswith(("http://", "https://")):
        return 0
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310  # checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  # checked above
            return int(answer.status)
    except HTTPError as error:
        return int(error.code)
    except (URLError, OSError):
        return 0
