"""The faults of public data sets, found and counted to the digit of their references."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.data.opened import AS_OF, Opened, opened

from crmbridge.app.bridge import Bridge
from crmbridge.report import documents
from crmbridge.report.i18n import catalog

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("quality")]


@pytest.fixture(scope="module")
def finepick(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("zoho-analytics-sample", shared_data, tmp_path_factory)


def document(bridge: Bridge, **asked: Any) -> dict[str, Any]:
    return documents.document(bridge.quality(**asked), catalog("en"))


def failing(bridge: Bridge) -> dict[tuple[str, str], tuple[int, int]]:
    found = [row for row in document(bridge)["rows"] if row["section"] == "findings"]
    return {(r["kind"], r["check"]): (r["failing"]["numerator"], r["failing"]["denominator"]) for r in found}


def test_the_contradictions_of_the_zoho_sample(finepick: Opened) -> None:
    reference = {name: figure["value"] for name, figure in finepick.reference.items()}
    found = failing(finepick.bridge)
    assert found["lead", "status_contradiction"] == (
        reference["converted_with_blocking_status"],
        reference["leads_converted"],
    )
    stages = reference["potentials_by_stage"]
    is_open = sum(count for name, count in stages.items() if not name.startswith("Closed"))
    assert found["deal", "open_certain"] == (reference["open_with_probability_100"], is_open)
    assert found["task", "repeats"] == (2174, reference["rows"]["Tasks"])
    assert found["deal", "won_uncertain"][1] == stages["Closed Won"] - reference["probability_blank"]
    assert ("deal", "close_before_creation") not in found, "the reference counts none"
    assert ("deal", "references") not in found, "every potential has its lead"


def test_what_the_export_cannot_tell_is_no_pass(finepick: Opened) -> None:
    rows = document(finepick.bridge)["rows"]
    told = {(r["kind"], r["check"]): r["reason"]["params"] for r in rows if r["section"] == "unavailable"}
    clean = {(r["kind"], r["check"]) for r in rows if r["section"] == "clean"}
    assert told["task", "modified_before_creation"]["fields"] == "vendor_modified_at", "left out by the mapping"
    assert told["deal", "lost_without_reason"]["fields"] == "reason"
    assert ("lead", "stale") in told
    assert not clean & told.keys() - {(kind, "required_fields") for kind, _ in told}


def test_the_scores_of_all_owners_make_the_whole(finepick: Opened) -> None:
    scores = [row for row in document(finepick.bridge, by="owner")["rows"] if row["section"] == "scores"]
    whole, owners = scores[0], scores[1:]
    assert whole["n"] == sum(row["n"] for row in owners)
    assert len(owners) == len(finepick.reference["won_amount_by_owner"]["value"])
    assert min(row["score"] for row in owners) <= whole["score"] <= max(row["score"] for row in owners)


def test_one_check_names_every_record_that_fails_it(finepick: Opened) -> None:
    rows = document(finepick.bridge, check="open_certain")["rows"]
    records = [row for row in rows if row["section"] == "records"]
    assert len({row["id"] for row in records}) == finepick.reference["open_with_probability_100"]["value"]
    assert all(row["owner"] for row in records)


def test_the_holes_of_the_small_company(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    Bridge.init(folder, files=shared_data / "salescrm-small")
    with Bridge.open(folder, environ={}) as bridge:
        bridge.sync()
    with Bridge.open(folder, as_of=AS_OF, environ={}) as bridge:
        rows = document(bridge)["rows"]
    found = {(row["kind"], row["check"]): row for row in rows if row["section"] == "findings"}
    holes = found["lead", "required_fields"]["parts"]
    assert (holes["source"], holes["status|status_raw|stage"]) == (45, 37)
    assert found["deal", "contact_elsewhere"]["failing"]["numerator"] == 118
