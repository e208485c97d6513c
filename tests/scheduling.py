"""How a run of all tests is shared out: a file stays with one worker, long files come first, bytecode is kept."""

import os
import signal
import sys

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped] # xdist has no types
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

WIDE = "wide"
LONG = (
    "tests/parity/test_services",
    "tests/docs/test_pages_run",
    "tests/docs/test_json_schemas",
    "/e2e/test_first_day",
    "tests/parity/",
    "tests/data/",
    "/e2e/",
    "tests/report/test_weekly",
    "tests/report/test_pack",
    "tests/services/test_callbacks",
    "tests/facts/test_refresh_equals_rebuild",
    "tests/services/test_quality_laws",
    "tests/services/test_random_worlds",
    "tests/sync/test_kills",
    "tests/sync/test_apart",
)
"""Files that take many seconds, by a part of their path, the longest first: begun last, one would keep a worker busy
alone at the end."""


def pytest_configure(config: pytest.Config) -> None:
    """Where the machine keeps no bytecode, a folder of pytest's cache does: tests start hundreds of processes.

    A run in the background of a script ignores SIGINT, and so would every process that a test means to interrupt.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    cache: pytest.Cache | None = getattr(config, "cache", None)  # none under -p no:cacheprovider
    if sys.dont_write_bytecode and cache is not None:
        kept = os.environ.setdefault("PYTHONPYCACHEPREFIX", str(cache.mkdir("bytecode")))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.pycache_prefix, sys.dont_write_bytecode = kept, False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files come first, in the order of LONG; the wide tests run where they are asked for by name."""
    if WIDE not in str(config.getoption("-m")):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(WIDE)])
        items[:] = [item for item in items if not item.get_closest_marker(WIDE)]
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next((place for place, part in enumerate(LONG) if part in item.nodeid), len(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """A fixture of a module is made once a run.

    In place of loadgroup, which reads groups out of node ids and finds none under pytest 9.2: they are no texts there.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)
