"""The kit's groups of writing and finding under every setting that concerns them: `just fxiaoke-matrix` runs it."""

import threading
from pathlib import Path
from typing import Any

import pytest
from plugins.fxiaoke.tests.test_conformance import FxiaokeHarness, OauthHarness, made
from plugins.fxiaoke.tests.test_write_switches import SETTINGS

from crmbridge.testing.kit.doubt import Doubt
from crmbridge.testing.kit.fetch import FetchGroup
from crmbridge.testing.kit.find import FindGroup
from crmbridge.testing.kit.schema import SchemaGroup
from crmbridge.testing.kit.write import WriteGroup
from crmbridge_fxiaoke.adapter import FxiaokeAdapter

pytestmark = pytest.mark.fxiaoke_matrix
LAG_S = 60


class Waiting(FxiaokeHarness):
    """Who looks, looks when a search shows everything."""

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> FxiaokeAdapter:
        if read_only:
            self.clock.advance(LAG_S)
        return super().open(read_only=read_only, stop=stop, wrong_credentials=wrong_credentials)


class WaitingOauth(Waiting, OauthHarness):
    """The same, signed in by OAuth."""


ALL = (*SETTINGS, ("date_zone", "UTC"), ("token_calls_cost", True))
BY_STYLE = ("third_trace_id", "mixed_styles", "owner_in_update", "owner_id_shape", "unknown_id", "missing_owner")
"""What may depend on the way to sign in."""
EVERY = [(Waiting, one) for one in ALL] + [(WaitingOauth, one) for one in ALL if one[0] in BY_STYLE]


@pytest.mark.parametrize(("kind", "setting"), EVERY, ids=[f"{kind.style}-{one[0]}={one[1]}" for kind, one in EVERY])
class TestWriting(WriteGroup, Doubt, FindGroup, FetchGroup, SchemaGroup):
    """All of them, one setting at a time."""

    @pytest.fixture
    def harness(
        self, kind: type[FxiaokeHarness], setting: tuple[str, Any], tmp_path: Path, request: pytest.FixtureRequest
    ) -> FxiaokeHarness:
        one: type[FxiaokeHarness] = type(kind.__name__, (kind,), {"switches": dict([setting])})
        return made(one, tmp_path, request)
