"""The workspace's `satisfaction.toml`: the figures of customers rest on it, as those of satisfaction do."""

from crmbridge.app.wiring import Wiring
from crmbridge.services.satisfaction_document import SatisfactionConfig, built_in, load_satisfaction

FILE = "satisfaction.toml"


def own_document(wiring: Wiring) -> SatisfactionConfig:
    """The file over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    file = wiring.workspace.folder / FILE
    return load_satisfaction(file.read_text(encoding="utf-8-sig"), file=FILE) if file.exists() else built_in()
