"""Pushes: the cipher against NIST and a library, the envelope against the dossier's vector, delivery (dossier 7.1)."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from plugins.sim.tests.fx_client import FxClient

from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.events import aes, signing
from crmbridge_sim.fxiaoke.events.pushes import Delivery
from crmbridge_sim.fxiaoke.mishaps import FxFault
from crmbridge_sim.fxiaoke.switches import Setting

URL = "http://127.0.0.1:9/hook"
# Dossier 7.1, known-answer test; the key is invented (bytes 00..1f).
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
PLAIN = (
    '{"tenantId":700001,"eventType":"update","apiName":"LeadsObj","dataId":"66f0a1b2c3d4e5f607182930",'
    '"timestamp":1758700800000,"messageId":"MSG0001"}'
)
SEALED = (
    "t4hwgMsvTLocxVVsXbCpCn1XgjYC7sCRivT4+HHcdqKJe04dEW9TpCcsFael6oTM1Fc/88A9OtThuCf+8Om4wx/mAjAHG8eEWqqvgVVn5K/CGKeRQHEs"
    "OnRcYdYqOkyam9s+p4WANWfKkkd5LW3NyfRRslsyPyTgVNXDywXxa++s5wewXaapUScHZ54myhggrVba/a2uylDkLT/ol5rWAw=="
)


def opened(key: str, sealed: str) -> bytes:
    """Decrypts with a library, so that the simulator's own cipher is not its own witness."""
    raw = base64.b64decode(key)
    reader = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).decryptor()
    filler = padding.PKCS7(128).unpadder()
    plain = reader.update(base64.b64decode(sealed)) + reader.finalize()
    return filler.update(plain) + filler.finalize()


def answer(key: str, word: bytes = b"success") -> bytes:
    result = signing.sealed(key, word)
    told = {"timestamp": 1, "nonce": "n", "encryptedResult": result}
    return json.dumps({**told, "signature": signing.signature((1, "n", result), key)}).encode()


def made(**switches: Setting) -> FxClient:
    client = FxClient(FxiaokeSimulator(deals=0, switches=switches))
    client.sim.backdoor.subscribe(URL, ["LeadsObj"])
    return client


def read(client: FxClient, delivery: Delivery) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(opened(client.sim.aes_key, delivery.body["encryptedContent"]))
    return told


def test_the_cipher_is_that_of_nist() -> None:
    key = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")  # FIPS 197, C.3
    block = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert aes.encrypt_block(key, block).hex() == "8ea2b7ca516745bfeafc49904b496089"


def test_the_cipher_agrees_with_a_library() -> None:
    roll = Random(3)  # noqa: S311  # inputs of a test, no secret
    for length in (0, 1, 15, 16, 17, 255, 1000):
        key, plain = roll.randbytes(32), roll.randbytes(length)
        assert opened(base64.b64encode(key).decode(), base64.b64encode(aes.encrypt(key, plain)).decode()) == plain


def test_the_envelope_is_that_of_the_vector() -> None:
    assert signing.sealed(KEY, PLAIN.encode()) == SEALED
    event = json.loads(PLAIN)
    for retries, expected in (
        (None, "281d8b352c33d8e6b04420510201b400487d9d90"),
        (1, "7df4b75e05ced2de910cad6b6ed2c37f67856a9d"),
    ):
        body = signing.envelope(
            event, aes_key=KEY, timestamp=1758700801234, nonce="n0nce123", ea="demo_ea", retry_times=retries
        )
        assert (body["encryptedContent"], body["signature"]) == (SEALED, expected)
    right = {
        "timestamp": 1758700801300,
        "nonce": "r3sp0nse",
        "encryptedResult": "ArsKAyhvk7QKghXe0zdCeQ==",
        "signature": "1f892834e160f1710b90193492d9d271539010ea",
    }
    assert signing.is_taken(json.dumps(right).encode(), KEY)
    assert not signing.is_taken(json.dumps({**right, "nonce": "other"}).encode(), KEY)
    for bad in (b"success", b"[]", b"", answer(KEY, b"sinature is wrong")):
        assert not signing.is_taken(bad, KEY)


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(bytes(16)).decode(), "!"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="aesKey"):
        signing.key_bytes(key)


@pytest.mark.parametrize(
    ("rule", "words"),
    [("crud", ["create", "update", "invalid", "recover"]), ("verbs", ["add", "edit", "invalid", "recover"])],
)
def test_every_write_is_pushed_as_a_thin_event(rule: str, words: list[str]) -> None:
    client = made(event_words=rule)
    lead = client.lead()
    client.update("LeadsObj", lead, remark="x")
    client.sim.backdoor.invalid("LeadsObj", lead)
    client.sim.backdoor.recover("LeadsObj", lead)
    client.account()  # nobody asked for accounts
    events = [read(client, one) for one in client.sim.events.due()]
    assert [one["eventType"] for one in events] == words
    assert {one["dataId"] for one in events} == {lead}
    assert set(events[0]) == {"tenantId", "eventType", "apiName", "dataId", "timestamp", "messageId"}


def test_a_push_comes_again_until_it_is_taken() -> None:
    client = made()
    client.lead()
    first = client.sim.events.due()[0]
    assert "retryTimes" not in first.body
    assert not client.sim.events.answered(first, 200, b"success")
    assert client.sim.events.due() == []
    client.sim.clock.advance(560)
    second = client.sim.events.due()[0]
    assert (second.body["retryTimes"], second.message_id) == (1, first.message_id)
    assert second.body["signature"] != first.body["signature"]
    assert not client.sim.events.answered(second, 500, answer(client.sim.aes_key))
    client.sim.clock.advance(560)
    third = client.sim.events.due()[0]
    assert client.sim.events.answered(third, 200, answer(client.sim.aes_key))
    client.sim.clock.advance(5000)
    assert client.sim.events.due() == []
    assert (client.sim.events.sent, client.sim.events.taken, client.sim.events.lost) == (3, 1, 0)


def test_a_push_is_lost_after_its_tries() -> None:
    client = made(event_retries=2, event_retry_s=10)
    client.lead()
    tries = 0
    for _ in range(6):
        tries += len(client.sim.events.due())
        client.sim.clock.advance(10)
    assert (tries, client.sim.events.lost) == (3, 1)


@pytest.mark.parametrize(("rule", "told"), [("absent", "none"), ("null", None), ("zero", 0)])
def test_retry_times_of_the_first_push_is_a_switch(rule: str, told: object) -> None:
    client = made(first_retry_times=rule)
    client.lead()
    assert client.sim.events.due()[0].body.get("retryTimes", "none") == told


def test_a_plain_200_may_be_enough() -> None:
    client = made(event_answer="http")
    client.lead()
    assert client.sim.events.answered(client.sim.events.due()[0], 200, b"whatever")


def test_events_may_be_late_lost_twice_and_out_of_order() -> None:
    client = made(event_delay_ms=500)
    for kind in ("event_drop", "event_twice", "event_late"):
        client.sim.faults.add(FxFault(kind))
        client.lead(name=kind)
    leads = {row["_id"]: row["name"] for row in client.rows("LeadsObj")}
    client.lead(name="plain")
    assert client.sim.events.due() == []
    client.sim.clock.advance(0.5)
    now = [leads.get(read(client, one)["dataId"], "plain") for one in client.sim.events.due()]
    assert now == ["event_twice", "event_twice", "plain"]
    client.sim.clock.advance(60)
    assert [leads[read(client, one)["dataId"]] for one in client.sim.events.due()] == ["event_late"]


def test_every_so_many_events_are_lost_or_doubled() -> None:
    client = made(event_drop_every=3, event_twice_every=2)
    leads = [client.lead() for _ in range(6)]
    seen = [leads.index(read(client, one)["dataId"]) for one in client.sim.events.due()]
    assert seen == [0, 1, 1, 3, 3, 4]


def test_pushes_may_come_in_any_order() -> None:
    client = made(event_order="reversed")
    leads = [client.lead() for _ in range(3)]
    assert [read(client, one)["dataId"] for one in client.sim.events.due()] == leads[::-1]


@pytest.mark.parametrize(("on", "count"), [(False, 0), (True, 1)])
def test_quiet_changes_may_be_pushed(on: bool, count: int) -> None:  # noqa: FBT001  # a setting
    client = made(event_per_field=on)
    lead = client.lead()
    for one in client.sim.events.due():
        client.sim.events.answered(one, 200, answer(client.sim.aes_key))
    client.sim.backdoor.lock("LeadsObj", lead)
    assert len(client.sim.events.due()) == count


def test_who_subscribes_twice_or_no_more() -> None:
    client = made()
    with pytest.raises(ValueError, match="no object"):
        client.sim.backdoor.subscribe(URL, ["LeadObj"])
    client.sim.backdoor.subscribe("http://127.0.0.1:9/other", aes_key=KEY)
    client.lead()
    due = client.sim.events.due()
    assert {one.url for one in due} == {URL, "http://127.0.0.1:9/other"}
    assert opened(KEY, due[1].body["encryptedContent"])
    client.sim.backdoor.unsubscribe(URL)
    client.lead()
    assert {one.url for one in client.sim.events.due()} == {"http://127.0.0.1:9/other"}


@contextmanager
def listening(reply: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A listener on loopback that answers everything alike."""
    seen: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", seen
        server.shutdown()
        thread.join()


def test_pushes_are_posted() -> None:
    sim = FxiaokeSimulator(deals=0)
    with listening(answer(sim.aes_key)) as (url, seen):
        sim.backdoor.subscribe(url)
        FxClient(sim).lead()
        assert sim.events.deliver() == 1
    assert json.loads(seen[0])["enterpriseAccount"] == sim.ea
    assert sim.events.listing()["waiting"] == []
    sim.backdoor.subscribe("http://127.0.0.1:9/nobody")
    sim.backdoor.subscribe("ftp://x")
    FxClient(sim).lead()
    assert sim.events.deliver() == 0
    assert sim.events.last[-1]["status"] == 0
