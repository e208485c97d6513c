"""What changed in a period: the waterfall, what was won and lost and why, what went on, back, and later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from crmbridge.app.pack_asking import LISTED, PackAsked
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Word
from crmbridge.report.losses import lost_for
from crmbridge.report.pack import PackSection
from crmbridge.services.deal_list import ListedDeal
from crmbridge.services.results import Amount
from crmbridge.services.waterfall_report import SIGNS, Step

SHOWN: Mapping[Step, str] = {
    "new": "new deals",
    "amount_up": "amount up",
    "amount_down": "amount down",
    "amount_known": "amount now known",
    "amount_unknown": "amount now unknown",
}
"""What people read for a step, where that is not its own name."""


def waterfall_section(asked: PackAsked, before: Mapping[str, object] | None) -> PackSection:
    """The waterfall: each step with its sign, and what the pack `before` this one had closed with."""
    report, rows = asked.waterfall, []
    for line in report.whole.shown():
        sign = SIGNS.get(line.step, 1)
        rows.append(
            {
                "what": Word(line.step, SHOWN.get(line.step, line.step)),
                "n": line.n,
                "amount": Amount(sign * line.e4, report.currency, line.n - line.unknown, line.unknown).money,
                "unknown": line.unknown,
            }
        )
    return PackSection(
        "waterfall", ("what", "n", "amount", "unknown"), rows, (*report.evidence.warnings, *_then(asked, before))
    )


def _then(asked: PackAsked, before: Mapping[str, object] | None) -> Iterator[Note]:
    """That the opening is not what was known when the pack of the period before was kept."""
    closing = (before or {}).get("closing_e4")
    opening = asked.waterfall.whole["opening"].e4
    if closing is not None and closing != opening:
        yield Note(
            "RESTATED",
            mark("the pack before this one closed with {then}; by what is known now it was {now}"),
            {"then": asked.money(closing), "now": asked.money(opening)},
        )


_TOLD: tuple[Step, ...] = ("won", "lost", "new", "reopened")


def changes_section(asked: PackAsked) -> PackSection:
    """The deals won and lost with their reasons, the new and reopened ones, those that moved, and those put off."""
    steps: dict[Step, Sequence[str]] = {step: asked.waterfall.whole[step].records for step in _TOLD}
    deals = asked.deals(id_ for ids in steps.values() for id_ in ids)
    rows = [row for step, ids in steps.items() for row in _closed(step, [deals[id_] for id_ in {*ids} & deals.keys()])]
    rows += _moved(asked)
    rows += _pushed(asked)
    columns = ("what", "deal", "who", "amount", "why", "from", "to")
    why: tuple[Note, ...] = () if rows else (Note("NOTHING", mark("nothing was won, lost, begun or moved")),)
    if not asked.moves.tells_dates:
        why += (
            Note("DATES_UNTOLD", mark("no source tells of earlier closing dates, so nobody knows what was put off")),
        )
    return PackSection("changes", columns, rows, why)


def _closed(step: Step, deals: Iterable[ListedDeal]) -> Iterator[Mapping[str, object]]:
    found = sorted(deals, key=lambda deal: (-(deal.amount.amount if deal.amount else -1), deal.name or "", deal.id))
    for deal in found[:LISTED]:
        row: dict[str, object] = {
            "what": Word(step, SHOWN.get(step, step)),
            "deal": deal.name or deal.external_id,
            "who": deal.owner,
        }
        row |= {"amount": deal.amount, "records": [deal.id]}
        if step in {"won", "lost"}:
            row["why"] = lost_for(deal.reason) if deal.reason else Note("NO_REASON", mark("no reason is recorded"))
        yield row
    if len(found) > LISTED:
        rest = [deal.id for deal in found[LISTED:]]
        more = Note("MORE", mark("{count} more"), {"count": len(rest)})
        yield {"what": Word(step, SHOWN.get(step, step)), "why": more, "records": rest}


def _moved(asked: PackAsked) -> Iterator[Mapping[str, object]]:
    for one in asked.moves.moved:
        shown = ", ".join(one.names)
        rest = len(one.ids) - len(one.names)
        more = Note("AND_MORE", mark("{names} and {count} more"), {"names": shown, "count": rest})
        yield {"what": Word(one.what), "deal": more if rest > 0 else shown, "records": one.ids}


def _pushed(asked: PackAsked) -> Iterator[Mapping[str, object]]:
    ours = [one for one in asked.moves.pushed if asked.is_ours(one.owner_id)]
    names = asked.deals(one.id for one in ours)
    found = sorted(ours, key=lambda one: (names[one.id].name or "", one.id))
    for one in found[:LISTED]:
        deal = names[one.id]
        yield {
            "what": Word("pushed"),
            "deal": deal.name or deal.external_id,
            "who": deal.owner,
            "amount": deal.amount,
            "from": one.old_day,
            "to": one.new_day,
            "records": [one.id],
        }
