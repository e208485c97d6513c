"""Writing over a real socket to a simulator in a process of its own, on the machine's clock."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from plugins.fxiaoke.tests.desk import KEY_FIELD, LEADS, applied, rejected, update
from plugins.fxiaoke.tests.simulated import SecretText
from pydantic import JsonValue

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Change, Stale, Unknown
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.config import FxiaokeOptions

SERVE = (sys.executable, "-m", "crmbridge_sim", "serve", "fxiaoke", "--port", "0", "--seed", "7", "--deals", "20")
LAG = ("--switch", "index_lag_s=1")


def act(told: dict[str, str], action: str, **arguments: object) -> Any:
    request = urllib.request.Request(f"{told['control_url']}/__sim__/{action}", json.dumps(arguments).encode())  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read())["result"]


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, str]]:
    with subprocess.Popen((*SERVE, *LAG), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(10)


@pytest.fixture(params=["corp", "oauth"])
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(told: dict[str, str], folder: Path, style: str) -> FxiaokeAdapter:
    config = FxiaokeOptions(
        simulator=True, api_url=told["api_url"], credentials="x", external_id_field=KEY_FIELD, index_lag_s=2
    )
    names = ("app_id", "app_secret", "permanent_code", "mobile")
    secrets = SecretText(json.dumps({**{name: told[name] for name in names}, "style": style}))
    context = AdapterContext("process", config, folder, secrets=secrets, read_only=False, state_dir=folder)
    return FxiaokeAdapter(context, config)


@pytest.fixture
def fxiaoke(told: dict[str, str], tmp_path: Path, style: str) -> Iterator[FxiaokeAdapter]:
    adapter = opened(told, tmp_path, style)
    yield adapter
    adapter.close()


def lead(adapter: FxiaokeAdapter, key: str, **fields: JsonValue) -> Change:
    return Change(key, LEADS, None, {"name": f"线索 {key}", "owner": [adapter.session.operator.id], **fields})


def test_creates_updates_and_deletions_arrive(fxiaoke: FxiaokeAdapter, style: str) -> None:
    changes = [lead(fxiaoke, f"p-{style}"), lead(fxiaoke, f"q-{style}", source="没有的来源")]
    first, wrong = fxiaoke.push(changes)
    made = applied(first)
    assert rejected(wrong).code == "OPTION_UNKNOWN"
    (again,) = fxiaoke.push(changes[:1])
    assert applied(again).external_id == made.external_id
    assert applied(again).revision is None, "what is found by its key may have been edited since"
    (moved,) = fxiaoke.push([update(made.external_id, made.revision, remark="会议 🧑🏽‍💻", source="展会")])
    (record,) = fxiaoke.fetch(LEADS, [made.external_id])
    assert record is not None
    assert (record.payload["remark"], record.revision) == ("会议 🧑🏽‍💻", applied(moved).revision)
    (gone,) = fxiaoke.push([Change("d", LEADS, made.external_id, {}, delete=True)])
    assert applied(gone).external_id == made.external_id


def test_a_record_that_moved_is_stale(fxiaoke: FxiaokeAdapter, told: dict[str, str], style: str) -> None:
    (made,) = fxiaoke.push([lead(fxiaoke, f"s-{style}")])
    act(told, "edit", module=LEADS, record_id=applied(made).external_id, changes={"remark": "by a person"})
    (outcome,) = fxiaoke.push([update(applied(made).external_id, applied(made).revision, remark="by us")])
    assert isinstance(outcome, Stale)
    assert outcome.current is not None
    assert outcome.current.payload["remark"] == "by a person"


def test_a_line_cut_after_the_work_is_done_settles_to_one(
    fxiaoke: FxiaokeAdapter, told: dict[str, str], style: str
) -> None:
    act(told, "fault", kind="drop_after_commit", path="/cgi/crm/v2/data/create", times=1)
    change = lead(fxiaoke, f"lost-{style}")
    (outcome,) = fxiaoke.push([change])
    assert isinstance(outcome, Unknown)
    act(told, "clock/advance", seconds=2)
    (hits,) = fxiaoke.find(LEADS, KEY_FIELD, [f"lost-{style}"])
    (again,) = fxiaoke.push([change])
    assert [one.external_id for one in hits] == [applied(again).external_id]


def test_two_systems_that_share_nothing_make_one_where_the_field_is_unique(
    told: dict[str, str], tmp_path: Path, style: str
) -> None:
    """Neither knows of the other's announcement, and a search shows nothing for a second: Fxiaoke refuses the later."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir(mode=0o700)
    adapters = [opened(told, folder, style) for folder in folders]
    try:
        changes = [[lead(adapter, f"both-{style}")] for adapter in adapters]
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda pair: pair[0].push(pair[1]), zip(adapters, changes, strict=True)))
    finally:
        for adapter in adapters:
            adapter.close()
    assert applied(outcomes[0][0]).external_id == applied(outcomes[1][0]).external_id
