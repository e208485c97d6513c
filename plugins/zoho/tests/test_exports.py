"""Exports that are wrong, late, lost, hostile or cut: never half of the records taken for all of them."""

import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
from plugins.zoho.tests.fake import Deals, FakeZoho, Route, answer, deal, refused

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.model.errors import ContractError, CrmBridgeError, TransientError, Unavailable
from crmbridge_zoho import export_file
from crmbridge_zoho.adapter import ZohoAdapter

MAPPED = frozenset({"Deal_Name", "Amount"})
JOB = "/crm/bulk/v8/read/900"


def zipped(text: str | bytes, *, name: str = "900.csv", more: dict[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
        for other, content in (more or {}).items():
            archive.writestr(other, content)
    return made.getvalue()


def csv_of(deals: Deals) -> str:
    lines = ["id,Amount,Created_Time,Deal_Name,Modified_Time"]
    lines += [f"{row['id']},,,{row['Deal_Name']},{row['Modified_Time']}" for row in deals.rows]
    return "\n".join(lines) + "\n"


class Exports:
    """The export endpoints over a fake: states one after the other, then a file."""

    def __init__(self, deals: Deals, *, states: tuple[str, ...] = ("ADDED", "IN PROGRESS", "COMPLETED")) -> None:
        self.deals, self.states, self.looks, self.orders = deals, list(states), 0, 0
        self.file: bytes | None = None
        self.count: int | None = None
        routes = deals.fake.routes
        routes["POST /crm/bulk/v8/read"] = self.order
        routes[f"GET {JOB}"] = self.look
        routes[f"GET {JOB}/result"] = self.result

    def order(self, request: httpx.Request) -> httpx.Response:
        self.orders += 1
        assert json.loads(request.content)["query"]["module"] == {"api_name": "Deals"}
        item = {"status": "success", "code": "ADDED_SUCCESSFULLY", "details": {"id": "900", "state": "ADDED"}}
        return answer({"data": [item]}, 201)

    def look(self, _: httpx.Request) -> httpx.Response:
        state = self.states[min(self.looks, len(self.states) - 1)]
        self.looks += 1
        count = len(self.deals.rows) if self.count is None else self.count
        result = {"count": count, "more_records": False} if state == "COMPLETED" else {"error_message": "no"}
        return answer({"data": [{"id": "900", "state": state, "result": result}]})

    def result(self, _: httpx.Request) -> httpx.Response:
        body = self.file if self.file is not None else zipped(csv_of(self.deals))
        return httpx.Response(200, content=body, headers={"content-type": "application/zip"})


@pytest.fixture
def exports(deals: Deals) -> Exports:
    deals.rows = [deal(n, n) for n in range(60)]
    return Exports(deals)


def bulk(adapter: ZohoAdapter, cursor: str | None = None) -> list[Page]:
    return list(adapter.bulk_read(PullRequest("Deals", cursor, MAPPED)))


def ids(pages: list[Page]) -> set[str]:
    return {record.external_id for page in pages for record in page.records}


def everything(deals: Deals) -> set[str]:
    return {str(row["id"]) for row in deals.rows}


def test_an_export_is_waited_for_and_read(zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path) -> None:
    pages = bulk(zoho.open(tmp_path, page_size=2))
    assert ids(pages) == everything(deals)
    assert zoho.clock.pauses
    assert exports.orders == 1
    assert pages[-1].whole


def test_patience_ends_and_the_next_run_waits_for_the_same_job(
    zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path
) -> None:
    exports.states = ["IN PROGRESS"]
    adapter = zoho.open(tmp_path, bulk_patience_minutes=2)
    reading = adapter.bulk_read(PullRequest("Deals", None, MAPPED))
    first = next(reading)
    with pytest.raises(Unavailable, match="after 2 minutes"):
        next(reading)
    exports.states = ["COMPLETED"]
    assert ids(bulk(zoho.open(tmp_path), first.cursor)) == everything(deals)
    assert exports.orders == 1


HOSTILE = {
    "no zip": b"PK but not really",
    "two files": zipped("id\n", more={"other.csv": "id\n"}),
    "no csv": zipped("id\n", name="900.txt"),
    "no id": zipped("Deal_Name\nx\n"),
    "a column twice": zipped("id,Deal_Name,Deal_Name\n1,a,b\n"),
    "a column missing": zipped("id,Deal_Name\n1,a\n"),
    "bytes that are no text": zipped(b"id,Amount,Created_Time,Deal_Name,Modified_Time\n1,,,\xff\xfe,\n"),
    "a row too short": zipped("id,Amount,Created_Time,Deal_Name,Modified_Time\n1,\n"),
    "a quote that never ends": zipped('id,Amount,Created_Time,Deal_Name,Modified_Time\n1,,,"x,\n'),
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_a_file_that_is_no_export_is_never_read_as_one(
    zoho: FakeZoho, exports: Exports, tmp_path: Path, what: str
) -> None:
    exports.file = HOSTILE[what]
    exports.count = 1
    with pytest.raises(TransientError):
        bulk(zoho.open(tmp_path))


@pytest.mark.parametrize("told", [59, 61])
def test_a_file_with_more_or_fewer_rows_than_counted_is_refused(
    zoho: FakeZoho, exports: Exports, tmp_path: Path, told: int
) -> None:
    exports.count = told
    with pytest.raises(TransientError, match="holds 60 rows"):
        bulk(zoho.open(tmp_path))


def test_a_bomb_is_stopped_by_what_comes_out_of_it(
    zoho: FakeZoho, exports: Exports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_file, "MAX_BYTES", 100_000)
    exports.file = zipped("id,Amount,Created_Time,Deal_Name,Modified_Time\n" + f"1,,,{'x' * 1000},\n" * 1000)
    exports.count = 1000
    with pytest.raises(TransientError, match="larger than"):
        bulk(zoho.open(tmp_path))


def test_a_path_in_the_zip_goes_nowhere(zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path) -> None:
    exports.file = zipped(csv_of(deals), name="../../evil.csv")
    assert ids(bulk(zoho.open(tmp_path))) == everything(deals)
    assert not list(tmp_path.rglob("evil.csv"))


def test_a_failed_export_is_read_another_way_by_pull_and_is_transient_by_itself(
    zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path
) -> None:
    exports.states = ["FAILURE"]
    with pytest.raises(TransientError):
        bulk(zoho.open(tmp_path))
    pages = list(zoho.open(tmp_path, read_by="bulk").pull(PullRequest("Deals", None, MAPPED)))
    assert ids(pages) == everything(deals)
    told = "\n".join(n.message.format(**n.params) for page in pages for n in page.notices)
    assert "by query instead" in told


def test_an_export_without_permission_is_read_another_way(
    zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path
) -> None:
    zoho.routes["POST /crm/bulk/v8/read"] = lambda _: refused("OAUTH_SCOPE_MISMATCH", 401)
    pages = list(zoho.open(tmp_path, read_by="bulk").pull(PullRequest("Deals", None, MAPPED)))
    assert ids(pages) == everything(deals)


def test_changes_during_an_export_arrive_after_it(
    zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path
) -> None:
    before = zipped(csv_of(deals))
    exports.file = before
    exports.count = 60

    def edited(request: httpx.Request) -> httpx.Response:
        deals.rows[0] |= {"Deal_Name": "edited meanwhile", "Modified_Time": "2026-06-01T12:00:01+00:00"}
        return exports.look(request)

    zoho.routes[f"GET {JOB}"] = edited
    pages = bulk(zoho.open(tmp_path))
    last = {record.external_id: record.payload["Deal_Name"] for page in pages for record in page.records}
    assert last[str(deals.rows[0]["id"])] == "edited meanwhile"


def test_what_an_export_leaves_out_is_read_from_lists(
    zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path
) -> None:
    hidden = deals.rows[5]
    exports.file = zipped(
        csv_of(deals).replace(f"{hidden['id']},,,{hidden['Deal_Name']},{hidden['Modified_Time']}\n", "")
    )
    exports.count = 59
    pages = list(zoho.open(tmp_path, read_by="bulk").pull(PullRequest("Deals", None, MAPPED)))
    assert ids(pages) == everything(deals)
    assert any(call.url.params.get("approved") == "false" for call in zoho.calls)


def test_what_a_csv_cannot_hold_is_asked_for_by_id(
    zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path
) -> None:
    zoho.fields = (*zoho.fields, ("Tag", "text"), ("Lines", "subform"))
    for row in deals.rows:
        row["Tag"] = [{"name": "t", "id": "1"}]
        zoho.routes[f"GET /crm/v8/Deals/{row['id']}"] = lambda _: answer({"data": [{"Lines": [{"Units": 2}]}]})
    gone = str(deals.rows[7]["id"])
    zoho.routes[f"GET /crm/v8/Deals/{gone}"] = lambda _: answer(None, 204)
    adapter = zoho.open(tmp_path, page_size=2)
    pages = list(adapter.bulk_read(PullRequest("Deals", None, MAPPED | {"Tag", "Lines"})))
    records = [record for page in pages for record in page.records]
    assert {record.external_id for record in records} == everything(deals) - {gone}
    assert all(record.payload["Tag"] == ["t"] for record in records)
    assert all(record.payload["Lines"] == [{"Units": 2}] for record in records)
    assert exports.orders == 1


def test_an_export_taken_without_an_id_is_no_export(zoho: FakeZoho, exports: Exports, tmp_path: Path) -> None:
    zoho.routes["POST /crm/bulk/v8/read"] = lambda _: answer({"data": [{"status": "success", "code": "SUCCESS"}]}, 201)
    with pytest.raises(ContractError, match="gave it no id"):
        bulk(zoho.open(tmp_path))


@pytest.mark.parametrize("code", ["PATTERN_NOT_MATCHED", "NO_PERMISSION"])
@pytest.mark.parametrize("where", [JOB, f"{JOB}/result"])
def test_a_refused_look_or_download_is_an_error(
    zoho: FakeZoho, exports: Exports, tmp_path: Path, code: str, where: str
) -> None:
    zoho.routes[f"GET {where}"] = lambda _: refused(code)
    with pytest.raises(CrmBridgeError):
        bulk(zoho.open(tmp_path))


def test_a_stop_while_waiting_keeps_the_job(zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path) -> None:
    exports.states = ["IN PROGRESS"]
    adapter = zoho.open(tmp_path)
    reading = adapter.bulk_read(PullRequest("Deals", None, MAPPED))
    first = next(reading)
    adapter.session.context.stop.set()
    assert list(reading) == []
    exports.states = ["COMPLETED"]
    assert ids(bulk(zoho.open(tmp_path), first.cursor)) == everything(deals)
    assert exports.orders == 1


def once_gone(then: Route) -> Route:
    """Answers once that there is no such thing, and from then on as the other."""
    answers = [refused("RESOURCE_NOT_FOUND", 404)]
    return lambda request: answers.pop() if answers else then(request)


def test_a_forgotten_job_is_ordered_again(zoho: FakeZoho, deals: Deals, exports: Exports, tmp_path: Path) -> None:
    for where in (JOB, f"{JOB}/result"):
        zoho.routes[f"GET {where}"] = once_gone(zoho.routes[f"GET {where}"])
        before = exports.orders
        assert ids(bulk(zoho.open(tmp_path))) == everything(deals)
        assert exports.orders == before + 2
