"""The figures of one open workspace share the state of its deals."""

from datetime import UTC, datetime

from tests.app.company import Company

from crmbridge.app.bridge import Bridge

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def test_all_figures_of_one_moment_rest_on_one_state_of_the_deals(company: Company) -> None:
    with Bridge.open(company.folder, as_of=AS_OF, environ={}) as bridge:
        bridge.sync()
        alone = [bridge.funnel(by=["owner"], explain=True), bridge.kpi(), bridge.quality(by="owner")]
        assert states_held(bridge) == 1
        assert [bridge.funnel(by=["owner"], explain=True), bridge.kpi(), bridge.quality(by="owner")] == alone
        bridge.report_weekly("2026-W09")
        assert states_held(bridge) == 1
    with Bridge.open(company.folder, as_of=AS_OF, environ={}) as bridge:
        assert bridge.kpi() == alone[1]


def states_held(bridge: Bridge) -> int:
    counted = "SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'svc_shared_%'"
    return int(bridge._facts.scalar(counted))
