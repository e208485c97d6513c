"""Pushes: the known answers, who is believed, how old is too old, and what Fxiaoke hears."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.errors import AuthError
from crmbridge_fxiaoke.events import Pushes, aes_key, answer, by_hand, signature

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SEALED = (
    "t4hwgMsvTLocxVVsXbCpCn1XgjYC7sCRivT4+HHcdqKJe04dEW9TpCcsFael6oTM1Fc/88A9OtThuCf+8Om4wx/mAjAHG8eEWqqvgVVn5K/CGKeR"
    "QHEsOnRcYdYqOkyam9s+p4WANWfKkkd5LW3NyfRRslsyPyTgVNXDywXxa++s5wewXaapUScHZ54myhggrVba/a2uylDkLT/ol5rWAw=="
)
SIGNED, SIGNED_AGAIN = "281d8b352c33d8e6b04420510201b400487d9d90", "7df4b75e05ced2de910cad6b6ed2c37f67856a9d"
SENT_MS = 1758700801234
AT = datetime(2025, 9, 24, 8, 0, 1, 300_000, tzinfo=UTC)
LEAD = ("LeadsObj", "66f0a1b2c3d4e5f607182930")


def known(**changed: object) -> dict[str, Any]:
    """The push of dossier 7.1, with some of it changed; None takes a part away."""
    parts: dict[str, object] = {
        "signature": SIGNED,
        "timestamp": SENT_MS,
        "nonce": "n0nce123",
        "messageId": "MSG0001",
        "enterpriseAccount": "demo_ea",
        "encryptedContent": SEALED,
    }
    return parts | changed


def pushes(at: datetime = AT) -> Pushes:
    return Pushes("crm", lambda: at)


def hear(parts: object, *, key: str = KEY, at: datetime = AT) -> list[tuple[str, str]]:
    return pushes(at).receive(json.dumps(parts).encode(), key)


def seal(plain: bytes, key: str = KEY) -> str:
    raw = base64.b64decode(key)
    pad = 16 - len(plain) % 16
    encryptor = Cipher(AES(raw), CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def push(plain: object, *, sent: datetime = AT, key: str = KEY, **parts: object) -> dict[str, object]:
    """A push that is signed by who knows the key."""
    body = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
    made = known(timestamp=round(sent.timestamp() * 1000), encryptedContent=seal(body, key), **parts)
    texts = {name: str(value) for name, value in made.items() if value is not None}
    return made | {"signature": signature(texts, key)}


# known answers (dossier 7.1)


def test_the_known_push_is_heard() -> None:
    assert hear(known()) == [LEAD]


def test_the_known_repetition_is_heard() -> None:
    assert hear(known(signature=SIGNED_AGAIN, retryTimes=1)) == [LEAD]


def test_the_known_answer_is_given() -> None:
    assert json.loads(answer(KEY, 1758700801300, "r3sp0nse")) == {
        "timestamp": 1758700801300,
        "nonce": "r3sp0nse",
        "encryptedResult": "ArsKAyhvk7QKghXe0zdCeQ==",
        "signature": "1f892834e160f1710b90193492d9d271539010ea",
    }


def test_null_retries_are_signed_as_none_at_all() -> None:
    assert hear(known(retryTimes=None)) == [LEAD]


def test_zero_retries_are_signed_as_a_zero() -> None:
    assert hear(push({"apiName": LEAD[0], "dataId": LEAD[1]}, retryTimes=0)) == [LEAD]
    with pytest.raises(AuthError):
        hear(known(retryTimes=0))


# who is believed


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": SIGNED_AGAIN},
        {"signature": SIGNED.upper()},
        {"signature": ""},
        {"signature": None},
        {"signature": "\ud83d" * 40},
        {"retryTimes": 1},
        {"retryTimes": "x"},
        {"retryTimes": 1.5},
        {"retryTimes": [1]},
        {"timestamp": SENT_MS + 1},
        {"timestamp": None},
        {"timestamp": "soon"},
        {"timestamp": True},
        {"nonce": "n0nce124"},
        {"nonce": None},
        {"messageId": "MSG0002"},
        {"messageId": ["MSG0001"]},
        {"enterpriseAccount": "other_ea"},
        {"encryptedContent": SEALED[:-4]},
        {"encryptedContent": "?"},
        {"encryptedContent": {}},
    ],
)
def test_a_push_with_anything_changed_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(AuthError) as caught:
        hear(known(**changed))
    assert KEY not in str(caught.value)


def test_another_key_and_none_are_refused() -> None:
    for key in (base64.b64encode(bytes(32)).decode(), KEY[:-1], KEY[:-4] + "AAA=", "", "secret"):
        with pytest.raises(AuthError):
            hear(known(), key=key)


def test_the_signature_counts_before_anything_is_deciphered() -> None:
    parts = push({"apiName": LEAD[0], "dataId": LEAD[1]})
    with pytest.raises(AuthError):
        hear({**parts, "encryptedContent": seal(b"{}")})


@pytest.mark.parametrize("plain", [b"", b"no json", b"[]", b"\xff", b"null", b'{"dataId": NaN}'])
def test_what_is_signed_and_says_nothing_is_refused(plain: bytes) -> None:
    with pytest.raises(AuthError):
        hear(push(plain))


def test_content_that_was_sealed_with_another_key_is_refused_though_it_is_signed() -> None:
    other = base64.b64encode(bytes(range(32, 64))).decode()
    sealed = seal(json.dumps({"apiName": LEAD[0], "dataId": LEAD[1]}).encode(), other)
    made = known(timestamp=round(AT.timestamp() * 1000), encryptedContent=sealed)
    made["signature"] = signature({name: str(value) for name, value in made.items()}, KEY)
    with pytest.raises(AuthError):
        hear(made)


@given(st.binary(max_size=400))
def test_whatever_is_posted_is_refused_and_breaks_nothing(body: bytes) -> None:
    for ask in (pushes().receive, pushes().acknowledge):
        with pytest.raises(AuthError):
            ask(body, KEY)


def test_a_megabyte_is_refused() -> None:
    with pytest.raises(AuthError):
        hear(known(padding="x" * (1 << 20)))


# how old


SENT = datetime(2025, 9, 24, 8, 0, 1, 234_000, tzinfo=UTC)


@pytest.mark.parametrize("minutes", [-4.9, 0, 4.9])
def test_up_to_five_minutes_before_and_after_are_taken(minutes: float) -> None:
    assert hear(known(), at=SENT + timedelta(minutes=minutes)) == [LEAD]


@pytest.mark.parametrize("minutes", [-5.1, 5.1, 60 * 24])
def test_what_was_signed_longer_ago_or_later_is_refused(minutes: float) -> None:
    with pytest.raises(AuthError):
        hear(known(), at=SENT + timedelta(minutes=minutes))


# what is taken out of it


@pytest.mark.parametrize(
    "word", ["update", "create", "invalid", "delete", "recover", "changeOwner", "从未见过", 7, None]
)
def test_every_kind_of_event_is_only_a_hint(word: object) -> None:
    plain = {"apiName": "AccountObj", "dataId": "66f0b0000000000000000001", "eventType": word, "name": "李"}
    assert hear(push(plain)) == [("AccountObj", "66f0b0000000000000000001")]


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"apiName": "AccountObj"},
        {"apiName": "AccountObj", "dataId": None},
        {"apiName": "AccountObj", "dataId": 7},
        {"apiName": "AccountObj", "dataId": "../../x"},
        {"apiName": "Account Obj", "dataId": "1"},
        {"apiName": ["AccountObj"], "dataId": "1"},
    ],
)
def test_a_genuine_push_without_a_record_is_answered_and_names_none(plain: dict[str, object]) -> None:
    body = push(plain)
    assert hear(body) == []
    assert pushes().acknowledge(json.dumps(body).encode(), KEY).body


def test_several_records_of_one_push_come_once_each() -> None:
    plain = {"apiName": "AccountObj", "dataId": ["a1", "a2", "a1", 3, ""]}
    assert hear(push(plain)) == [("AccountObj", "a1"), ("AccountObj", "a2")]


def test_times_and_nonces_may_come_as_texts_or_as_numbers() -> None:
    plain = {"apiName": LEAD[0], "dataId": LEAD[1]}
    assert hear(push(plain, nonce=12345)) == [LEAD]
    made = push(plain)
    assert hear({**made, "timestamp": str(made["timestamp"])}) == [LEAD]


# what Fxiaoke hears


def test_the_answer_is_signed_and_sealed_now() -> None:
    told = json.loads(pushes().acknowledge(json.dumps(known()).encode(), KEY).body)
    assert told["timestamp"] == round(AT.timestamp() * 1000)
    joined = f"{told['timestamp']}{told['nonce']}{told['encryptedResult']}{KEY}"
    assert told["signature"] == hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    again = json.loads(pushes().acknowledge(json.dumps(known()).encode(), KEY).body)
    assert again["nonce"] != told["nonce"]


def test_repetitions_share_a_mark_and_other_pushes_have_another() -> None:
    def mark(parts: object) -> str:
        return pushes().acknowledge(json.dumps(parts).encode(), KEY).mark

    first = mark(known())
    assert mark(known(signature=SIGNED_AGAIN, retryTimes=1)) == first
    lead = {"apiName": LEAD[0], "dataId": LEAD[1]}
    later = AT + timedelta(minutes=1)
    assert mark(push(lead, sent=later, nonce="another", retryTimes=2)) == first
    others = [push(lead, messageId="MSG0002"), push({**lead, "dataId": "x"}), push({**lead, "apiName": "AccountObj"})]
    assert len({first, *map(mark, others)}) == 4
    assert len(first) <= 128


def test_the_key_to_enter_follows_from_the_secret_and_fits() -> None:
    made = by_hand("t" * 43)
    assert len(base64.b64decode(made.secret, validate=True)) == 32
    assert made == by_hand("t" * 43)
    assert made.secret != by_hand("u" * 43).secret
    assert "t" * 43 not in made.secret
    assert made.secret not in repr(made)
    assert aes_key(made.secret) == made.secret == aes_key("t" * 43)
    assert aes_key(KEY) == KEY
