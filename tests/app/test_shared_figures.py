"""The figures of one open workspace share the state of its deals."""

from datetime import UTC, datetime

from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.services.sharing import beside

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


def test_figures_asked_for_again_after_a_sync_know_what_it_brought(company: Company) -> None:
    deals = company.folder / "exports" / "deals.csv"
    mapping = company.folder / "mapping" / "books.toml"
    with Bridge.open(company.folder, as_of=AS_OF, environ={}) as bridge:
        bridge.sync()
        assert bridge.funnel().rows[0]["won"] == 2
        deals.write_text(deals.read_text("utf-8") + "d5,Won,10,Li,2026-02-01,2026-02-20\n", "utf-8")
        bridge.sync()
        assert bridge.funnel().rows[0]["won"] == 3
        mapping.write_text(mapping.read_text("utf-8").replace('category = "lost"', 'category = "void"'), "utf-8")
        bridge.sync()
        assert bridge.funnel().rows[0]["lost"] == 0


def states_held(bridge: Bridge) -> int:
    counted = "SELECT count(*) FROM duckdb_databases() WHERE starts_with(database_name, ?)"
    return int(bridge._facts.scalar(counted, [beside(bridge._facts)]))
