"""Queue and cadence say alike who waits for an answer, in the demo's company."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmbridge.app import demo
from crmbridge.app.bridge import Bridge

SIZE = demo.Size(users=3, accounts=6, contacts=9, leads=6, deals=24, activities=160, tasks=6)


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """The evening after the last message of a customer."""
    company = demo.invent(size=SIZE)
    wrote: list[Any] = [
        one["started"]
        for one in company.objects["activities"]
        if one.get("direction") == "in" and one["type"] in {"email", "im"} and "deal" in one
    ]
    folder: Path = demo.write_workspaces(company, tmp_path_factory.mktemp("demo"))[0]
    with Bridge.open(
        folder, as_of=(max(wrote) + timedelta(hours=1)).replace(tzinfo=ZoneInfo("Asia/Shanghai")), environ={}
    ) as opened:
        opened.sync([])
        yield opened


def test_queue_and_cadence_agree_on_who_waits(bridge: Bridge) -> None:
    queued = [row for row in bridge.queue(limit=None).rows if row["section"] == "queue" and row["class"] == "waiting"]
    asked = [row for row in bridge.cadence(limit=None).rows if row["section"] == "due" and row["queue_class"] == 0]
    assert {(row["kind"], row["id"]) for row in queued} == {(row["kind"], row["id"]) for row in asked}
    assert len(queued) > 1
