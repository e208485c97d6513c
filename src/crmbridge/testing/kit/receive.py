"""The receive group: what an adapter that takes notifications must prove. A notification is a hint from a stranger."""

from collections.abc import Mapping

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Receives
from crmbridge.model.errors import AuthError
from crmbridge.testing.kit.harness import Fault, Harness, Need
from crmbridge.testing.kit.reading import need, opened, require, seed

SECRET = "kit-secret-8d1f0a6b42c79e35"  # noqa: S105 - made up
OTHER_SECRET = "kit-secret-0000000000000000"  # noqa: S105 - made up
LONGEST_BODY = 1 << 20
"""What is longer than this is refused, whoever sent it."""


class ReceiveGroup:
    """`receive`."""

    crmbridge_kit_group = "receive"

    def test_genuine_notification_names_its_records(self, harness: Harness) -> None:
        """One and several, each as object and id."""
        require(harness, Capability.RECEIVE)
        ids = seed(harness, 3)
        for told in (ids[:1], ids):
            found = _receive(harness, *harness.notification(told, SECRET))
            assert sorted(found) == sorted((harness.object_name, key) for key in told)

    def test_wrong_secret_is_refused(self, harness: Harness) -> None:
        """Another one, one that only begins alike, and none; the refusal tells nobody the right one."""
        require(harness, Capability.RECEIVE)
        ids = seed(harness, 1)
        for wrong in (OTHER_SECRET, SECRET[:-1], ""):
            error = _refused(harness, *harness.notification(ids, wrong))
            assert SECRET not in f"{error}{error!r}{error.context}"

    def test_altered_notification_is_refused(self, harness: Harness) -> None:
        """A single byte changed on the way, and a body under the headers of another."""
        require(harness, Capability.RECEIVE)
        need(harness, Need.SIGNED)
        ids = seed(harness, 2)
        headers, body = harness.notification(ids[:1], SECRET)
        other_headers, other = harness.notification(ids[1:], SECRET)
        if headers != other_headers:  # a signature that stands in the body goes where the body goes
            _refused(harness, headers, other)
        _refused(harness, headers, body[: len(body) // 2] + b"\x7e" + body[len(body) // 2 + 1 :])

    def test_empty_notification_is_refused(self, harness: Harness) -> None:
        """Nothing at all, and a body that is none of the vendor's: an AuthError, not a crash."""
        require(harness, Capability.RECEIVE)
        headers, _ = harness.notification(seed(harness, 1), SECRET)
        for body in (b"", b"{}", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000):
            _refused(harness, headers, body)
            _refused(harness, {}, body)

    def test_oversized_notification_is_refused(self, harness: Harness) -> None:
        """Even a genuine one: nobody needs a megabyte to say that something changed."""
        require(harness, Capability.RECEIVE)
        many = [f"{number:018d}" for number in range(80_000)]
        headers, body = harness.notification(many, SECRET)
        assert len(body) > LONGEST_BODY
        _refused(harness, headers, body)

    def test_repeated_notification_is_taken(self, harness: Harness) -> None:
        """Vendors send twice; nothing is remembered, and the answer is the same."""
        require(harness, Capability.RECEIVE)
        headers, body = harness.notification(seed(harness, 2), SECRET)
        with opened(harness) as adapter:
            assert isinstance(adapter, Receives)
            first, again = (list(adapter.receive(headers, body, SECRET)) for _ in range(2))
        assert first == again

    def test_headers_have_no_case(self, harness: Harness) -> None:
        """Proxies write them as they like."""
        require(harness, Capability.RECEIVE)
        headers, body = harness.notification(seed(harness, 1), SECRET)
        expected = _receive(harness, headers, body)
        for change in (str.lower, str.upper):
            assert _receive(harness, {change(name): value for name, value in headers.items()}, body) == expected

    def test_receive_asks_nobody(self, harness: Harness) -> None:
        """A flood of notifications makes no call: it is answered where the source cannot be reached."""
        require(harness, Capability.RECEIVE)
        need(harness, Fault.UNREACHABLE)
        headers, body = harness.notification(seed(harness, 1), SECRET)
        with opened(harness) as adapter:
            assert isinstance(adapter, Receives)
            harness.inject(Fault.UNREACHABLE)
            assert adapter.receive(headers, body, SECRET)


def _receive(harness: Harness, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    with opened(harness) as adapter:
        assert isinstance(adapter, Receives), "receive is declared, and missing"
        return list(adapter.receive(headers, body, SECRET))


def _refused(harness: Harness, headers: Mapping[str, str], body: bytes) -> AuthError:
    with pytest.raises(AuthError) as caught:
        _receive(harness, headers, body)
    return caught.value
