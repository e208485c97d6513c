"""Persons that were erased: remembered as keyed hashes, recognised in whatever comes later, and taken out of it.

A record of such a person does not land again; another's record lands without him. The hashes say nothing to whoever
has not the key of the workspace, and no text is needed to recognise it again: so the same works on a ledger that was
put back from a backup.
"""

import contextlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from crmbridge.ledger import bulk, traits
from crmbridge.ledger.sealing import Sealing
from crmbridge.ledger.traits import Sort, Traits
from crmbridge.ledger.transaction import LedgerTx

GONE = "***"
"""What stands in a text where somebody stood."""
SMALL = 6
"""A part of a record with so many plain values, one of which is his id, does nothing but refer to him."""

_PUT = bulk.Upsert("erased", ("mark", "person", "sort", "head", "words", "at_us"), ("mark", "person"))
_SELECT = "SELECT mark, person, sort, head, words, at_us FROM erased"
_ESCAPE = re.compile(r'\\[nrtbf"\\/]')
_JSON_STARTS = ("{", "[", '"')


References = Mapping[str, Sequence[str]]
"""The fields of a vendor object that hold ids of persons, each with the objects whose ids they are."""


class Mark(NamedTuple):
    """One row: a keyed hash, whom it is of, and what sort of thing it is; see `schema_audit.erased`."""

    mark: str
    person: str
    sort: Sort
    head: str | None
    words: int | None
    at_us: int


class Span(NamedTuple):
    """Where in a text a person stands, and how that is known."""

    start: int
    end: int
    sort: Sort
    person: str


def marks_of(sealing: Sealing, person: str, found: Traits, *, at_us: int) -> list[Mark]:
    """What a person is recognised by from now on; `person` is a name for him that says nothing."""
    told: list[tuple[Sort, str]] = [("record", _record(*one)) for one in found.records]
    told += [("key", _key(connection, external_id)) for connection, _, external_id in found.records]
    told += [("id", one) for one in found.ids if traits.is_telling(one)]
    told += [("mail", traits.mail(one)) for one in found.mails]
    told += [("phone", digits) for one in found.phones for digits in traits.numbers(one)]
    made = {(sort, text): Mark(_hash(sealing, sort, text), person, sort, None, None, at_us) for sort, text in told}
    bearing: list[tuple[Sort, set[str]]] = [("name", found.names), ("namesake", found.namesakes)]
    for sort, names in bearing:
        for text in filter(None, map(traits.name, names)):
            first, count = text.partition(" ")[0], text.count(" ") + 1
            head = _hash(sealing, "name", first)
            made[sort, text] = Mark(_hash(sealing, "name", text), person, sort, head, count, at_us)
    return list(made.values())


def add(tx: LedgerTx, marks: Sequence[Mark]) -> int:
    """Remembers them; how many were new."""
    return bulk.upsert(tx, _PUT, marks)


def listing(tx: LedgerTx) -> list[Mark]:
    """Every mark, in the order of the hashes."""
    return [Mark(*row) for row in bulk.select(tx, f"{_SELECT} ORDER BY mark, person")]


def is_any(tx: LedgerTx) -> bool:
    """Whether anybody was erased."""
    return bulk.first(tx, "SELECT 1 FROM erased LIMIT 1") is not None


def _record(connection: str, object_name: str, external_id: str) -> str:
    return f"{connection}\0{object_name}\0{external_id}"


def _key(connection: str, external_id: str) -> str:
    return f"{connection}\0{external_id}"


def _hash(sealing: Sealing, sort: str, text: str) -> str:
    return sealing.hashed(f"{sort}\0{text}")


class Erased:
    """Everybody who was erased. Texts that are met often are hashed once."""

    def __init__(self, sealing: Sealing, marks: Iterable[Mark]) -> None:
        self._of: dict[str, list[tuple[Sort, str]]] = {}
        self._heads: dict[str, set[int]] = {}
        for mark in marks:
            self._of.setdefault(mark.mark, []).append((mark.sort, mark.person))
            if mark.head is not None and mark.words is not None:
                self._heads.setdefault(mark.head, set()).add(mark.words)
        self._hash = lru_cache(maxsize=131_072)(lambda sort, text: _hash(sealing, sort, text))

    def is_record(self, connection: str, object_name: str, external_id: str) -> bool:
        """Whether that vendor record is one of an erased person."""
        return self._hash("record", _record(connection, object_name, external_id)) in self._of

    def is_key(self, connection: str, external_id: str) -> bool:
        """Whether that id, where references stand, means an erased person."""
        return self._hash("key", _key(connection, external_id)) in self._of

    def is_own(self, texts: Iterable[str | None]) -> bool:
        """Whether one of the texts, addresses and telephone numbers of somebody, is an erased person's."""
        return any(span.sort in {"mail", "phone"} for text in texts if text for span in self._strong(_plain(text)))

    def finds(self, text: str, *, names: bool = True) -> bool:
        """Whether anything in a text is of an erased person; JSON is looked through as what it says."""
        plain = _plain(text)
        return any(True for _ in self._spans(plain, names=names, persons=()))

    def cleaned(self, text: str, *, names: bool = True, persons: Collection[str] = ()) -> str | None:
        """The text without erased persons; None where nothing else is in it. `persons` lose their shared names too."""
        text = unicodedata.normalize("NFC", text)
        spans = sorted(self._spans(text, names=names, persons=persons))
        if not spans:
            return text
        made, at = "", 0
        for span in spans:
            if span.start >= at:
                made += text[at : span.start] + GONE
            at = max(at, span.end)
        made += text[at:]
        return None if not made.replace(GONE, "").strip(" \t\r\n,;<>()\"'+") else made

    def cleaned_json(self, text: str, *, names: bool = True, persons: Collection[str] = ()) -> str | None:
        """As `cleaned` for a text that may be JSON, which stays JSON; None where nothing else is in it."""
        if not text.startswith(_JSON_STARTS):
            return self.cleaned(text, names=names, persons=persons)
        try:
            value = json.loads(text, parse_float=Decimal)
        except ValueError:
            return self.cleaned(text, names=names, persons=persons)
        made = self._walked(value, names=names, persons=persons, is_top=True)
        if made == value:
            return text
        return None if made is None else orjson.dumps(made, default=_digits).decode()

    def scrub(
        self,
        payload: Mapping[str, Any],
        text: str,
        *,
        connection: str,
        references: References,
        names: bool = True,
    ) -> dict[str, Any] | None:
        """The payload, whose JSON is `text`, without erased persons; None where they are not in it."""
        pointing = {
            field for field, objects in references.items() if self._points(payload.get(field), connection, objects)
        }
        if not pointing and not self.finds(text, names=names):
            return None
        made = {name: (None if name in pointing else value) for name, value in payload.items()}
        walked = self._walked(made, names=names, persons=self.persons(text), is_top=True)
        return dict(walked)

    def persons(self, text: str) -> frozenset[str]:
        """Who stands in a text for certain."""
        return frozenset(span.person for span in self._strong(_plain(text)))

    def _points(self, value: object, connection: str, objects: Sequence[str]) -> bool:
        if isinstance(value, Mapping):
            return any(self._points(one, connection, objects) for one in value.values())
        if isinstance(value, list | tuple):
            return bool(value) and all(self._points(one, connection, objects) for one in value)
        if not isinstance(value, str | int) or isinstance(value, bool):
            return False
        return any(self.is_record(connection, name, str(value)) for name in objects)

    # -- within texts ------------------------------------------------------------------------------------------------

    def _spans(self, text: str, *, names: bool, persons: Collection[str]) -> Iterator[Span]:
        yield from self._strong(text)
        if not names and not persons:
            return
        for span in self._named(text):
            if (span.sort == "name" and names) or span.person in persons:
                yield span

    def _strong(self, text: str) -> Iterator[Span]:
        for sort, found, start, end in traits.candidates(text):
            for known, person in self._of.get(self._hash(sort, found), ()):
                if known == sort:
                    yield Span(start, end, sort, person)

    def _named(self, text: str) -> Iterator[Span]:
        """Where a name stands, one that others bear too as well."""
        if not self._heads:
            return
        words = list(traits.words(text))
        for at, word in enumerate(words):
            for count in self._heads.get(self._hash("name", word.text), ()):
                if at + count > len(words):
                    continue
                told = " ".join(one.text for one in words[at : at + count])
                for sort, person in self._of.get(self._hash("name", told), ()):
                    yield Span(word.start, words[at + count - 1].end, sort, person)

    # -- within JSON -------------------------------------------------------------------------------------------------

    def _walked(self, value: Any, *, names: bool, persons: Collection[str], is_top: bool = False) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str):
            return self.cleaned(value, names=names, persons=persons)
        if isinstance(value, Mapping):
            if not is_top and self._is_reference(value):
                return None
            return {key: self._walked(one, names=names, persons=persons) for key, one in value.items()}
        if isinstance(value, list | tuple):
            made = [(one, self._walked(one, names=names, persons=persons)) for one in value]
            return [new for old, new in made if new is not None or old is None]
        if isinstance(value, int) and traits.is_telling(str(value)) and self._is_whole(str(value)):
            return None
        return value

    def _is_reference(self, part: Mapping[str, Any]) -> bool:
        """Whether a part of a record does nothing but refer to somebody."""
        if len(part) > SMALL or any(isinstance(one, Mapping | list | tuple) for one in part.values()):
            return False
        return any(isinstance(one, str | int) and self._is_whole(str(one)) for one in part.values())

    def _is_whole(self, text: str) -> bool:
        """Whether the text is nothing but an address, a number or an id of somebody."""
        bare = text.strip()
        return any(span.end - span.start >= len(bare.lstrip("+")) for span in self._strong(bare))


def load(tx: LedgerTx, sealing: Sealing) -> Erased | None:
    """Everybody who was erased; None where nobody was."""
    marks = listing(tx)
    return Erased(sealing, marks) if marks else None


def _plain(text: str) -> str:
    """The text as it is read: JSON without its escapes."""
    if "\\" in text and text.startswith(_JSON_STARTS):
        if "\\u" in text:
            with contextlib.suppress(ValueError):
                text = orjson.dumps(json.loads(text, parse_float=Decimal), default=_digits).decode()
        text = _ESCAPE.sub(" ", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _digits(value: object) -> orjson.Fragment:
    """A number as it is written."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)
