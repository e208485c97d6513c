"""The conformance kit: what every adapter must prove, and what it must prove for each power it declares.

The whole test of an adapter is one class and one fixture:

    from crmbridge.testing.kit import AdapterConformance

    class TestMine(AdapterConformance):
        @pytest.fixture
        def harness(self, tmp_path):
            return MyHarness(tmp_path)

`harness.Harness` says what the fixture must hand over.
"""

from crmbridge.testing.kit.conformance import AdapterConformance
from crmbridge.testing.kit.harness import Fault, Harness, Need

__all__ = ["AdapterConformance", "Fault", "Harness", "Need"]
