"""Runs the kit without pytest's session: the very methods, one fresh harness each."""

import inspect
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crmbridge.testing.kit.conformance import AdapterConformance, kit_tests
from crmbridge.testing.kit.harness import Harness

_HOME = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class KitResult:
    """What became of one test: `outcome` is passed, skipped or failed; `reason` says why not passed.

    Of a failed one it says the error, where the kit noticed it, and the promise that was not kept.
    """

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
        return KitResult(name, "failed", f"{_told(error)}; the promise: {_promise(name)}")
    return KitResult(name, "passed")


def _told(error: BaseException) -> str:
    """The error and the line of the kit that it left; of a bare assertion the line says what was not so."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_HOME)]
    where = f" at {Path(lines[-1].filename).name}:{lines[-1].lineno}: {lines[-1].line}" if lines else ""
    return f"{type(error).__name__}{where}" + (f": {error}" if str(error) else "")


def _promise(name: str) -> str:
    return (inspect.getdoc(getattr(AdapterConformance, name)) or name).partition("\n")[0]
