"""Notifications: a channel of Zoho that posts what changed, and what its posts say.

Nothing is signed: the token given at the subscription comes back in each post and is all there is to check (dossier 7).
So a post is only a hint to read a record again; what it says of the record is not used.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crmbridge.adapter.contract import Problem, Subscription, SubscriptionRequest
from crmbridge.http import UnreadableBody
from crmbridge.http.strict import decode
from crmbridge.model.errors import AuthError, ConfigError, ContractError
from crmbridge_zoho.errors import Refusal, Refused, refusal_of
from crmbridge_zoho.fetch import is_id
from crmbridge_zoho.session import API, Session
from crmbridge_zoho.times import literal, parse_or_none
from crmbridge_zoho.users import USERS

if TYPE_CHECKING:
    from crmbridge.http.call import Method

WATCH = f"{API}/actions/watch"
LONGEST = timedelta(days=7)
"""One week at most; an end beyond it, or none, becomes an hour without a word (dossier 7)."""
_MARGIN = timedelta(hours=1)
_SHORTER = timedelta(minutes=5)
LONGEST_BODY = 1 << 20
LONGEST_TOKEN = 50
_CHANNEL_DIGITS = 10**15


def receive(body: bytes, secret: str, *, connection: str) -> list[tuple[str, str]]:
    """The (module, id) pairs of a genuine post; AuthError for any other."""
    told = _told(body)
    token = told.get("token") if told is not None else None
    is_ours = isinstance(token, str) and hmac.compare_digest(_bytes(token), _bytes(token_of(secret)))
    module = told.get("module") if told is not None else None
    if told is None or not secret or not is_ours or not isinstance(module, str) or not module:
        raise AuthError("this is no notification for {connection}", connection=connection)
    object_name = USERS if module.casefold() == USERS.casefold() else module
    ids = told.get("ids")
    found = [str(one) for one in (ids if isinstance(ids, list) else [ids]) if _names_a_record(one)]
    return [(object_name, one) for one in dict.fromkeys(found)]


def token_of(secret: str) -> str:
    """What a channel sends along: the secret itself, or, where it is longer than Zoho takes, what follows from it."""
    if len(secret) <= LONGEST_TOKEN:
        return secret
    return hashlib.sha256(b"zoho-channel:" + _bytes(secret)).hexdigest()[:LONGEST_TOKEN]


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of one connection."""

    session: Session

    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        """One channel for all modules, made or renewed, and then looked at: what Zoho keeps is what is told.

        Its number follows from the organisation and the address, so that a subscription whose answer was lost is found
        again. A module that cannot be watched is left out, and a notice says so.
        """
        if len(request.url) > 255:  # noqa: PLR2004 - dossier 7
            raise ConfigError("{url} is too long for Zoho: 255 characters at most", url=request.url)
        known = _state(request.known)
        channel = known[0] if known is not None else self._number(request.url)
        wanted, refused = sorted(request.objects), list[str]()
        asked = self.session.now() + LONGEST - _MARGIN
        while wanted:
            told = self._enable(channel, wanted, request, asked, is_known=known is not None and known[1] == wanted)
            if told is None:
                break
            bad = self._not_watchable(wanted, told)
            if not bad:
                raise Refused(told, path=WATCH)
            refused += bad
            wanted = [one for one in wanted if one not in bad]
        if not wanted:
            raise ConfigError("Zoho tells of none of these modules: {objects}", objects=", ".join(refused))
        return self._granted(channel, wanted, refused, asked)

    def unsubscribe(self, state: str) -> None:
        """Ends the channel; harmless where there is none any more."""
        known = _state(state)
        if known is None:
            return
        try:
            answer = self.session.write("DELETE", WATCH, params={"channel_ids": known[0]})
        except Refused as error:
            if error.refusal.code == "NOT_SUBSCRIBED":
                return
            raise
        refusal = _first_refusal(answer.rows("watch"), answer.status)
        if refusal is not None and refusal.code != "NOT_SUBSCRIBED":
            raise Refused(refusal, path=WATCH)

    # inside

    def _enable(
        self, channel: str, modules: Sequence[str], request: SubscriptionRequest, until: datetime, *, is_known: bool
    ) -> Refusal | None:
        """Makes the channel, or renews it: by PATCH where only its end and its token change, else as a whole.

        A channel that has ended is forgotten (NOT_SUBSCRIBED) and made anew. None, or why Zoho refuses it.
        """
        changing: dict[str, object] = {
            "channel_id": channel,
            "channel_expiry": literal(until),
            "token": token_of(request.secret),
            "notify_url": request.url,
        }
        whole = {
            **changing,
            "events": [f"{_event(one)}.all" for one in modules],
            "notify_on_related_action": False,
            "return_affected_field_values": False,
        }
        ways: list[tuple[Method, Mapping[str, object]]]
        ways = [("PATCH", changing), ("POST", whole)] if is_known else [("PUT", whole), ("POST", whole)]
        refusal: Refusal | None = None
        for method, watch in ways:
            refusal = self._send(method, watch)
            if refusal is None or refusal.code != "NOT_SUBSCRIBED":
                return refusal
        return refusal

    def _send(self, method: "Method", watch: Mapping[str, object]) -> Refusal | None:
        """One call; None, or why Zoho refuses it."""
        try:
            answer = self.session.write(method, WATCH, {"watch": [watch]})
        except Refused as error:
            return error.refusal
        return _first_refusal(answer.rows("watch"), answer.status)

    def _granted(self, channel: str, modules: list[str], refused: list[str], asked: datetime) -> Subscription:
        """The subscription as Zoho lists it; ContractError where it lists none."""
        kept = self._kept(channel)
        lost = [one for one in modules if _event(one).casefold() not in kept]
        if len(lost) == len(modules):
            raise ContractError("Zoho took the subscription and does not list it")
        ends = [kept[_event(one).casefold()] for one in modules if one not in lost]
        expires = min((at for at in ends if at is not None), default=None)
        notices = [
            Problem("watch.not_watched", "Zoho tells nothing of {object}: it is read at its times", {"object": one})
            for one in (*refused, *lost)
        ]
        if expires is not None and asked - expires > _SHORTER:
            params = {"time": expires.isoformat(), "asked": asked.isoformat()}
            notices.append(Problem("watch.short", "Zoho ends the subscription at {time}, not at {asked}", params))
        state = json.dumps({"channel": channel, "objects": [one for one in modules if one not in lost]})
        return Subscription(state, expires, tuple(notices))

    def _kept(self, channel: str) -> dict[str, datetime | None]:
        """The modules that a channel tells of, and until when."""
        answer = self.session.get(WATCH, {"channel_id": channel, "per_page": 200})
        found: dict[str, datetime | None] = {}
        for one in answer.rows("watch"):
            if isinstance(one, Mapping) and str(one.get("channel_id")) == channel:
                end = parse_or_none(one.get("channel_expiry"))
                names = {str(one.get("resource_name", "")), *_modules_in(one.get("events"))}
                found |= {name.casefold(): end for name in names if name}
        return found

    def _not_watchable(self, modules: Sequence[str], refusal: Refusal) -> list[str]:
        """Those of the modules that Zoho refuses: the one it names, else each is tried by the list of modules."""
        path = str(refusal.details.get("json_path", ""))
        place = path.rpartition("events[")[2].partition("]")[0]
        if place.isdigit() and int(place) < len(modules):
            return [modules[int(place)]]
        if refusal.code != "INVALID_DATA" or "events" not in f"{path}{refusal.what}":
            return []
        if len(modules) == 1:
            return list(modules)
        listed = self._supported()
        return [one for one in modules if one not in listed] or [modules[-1]]

    def _supported(self) -> frozenset[str]:
        rows = self.session.get(f"{API}/settings/modules").rows("modules")
        return frozenset(str(one.get("api_name")) for one in rows if isinstance(one, Mapping))

    def _number(self, url: str) -> str:
        """A number of our own: the same for one organisation, login and address, another for any other."""
        told = f"{self.session.org.id}|{self.session.context.connection}|{url}".encode()
        return str(int.from_bytes(hashlib.sha256(told).digest()[:8]) % _CHANNEL_DIGITS + _CHANNEL_DIGITS)


def _told(body: bytes) -> Mapping[str, Any] | None:
    if not body or len(body) > LONGEST_BODY:
        return None
    try:
        found = decode(body)
    except UnreadableBody:
        return None
    return found if isinstance(found, Mapping) else None


def _names_a_record(one: object) -> bool:
    return not isinstance(one, bool) and isinstance(one, str | int) and is_id(str(one))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _event(object_name: str) -> str:
    """The module as events name it."""
    return object_name.lower() if object_name == USERS else object_name


def _modules_in(events: object) -> Iterable[str]:
    return [str(one).rpartition(".")[0] for one in events] if isinstance(events, list) else []


def _first_refusal(items: Sequence[object], status: int) -> Refusal | None:
    return next((one for one in (refusal_of(item, status=status) for item in items) if one is not None), None)


def _state(text: str | None) -> tuple[str, list[str]] | None:
    """The channel and its modules; None for a state that is none of ours."""
    try:
        told = json.loads(text or "")
    except ValueError:
        return None
    channel = told.get("channel") if isinstance(told, dict) else None
    if not isinstance(channel, str) or not is_id(channel):
        return None
    objects = told.get("objects")
    return channel, sorted(str(one) for one in objects) if isinstance(objects, list) else []
