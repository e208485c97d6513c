"""Scorecards and the leaderboard as listings."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from crmbridge.model.money import Money
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Days, Listing, Names, Section, Share, Word
from crmbridge.services.commission import rounded
from crmbridge.services.kpi import Kpi
from crmbridge.services.scorecard import Counted
from crmbridge.services.scorecards import Leaderboard, PersonCard, ScorecardsReport

_CARDS = (
    Column("user_id", mark("id")),
    Column("user", mark("member")),
    Column("card", mark("card")),
    Column("score", mark("score"), "days"),
    Column("rank", mark("place"), "count"),
    Column("incomplete", mark("incomplete"), "bool"),
    Column("weight", mark("weight"), "number"),
    Column("kpi_id", mark("id")),
    Column("kpi", mark("KPI"), "value"),
    Column("actual", mark("actual"), "value"),
    Column("target", mark("target"), "value"),
    Column("attainment", mark("attainment"), "percent"),
    Column("counted", mark("counted"), "percent"),
    Column("points", mark("points"), "days"),
    Column("n", mark("n"), "count"),
    Column("reason", mark("reason")),
)
_CSAT = {"csat": mark("satisfied customers")}
_BOARD = (
    Column("rank", mark("place"), "count"),
    Column("user_id", mark("id")),
    Column("user", mark("member")),
    Column("value", mark("value"), "value"),
    Column("n", mark("n"), "count"),
    Column("enough", mark("enough data"), "bool"),
    Column("target", mark("target"), "value"),
    Column("attainment", mark("attainment"), "percent"),
)


def scorecards_listing(report: ScorecardsReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The scores, the best first, and below what each is made of."""
    rows: list[Mapping[str, object]] = [_card(card, report) for card in report.cards]
    rows += [row for card in report.cards for row in _parts(card, report)]
    period = report.request.period
    return Listing(
        definition=report.evidence.definition,
        columns=_CARDS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={"period": period.label, "from": period.start, "to": period.end, "zone": report.evidence.zone},
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Scorecards"),
        sections=(
            Section("cards", mark("Scores"), ("rank", "user", "card", "score", "weight", "incomplete")),
            Section(
                "parts",
                mark("What each is made of"),
                ("user", "kpi", "weight", "actual", "target", "attainment", "counted", "points", "n", "reason"),
            ),
        ),
        empty=mark("nobody has a figure or a goal in this period"),
    )


def board_listing(board: Leaderboard, explain: Mapping[str, object] | None = None) -> Listing:
    """Everybody by one KPI."""
    rows = tuple(
        {
            "section": "board",
            "rank": one.rank,
            "user_id": one.person.id,
            "user": one.person.shown,
            "value": figure(one.value, board.kpi, one.currency),
            "n": one.n,
            "enough": one.is_enough,
            **({} if one.target is None else {"target": figure(one.target, board.kpi, one.currency)}),
            **({} if one.attainment is None else {"attainment": one.attainment}),
        }
        for one in board.rows
    )
    return Listing(
        definition=board.evidence.definition,
        columns=_BOARD,
        rows=rows,
        as_of=board.evidence.as_of,
        window={"kpi": board.kpi.id, "period": board.period.label, "from": board.period.start, "to": board.period.end},
        warnings=board.evidence.warnings,
        explain=explain,
        title=mark("Leaderboard"),
        sections=(Section("board", mark("Places"), ("rank", "user", "value", "n", "target", "attainment")),),
        empty=mark("nobody has a figure in this period"),
    )


def _card(card: PersonCard, report: ScorecardsReport) -> dict[str, object]:
    return {
        "section": "cards",
        "user_id": card.person.id,
        "user": card.person.shown,
        "card": Names({**report.request.config.cards[card.card].names}),
        "score": card.scored.score,
        "rank": card.rank,
        "weight": card.scored.weight,
        "incomplete": card.scored.is_incomplete,
    }


def _parts(card: PersonCard, report: ScorecardsReport) -> Iterator[dict[str, object]]:
    for row in card.scored.rows:
        one = row.of
        kpi = report.request.measures.kpis.get(one.kpi)
        yield {
            "section": "parts",
            "user_id": card.person.id,
            "user": card.person.shown,
            "kpi_id": one.kpi,
            "kpi": named(one.kpi, kpi),
            "weight": one.weight,
            "actual": figure(one.actual, kpi, one.currency, kpi_id=one.kpi),
            "target": figure(one.target, kpi, one.currency, kpi_id=one.kpi),
            "attainment": one.attainment,
            "n": one.n,
            **_counted(row),
        }


def _counted(row: Counted) -> dict[str, object]:
    if row.of.reason is not None:
        return {"reason": row.of.reason}
    return {"counted": row.counted, "points": row.points}


def named(kpi_id: str, kpi: Kpi | None) -> Names | Word:
    """What people call a KPI; `csat` and figures of a file are none that is worked out, and have no names."""
    return Word(kpi_id, _CSAT.get(kpi_id, "")) if kpi is None else Names({**kpi.names} or {"en": kpi.id})


def figure(
    value: Fraction | None, kpi: Kpi | None, currency: str | None, *, kpi_id: str = ""
) -> Fraction | Money | None:
    """A figure of a KPI as a cell in its unit: an amount, a share, days or a number; `csat` is a share."""
    if value is None:
        return None
    if kpi is None:
        return Share(value) if kpi_id in _CSAT else value
    match kpi.unit:
        case "money" if currency is not None:
            return rounded(value, currency)
        case "rate":
            return Share(value)
        case "days":
            return Days(value)
        case _:
            return value
