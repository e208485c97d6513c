"""Runs the kit without pytest's session: the very methods, one fresh harness each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from crmbridge.testing.kit.conformance import AdapterConformance, kit_tests
from crmbridge.testing.kit.harness import Harness


@dataclass(frozen=True, slots=True)
class KitResult:
    """What became of one test: `outcome` is passed, skipped or failed; `reason` says why not passed."""

    name: str
    outcome: str
    reason: str = ""


def run_kit(make_harness: Callable[[], Harness], names: Iterable[str] | None = None) -> list[KitResult]:
    """Each test of the kit, or each of those named, on a harness of its own."""
    return [_run(name, make_harness()) for name in (kit_tests() if names is None else names)]


def _run(name: str, harness: Harness) -> KitResult:
    try:
        getattr(AdapterConformance(), name)(harness)
    except pytest.skip.Exception as skipped:
        return KitResult(name, "skipped", str(skipped))
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - whatever it is, the test has failed by it
        return KitResult(name, "failed", f"{type(error).__name__}: {error}")
    return KitResult(name, "passed")
