"""AES-256 encryption in CBC, from FIPS 197, so that the simulator depends on nothing but the standard library.

Only encryption is needed: with the fixed IV of Fxiaoke (the key's first bytes) an answer is checked by encrypting what
it should say. No secret of anybody passes here, so time that depends on data does no harm. That this is another
implementation than any adapter's is meant; tests hold it against NIST's vectors and the library ``cryptography``.
"""

from __future__ import annotations

from functools import lru_cache

BLOCK = 16
ROUNDS = 14
Word = int


def _times2(value: int) -> int:
    return ((value << 1) ^ 0x11B) & 0xFF if value & 0x80 else value << 1


def _boxes() -> list[int]:
    """The S-box: the inverse in GF(2^8), then the affine map (FIPS 197, 5.1.1)."""
    box = [0x63] * 256
    power = inverse = 1
    while True:
        power ^= _times2(power)  # times 3, a generator
        for shift in (1, 2, 4):
            inverse ^= inverse << shift & 0xFF
        if inverse & 0x80:
            inverse ^= 0x09
        rotated = inverse
        for shift in (1, 2, 3, 4):
            rotated ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        box[power] = rotated ^ 0x63
        if power == 1:
            return box


_BOX = _boxes()


def _table() -> list[Word]:
    """SubBytes and MixColumns of one byte as a word: 2s, s, s, 3s."""
    made = []
    for sign in _BOX:
        double = _times2(sign)
        made.append(double << 24 | sign << 16 | sign << 8 | double ^ sign)
    return made


_T0 = _table()
_T1 = [word >> 8 | (word & 0xFF) << 24 for word in _T0]
_T2 = [word >> 8 | (word & 0xFF) << 24 for word in _T1]
_T3 = [word >> 8 | (word & 0xFF) << 24 for word in _T2]


def _substituted(word: Word) -> Word:
    return _BOX[word >> 24] << 24 | _BOX[word >> 16 & 255] << 16 | _BOX[word >> 8 & 255] << 8 | _BOX[word & 255]


@lru_cache(maxsize=64)
def _schedule(key: bytes) -> tuple[Word, ...]:
    """The round keys of a key of 32 bytes (FIPS 197, 5.2)."""
    words = [int.from_bytes(key[place : place + 4], "big") for place in range(0, 32, 4)]
    constant = 1
    for number in range(8, 4 * (ROUNDS + 1)):
        word = words[-1]
        if number % 8 == 0:
            word = _substituted((word << 8 | word >> 24) & 0xFFFFFFFF) ^ constant << 24
            constant = _times2(constant)
        elif number % 8 == 4:  # noqa: PLR2004  # FIPS 197: an extra SubWord for long keys
            word = _substituted(word)
        words.append(words[number - 8] ^ word)
    return tuple(words)


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """One block of 16 bytes under a key of 32."""
    keys = _schedule(key)
    a, b, c, d = (int.from_bytes(block[place : place + 4], "big") ^ keys[place // 4] for place in range(0, 16, 4))
    for place in range(4, 4 * ROUNDS, 4):
        a, b, c, d = (
            _T0[a >> 24] ^ _T1[b >> 16 & 255] ^ _T2[c >> 8 & 255] ^ _T3[d & 255] ^ keys[place],
            _T0[b >> 24] ^ _T1[c >> 16 & 255] ^ _T2[d >> 8 & 255] ^ _T3[a & 255] ^ keys[place + 1],
            _T0[c >> 24] ^ _T1[d >> 16 & 255] ^ _T2[a >> 8 & 255] ^ _T3[b & 255] ^ keys[place + 2],
            _T0[d >> 24] ^ _T1[a >> 16 & 255] ^ _T2[b >> 8 & 255] ^ _T3[c & 255] ^ keys[place + 3],
        )
    last = keys[4 * ROUNDS :]
    made = (
        _last(a, b, c, d) ^ last[0],
        _last(b, c, d, a) ^ last[1],
        _last(c, d, a, b) ^ last[2],
        _last(d, a, b, c) ^ last[3],
    )
    return b"".join(word.to_bytes(4, "big") for word in made)


def _last(a: Word, b: Word, c: Word, d: Word) -> Word:
    return _BOX[a >> 24] << 24 | _BOX[b >> 16 & 255] << 16 | _BOX[c >> 8 & 255] << 8 | _BOX[d & 255]


def encrypt(key: bytes, plain: bytes) -> bytes:
    """AES-256-CBC with PKCS5 padding; the IV is the key's first 16 bytes (dossier 7.1)."""
    if len(key) != 32:  # noqa: PLR2004  # AES-256
        raise ValueError("the key must have 32 bytes")
    padding = BLOCK - len(plain) % BLOCK
    padded = plain + bytes([padding]) * padding
    previous, parts = key[:BLOCK], []
    for place in range(0, len(padded), BLOCK):
        mixed = int.from_bytes(padded[place : place + BLOCK], "big") ^ int.from_bytes(previous, "big")
        previous = encrypt_block(key, mixed.to_bytes(BLOCK, "big"))
        parts.append(previous)
    return b"".join(parts)
