"""Puts other letters and digits in the place of what is about people, the same for the same, of the same shape.

The unit is a word of letters and digits, so that an id is masked alike in a record, in a list and in an address. A
capital stays a capital, a digit a digit, a Chinese character one; everything between words stays. The key of a mask is
made for it and kept nowhere, so nobody can work back.
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection, Mapping
from decimal import Decimal

RECORDING = "crmbridge-recording/1"
"""What a document of masked exchanges says that it is."""

VENDOR_WORDS = frozenset(
    {
        "action",
        "api_name",
        "code",
        "currency",
        "currency_code",
        "data_type",
        "expires_in",
        "field_type",
        "format",
        "has_more",
        "json_type",
        "kind",
        "method",
        "object",
        "operation",
        "status",
        "time_zone",
        "token_type",
        "type",
    }
)
"""The keys whose values are words of the vendor's own, as a rule."""

COUNTS = frozenset({"count", "total", "limit", "offset", "page", "per_page", "size", "expires_in"})
"""The keys whose whole numbers count something."""

FEW_DIGITS = 4
_TRIES = 64
_WORD = re.compile(r"[^\W_]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?\s?(Z|[+-]\d\d:?\d\d)?")
_TIME_KEY = re.compile(
    r"(?i)(?:^|_|(?<=[a-z])(?=[A-Z]))(time|date|at|on|since|until|timestamp|created|modified|updated|expires)$"
)
_TIMES = (600_000_000, 4_200_000_000)
"""Seconds since 1970 that a vendor means by a time, or thousandths of them."""

_BIRTH_KEY = re.compile(r"(?i)birth|born|(?:^|_)dob(?:$|_)|生日|出生")
_ADDRESS = re.compile(r"(https?://)([^/\s?#]*)")
_VERSION = re.compile(r"v\d+(\.\d+)*")
_CHINESE = "云林江河山石松竹梅兰春夏秋冬东南西北天地日月星光明远志安平和顺成"
_LETTERS = ((string.ascii_lowercase, str.islower), (string.ascii_uppercase, str.isupper))
_CJK = ("\u3400", "\u9fff")


class Mask:
    """One mask: `keep` are more keys of the vendor's own words, `vocabulary` words and hosts that are kept."""

    def __init__(self, *, keep: Collection[str] = (), vocabulary: Collection[str] = ()) -> None:
        self._key = secrets.token_bytes(32)
        self._keep = VENDOR_WORDS | {name.casefold() for name in keep}
        self._vocabulary = frozenset(vocabulary)
        self._words: dict[str, str] = {}
        self._taken: set[str] = set()

    def value(self, value: object, key: str = "") -> object:
        """A JSON value without anything about people; `key` is what it stands under."""
        if isinstance(value, Mapping):
            return {self._name(name): self.value(one, name) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one, key) for one in value]
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, bool) or value is None:
            return value
        return self._number(value, key)

    def text(self, text: str) -> str:
        """A text with every word masked; of an address the scheme stays, and a host of the vocabulary."""
        masked, at = "", 0
        for found in _ADDRESS.finditer(text):
            scheme, host = found.groups()
            masked += self._masked(text[at : found.start()]) + scheme
            masked += host if host in self._vocabulary else self._masked(host)
            at = found.end()
        return masked + self._masked(text[at:])

    def path(self, path: str) -> str:
        """The path of an address: what looks like an id, and what is masked as a name elsewhere, is masked."""
        return "/".join(self._segment(part) for part in path.split("/"))

    def word(self, word: str) -> str:
        """The word in the place of that one: another for another, as far as its shape allows."""
        if word not in self._words:
            made = self._made(word, 0)
            for again in range(1, _TRIES):
                if made not in self._taken and made != word:
                    break
                made = self._made(word, again)
            self._taken.add(made)
            self._words[word] = made
        return self._words[word]

    def _masked(self, text: str) -> str:
        return _WORD.sub(lambda found: self.word(found[0]), text)

    def _text(self, text: str, key: str) -> str:
        if text in self._vocabulary or not text:
            return text
        if _TIME.fullmatch(text):
            return self._day(text) if _BIRTH_KEY.search(key) else text
        if key.casefold() in self._keep and not _is_id(text) and "@" not in text:
            return text
        return self.text(text)

    def _number(self, value: object, key: str) -> object:
        digits = str(value).lstrip("-").replace(".", "")
        if key.casefold() in COUNTS or len(digits) <= FEW_DIGITS or not digits.isdigit():
            return value
        if isinstance(value, int):
            if _is_time(value) and _TIME_KEY.search(key) and not _BIRTH_KEY.search(key):
                return value
            return int(self.text(str(value)))
        return Decimal(self.text(str(value))) if isinstance(value, Decimal) else value

    def _name(self, name: str) -> str:
        """A key: kept, unless it is an id or an address, as where records are keyed by them."""
        return self.text(name) if (_is_id(name) or "@" in name) and name not in self._vocabulary else name

    def _segment(self, part: str) -> str:
        if part in self._vocabulary or _VERSION.fullmatch(part):
            return part
        return self.text(part) if any(map(str.isdigit, part)) or "@" in part else part

    def _day(self, text: str) -> str:
        """Another day of the same form, and one that there is."""
        drawn = self._drawn(text, 0)
        day = f"{1940 + drawn[0] % 60}-{1 + drawn[1] % 12:02}-{1 + drawn[2] % 28:02}"
        return day + text[len(day) :]

    def _made(self, word: str, again: int) -> str:
        drawn = self._drawn(word, again)
        made = [_other(one, drawn[place % len(drawn)] + place) for place, one in enumerate(word)]
        if word.isdigit() and word[0] != "0" and made[0] == "0":
            made[0] = str(1 + drawn[0] % 9)
        return "".join(made)

    def _drawn(self, word: str, again: int) -> bytes:
        return hmac.new(self._key, f"{again}:{word}".encode(), hashlib.sha256).digest()


def _other(one: str, drawn: int) -> str:
    if one in string.digits:
        return string.digits[drawn % 10]
    for letters, fits in _LETTERS:
        if one.isascii() and fits(one):
            return letters[drawn % len(letters)]
    if _CJK[0] <= one <= _CJK[1]:
        return _CHINESE[drawn % len(_CHINESE)]
    return "X" if one.isupper() else "x"


def _is_time(value: int) -> bool:
    return any(_TIMES[0] <= value // part <= _TIMES[1] for part in (1, 1000))


def _is_id(text: str) -> bool:
    """Whether it holds five digits or more, or is a long word of letters and digits mixed."""
    digits = sum(map(str.isdigit, text))
    return digits > FEW_DIGITS
