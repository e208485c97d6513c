"""Payloads as bytes: exact JSON with its hash, and the compressed form in which they are kept.

Numbers keep their digits: a Decimal is written as it is and read back as a Decimal; a float is refused, because it has
lost them already. Small payloads of one stream are alike, so each stream gets a zstd dictionary, trained on the shape
of its first records: it makes them several times smaller and compresses faster. What identifies a single record is
masked before the training, so no dictionary remembers somebody who is erased later.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
import zstandard

from crmbridge.adapter.contract import Payload
from crmbridge.model.errors import ContractError

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_EXACT = frozenset({str, int, bool, type(None), Decimal})
_INT64 = 2**63
_PLAIN_BYTES = 64
_DICTIONARY_BYTES = 16_384
_FIRST_DICTIONARY_ID = 32_768  # lower ones are reserved by the zstd format
SAMPLE = 256
"""A stream's dictionary is trained on this many records, from the first page that has them."""
_COMMON = 8


def encode_payload(payload: Payload) -> bytes:
    """The payload as JSON. ContractError for a float, or anything else that is not JSON."""
    try:
        if type(payload) is dict and (_EXACT.issuperset(map(type, payload.values())) or _is_exact(payload)):
            return orjson.dumps(payload, _digits, _OPTIONS)
        return orjson.dumps(_exact(payload, "payload"), option=_OPTIONS)
    except TypeError as error:
        return _encode_slowly(payload, error)


def _is_exact(value: Any) -> bool:  # noqa: ANN401 - a payload, or any value within it
    """Whether a dict or a list has nothing in it that orjson would write otherwise: no float, at any depth."""
    kind = type(value)
    if kind is not dict and kind is not list and kind is not tuple:
        return False
    for one in value.values() if kind is dict else value:  # a generator costs twice as much
        if type(one) not in _EXACT and not _is_exact(one):
            return False
    return True


def _digits(value: object) -> orjson.Fragment:
    """What orjson asks for, a Decimal, as it is written. TypeError for one that is no number."""
    if type(value) is Decimal and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


def _encode_slowly(payload: Payload, error: TypeError) -> bytes:
    """Once more, with integers beyond 64 bits as their digits; lone surrogates cannot be stored at all."""
    try:
        return orjson.dumps(_exact(payload, "payload", long_integers=True), option=_OPTIONS)
    except TypeError:
        raise ContractError("a payload is not JSON: {reason}", reason=str(error)) from error


def _exact(value: object, where: str, *, long_integers: bool = False) -> object:
    kind = type(value)
    if kind in {str, bool, type(None)}:
        return value
    if kind is int:
        return orjson.Fragment(str(value)) if long_integers and not -_INT64 <= value < _INT64 else value  # type: ignore[operator]
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    if isinstance(value, Mapping):
        return {_key(k, where): _exact(v, f"{where}.{k}", long_integers=long_integers) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(v, f"{where}[{n}]", long_integers=long_integers) for n, v in enumerate(value)]
    if isinstance(value, float):
        raise ContractError(
            "{where} is a float: its digits are lost already",
            where=where,
            hint="parse JSON with parse_float=Decimal, leave cells of files as text",
        )
    raise ContractError("{where} is of type {type}, which is not JSON", where=where, type=kind.__name__)


def _key(key: object, where: str) -> str:
    if isinstance(key, str):
        return key
    raise ContractError("{where} has a key that is not text: {key}", where=where, key=repr(key))


def decode_payload(body: bytes) -> dict[str, Any]:
    """The payload of its JSON; every number with a fraction or an exponent is a Decimal, digit for digit."""
    decoded: dict[str, Any] = json.loads(body, parse_float=Decimal)
    return decoded


class Compressor:
    """Packs payloads of one stream; `dictionary` is None for a stream that has none."""

    def __init__(self, dictionary: bytes | None = None) -> None:
        trained = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        if trained is not None:
            trained.precompute_compress(level=1)
        self._compressor = zstandard.ZstdCompressor(level=1, dict_data=trained)

    def pack(self, bodies: Sequence[bytes]) -> list[bytes]:
        """Of each JSON the smaller of itself and its zstd frame; no frame begins with `{`.

        The library takes them all in one call: a third less work than one by one.
        """
        long: list[bytes | bytearray | memoryview] = [body for body in bodies if len(body) > _PLAIN_BYTES]
        frames = iter(self._compressor.multi_compress_to_buffer(long, threads=1) if long else ())
        return [
            body if len(body) <= _PLAIN_BYTES or len(frame := next(frames)) >= len(body) else frame.tobytes()
            for body in bodies
        ]


class Decompressor:
    """Unpacks payloads of any stream; `dictionaries` by their ids."""

    def __init__(self, dictionaries: Mapping[int, bytes]) -> None:
        plain = zstandard.ZstdDecompressor()
        self._by_id = {0: plain.decompress}
        for identifier, body in dictionaries.items():
            trained = zstandard.ZstdCompressionDict(body)
            self._by_id[_FIRST_DICTIONARY_ID + identifier] = zstandard.ZstdDecompressor(dict_data=trained).decompress

    def unpack(self, stored: bytes) -> bytes:
        """The JSON of a stored payload. ValueError where it is damaged."""
        if stored[:1] == b"{":
            return stored
        try:
            return self._by_id[zstandard.get_frame_parameters(stored).dict_id](stored)
        except (zstandard.ZstdError, KeyError) as error:
            raise ValueError(str(error)) from error


def train(identifier: int, payloads: Sequence[Payload]) -> bytes | None:
    """A dictionary for payloads like these, or None where they have too little in common."""
    common = Counter(text for payload in payloads for text in payload.values() if isinstance(text, str))
    samples: list[bytes | bytearray | memoryview] = [
        orjson.dumps({k: _masked(v, common) for k, v in payload.items()}) for payload in payloads
    ]
    try:
        trained = zstandard.train_dictionary(
            _DICTIONARY_BYTES, samples, dict_id=_FIRST_DICTIONARY_ID + identifier, level=1
        )
    except zstandard.ZstdError:
        return None
    return trained.as_bytes()


def _masked(value: object, common: Counter[str]) -> object:
    """A value that many records share stays; any other keeps only its shape."""
    if isinstance(value, str):
        return value if common[value] >= _COMMON else "".join("0" if c.isdigit() else "" for c in value)
    if isinstance(value, Mapping):
        return {key: _masked(inner, common) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, common) for inner in value]
    return None if isinstance(value, Decimal | int) and not isinstance(value, bool) else value
