"""The KPIs that a workspace defines itself, in `kpis.toml` and in its plugins."""

from crmbridge.app.reckoning import KPI_FILE as FILE
from crmbridge.app.wiring import Wiring
from crmbridge.services.kpi import Kpi, load_kpis


def own_kpis(wiring: Wiring) -> tuple[Kpi, ...]:
    """Those of the plugins first; ConfigErrors naming all that is wrong with the file."""
    file = wiring.workspace.folder / FILE
    written = load_kpis(file.read_text(encoding="utf-8-sig"), file=FILE) if file.exists() else ()
    brought = [Kpi.model_validate({**kpi.definition, "id": kpi.id}) for kpi in wiring.registry.kpis()]
    return (*brought, *written)
