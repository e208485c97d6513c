"""The weekly report as one HTML page: nothing to load, nothing to run; for a desk, a phone, the dark and paper."""

from crmbridge.report import (
    pack_page,
    pages,
    weekly_cards,
    weekly_charts,
    weekly_notes,
    weekly_quality,
    weekly_slices,
    weekly_tables,
)
from crmbridge.report.i18n import catalog
from crmbridge.report.pack import Pack
from crmbridge.report.weekly_pack import WeeklyPack
from crmbridge.report.weekly_words import Speech


def page(pack: WeeklyPack, language: str, talk: Pack | None = None) -> str:
    """The report in one language; `talk` is the pack that the team goes through."""
    say = Speech(catalog(language))
    definitions = weekly_notes.definitions(pack, say)
    values = {
        "language": {"zh": "zh-CN"}.get(language, language),
        "t": say.texts,
        "header": weekly_notes.header(pack, say),
        "cards": weekly_cards.cards(pack, say),
        "funnels": weekly_charts.funnels(pack.whole, say, {}),
        "months": weekly_charts.won_by_month(pack, say),
        "ageing": weekly_charts.ageing(pack, say),
        "closed": weekly_tables.closed(pack, say),
        "standing": weekly_tables.standing(pack, say),
        "slices": [weekly_slices.slices(report, say) for report in pack.slices],
        "quality": pack.quality and weekly_quality.findings(pack.quality, say),
        "scores": pack.quality and weekly_quality.scores(pack.quality, say),
        "talk": pack_page.parts(talk, say, beside=pack_page.DRAWN_BESIDE) if talk else [],
        "alerts": weekly_notes.alerts(pack, say),
        "definitions": definitions,
        "meaning": {key: text for key, _, text in definitions},
        "warnings": weekly_notes.warnings(pack, say),
        "sources": weekly_notes.sources(pack, say),
    }
    return pages.render("weekly.html", values)
