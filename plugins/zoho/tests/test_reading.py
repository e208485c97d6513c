"""Reading a module that changes under the reader: nothing is missed, whatever Zoho's lists do."""

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plugins.zoho.tests.fake import Deals, FakeZoho, answer, deal, moment, refused

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_zoho.adapter import ZohoAdapter

MAPPED = frozenset({"Deal_Name", "Amount"})


def pull(adapter: ZohoAdapter, cursor: str | None = None, fields: frozenset[str] | None = MAPPED) -> list[Page]:
    return list(adapter.pull(PullRequest("Deals", cursor, fields)))


def ids(pages: list[Page]) -> set[str]:
    return {record.external_id for page in pages for record in page.records}


def codes(pages: list[Page]) -> list[str]:
    return [notice.code for page in pages for notice in page.notices]


def texts(pages: list[Page]) -> str:
    return "\n".join(n.message.format(**n.params) for page in pages for n in page.notices)


@pytest.mark.parametrize("way", ["list", "query"])
def test_all_records_come_and_a_second_reading_brings_only_what_changed(
    zoho: FakeZoho, deals: Deals, tmp_path: Path, way: str
) -> None:
    deals.rows = [deal(n, n * 60) for n in range(25)]
    adapter = zoho.open(tmp_path, page_size=4, read_by=way)
    pages = pull(adapter)
    assert ids(pages) == {str(row["id"]) for row in deals.rows}
    assert pages[-1].whole
    assert not any(page.complete for page in pages)
    assert codes(pages)[0] == "read.way"
    assert ids(pull(adapter, pages[-1].cursor)) == set()


def test_the_next_reading_looks_back_so_that_a_late_second_is_not_lost(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    deals.rows = [deal(1, 0)]
    adapter = zoho.open(tmp_path)
    cursor = pull(adapter)[-1].cursor
    deals.rows += [deal(2, 0, Modified_Time="2026-06-01T11:55:00+00:00")]
    assert ids(pull(adapter, cursor)) == {"77000002"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_resuming_from_any_page_loses_nothing(tmp_path: Path, data: st.DataObject) -> None:
    zoho = FakeZoho()
    deals = Deals(zoho)
    seconds = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=30))
    deals.rows = [deal(n, second) for n, second in enumerate(seconds)]
    way = data.draw(st.sampled_from(["list", "query"]))
    size = data.draw(st.integers(1, 5))
    adapter = zoho.open(tmp_path, page_size=size, read_by=way)
    pages = pull(adapter)
    everything = {str(row["id"]) for row in deals.rows}
    assert ids(pages) == everything
    stop = data.draw(st.integers(0, len(pages) - 1))
    if data.draw(st.booleans()):
        deals.tokens.clear()
        deals.tokens.update({f"token-{n}": ("", "", 0) for n in range(99)})
    rest = list(zoho.open(tmp_path, page_size=size, read_by=way).pull(PullRequest("Deals", pages[stop].cursor, MAPPED)))
    assert ids(pages[: stop + 1]) | ids(rest) == everything


@pytest.mark.parametrize("way", ["list", "query"])
def test_records_edited_during_the_walk_move_to_its_end_and_none_is_passed_over(
    zoho: FakeZoho, deals: Deals, tmp_path: Path, way: str
) -> None:
    deals.rows = [deal(n, n) for n in range(20)]
    untouched = {str(row["id"]) for row in deals.rows}

    def edit(call: int) -> None:
        if call <= 3:
            deals.rows[call - 1] |= {"Deal_Name": "edited", "Modified_Time": moment(1000 + call)}

    deals.before_page = edit
    pages = pull(zoho.open(tmp_path, page_size=3, read_by=way))
    found = {record.external_id: record.payload["Deal_Name"] for page in pages for record in page.records}
    assert set(found) == untouched
    if way == "list":
        assert [found[str(deals.rows[n]["id"])] for n in range(3)] == ["edited"] * 3


def test_a_list_is_walked_by_time_so_that_no_token_can_lose_its_place(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    deals.rows = [deal(n, n // 3) for n in range(50)]
    pages = pull(zoho.open(tmp_path, page_size=4, read_by="list"))
    assert ids(pages) == {str(row["id"]) for row in deals.rows}
    assert not [call for call in zoho.calls if "page_token" in call.url.params]


def test_more_records_in_one_second_than_any_cap_are_read_by_query(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    deals.rows = [deal(n, 7 + n // 60) for n in range(90)]
    pages = pull(zoho.open(tmp_path, page_size=4, read_by="list"))
    assert ids(pages) == {str(row["id"]) for row in deals.rows}
    assert "by query instead" in texts(pages)


def test_fields_that_no_query_gives_are_then_fetched_by_id_and_the_list_goes_on(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    zoho.fields = (*zoho.fields, ("Tag", "text"))
    deals.rows = [deal(n, 7 + max(0, n - 60), Tag=[{"name": f"t{n}", "id": "1"}]) for n in range(90)]
    pages = pull(zoho.open(tmp_path, page_size=4), fields=frozenset({"Tag"}))
    assert ids(pages) == {str(row["id"]) for row in deals.rows}
    assert {record.payload["Tag"][0] for page in pages for record in page.records} == {f"t{n}" for n in range(90)}  # type: ignore[index] # a list
    assert zoho.paths()[-1] == "/crm/v8/Deals"


@pytest.mark.parametrize("cap", [12, 100_000])
def test_tokens_are_the_last_resort_and_survive_their_own_loss(
    zoho: FakeZoho, deals: Deals, tmp_path: Path, cap: int
) -> None:
    deals.rows = [deal(n, n // 11) for n in range(44)]
    deals.cap = cap
    deals.lose_token_at = 7
    zoho.routes["POST /crm/v8/coql"] = lambda _: refused("OAUTH_SCOPE_MISMATCH", 401)
    pages = pull(zoho.open(tmp_path, page_size=4, read_by="list"))
    assert ids(pages) == {str(row["id"]) for row in deals.rows}
    assert "ZohoCRM.coql.READ" in texts(pages)


def test_a_second_that_nothing_can_pass_is_an_error_and_never_a_gap(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    deals.rows = [deal(n, 7) for n in range(60)]
    deals.cap = 12
    zoho.routes["POST /crm/v8/coql"] = lambda _: refused("OAUTH_SCOPE_MISMATCH", 401)
    with pytest.raises(ContractError, match="share"):
        pull(zoho.open(tmp_path, page_size=4, read_by="list"))


def test_a_vendor_without_tokens_is_walked_by_numbers(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(n, 7) for n in range(10)]
    zoho.routes["POST /crm/v8/coql"] = lambda _: refused("OAUTH_SCOPE_MISMATCH", 401)

    def numbered(request: object) -> object:
        start = (int(request.url.params.get("page", 1)) - 1) * 4  # type: ignore[attr-defined] # a request
        rows = deals.ordered()[start : start + 4]
        return answer({"data": rows, "info": {"more_records": start + 4 < 10}})

    zoho.routes["GET /crm/v8/Deals"] = numbered  # type: ignore[assignment] # loosely typed above
    assert ids(pull(zoho.open(tmp_path, page_size=4, read_by="list"))) == {str(row["id"]) for row in deals.rows}


@pytest.mark.parametrize("way", ["list", "query"])
def test_more_than_fifty_fields_come_whole(zoho: FakeZoho, deals: Deals, tmp_path: Path, way: str) -> None:
    names = [f"Field_{n:03d}" for n in range(120)]
    zoho.fields = (*((name, "text") for name in names), ("Modified_Time", "datetime"))
    deals.rows = [deal(n, n, **{name: f"{name} {n}" for name in names}) for n in range(7)]
    pages = pull(zoho.open(tmp_path, page_size=3, read_by=way), fields=frozenset(names))
    for page in pages:
        for record in page.records:
            assert {name: record.payload[name] for name in names} == {
                name: f"{name} {int(record.external_id) % 1000}" for name in names
            }
    assert len(ids(pages)) == 7


def test_a_record_that_goes_between_two_sets_of_fields_is_left_to_the_deletions(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    names = [f"Field_{n:03d}" for n in range(60)]
    zoho.fields = (*((name, "text") for name in names), ("Modified_Time", "datetime"))
    deals.rows = [deal(n, n, **dict.fromkeys(names, "x")) for n in range(4)]
    gone = str(deals.rows[1]["id"])
    listed = zoho.routes["GET /crm/v8/Deals"]

    def losing(request: object) -> object:
        if "ids" in request.url.params:  # type: ignore[attr-defined] # a request
            deals.rows = [row for row in deals.rows if row["id"] != gone]
        return listed(request)  # type: ignore[arg-type] # as above

    zoho.routes["GET /crm/v8/Deals"] = losing  # type: ignore[assignment] # loosely typed above
    zoho.routes[f"GET /crm/v8/Deals/{gone}"] = lambda _: answer(None, 204)
    pages = pull(zoho.open(tmp_path, read_by="list"), fields=frozenset(names))
    assert gone not in ids(pages)
    assert len(ids(pages)) == 3
    assert all(set(names) <= record.payload.keys() for page in pages for record in page.records)


def test_a_new_mapped_field_reads_everything_again(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(n, n) for n in range(5)]
    adapter = zoho.open(tmp_path)
    cursor = pull(adapter, fields=frozenset({"Deal_Name"}))[-1].cursor
    pages = pull(adapter, cursor, frozenset({"Deal_Name", "Amount"}))
    assert len(ids(pages)) == 5
    assert "read.fields_added" in codes(pages)
    assert not pages[-1].whole
    fewer = pull(adapter, pages[-1].cursor, frozenset({"Amount"}))
    assert ids(fewer) == set()


def test_a_field_that_is_gone_is_told_and_the_rest_comes(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(1, 1)]
    pages = pull(zoho.open(tmp_path), fields=frozenset({"Deal_Name", "Renamed__c"}))
    assert "has no field Renamed__c" in texts(pages)
    assert "Renamed__c" not in pages[0].records[0].payload
    assert len(ids(pages)) == 1


def test_many_changes_are_counted_and_read_by_query(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(n, n) for n in range(30)]
    adapter = zoho.open(tmp_path, page_size=4)
    cursor = pull(adapter)[-1].cursor
    for row in deals.rows:
        row["Modified_Time"] = "2026-06-01T11:59:00+00:00"
    pages = pull(adapter, cursor)
    assert len(ids(pages)) == 30
    assert "is read by query" in texts(pages)


def test_a_query_that_is_refused_is_read_by_list(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(n, n) for n in range(30)]
    zoho.routes["POST /crm/v8/coql"] = lambda _: refused("OAUTH_SCOPE_MISMATCH", 401)
    pages = pull(zoho.open(tmp_path, page_size=4))
    assert len(ids(pages)) == 30
    assert "ZohoCRM.coql.READ" in texts(pages)


def test_a_module_without_permission_is_an_error_of_its_own_and_never_an_empty_module(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    deals.rows = [deal(1, 1)]
    adapter = zoho.open(tmp_path)
    cursor = pull(adapter)[-1].cursor
    zoho.routes["GET /crm/v8/Deals"] = lambda _: refused("NO_PERMISSION", 403)
    with pytest.raises(ScopeError):
        pull(adapter, cursor)


def test_notes_of_somebody_who_is_no_administrator_are_told_and_stop_nothing(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["GET /crm/v8/Notes"] = lambda _: refused("NOT_SUPPORTED", 403)
    zoho.routes["GET /crm/v8/Notes/actions/count"] = lambda _: refused("NOT_SUPPORTED", 403)
    pages = list(zoho.open(tmp_path).pull(PullRequest("Notes", None, frozenset({"Note_Title"}))))
    assert codes(pages) == ["notes.administrators"]
    assert ids(pages) == set()
    assert not pages[-1].whole


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [("OAUTH_SCOPE_MISMATCH", 401, "the scope ZohoCRM.modules.READ is missing"), ("NO_PERMISSION", 403, "Notes")],
)
def test_notes_that_the_login_may_not_read_are_an_error_with_its_own_reason(
    zoho: FakeZoho, tmp_path: Path, code: str, status: int, said: str
) -> None:
    zoho.routes["GET /crm/v8/Notes"] = lambda _: refused(code, status)
    zoho.routes["GET /crm/v8/Notes/actions/count"] = lambda _: refused(code, status)
    with pytest.raises(ScopeError) as raised:
        list(zoho.open(tmp_path).pull(PullRequest("Notes", None, frozenset({"Note_Title"}))))
    assert said in str(raised.value)
    assert "administrator may list" not in str(raised.value)


def test_a_stop_ends_the_reading_after_its_page(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(n, n) for n in range(20)]
    adapter = zoho.open(tmp_path, page_size=4, read_by="list")
    stop: threading.Event = adapter.session.context.stop
    pages = []
    for page in adapter.pull(PullRequest("Deals", None, MAPPED)):
        pages.append(page)
        stop.set()
    assert len(pages) == 1
    stop.clear()
    assert ids(pages) | ids(pull(adapter, pages[0].cursor)) == {str(row["id"]) for row in deals.rows}


def test_an_answer_that_does_not_say_whether_there_are_more_is_not_believed(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["GET /crm/v8/Deals/actions/count"] = lambda _: answer({"count": 1})
    zoho.routes["GET /crm/v8/Deals"] = lambda _: answer({"data": [deal(1, 1)]})
    with pytest.raises(ContractError, match="did not say whether there are more"):
        pull(zoho.open(tmp_path))
