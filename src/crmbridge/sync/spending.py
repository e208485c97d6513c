"""What the steps of a connection cost, as far as its adapter tells."""

from collections.abc import Iterator
from contextlib import contextmanager

from crmbridge.adapter.contract import Adapter, Spends, Spent
from crmbridge.sync.outcome import Step


class Meter:
    """Charges each step with what was spent since the one before; the first with what came before it, too."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._before = Spent(0)

    @contextmanager
    def charging(self, step: Step) -> Iterator[None]:
        """What is spent inside is this step's, however it ends."""
        try:
            yield
        finally:
            self._charge(step)

    def _charge(self, step: Step) -> None:
        now = self._now()
        if now is not None:
            earlier, before = step.spent or Spent(0), self._before
            calls, spent = now.calls - before.calls, now.credits - before.credits
            step.spent = Spent(earlier.calls + calls, earlier.credits + spent, now.credits_left, now.returns_at)
            self._before = now

    def _now(self) -> Spent | None:
        if not isinstance(self._adapter, Spends):
            return None
        try:
            return self._adapter.spent()
        except Exception:  # noqa: BLE001 - a courtesy of somebody else's code: what it cost is unknown then
            return None
