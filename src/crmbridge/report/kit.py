"""What the conformance kit found of an adapter, for people and programs; and a badge for its page."""

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import escape

from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section
from crmbridge.report.svg import text_px

BELOW_BRONZE = mark("below bronze")
TIERS = (mark("bronze"), mark("silver"), mark("gold"), mark("platinum"))
SAID = (mark("done"), mark("todo"), mark("exempt"))
FOUND = (mark("proved"), mark("reviewer"), mark("not seen"), mark("exempt"), mark("todo"), mark("disproved"))
"""Words of the cells of a report, which are shown translated."""

OUTCOMES = ("passed", "vendor cannot", "not yet", "failed", "overridden", "skipped")
_COLOURS = {"bronze": "#8c5a2b", "silver": "#5f6b76", "gold": "#8a6d00", "platinum": "#3d5a80", "": "#666666"}
_HEIGHT_PX, _GAP_PX, _LETTERS_PX = 20, 8, 11


def run_listing(
    adapters: Mapping[str, Mapping[str, Mapping[str, int]]], broken: Sequence[Mapping[str, str]]
) -> Listing:
    """For each adapter and group how its tests came out, and the promises that are not kept; code 1 where there are."""
    columns = (
        Column("adapter", mark("adapter")),
        Column("group", mark("group")),
        Column("passed", mark("passed tests"), "count"),
        Column("vendor_cannot", mark("vendor cannot"), "count"),
        Column("not_yet", mark("not yet"), "count"),
        Column("failed", mark("failed"), "count"),
        Column("overridden", mark("overridden"), "count"),
        Column("skipped", mark("skipped"), "count"),
        Column("test", mark("test")),
        Column("reason", mark("reason")),
    )
    counted = tuple(
        {
            "section": "groups",
            "adapter": adapter,
            "group": group,
            **{outcome.replace(" ", "_"): counts.get(outcome, 0) for outcome in OUTCOMES},
        }
        for adapter, groups in adapters.items()
        for group, counts in groups.items()
    )
    told = tuple({"section": "broken", **one} for one in broken)
    return Listing(
        "kit-run/1",
        columns,
        (*counted, *told),
        sections=(
            Section("groups", mark("Groups"), ("adapter", "group", *(one.replace(" ", "_") for one in OUTCOMES))),
            Section("broken", mark("Promises that are not kept"), ("adapter", "group", "test", "reason")),
        ),
        exit_code=1 if broken else 0,
    )


def report_listing(
    adapter: str,
    *,
    tier: str,
    live: Note,
    rules: Iterable[Mapping[str, object]],
    counts: Mapping[str, int],
    warnings: tuple[Note, ...] = (),
) -> Listing:
    """The tier of an adapter, and each rule with what was found of it; code 1 where something said is disproved."""
    columns = (
        Column("adapter", mark("adapter")),
        Column("reached", mark("tier"), "word"),
        Column("live", mark("live")),
        *(Column(name.replace(" ", "_"), name, "count") for name in FOUND),
        Column("tier", mark("tier"), "word"),
        Column("rule", mark("rule")),
        Column("said", mark("said"), "word"),
        Column("found", mark("found"), "word"),
        Column("why", mark("why")),
    )
    numbers = {name.replace(" ", "_"): counts[name] for name in FOUND}
    summary = {"section": "adapter", "adapter": adapter, "reached": tier or BELOW_BRONZE, "live": live, **numbers}
    return Listing(
        "kit-report/1",
        columns,
        (summary, *({"section": "rules", **rule} for rule in rules)),
        sections=(
            Section("adapter", mark("The quality scale"), ("adapter", "reached", "live", *numbers)),
            Section("rules", mark("Rules"), ("tier", "rule", "said", "found", "why")),
        ),
        warnings=warnings,
        exit_code=1 if counts["disproved"] else 0,
    )


def badge(adapter: str, tier: str, live: str) -> str:
    """A small picture: which adapter, its tier, and how far that was tried; it needs no font and no network."""
    left, right = f"crmbridge {adapter}", f"{tier or BELOW_BRONZE} · {live}"
    width_left, width_right = (round(text_px(text, _LETTERS_PX)) + 2 * _GAP_PX for text in (left, right))
    width, middle = width_left + width_right, _HEIGHT_PX - 6
    told = escape(f"{left}: {right}")
    letters = f'fill="#ffffff" font-family="sans-serif" font-size="{_LETTERS_PX}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT_PX}" role="img" '
        f'aria-label="{told}"><title>{told}</title>'
        f'<rect width="{width_left}" height="{_HEIGHT_PX}" fill="#333333"/>'
        f'<rect x="{width_left}" width="{width_right}" height="{_HEIGHT_PX}" fill="{_COLOURS[tier]}"/>'
        f'<text x="{_GAP_PX}" y="{middle}" {letters}>{escape(left)}</text>'
        f'<text x="{width_left + _GAP_PX}" y="{middle}" {letters}>{escape(right)}</text></svg>\n'
    )
