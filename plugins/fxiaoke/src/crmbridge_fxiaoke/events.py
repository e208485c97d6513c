"""Pushes of changed records: deciphered, their signature and age checked, and the answer that Fxiaoke wants to hear.

A push is thin (object, id, what happened) and comes at least once, in any order, repeated until it is answered in kind
(dossier 7.1). It is only a hint to read a record again, whatever its `eventType` says. Everything hangs on the aesKey:
who knows it may sign, who does not may repeat what was overheard for five minutes, and that is taken once.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from crmbridge.adapter.hearing import Acknowledgement, HandMade
from crmbridge.http import UnreadableBody
from crmbridge.http.strict import decode
from crmbridge.model.errors import AuthError

WINDOW = timedelta(minutes=5)
"""How far the time that was signed may be from ours: each repetition is signed anew (dossier 7.1)."""

LONGEST_BODY = 1 << 20
SUCCESS = b"success"
_KEY_BYTES = 32
_BLOCK_BITS = 128
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,19}")
_STEPS = (
    "Fxiaoke, administration, your self-built app, subscription of data changes: enter the address as the callback URL "
    "and the secret as its aesKey, and choose the objects that crmbridge reads. Where the page gives an aesKey of its "
    "own, keep that one where secrets are kept and name it as webhook_secret in crmbridge.toml."
)
_STEPS_ZH = (
    "纷享销客管理后台，企业自建应用，数据变更事件订阅：将下面的地址填入回调 URL，将密钥填入 aesKey，"
    "并选择 crmbridge 读取的对象。如果页面自行生成 aesKey，请将其存入密钥库，"
    "并在 crmbridge.toml 中以 webhook_secret 引用。"
)


@dataclass(frozen=True, slots=True)
class Event:
    """What a genuine push says: the records it speaks of, and a mark that all its repetitions share."""

    pairs: tuple[tuple[str, str], ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Pushes:
    """The pushes of one connection. `clock` tells the time that they are held against."""

    connection: str
    clock: Callable[[], datetime]

    def receive(self, body: bytes, secret: str) -> list[tuple[str, str]]:
        """The (object, id) pairs of a genuine push, none where it names no record; AuthError for any other."""
        return list(self._read(body, secret).pairs)

    def acknowledge(self, body: bytes, secret: str) -> Acknowledgement:
        """The signed answer that ends the repetition of a genuine push."""
        mark = self._read(body, secret).mark
        return Acknowledgement(mark, answer(aes_key(secret), _ms(self.clock()), secrets.token_hex(8)))

    def _read(self, body: bytes, secret: str) -> Event:
        envelope = _envelope(body)
        if not secret or envelope is None or not self._is_now(envelope):
            raise self._refused()
        key = aes_key(secret)
        given = _utf8(envelope["signature"])
        if not hmac.compare_digest(signature(envelope, key).encode(), given):
            raise self._refused()
        told = _json(_deciphered(envelope["encryptedContent"], _bytes_of(key)) or b"")
        if told is None:
            raise self._refused()
        pairs = tuple(_pairs(told))
        parts = (envelope["enterpriseAccount"], envelope["messageId"], *(part for pair in pairs for part in pair))
        return Event(pairs, hashlib.sha256(_utf8("\n".join(parts))).hexdigest())

    def _is_now(self, envelope: Mapping[str, str]) -> bool:
        """Whether it was signed within five minutes of now, before or after: clocks are never quite the same."""
        return abs(int(envelope["timestamp"]) - _ms(self.clock())) <= WINDOW // timedelta(milliseconds=1)

    def _refused(self) -> AuthError:
        return AuthError("this is no push of Fxiaoke for {connection}", connection=self.connection)


def by_hand(secret: str) -> HandMade:
    """What to enter in the page of the app."""
    return HandMade(aes_key(secret), _STEPS, _STEPS_ZH)


def aes_key(secret: str) -> str:
    """The aesKey, 32 bytes in base64: the secret itself where it is one, else the one that follows from it."""
    try:
        is_key = len(_bytes_of(secret)) == _KEY_BYTES
    except ValueError:
        is_key = False
    if is_key:
        return secret
    return base64.b64encode(hashlib.sha256(b"fxiaoke-events:" + _utf8(secret)).digest()).decode()


def signature(envelope: Mapping[str, str], key: str) -> str:
    """The signature of a push: its parts and the aesKey joined as they are, unsorted; `retryTimes` where it is told."""
    names = ("timestamp", "nonce", "messageId", "retryTimes", "enterpriseAccount", "encryptedContent")
    return _sha1("".join(envelope.get(name, "") for name in names) + key)


def answer(key: str, timestamp_ms: int, nonce: str) -> bytes:
    """The body that says in Fxiaoke's own way that a push was taken; `key` is the aesKey."""
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = _cipher(_bytes_of(key)).encryptor()
    sealed = encryptor.update(padder.update(SUCCESS) + padder.finalize()) + encryptor.finalize()
    result = base64.b64encode(sealed).decode()
    signed = _sha1(f"{timestamp_ms}{nonce}{result}{key}")
    told = {"timestamp": timestamp_ms, "nonce": nonce, "encryptedResult": result, "signature": signed}
    return json.dumps(told).encode()


def _envelope(body: bytes) -> dict[str, str] | None:
    """The parts of a push as the texts that were signed; None where they are not all there."""
    told = _json(body) if body and len(body) <= LONGEST_BODY else None
    if told is None:
        return None
    found: dict[str, str] = {}
    for name in ("signature", "timestamp", "nonce", "messageId", "enterpriseAccount", "encryptedContent"):
        text = _text(told.get(name))
        if not text:
            return None
        found[name] = text
    if told.get("retryTimes") is not None:
        retries = _text(told["retryTimes"])
        if retries is None:
            return None
        found["retryTimes"] = retries
    return found if _DIGITS.fullmatch(found["timestamp"]) else None


def _text(value: object) -> str | None:
    """A text, or a whole number as it is written; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)


def _json(body: bytes) -> Mapping[str, object] | None:
    try:
        found = decode(body)
    except UnreadableBody:
        return None
    return found if isinstance(found, Mapping) else None


def _pairs(told: Mapping[str, object]) -> list[tuple[str, str]]:
    """The records that are named; a name or an id that Fxiaoke has not is passed over."""
    name, ids = told.get("apiName"), told.get("dataId")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return []
    named = ids if isinstance(ids, list) else [ids]
    return [(name, one) for one in dict.fromkeys(one for one in named if isinstance(one, str)) if _ID.fullmatch(one)]


def _bytes_of(key: str) -> bytes:
    return base64.b64decode(key, validate=True)


def _deciphered(text: str, key: bytes) -> bytes | None:
    try:
        sealed = base64.b64decode(text, validate=True)
        decryptor = _cipher(key).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except (binascii.Error, ValueError):
        return None


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _cipher(key: bytes) -> Cipher[CBC]:
    return Cipher(AES(key), CBC(key[:16]))


def _sha1(text: str) -> str:
    return hashlib.sha1(_utf8(text), usedforsecurity=False).hexdigest()


def _ms(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
