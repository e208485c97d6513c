"""Lies about notifications, subscriptions and new fields."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from tests.testing.hostile import caught_by

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Subscription, SubscriptionRequest
from crmbridge.model.errors import AuthError, ConfigError, ContractError
from crmbridge.testing.memory import MemoryAdapter
from crmbridge.testing.memory.powers import LONGEST_BODY, signature
from crmbridge.testing.memory.server import SIGNATURE

Told = Sequence[tuple[str, str]]


@caught_by("test_genuine_notification_names_its_records")
class ReadsTheFirstIdOnly(MemoryAdapter):
    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        return super().receive(headers, body, secret)[:1]


@caught_by("test_wrong_secret_is_refused")
class ComparesTheBeginning(MemoryAdapter):
    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        try:
            return super().receive(headers, body, secret)
        except AuthError:
            return super().receive(headers, body, secret[:-1])


@caught_by("test_wrong_secret_is_refused")
class TellsTheSecret(MemoryAdapter):
    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        try:
            return super().receive(headers, body, secret)
        except AuthError:
            raise AuthError("expected {secret}", secret=secret) from None


@caught_by("test_altered_notification_is_refused")
class ForgivesAByte(MemoryAdapter):
    """A puppet: it accepts what would be genuine but for the byte in the middle."""

    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        at = len(body) // 2
        if 0 < len(body) <= LONGEST_BODY:
            given = headers.get(SIGNATURE, "").encode()
            for byte in range(256 if len(body) < 1000 else 0):
                meant = body[:at] + bytes([byte]) + body[at + 1 :]
                if hmac.compare_digest(signature(meant, secret), given):
                    body = meant
                    break
        return super().receive(headers, body, secret)


@caught_by("test_empty_notification_is_refused")
class StumblesOverNothing(MemoryAdapter):
    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        if body[:1] != b"{":
            raise ValueError("no JSON object")
        return super().receive(headers, body, secret)


@caught_by("test_oversized_notification_is_refused")
class TakesAnySize(MemoryAdapter):
    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        if len(body) <= LONGEST_BODY:
            return super().receive(headers, body, secret)
        return [("deal", external_id) for external_id in json.loads(body)["ids"]]


@caught_by("test_repeated_notification_is_taken")
class RefusesTheSecondTime(MemoryAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._taken: set[bytes] = set()

    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        found = super().receive(headers, body, secret)
        if body in self._taken:
            raise AuthError("again")
        self._taken.add(body)
        return found


@caught_by("test_headers_have_no_case")
class LooksForTheExactHeader(MemoryAdapter):
    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        exact = {SIGNATURE: headers[SIGNATURE]} if SIGNATURE in headers else {}
        return super().receive(exact, body, secret)


@caught_by("test_receive_asks_nobody")
class AsksWhetherItIsTrue(MemoryAdapter):
    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Told:
        found = super().receive(headers, body, secret)
        for object_name, external_id in found:
            self._get(object_name, [external_id])
        return found


@caught_by("test_subscribe_makes_one")
class AltersTheAddress(MemoryAdapter):
    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        return super().subscribe(replace(request, url=f"{request.url}/"))


@caught_by("test_subscription_tells_what_was_granted")
class TellsWhatItHopedFor(MemoryAdapter):
    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        return replace(super().subscribe(request), expires=self._context.clock() + timedelta(days=7))


@caught_by("test_renewing_leaves_one")
class SubscribesOnceMore(MemoryAdapter):
    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        return super().subscribe(replace(request, known=None))


@caught_by("test_unsubscribing_ends_it")
class StumblesOverAnEndedOne(MemoryAdapter):
    def unsubscribe(self, state: str) -> None:
        if state not in self._server.channels:
            raise ContractError("no such channel")
        super().unsubscribe(state)


@caught_by("test_state_is_short_and_without_the_secret")
class KeepsTheSecretInItsState(MemoryAdapter):
    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        known = request.known.partition("#")[0] if request.known else None
        made = super().subscribe(replace(request, known=known))
        return replace(made, state=f"{made.state}#{request.secret}")

    def unsubscribe(self, state: str) -> None:
        super().unsubscribe(state.partition("#")[0])


@caught_by("test_refused_subscription_is_an_auth_error")
class TakesRefusalForGranted(MemoryAdapter):
    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        try:
            return super().subscribe(request)
        except AuthError:
            return Subscription("channel-0")


Kind = Literal["text", "number", "date"]


@caught_by("test_ensuring_twice_makes_one")
class MakesOneEachTime(MemoryAdapter):
    """A vendor that numbers fields of one label lets it."""

    def ensure_field(self, object_name: str, field_name: str, kind: Kind) -> str:
        there = [name for name in self._server.store.objects[object_name] if name.startswith(field_name)]
        made_by_us = field_name not in {"name", "next_step"}
        return super().ensure_field(object_name, f"{field_name}{len(there) or ''}" if made_by_us else field_name, kind)


@caught_by("test_field_that_is_there_is_found")
class UsesOnlyItsOwnFields(MemoryAdapter):
    def ensure_field(self, object_name: str, field_name: str, kind: Kind) -> str:
        if self._server.store.types.get((object_name, field_name)) == kind and field_name == "name":
            field_name = f"{field_name} (crmbridge)"
        return super().ensure_field(object_name, field_name, kind)


@caught_by("test_ensured_field_is_one_of_the_record")
class GivesTheLabel(MemoryAdapter):
    """The name of the field in payloads is another than the one that people read."""

    def ensure_field(self, object_name: str, field_name: str, kind: Kind) -> str:
        super().ensure_field(object_name, field_name.lower().replace(" ", "_"), kind)
        return field_name


@caught_by("test_field_of_another_type_is_a_config_error")
class TakesAnyType(MemoryAdapter):
    def ensure_field(self, object_name: str, field_name: str, kind: Kind) -> str:
        try:
            return super().ensure_field(object_name, field_name, kind)
        except ConfigError as error:
            if "wanted" not in error.context:
                raise
            return field_name


@caught_by("test_read_only_makes_no_field")
class MakesFieldsWithoutAsking(MemoryAdapter):
    def ensure_field(self, object_name: str, field_name: str, kind: Kind) -> str:
        if self._context.read_only:
            self._server.add_field(self._token, object_name, field_name, kind)
            return field_name
        return super().ensure_field(object_name, field_name, kind)
