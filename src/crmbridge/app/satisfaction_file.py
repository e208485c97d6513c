"""The workspace's `satisfaction.toml`: the figures of customers rest on it, as those of satisfaction do."""

from crmbridge.app.policies import own_policy
from crmbridge.app.wiring import Wiring
from crmbridge.services.satisfaction_document import SatisfactionConfig, built_in, load_satisfaction

FILE = "satisfaction.toml"


def own_document(wiring: Wiring) -> SatisfactionConfig:
    """The file over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_satisfaction, built_in)
