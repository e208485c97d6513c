"""Olist's marketing funnel: leads, the sellers won from them, cohorts; blank stays apart from the word unknown."""

from collections.abc import Iterator
from datetime import datetime, time
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.data.opened import (
    ALL,
    BLANK,
    Figure,
    Opened,
    check,
    check_all_covered,
    conversions,
    cycles,
    opened,
    share,
    statistics,
    statistics_of,
    won_counts,
)

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("olist")]
ZONE = ZoneInfo("America/Sao_Paulo")
WITHIN_DAYS = (7, 14, 30, 60, 90, 180)


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("olist-funnel", shared_data, tmp_path_factory)


def wall_clock(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(ZONE).replace(tzinfo=None)


def days_by_the_clock(held: Opened) -> dict[str, object]:
    """The services count whole days where an end is known to the day; the export has both ends as the file has them.

    The reference counts from 00:00 of the day, which 2017-10-15 did not have in Brazil: its clocks began at 01:00.
    """
    deals = held.records("deal")
    began = [datetime.combine(wall_clock(deal["vendor_created_at"]), time()) for deal in deals]
    spans = [wall_clock(deal["closed_at"]) - start for deal, start in zip(deals, began, strict=True)]
    return statistics_of(span.total_seconds() / 86_400 for span in spans)


def conversion_by_source(held: Opened) -> dict[str, dict[str, object]]:
    """Of the funnel, whose leads and deals stand in one row; the same as the KPI of the leads alone."""
    rows = {label: row["lead_conversion"] for label, row in held.funnel("source").items()}
    found = {label: {"n": rate["n"], "won": rate["numerator"], "rate": share(rate)} for label, rate in rows.items()}
    assert found == conversions("lead_conversion", "source")(held)
    return found


def large_pages(held: Opened) -> dict[str, dict[str, object]]:
    found = conversions("lead_conversion", "campaign")(held)
    return {page: figures for page, figures in found.items() if int(str(figures["n"])) >= 100}


def top_developers(held: Opened) -> dict[str, int]:
    counted = sorted(won_counts("created_by")(held).items(), key=lambda one: (-one[1], one[0]))
    return dict(counted[:10])


FIGURES: dict[str, Figure] = {
    "mql_count": lambda held: held.whole["leads"],
    "closed_count": lambda held: held.whole["won"],
    "conversion": lambda held: share(held.whole["lead_conversion"]),
    "mql_by_origin": lambda held: {label: row["leads"] for label, row in held.funnel("source").items()},
    "conversion_by_origin": conversion_by_source,
    "mql_by_contact_month": lambda held: held.counts("leads_created", "month"),
    "conversion_by_contact_month": conversions("lead_conversion", "created_month"),
    "won_by_won_month": won_counts("close_month"),
    "days_to_won": lambda held: statistics(held.durations[0]),
    "days_to_won_fractional": days_by_the_clock,
    "days_to_won_negative": lambda held: held.count("won_before_contact"),
    "days_to_won_by_origin": cycles("source"),
    "days_to_won_by_lead_type": cycles("custom.lead_type"),
    "days_to_won_by_business_segment": cycles("segment"),
    "days_to_won_by_business_type": cycles("custom.business_type"),
    "days_to_won_by_lead_behaviour_profile": cycles("custom.lead_behaviour_profile"),
    "won_within_days": lambda held: {
        str(days): Fraction(held.count(f"won_within_{days}"), held.count("leads_created")) for days in WITHIN_DAYS
    },
    "sdr_count": lambda held: held.count("developers"),
    "sr_count": lambda held: held.count("reps"),
    "won_by_sdr_top10": top_developers,
    "declared_monthly_revenue_sum": lambda held: float(held.kpi("declared_revenue")[ALL]["value"]),
    "declared_monthly_revenue_nonzero": lambda held: held.count("declared_revenue_filled"),
    "landing_pages": lambda held: held.count("landing_pages"),
    "conversion_by_landing_page_ge100": large_pages,
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_is_the_reference_to_the_digit(held: Opened, name: str) -> None:
    check(held, name, FIGURES[name])


def test_every_figure_is_held_or_has_its_reason(held: Opened) -> None:
    check_all_covered(held.reference, FIGURES, {})


def test_a_blank_origin_stays_apart_from_the_word_unknown(held: Opened) -> None:
    rows = [row for row in held.document("source")["rows"] if row["section"] == "by source"]
    found = {(row["key"], row["slice"]): row["leads"] for row in rows if row["slice"] == "unknown"}
    assert found == {("unknown", "unknown"): 1099, (None, "unknown"): 60}
    assert held.funnel("source")[BLANK]["lead_conversion"]["numerator"] == 14


def test_a_deal_won_before_its_first_contact_is_counted_and_told(held: Opened) -> None:
    notes = {note["code"]: note["params"] for note in held.document()["warnings"]}
    assert notes["NEGATIVE_CYCLE"] == {"count": 1}


def test_slices_add_up_to_the_whole(held: Opened) -> None:
    rows = held.funnel("source").values()
    for name in ("total", "won", "leads"):
        assert sum(row[name] for row in rows if row[name] is not None) == held.whole[name]
