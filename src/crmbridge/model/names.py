"""Names as they are compared, never as they are shown: two spellings of one company have one key.

The rules are services.md 13: NFKC, casefold, punctuation and spaces out, and of a company its legal suffixes.
"""

import re
import unicodedata
from collections.abc import Iterable

CHINESE_SUFFIXES = ("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团", "公司")
"""Legal forms that stand at the end of a name without a space."""

LATIN_SUFFIXES = ("co ltd", "ltd", "inc", "llc", "gmbh", "corp")
"""Legal forms that count only as whole words: Zinc keeps its inc."""

_SUFFIXES: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    sorted(
        [*((text, ()) for text in CHINESE_SUFFIXES), *((text, tuple(text.split())) for text in LATIN_SUFFIXES)],
        key=lambda found: -len(found[0]),
    )
)
"""Every legal form, the longest first; those that count as words, as words."""

_LAST_WORDS = {text.split()[-1] for text in LATIN_SUFFIXES}
_LAST_CHARACTERS = {text[-1] for text in CHINESE_SUFFIXES}
_INITIALISM = re.compile(r"(?<![\w.])(?:[^\W\d_]\.){2,}")


class _Table(dict[int, str | None]):
    """What each character becomes: itself, a space where it separates, or nothing. Filled as characters are met."""

    def __missing__(self, code: int) -> str | None:
        category = unicodedata.category(chr(code))
        kept = None if category == "Cf" else " " if category[0] in "PZC" else chr(code)
        self[code] = kept
        return kept


_TABLE = _Table()


def name_key(text: str) -> str:
    """A name without spelling: `Lewis, James` and `LEWIS  James` have one key. Empty where only punctuation stood."""
    return _joined(_words(text))


def company_key(text: str) -> str:
    """A company's name without spelling and legal form: "Acme Co., Ltd." and "ACME  Inc." are both acme.

    Suffixes go one after another, the longest that fits first, and never so far that nothing would be left.
    """
    words = _words(text)
    while (shorter := _shortened(words)) is not None:
        words = shorter
    return _joined(words)


def _joined(words: list[str]) -> str:
    """The words as one; what stands together only now may compose."""
    joined = "".join(words)
    return joined if joined.isascii() else unicodedata.normalize("NFKC", joined)


def _words(text: str) -> list[str]:
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if "." in folded:
        folded = _INITIALISM.sub(lambda found: found[0].replace(".", ""), folded)
    return folded.translate(_TABLE).split()


def _shortened(words: list[str]) -> list[str] | None:
    """The words without the longest legal form they end with; None where there is none, or nothing else."""
    if not words or (words[-1] not in _LAST_WORDS and words[-1][-1] not in _LAST_CHARACTERS):
        return None
    for suffix, as_words in _SUFFIXES:
        found = _without_words(words, as_words) if as_words else _without_text(words, suffix)
        if found:
            return found
    return None


def _without_words(words: list[str], suffix: tuple[str, ...]) -> list[str] | None:
    return words[: -len(suffix)] if tuple(words[-len(suffix) :]) == suffix else None


def _without_text(words: list[str], suffix: str) -> list[str] | None:
    """The words without the characters of the suffix at their end; a space inside it does not count."""
    if not "".join(words).endswith(suffix):
        return None
    left, rest = list(words), len(suffix)
    while rest:
        last = left.pop()
        if len(last) > rest:
            left.append(last[:-rest])
        rest = max(0, rest - len(last))
    return left


def keys(texts: Iterable[str], *, company: bool) -> dict[str, str | None]:
    """The key of each text, None where nothing of it is left to compare."""
    made = company_key if company else name_key
    return {text: made(text) or None for text in texts}
