"""The subscribe group: what an adapter that has the vendor send notifications must prove."""

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import MAX_CURSOR_BYTES, Adapter, Subscribes, Subscription, SubscriptionRequest
from crmbridge.model.errors import AuthError
from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import need, opened, require

URL = "https://hooks.example.com/crmbridge/kit"
SECRET = "kit-subscription-51c6e0d7"  # noqa: S105 - made up
A_MINUTE = 60


class SubscribeGroup:
    """`subscribe` and `unsubscribe`."""

    crmbridge_kit_group = "subscribe"

    def test_subscribe_makes_one(self, harness: Harness) -> None:
        """At that address."""
        require(harness, Capability.SUBSCRIBE)
        with opened(harness, read_only=False) as adapter:
            _subscribe(harness, adapter)
        assert [watch.url for watch in harness.watches()] == [URL]

    def test_subscription_tells_what_was_granted(self, harness: Harness) -> None:
        """Its end is the vendor's, not the one that was hoped for."""
        require(harness, Capability.SUBSCRIBE)
        with opened(harness, read_only=False) as adapter:
            made = _subscribe(harness, adapter)
        (watch,) = harness.watches()
        assert made.expires == watch.expires
        assert made.expires is None or made.expires.tzinfo is not None

    def test_renewing_leaves_one(self, harness: Harness) -> None:
        """With a later end, by another adapter that knows the state alone; and its own state can be renewed."""
        require(harness, Capability.SUBSCRIBE)
        need(harness, Need.EXPIRY)
        with opened(harness, read_only=False) as adapter:
            made = _subscribe(harness, adapter)
        for _ in range(2):
            (before,) = harness.watches()
            harness.clock.advance(A_MINUTE)
            with opened(harness, read_only=False) as adapter:
                made = _subscribe(harness, adapter, made.state)
            (after,) = harness.watches()
            assert before.expires is not None
            assert after.expires is not None
            assert after.expires > before.expires

    def test_unsubscribing_ends_it(self, harness: Harness) -> None:
        """Twice is harmless, and another adapter can do it."""
        require(harness, Capability.SUBSCRIBE)
        with opened(harness, read_only=False) as adapter:
            made = _subscribe(harness, adapter)
        for _ in range(2):
            with opened(harness, read_only=False) as adapter:
                assert isinstance(adapter, Subscribes)
                adapter.unsubscribe(made.state)
            assert list(harness.watches()) == []

    def test_state_is_short_and_without_the_secret(self, harness: Harness) -> None:
        """It is kept in the ledger, where no secret goes."""
        require(harness, Capability.SUBSCRIBE)
        with opened(harness, read_only=False) as adapter:
            made = _subscribe(harness, adapter)
        assert isinstance(made.state, str)
        assert len(made.state.encode()) <= MAX_CURSOR_BYTES
        assert SECRET not in f"{made!r}"

    def test_refused_subscription_is_an_auth_error(self, harness: Harness) -> None:
        """Never one that nobody granted."""
        require(harness, Capability.SUBSCRIBE)
        need(harness, Need.CREDENTIALS)
        with pytest.raises(AuthError), opened(harness, read_only=False, wrong_credentials=True) as adapter:
            _subscribe(harness, adapter)
        assert list(harness.watches()) == []


def _subscribe(harness: Harness, adapter: Adapter, known: str | None = None) -> Subscription:
    assert isinstance(adapter, Subscribes), "subscribe is declared, and missing"
    return adapter.subscribe(SubscriptionRequest(URL, SECRET, frozenset({harness.object_name}), known))
