"""The pipeline between two moments: what was open, what came, what changed, what went, and what is open now.

    opening + new + entered + amount up - amount down + amount known - amount unknown + reopened
      - won - lost - void - left = closing

An identity, to the cent and to the deal, for any two moments: a deal goes through spells of being open, and each spell
comes in at its amount of that moment, changes, and goes out (or is still there) at its amount of that one. A deal that
began and was won between the moments is in `new` and in `won`, whether or not it was ever seen open.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.results import Evidence, Unavailable
from crmbridge.services.waterfall_report import STEPS, Line, Step, Waterfall, WaterfallReport, WaterfallRequest
from crmbridge.services.world import World, naive

DEFINITION = "waterfall/1"


class Worth(NamedTuple):
    """An amount at a moment in 1/10,000; both None where it is unknown."""

    e4: int | None
    currency: str | None


class At(NamedTuple):
    """A step of a deal's way: since when (None: for ever), and as what it counts from then on."""

    since: datetime | None
    counts: str


class Way(NamedTuple):
    """A deal: whose it is, when it began, and its steps in order."""

    id: str
    key: str | None
    begun: datetime | None
    steps: tuple[At, ...]


class Spell(NamedTuple):
    """A time of being open: how and with what it began, how and with what it ended or stands now."""

    came: Step
    at_first: Worth
    went: Step
    at_last: Worth


class Calm(NamedTuple):
    """Deals of a slice that were open all the time with one amount, which add up to `e4`; `currency` None: unknown."""

    key: str | None
    currency: str | None
    e4: int
    ids: tuple[str, ...]


_STILL: tuple[Step, ...] = ("opening", "closing")
"""The steps of a calm deal."""
History = Sequence[tuple[datetime | None, Worth]]
"""Until when an amount held (None: it holds now), the oldest first."""


def waterfall(facts: Facts, pipelines: Sequence[Pipeline], request: WaterfallRequest) -> WaterfallReport:
    """The waterfall between two moments; MixedCurrency where amounts of several currencies would be added up."""
    if request.start >= request.end:
        raise ConfigError("the second moment does not come after the first")
    known_at = request.known_at or request.end
    world = World(facts, pipelines, cut=known_at, calendar=request.calendar)
    start, end = naive(request.start), naive(request.end)
    owners = None if request.owners is None else sorted(request.owners)
    world.run("waterfall_steps", start=start, until=end, pipeline=request.pipeline, owners=owners, team=request.team)
    ((is_told,),) = world.sql(_IS_TOLD)
    worths = _worths(world)
    ways = _ways(world, request)
    spells = [(way, spell) for way in ways for spell in _spells(way, worths.get(way.id, ()), start, end)]
    calm = [
        Calm(key, code, int(e4), tuple(ids)) for key, code, e4, ids in world.tuples("waterfall_calm", _key(request))
    ]
    currency = _currency(spells, calm, request, facts.currency)
    found = [(way, spell) for way, whole in spells for spell in _within(whole, currency)]
    still = [one for one in calm if one.currency in {None, currency}]
    whole = _added(None, found, still)
    return WaterfallReport(
        request,
        currency,
        whole,
        tuple(_slices(found, still)) if request.by else (),
        Evidence(
            DEFINITION,
            len({way.id for way, _ in found}) + sum(len(one.ids) for one in still),
            request.end,
            cut=known_at,
            zone=str(facts.zone),
            warnings=tuple(_notes(whole, is_told=is_told)),
        ),
        None if is_told else Unavailable(_UNTOLD),
    )


_IS_TOLD = "SELECT count(*) > 0 FROM field_changes WHERE kind = 'deal' AND field = 'amount'"
_KEYS = {None: "NULL::VARCHAR", "owner": "owner_id", "team": "team_id"}


def _key(request: WaterfallRequest) -> Mapping[str, str]:
    """The column that slices."""
    return {"key": _KEYS[request.by]}


def _slices(found: Sequence[tuple[Way, Spell]], calm: Sequence[Calm]) -> Iterator[Waterfall]:
    """The waterfall of every slice, what has no owner or team last."""
    ways: dict[str | None, list[tuple[Way, Spell]]] = defaultdict(list)
    blocks: dict[str | None, list[Calm]] = defaultdict(list)
    for way, spell in found:
        ways[way.key].append((way, spell))
    for one in calm:
        blocks[one.key].append(one)
    for key in sorted({*ways, *blocks}, key=lambda one: (one is None, one or "")):
        yield _added(key, ways[key], blocks[key])


_UNTOLD = Note("AMOUNTS_AS_NOW", "no source tells of earlier amounts: every deal counts with the amount it has now")


def _notes(whole: Waterfall, *, is_told: bool) -> Iterator[Note]:
    if not is_told:
        yield _UNTOLD
    unknown = whole["closing"].unknown
    if unknown:
        yield Note("AMOUNTS_UNKNOWN", "open deals without an amount, which add nothing: {count}", {"count": unknown})


def _ways(world: World, request: WaterfallRequest) -> list[Way]:
    rows = world.tuples("waterfall_way", _key(request))
    made = []
    for id_, steps in groupby(rows, key=lambda row: row[0]):
        listed = list(steps)
        _, key, _, begun, *_ = listed[0]
        made.append(Way(id_, key, begun, tuple(At(row[2], _counts(row, request.pipeline)) for row in listed)))
    return made


def _counts(row: tuple[object, ...], pipeline: str | None) -> str:
    """As what a step counts: open, won, lost, void, or out of what is looked at."""
    *_, where, kind, is_unmapped = row
    is_out = (is_unmapped and kind == "open") or (pipeline is not None and where != pipeline)
    return "out" if is_out else str(kind)


def _worths(world: World) -> Mapping[str, History]:
    """The history of amounts of each deal that is not calm."""
    told: dict[str, list[tuple[datetime | None, Worth]]] = defaultdict(list)
    for id_, until, _, e4, currency in world.tuples("waterfall_amounts"):
        told[id_].append((until, Worth(e4, currency if e4 is not None else None)))
    return told


def _worth(history: History, moment: datetime) -> Worth:
    """The amount at a moment: what it was changed to at that very moment counts already."""
    return next((worth for until, worth in history if until is None or until > moment), Worth(None, None))


def _spells(way: Way, history: History, start: datetime, end: datetime) -> Iterator[Spell]:
    """The spells of a deal after `start`, up to `end`."""
    before = [step for step in way.steps if step.since is None or step.since <= start]
    counts = before[-1].counts if before else ""
    came: Step | None = "opening" if counts == "open" else None
    first = _worth(history, start)
    is_new = way.begun is None or way.begun > start
    for since, now in way.steps[len(before) :]:
        if since is None:
            continue
        worth = _worth(history, since)
        if came is not None and now != "open":
            yield Spell(came, first, "left" if now == "out" else _closed(now), worth)
            came = None
        elif came is None and now == "open":
            came, first = _arrival(counts, is_new=is_new), worth
        elif came is None and now in {"won", "lost", "void"} and counts in {"", "out"}:
            yield Spell(_arrival(counts, is_new=is_new), worth, _closed(now), worth)
        counts = now
    if came is not None:
        yield Spell(came, first, "closing", _worth(history, end))


def _arrival(counts: str, *, is_new: bool) -> Step:
    if not counts:
        return "new" if is_new else "entered"
    return "entered" if counts == "out" else "reopened"


def _closed(counts: str) -> Step:
    return {"won": "won", "lost": "lost"}.get(counts, "void")  # type: ignore[return-value]


def _currency(
    spells: Iterable[tuple[Way, Spell]], calm: Iterable[Calm], request: WaterfallRequest, default: str
) -> str:
    if request.currency:
        return request.currency
    found = {worth.currency for _, one in spells for worth in (one.at_first, one.at_last) if worth.currency is not None}
    found |= {one.currency for one in calm if one.currency is not None}
    if len(found) > 1:
        raise MixedCurrency(found)
    return next(iter(found), default)


def _within(spell: Spell, currency: str) -> Iterator[Spell]:
    """What of a spell lies in a currency: an unknown amount may be in any."""
    came, went = (one.currency in {None, currency} for one in (spell.at_first, spell.at_last))
    if came and went:
        yield spell
    elif came:
        yield Spell(spell.came, spell.at_first, "left", spell.at_first)
    elif went:
        yield Spell("entered", spell.at_last, spell.went, spell.at_last)


def _added(key: str | None, found: Iterable[tuple[Way, Spell]], calm: Iterable[Calm]) -> Waterfall:
    e4: dict[Step, int] = defaultdict(int)
    unknown: dict[Step, int] = defaultdict(int)
    records: dict[Step, list[str]] = defaultdict(list)
    for way, spell in found:
        for step, worth in _lines(spell):
            e4[step] += worth or 0
            unknown[step] += worth is None
            records[step].append(way.id)
    for one in calm:
        for step in _STILL:
            e4[step] += one.e4
            unknown[step] += len(one.ids) if one.currency is None else 0
            records[step] += one.ids
    for step in _STILL:
        records[step].sort()
    return Waterfall(
        key, {step: Line(step, e4[step], unknown[step], tuple(records[step])) for step in STEPS if records[step]}
    )


def _lines(spell: Spell) -> Iterator[tuple[Step, int | None]]:
    first, last = spell.at_first.e4, spell.at_last.e4
    yield spell.came, first
    yield spell.went, last
    if first is None and last is not None:
        yield "amount_known", last
    elif first is not None and last is None:
        yield "amount_unknown", first
    elif first is not None and last is not None and first != last:
        yield "amount_up" if last > first else "amount_down", abs(last - first)
