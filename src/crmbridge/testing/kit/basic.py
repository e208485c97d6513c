"""The basic group: what every adapter must prove."""

from crmbridge.testing.kit.describing import Describing
from crmbridge.testing.kit.failing import Failing
from crmbridge.testing.kit.pulling import Pulling
from crmbridge.testing.kit.resuming import Resuming
from crmbridge.testing.kit.values import Values


class BasicGroup(Describing, Pulling, Resuming, Values, Failing):
    """The mandatory surface."""
