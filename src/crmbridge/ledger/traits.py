"""What a person is recognised by in any text: addresses, telephone numbers, ids and names, each in one form.

Texts are looked through the same way when a person is erased and when something comes from a system later, so that
what was taken out stays out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

Sort = Literal["record", "key", "id", "mail", "phone", "name", "namesake"]
SHORTEST_ID = 10
"""A shorter id says nothing by itself: 42 may be anything. It counts only where a field holds references."""
FEWEST_DIGITS, MOST_DIGITS = 8, 17
FEWEST_WORDS = 2
"""A name of one word is anybody's."""

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MAIL = re.compile(r"[\w+%][\w.+%'-]*@[\w-]+(?:\.[\w-]+)+")
_ID = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_ID},}}")
_NUMBER = re.compile(r"\d[\d\s().+/-]{5,}\d", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_MOST_GROUPS = 9


class Candidate(NamedTuple):
    """A piece of a text that may be of somebody: what it is, in one form, and where it stands."""

    sort: Sort
    text: str
    start: int
    end: int


class Word(NamedTuple):
    """A word as names are compared, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Traits:
    """One person: the vendor records (connection, object, id) that it is, and what else it is recognised by.

    `names` are those that nobody else bears, `namesakes` those that somebody does.
    """

    records: set[tuple[str, str, str]] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    namesakes: set[str] = field(default_factory=set)


def mail(text: str) -> str:
    """An address as it is compared."""
    return unicodedata.normalize("NFKC", text.strip()).casefold()


@lru_cache(maxsize=262_144)
def numbers(text: str) -> frozenset[str]:
    """The digits of a telephone number in the ways in which it may be written: with its country's code and without."""
    bare = text.partition(";")[0].strip()
    digits = "".join(_DIGITS.findall(bare))
    found = {digits}
    if bare.startswith("+") and digits:
        found |= {f"00{digits}"}
        national = _national(digits)
        found |= {national, f"0{national}"} if national else set()
    return frozenset(one for one in found if FEWEST_DIGITS <= len(one) <= MOST_DIGITS)


def _national(digits: str) -> str | None:
    """The number without the code of its country; None where that is not to be seen."""
    import phonenumbers  # noqa: PLC0415 - large, and asked for only where somebody is erased

    try:
        return str(phonenumbers.national_significant_number(phonenumbers.parse(f"+{digits}")))
    except phonenumbers.NumberParseException:
        return None


def name(text: str) -> str | None:
    """A name as it is compared; None where it has too few words to be anybody's alone."""
    found = [word.text for word in words(text)]
    return " ".join(found) if len(found) >= FEWEST_WORDS else None


def is_telling(identifier: str) -> bool:
    """Whether an id is long enough to mean its record wherever it stands."""
    return _ID.fullmatch(identifier) is not None


def candidates(text: str) -> Iterator[Candidate]:
    """Every address, id and telephone number that a text may hold."""
    if "@" in text:
        for found in _MAIL.finditer(text):
            yield Candidate("mail", mail(found.group().rstrip(".")), found.start(), found.end())
    for found in _ID.finditer(text):
        yield Candidate("id", found.group(), found.start(), found.end())
    for found in _NUMBER.finditer(text):
        yield from _runs(found.group(), found.start())


def _runs(text: str, at: int) -> Iterator[Candidate]:
    """A telephone number may stand beside a date: each run of groups of digits may be one."""
    groups = list(_DIGITS.finditer(text))[:_MOST_GROUPS]
    for first, begin in enumerate(groups):
        digits = ""
        for group in groups[first:]:
            digits += group.group()
            if len(digits) > MOST_DIGITS:
                break
            if len(digits) >= FEWEST_DIGITS:
                yield Candidate("phone", digits, at + begin.start(), at + group.end())


def words(text: str) -> Iterator[Word]:
    """The words of a text; each Chinese character is one."""
    for found in _WORD.finditer(text):
        yield Word(_folded(found.group()), found.start(), found.end())


@lru_cache(maxsize=65_536)
def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def orders(given: str | None, family: str | None) -> Iterable[str]:
    """How a name of two parts may be written."""
    if given and family:
        yield f"{given} {family}"
        yield f"{family} {given}"
