"""The envelope of a push and of the answer to it (dossier 7.1: OBS, the official demo)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from crmbridge_sim.fxiaoke.events import aes

TAKEN = b"success"


def key_bytes(aes_key: str) -> bytes:
    """The 32 bytes of the base64 text that is agreed upon; anything else raises ValueError."""
    try:
        key = base64.b64decode(aes_key, validate=True)
    except binascii.Error as error:
        raise ValueError("aesKey is no base64 text") from error
    if len(key) != 32:  # noqa: PLR2004  # AES-256
        raise ValueError("aesKey must be the base64 text of 32 bytes")
    return key


def sealed(aes_key: str, plain: bytes) -> str:
    """A text encrypted and in base64."""
    return base64.b64encode(aes.encrypt(key_bytes(aes_key), plain)).decode()


def signature(parts: tuple[object, ...], aes_key: str) -> str:
    """SHA-1 of the parts as they stand, unsorted, then the key's text; None is left out."""
    text = "".join(str(part) for part in parts if part is not None) + aes_key
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  # the vendor's choice


def envelope(
    event: Mapping[str, Any], *, aes_key: str, timestamp: int, nonce: str, ea: str, retry_times: int | None
) -> dict[str, Any]:
    """What is posted: signature, the plain facts of the delivery, the sealed event."""
    content = sealed(aes_key, json.dumps(event, separators=(",", ":")).encode())
    message = event["messageId"]
    return {
        "signature": signature((timestamp, nonce, message, retry_times, ea, content), aes_key),
        "timestamp": timestamp,
        "nonce": nonce,
        "messageId": message,
        "retryTimes": retry_times,
        "enterpriseAccount": ea,
        "encryptedContent": content,
    }


def is_taken(answer: bytes, aes_key: str) -> bool:
    """Whether an answer says success and is signed by the key."""
    try:
        told = json.loads(answer)
    except ValueError:
        return False
    if not isinstance(told, dict):
        return False
    result = told.get("encryptedResult")
    right = signature((told.get("timestamp"), told.get("nonce"), result), aes_key)
    return result == sealed(aes_key, TAKEN) and told.get("signature") == right
