"""How alike two records are that no hard key joins: the same or nearly the same name, and what else they share.

    name the same + a city, domain, company, telephone or address in common   probable
    name nearly the same + more than a city in common                         probable
    name the same, or (of a company) nearly the same, and nothing more        possible
    another name, and a telephone or address in common                        possible

Two that have different registration numbers are two, and so are Store 1 and Store 2; two people of one name who are at
different companies are not suggested. What more than five records of a side have (a switchboard, Zhang Wei) suggests
nothing by itself. Records are compared only where they share a rare piece of the name or of what they have, so a
hundred thousand against as many takes seconds.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from rapidfuzz import fuzz

from crmbridge.ledger.likenesses import Grade, Lonely
from crmbridge.model.names import company_key, name_key

MOST_HOLDERS = 5
"""A name or a telephone that more records of one side have says nothing by itself."""
MOST_BLOCK = 30
"""A piece of a name that more records of one side have brings nobody together."""
MOST_EACH = 5
"""So many likenesses of one record are kept, the best first."""
NEAR, NEAR_ALONE = 84, 92
"""So many percent alike is nearly the same, beside something else or alone."""
_SHORTEST = 4
_RAREST = 6
_PIECE = 5
_STRONG = frozenset({"domain", "phone", "email", "company"})
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a record is recognised by: the key of its name, what else it has, and the number that keeps it apart."""

    record_id: str
    is_fresh: bool
    key: str
    words: str
    digits: tuple[str, ...]
    has: frozenset[tuple[str, str]]
    apart: str | None


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Two records that may be one, how sure that is, and by what."""

    left: str
    right: str
    grade: Grade
    score: int
    evidence: tuple[tuple[str, str], ...]


def profile(kind_name: str, one: Lonely, *, is_fresh: bool) -> Profile | None:
    """What that record is recognised by; None where nothing is."""
    fields = one.fields
    is_company = kind_name == "account"
    name = fields.get("name") or fields.get("full_name") or (kind_name == "lead" and fields.get("company_name")) or ""
    key = company_key(name) if is_company else name_key(name)
    has = {("phone", value) for value in _texts(fields.get("phones"))}
    has |= {("email", value.casefold()) for value in _texts(fields.get("emails"))}
    has |= {("domain", host) for value in _texts(fields.get("domains")) if (host := _host(value))}
    if fields.get("website") and (host := _host(fields["website"])):
        has.add(("domain", host))
    if fields.get("city") and (city := name_key(fields["city"])):
        has.add(("city", city))
    if not is_company and fields.get("company_name") and (company := company_key(fields["company_name"])):
        has.add(("company", company))
    if not key and not has:
        return None
    number = fields.get("registration_no")
    apart = (name_key(number) or None) if number else None
    digits = tuple(sorted(_DIGITS.findall(key)))
    return Profile(one.record_id, is_fresh, key, name.casefold(), digits, frozenset(has), apart)


def _texts(value: object) -> list[str]:
    return [one for one in orjson.loads(value) if isinstance(one, str) and one] if isinstance(value, str) else []


def _host(value: str) -> str:
    host = urlsplit(value if "//" in value else f"//{value}").hostname or ""
    return host.removeprefix("www.")


def resemblances(kind_name: str, left: Sequence[Profile], right: Sequence[Profile]) -> list[Resemblance]:
    """Those that may be one, of which at least one is fresh: for each record its best ones."""
    common = _common(left) | _common(right)
    found = [
        made
        for one, other in _candidates(kind_name, left, right)
        if (made := _compare(kind_name, one, other, common)) is not None
    ]
    found.sort(key=lambda made: (made.grade != "probable", -made.score, made.left, made.right))
    kept, times = [], Counter[str]()
    for made in found:
        if max(times[made.left], times[made.right]) < MOST_EACH:
            times.update((made.left, made.right))
            kept.append(made)
    return kept


def _common(side: Sequence[Profile]) -> frozenset[tuple[str, str]]:
    """What too many records of a side have."""
    times = Counter(item for one in side for item in one.has if item[0] in {"phone", "email", "domain"})
    times.update(("name", one.key) for one in side if one.key)
    return frozenset(item for item, count in times.items() if count > MOST_HOLDERS)


def _candidates(kind_name: str, left: Sequence[Profile], right: Sequence[Profile]) -> Iterator[tuple[Profile, Profile]]:
    """The pairs that share a block which is small on both sides."""
    times = Counter(block for one in left for block in set(_blocks(kind_name, one)))
    wanted = {block for block, count in times.items() if count <= MOST_BLOCK}
    held: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(right):
        for block in set(_blocks(kind_name, one)):
            if block in wanted:
                held.setdefault(block, []).append(number)
    for one in left:
        blocks = [block for block in set(_blocks(kind_name, one)) if 0 < len(held.get(block, ())) <= MOST_BLOCK]
        sure = [block for block in blocks if block[0] != "piece"]
        pieces = sorted((block for block in blocks if block[0] == "piece"), key=lambda block: len(held[block]))
        met = {number for block in (*sure, *pieces[:_RAREST]) for number in held[block]}
        for number in sorted(met):
            if one.is_fresh or right[number].is_fresh:
                yield one, right[number]


def _blocks(kind_name: str, one: Profile) -> Iterable[tuple[str, str]]:
    if one.key:
        yield "name", one.key
        for what, value in one.has:
            yield f"name+{what}", f"{one.key}|{value}"
    for what, value in one.has:
        if what != "city":
            yield what, value
    if kind_name == "account" and len(one.key) >= _SHORTEST:
        yield "piece", one.key[:_PIECE]
        yield "piece", one.key[-_PIECE:]
        if one.key.isascii():
            yield from (("piece", word) for word in _WORD.findall(one.words))
        else:
            yield from (("piece", one.key[at : at + 2]) for at in range(len(one.key) - 1))


def _compare(kind_name: str, one: Profile, other: Profile, common: frozenset[tuple[str, str]]) -> Resemblance | None:
    if one.apart and other.apart and one.apart != other.apart:
        return None
    shared = sorted(item for item in one.has & other.has if item not in common)
    strong = [item for item in shared if item[0] in _STRONG]
    direct = [item for item in strong if item[0] in {"phone", "email"}]
    if not direct and _are_elsewhere(one, other):
        return None
    score = _score(one, other)
    grade: Grade | None = None
    if score == 100:  # noqa: PLR2004 - percent
        grade = "probable" if shared else "possible" if ("name", one.key) not in common else None
    elif score >= NEAR and strong:
        grade = "probable"
    elif direct or (kind_name == "account" and score >= (NEAR if shared else NEAR_ALONE)):
        grade = "possible"
    if grade is None:
        return None
    name = ("name", "same") if score == 100 else ("name", "near")  # noqa: PLR2004 - percent
    evidence = (name, *shared) if score >= NEAR else tuple(shared)
    return Resemblance(one.record_id, other.record_id, grade, score, evidence)


def _are_elsewhere(one: Profile, other: Profile) -> bool:
    """Whether both are known to be at a company, and not at the same."""
    mine, theirs = ({value for what, value in who.has if what == "company"} for who in (one, other))
    return bool(mine and theirs and mine.isdisjoint(theirs))


def _score(one: Profile, other: Profile) -> int:
    """How alike two names are, in percent; 0 where their digits differ, 100 only where they are the same."""
    if not one.key or not other.key or one.digits != other.digits:
        return 0
    if one.key == other.key:
        return 100
    if min(len(one.key), len(other.key)) < _SHORTEST:
        return 0
    ratio = fuzz.ratio(one.key, other.key, score_cutoff=NEAR)
    ratio = max(ratio, fuzz.token_sort_ratio(one.words, other.words, score_cutoff=NEAR))
    return min(99, int(ratio))
