"""Goals through a workspace: drafts, versions, consent, pace, who is told, a figure out of a file."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.app.company import Company

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.app.follow_up import Asking, Wanted
from crmbridge.ledger import service_events
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Listing

GOALS = """
format = 1
[[goals]]
id = "q1"
metric = "revenue"
period = "2026-Q1"
target = "600"
owner = "Li"
org = { method = "even" }
[[goals]]
id = "share"
metric = "market_share"
period = "2026-Q1"
target = "15 %"
[[goals]]
id = "retention"
metric = "retention"
period = "2026-Q1"
target = "85 %"
org = { receivers = [{ name = "Li" }, { name = "Wang" }] }
"""
FIGURES = """period,metric,value,node,numerator,denominator
2026-Q1,market_share,0.12,,,
2026-Q1,retention,,rep/Li,34,40
2026-Q1,retention,,Wang,51,60
"""


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T15:59:59").replace(tzinfo=UTC)


def opened(company: Company, day: str) -> Bridge:
    return Bridge.open(company.folder, as_of=at(day), environ={})


def rows(told: Listing, section: str | None = None) -> list[Mapping[str, Any]]:
    return [row for row in documents.document(told, catalog("en"))["rows"] if row.get("section", section) == section]  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Read in, with goals; published on 2026-01-05."""
    made = Company.make(tmp_path_factory.mktemp("goals") / "acme")
    (made.folder / "goals.toml").write_text(GOALS, encoding="utf-8")
    (made.folder / "goal_figures.csv").write_text(FIGURES, encoding="utf-8")
    with opened(made, "2026-01-05") as bridge:
        bridge.sync([])
        told = bridge.goals_publish(["q1"], reason="the plan", by="Boss")
        assert [row["new"] for row in rows(told)] == [True]
    return made


@pytest.fixture
def bridge(planned: Company) -> Iterator[Bridge]:
    with opened(planned, "2026-02-10") as found:
        yield found


def test_pace_is_told_by_node_with_landings(bridge: Bridge) -> None:
    told = bridge.goals_pace(goals=["q1"], explain=True)
    by_node = {row["node"]: row for row in rows(told, "pace")}
    assert (by_node["acme"]["target"], by_node["acme"]["actual"]) == ("600.00", "300.50")
    assert (by_node["Li"]["actual"], by_node["Wang"]["actual"]) == ("100.50", "200.00")
    assert {row["node"] for row in rows(told, "landing")} == {"acme", "Li", "Wang"}
    assert told.explain is not None
    assert len(told.explain["records"]["q1"]["company"]) == 2  # type: ignore[index]
    assert rows(bridge.kpi(["revenue_won"]), "kpi")[0]["value"] == "300.50", "the same figure"
    assert told.read, "every figure names its sources with the time of reading"


def test_a_figure_out_of_a_file_is_shown_as_manual_and_a_missing_one_as_unknown(bridge: Bridge) -> None:
    (share,) = rows(bridge.goals_pace(goals=["share"]), "pace")
    assert (share["actual"], share["source"], share["pace"]) == (0.12, "manual", 0.8)
    (later,) = rows(bridge.goals_pace(goals=["share"], level="month", node=None), "pace")[:1]
    assert later["actual"] is None
    assert later["actual_unavailable"]["code"] == "NO_FIGURE"


def test_a_rate_is_inherited_and_re_added_never_averaged(bridge: Bridge) -> None:
    by_node = {row["node"]: row for row in rows(bridge.goals_pace(goals=["retention"]), "pace")}
    assert [by_node[name]["target"] for name in ("acme", "Li", "Wang")] == [0.85] * 3
    parts = ("numerator", "denominator", "value")
    assert [by_node["acme"]["actual"][part] for part in parts] == [85, 100, 0.85]


def test_the_bare_wish_is_no_goal_and_its_code_says_so(bridge: Bridge) -> None:
    told = bridge.goals_lint("提高销售额")
    assert told.exit_code == 78
    assert {row["letter"] for row in rows(told, "findings") if row["severity"] == "error"} == {"S", "M", "T"}
    fine = bridge.goals_lint("+20 % next quarter", baseline="2000000", metric="revenue", node="company", owner="Li")
    assert fine.exit_code == 0
    assert rows(fine, "understood")[0]["target"] == "2400000.00"
    assert {row["draft"] for row in rows(bridge.goals_lint(), "understood")} == {"q1", "share", "retention"}


@pytest.fixture
def company(planned: Company, tmp_path: Path) -> Company:
    """A copy, to be changed."""
    shutil.copytree(planned.folder, tmp_path / "acme")
    return Company(tmp_path / "acme")


def asked(company: Company, day: str, *, keep: bool = True) -> Wanted:
    with opened(company, day) as bridge:
        config = follow_up.own_document(bridge.wiring)
        found = follow_up.SERVICES["goals"](
            Asking(bridge.wiring, bridge._facts, bridge._pipelines, at(day), config, {})
        )
        if keep:
            with bridge.wiring.ledger.begin() as tx:
                for service, events in found.keeps.items():
                    service_events.append(tx, service, events)
        return found


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_a_run_tells_who_is_behind_and_who_has_not_agreed_and_keeps_the_weeks_once(company: Company) -> None:
    first = asked(company, "2026-02-27")
    why = [(one.why, one.to) for one in first.wants]  # type: ignore[union-attr]
    assert [name for name, _ in why] == ["goal-pace", "goal-pace", "goal-consent", "goal-consent"]
    assert len(first.keeps["goal_check"]) == 3 * 7, "company and two reps, W02 to W08"
    again = asked(company, "2026-02-28")
    assert "goal_check" not in again.keeps
    assert {one.key for one in again.wants} == {one.key for one in first.wants}  # type: ignore[union-attr]


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_consent_ends_the_reminder(company: Company) -> None:
    for name in ("Li", "Wang"):
        with opened(company, "2026-02-26") as bridge:
            (told,) = rows(bridge.goals_agree("q1", node=name, by=name, comment="fine"))
            assert (told["version"], told["target"]) == (1, "300.00")
            waiting = [row["node"] for row in rows(bridge.goals_show(goals=["q1"]), "waiting")]
            assert name not in waiting
    assert {one.why for one in asked(company, "2026-02-27").wants} == {"goal-pace"}


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_the_pack_lists_shares_that_nobody_agreed_to_until_somebody_does(company: Company) -> None:
    def waiting(day: str) -> list[tuple[object, ...]]:
        with opened(company, day) as bridge:
            pack = bridge.report_pack("2026-W08")
        found = next(one for one in pack.sections if one.key == "consent")
        return [(row["who"], row["period"]) for row in found.rows if int(row["age"]) >= 5]  # type: ignore[call-overload]

    assert waiting("2026-02-27") == [("Li", "2026-Q1"), ("Wang", "2026-Q1")]
    for name in ("Li", "Wang"):
        with opened(company, "2026-02-26") as bridge:
            bridge.goals_agree("q1", node=name, by=name)
    assert waiting("2026-02-27") == []


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_re_planning_is_a_proposal_until_it_is_applied(company: Company) -> None:
    with opened(company, "2026-02-28") as bridge:
        before = rows(bridge.goals_replan("q1"))
        assert [row["period"] for row in before if row["node"] == "acme"] == ["2026-01", "2026-02", "2026-03"]
        assert rows(bridge.goals_pace(goals=["q1"]), "pace")[0]["version"] == 1
        with pytest.raises(ConfigError, match="needs a reason"):
            bridge.goals_replan("q1", is_applied=True)
        bridge.goals_replan("q1", is_applied=True, reason="a slow start", by="Boss")
        (first, *_) = rows(bridge.goals_pace(goals=["q1"]), "pace")
        assert (first["version"], first["target"]) == (2, "600.00")
    with opened(company, "2026-02-20") as bridge:
        assert rows(bridge.goals_pace(goals=["q1"]), "pace")[0]["version"] == 1, "the old one is kept"


def test_a_goal_on_one_page_with_its_result(company: Company) -> None:
    with opened(company, "2026-04-01") as bridge:
        told = bridge.goals_review("q1", result="partly", text="half of it", by="Boss")
        (head,) = rows(told, "goal")
        assert (head["done"], head["total"], head["result"], head["target"]) == (0, 0, "partly", "600.00")
        assert [row["text"] for row in rows(told, "review")] == ["half of it"]


def test_a_viewer_sees_the_own_share_and_the_team_alone(bridge: Bridge) -> None:
    told = rows(bridge.goals_show(goals=["q1"], viewer="Li"), "tree")
    assert [(row["node"], row["target"]) for row in told] == [
        ("acme", "600.00"),
        ("others", "300.00"),
        ("Li", "300.00"),
    ]


def test_what_is_wrong_with_the_documents_is_told_with_its_line(company: Company) -> None:
    (company.folder / "goals.toml").write_text(GOALS + 'parent = "q2"\n', encoding="utf-8")
    with opened(company, "2026-02-10") as bridge, pytest.raises(ConfigErrors, match=r"goals\.toml:\d+: .*q2"):
        bridge.goals_pace()
    (company.folder / "goals.toml").write_text(GOALS, encoding="utf-8")
    (company.folder / "goal_figures.csv").write_text("period,metric,value\n2026-Q7,share,1\n", encoding="utf-8")
    with opened(company, "2026-02-10") as bridge, pytest.raises(ConfigErrors, match=r"goal_figures\.csv:2: .*2026-Q7"):
        bridge.goals_pace()


def test_without_goals_there_is_nothing_to_tell(company: Company) -> None:
    (company.folder / "goals.toml").unlink()
    assert not asked(company, "2026-02-27").wants
    with opened(company, "2026-02-27") as bridge:
        assert rows(bridge.goals_pace(), "pace") == []
