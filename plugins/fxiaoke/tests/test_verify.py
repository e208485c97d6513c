"""The questions to a tenant: each answered by reading, under either behaviour of the vendor; none hides another."""

from typing import Any

import pytest
from plugins.fxiaoke.tests.simulated import SimulatedFxiaoke

from crmbridge.adapter.verifying import Check, Verdict
from crmbridge.model.errors import AuthError, render
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import READS
from crmbridge_fxiaoke.tenant import Tenant
from crmbridge_fxiaoke.verify import QUESTIONS

WORLD = 120


def asked(fxiaoke: SimulatedFxiaoke) -> dict[str, Check]:
    adapter = fxiaoke.open()
    try:
        return {check.key: check for check in adapter.verify_tenant()}
    finally:
        adapter.close()


def tenant(*, style: str = "corp", deals: int = WORLD, **switches: Any) -> SimulatedFxiaoke:
    return SimulatedFxiaoke(style=style, deals=deals, switches=switches)


def told(check: Check) -> str:
    return render(check.seen.english, dict(check.seen.params))


@pytest.fixture(scope="module")
def usual() -> dict[str, Check]:
    return asked(tenant())


def test_every_question_has_an_answer_in_both_languages(usual: dict[str, Check]) -> None:
    assert [question.key for question in QUESTIONS] == list(usual)
    for check in usual.values():
        for said in (check.question, check.seen, check.way):
            english, chinese = (render(text, dict(said.params)) for text in (said.english, said.chinese))
            assert english
            assert chinese
            assert "{" not in english + chinese


def test_on_a_usual_tenant_nothing_needs_a_person(usual: dict[str, Check]) -> None:
    assert {check.verdict for check in usual.values()} <= {Verdict.EXPECTED, Verdict.HANDLED, Verdict.UNSEEN}


@pytest.mark.parametrize("style", ["corp", "oauth"])
def test_it_only_reads_and_asks_little(style: str) -> None:
    fxiaoke = tenant(style=style)
    asked(fxiaoke)
    paths = [request.url.path for request in fxiaoke.sent if "oken" not in request.url.path]
    assert {f"POST {path}" for path in paths} <= READS
    assert len(paths) < 60


@pytest.mark.parametrize(
    ("key", "switches", "says"),
    [
        ("2a", {"over_limit": "clamp"}, "cut to 100 rows"),
        ("2a", {"over_limit": "error"}, "refused: "),
        ("2a", {"over_limit": "allow"}, "120 rows of NewOpportunityObj came"),
        ("2b", {"offset_step": "error"}, "refused: "),
        ("2b", {"offset_step": "allow"}, "taken, 2 rows"),
        ("3", {"total_rule": "either"}, "returnTotalNum -> 120, find_explicit_total_num -> 120"),
        ("3", {"total_rule": "returnTotalNum"}, "returnTotalNum -> 120, find_explicit_total_num -> 0"),
        ("3", {"total_rule": "find_explicit_total_num"}, "returnTotalNum -> 0, find_explicit_total_num -> 120"),
        ("3", {"total_cap": 50}, "returnTotalNum -> 50"),
        ("6", {"unknown_id": "error"}, "refused: "),
        ("6", {"unknown_id": "null"}, "an answer without a record"),
        ("9a", {"state_codes": "guessed"}, "1=进行中"),
        ("9b", {"phone_type": "phone"}, "phone (LeadsObj.mobile)"),
        ("15a", {"task_object": "on"}, "it is there"),
        ("15a", {"task_object": "off"}, "it is not there"),
        ("15b", {"related_filter": "error"}, "refused: "),
        ("15b", {"related_filter": "ignore"}, "ignored: other records came"),
        ("15b", {"related_filter": "works"}, "it filters"),
        ("19", {"date_zone": "UTC"}, "midnight is 0:00 UTC"),
        ("19", {"date_zone": "Asia/Shanghai"}, "midnight is 16:00 UTC"),
        ("21", {"path_mixing": "error"}, "refused: "),
        ("21", {"path_mixing": "allow"}, "it works"),
        ("3.14", {"personnel": "error"}, "refused: "),
        ("3.14", {"personnel": "rows"}, "1 rows came"),
        ("3.10", {"opportunity_model": "1.0"}, "opportunities are in OpportunityObj"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.items())),
)
def test_what_is_seen_is_what_the_tenant_does(key: str, switches: dict[str, Any], says: str) -> None:
    check = asked(tenant(**switches))[key]
    assert says in told(check), told(check)
    assert check.verdict in {Verdict.EXPECTED, Verdict.HANDLED}


@pytest.mark.parametrize(("hides", "says"), [("on", "only where asked for"), ("off", "without being asked for")])
def test_rows_that_were_made_void_are_looked_for(hides: str, says: str) -> None:
    fxiaoke = tenant(default_hides_invalid=hides)
    lead = min(fxiaoke.look("state")["objects"]["LeadsObj"])
    fxiaoke.act("invalid", module="LeadsObj", record_id=lead)
    assert says in told(asked(fxiaoke)["4"])


def test_the_second_order_is_seen_by_records_of_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    fxiaoke = tenant()
    fxiaoke.act("edit_some", module="LeadsObj", count=8)
    assert asked(fxiaoke)["8a"].verdict is Verdict.EXPECTED
    page = Tenant.page

    def shuffled(self: Tenant, name: str, *, by_time: bool = False) -> list[Any]:
        return sorted(page(self, name, by_time=by_time), key=lambda row: row["last_modified_time"])[::-1]

    monkeypatch.setattr(Tenant, "page", shuffled)
    assert asked(fxiaoke)["8a"].verdict is Verdict.HANDLED


def test_lists_that_cut_long_texts_are_caught() -> None:
    fxiaoke = tenant(long_text_cut="on")
    lead = min(fxiaoke.look("state")["objects"]["LeadsObj"])
    fxiaoke.act("edit", module="LeadsObj", record_id=lead, changes={"remark": "字" * 500})
    check = asked(fxiaoke)["20"]
    assert (check.verdict, "500 in the record" in told(check)) == (Verdict.HANDLED, True)


@pytest.mark.parametrize(("works", "verdict"), [("works", Verdict.EXPECTED), ("refuse", None)])
def test_by_mobile_is_asked_in_style_oauth(works: str, verdict: Verdict | None) -> None:
    fxiaoke = tenant(style="oauth", get_by_mobile_b=works)
    if verdict is None:
        with pytest.raises(AuthError):
            asked(fxiaoke)
    else:
        assert asked(fxiaoke)["17"].verdict is verdict


def test_an_empty_company_answers_too() -> None:
    found = asked(tenant(deals=0))
    assert len(found) == len(QUESTIONS)
    assert Verdict.ATTENTION not in {check.verdict for check in found.values()}


def test_one_question_that_breaks_hides_no_other() -> None:
    fxiaoke = tenant()
    fxiaoke.act("fault", kind="error", code=320009999, message="内部错误", path="/cgi/crm/v2/data/get", times=-1)
    found = asked(fxiaoke)
    assert len(found) == len(QUESTIONS)
    assert found["6"].verdict is Verdict.EXPECTED
    assert found["21"].verdict is Verdict.EXPECTED


def test_objects_that_are_missing_need_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    has = Objects.has
    monkeypatch.setattr(Objects, "has", lambda self, name: "Opportunity" not in name and has(self, name))
    check = asked(tenant())["3.10"]
    assert (check.verdict, told(check)) == (Verdict.ATTENTION, "missing: NewOpportunityObj / OpportunityObj")


def test_a_login_that_is_refused_is_told() -> None:
    fxiaoke = tenant()
    fxiaoke.act("disable_app", on=True)
    with pytest.raises(AuthError):
        asked(fxiaoke)
