"""The pytest plugin: gathers the kit's results, sums them up, and writes them for the capability matrix.

pytest loads it in every project where crmbridge is installed, so it imports nothing that pytest has not imported.
Under xdist each worker marks its own results, and the one process that reports collects them.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from crmbridge.testing.faults import FaultServer

PROPERTY = "crmbridge_kit"
CARD_PROPERTY = "crmbridge_kit_card"
CARD_TEST = "test_descriptor_speaks_the_contract"
"""The test whose report carries the card of the adapter."""

ALWAYS_SHOWN = ("passed", "vendor cannot", "not yet")
SKIPS = ("vendor cannot", "not yet")
_COLLECTED = pytest.StashKey["dict[str, dict[str, str]]"]()
_CARDS = pytest.StashKey["dict[str, str]"]()

pytest.register_assert_rewrite("crmbridge.testing.kit")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option for the capability matrix."""
    group = parser.getgroup("crmbridge", "crmbridge conformance kit")
    group.addoption(
        "--crmbridge-kit-report", metavar="FILE", help="write the results of the conformance kit as JSON to FILE"
    )
    group.addoption("--crmbridge-kit-only", action="store_true", help="run the tests of the conformance kit alone")
    group.addoption(
        "--crmbridge-kit-group",
        action="append",
        default=[],
        metavar="GROUP",
        help="run that group of the conformance kit alone; may be given several times",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Starts with no results."""
    config.stash[_COLLECTED] = {}
    config.stash[_CARDS] = {}
    collector = _Collector(config.stash[_COLLECTED], config.stash[_CARDS])
    config.pluginmanager.register(collector, "crmbridge-kit-results")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what was not asked for."""
    groups = set(config.getoption("crmbridge_kit_group"))
    if not groups and not config.getoption("crmbridge_kit_only"):
        return
    left_out = [item for item in items if _group_of(item) not in groups and (groups or _group_of(item) is None)]
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


@pytest.fixture
def fault_proxy() -> "Iterator[Callable[..., FaultServer]]":
    """Starts servers that go wrong on purpose, alone or with `upstream=URL` before a simulator; all end with the test.

    Takes what `crmbridge.testing.faults.FaultServer` takes.
    """
    from crmbridge.testing.faults import FaultServer  # noqa: PLC0415 - only where it is asked for

    with contextlib.ExitStack() as stack:
        yield lambda *args, **named: stack.enter_context(FaultServer(*args, **named))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Marks a report of the kit with adapter, group and test, in the process that ran it."""
    report = yield
    tested, name, part = _part_of(item)
    if tested is not None and part is not None:
        harness = getattr(item, "funcargs", {}).get("harness")
        descriptor = getattr(harness, "descriptor", None)
        adapter = getattr(descriptor, "name", None) or tested.__name__
        overridden = "" if part is _defined_last_by(tested, name) else "overridden"
        report.user_properties.append((PROPERTY, f"{adapter}|{part.crmbridge_kit_group}|{name}|{overridden}"))
        if name == CARD_TEST and report.when == "call" and descriptor is not None:
            from crmbridge.testing.kit.card import card_of  # noqa: PLC0415 - only where the kit is used

            report.user_properties.append((CARD_PROPERTY, card_of(descriptor)))
    return report


def pytest_terminal_summary(terminalreporter: "TerminalReporter", config: pytest.Config) -> None:
    """One line an adapter, and the report file."""
    results = list(config.stash[_COLLECTED].values())
    if results:
        terminalreporter.section("crmbridge conformance kit")
        for adapter in sorted({result["adapter"] for result in results}):
            terminalreporter.write_line(f"{adapter}: {totals_line(r for r in results if r['adapter'] == adapter)}")
    target = config.getoption("crmbridge_kit_report")
    if target:
        _write(Path(target), results, config.stash[_CARDS])


def totals_line(results: Any) -> str:  # noqa: ANN401 - any iterable of result dicts
    """Such as `61 passed · 7 vendor cannot · 0 not yet`, with whatever else there is behind it."""
    counts = Counter(result["outcome"] for result in results)
    names = [*ALWAYS_SHOWN, *sorted(set(counts) - set(ALWAYS_SHOWN))]
    return " · ".join(f"{counts[name]} {name}" for name in names)


class _Collector:
    """Keeps what the reports of this session say, wherever they were made."""

    def __init__(self, results: dict[str, dict[str, str]], cards: dict[str, str]) -> None:
        self.results = results
        self.cards = cards

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = dict(report.user_properties)
        marked = told.get(PROPERTY)
        if marked is None or (report.when != "call" and report.passed):
            return
        adapter, group, name, overridden = str(marked).split("|")
        if CARD_PROPERTY in told:
            self.cards[adapter] = str(told[CARD_PROPERTY])
        outcome, reason = _outcome(report)
        self.results[report.nodeid] = {
            "adapter": adapter,
            "group": group,
            "test": name,
            "outcome": overridden or outcome,
            "reason": reason,
            "node": report.nodeid,
        }


def _outcome(report: pytest.TestReport) -> tuple[str, str]:
    """A skip counts by the reason it starts with; one for another reason, and an expected failure, are told as such."""
    if hasattr(report, "wasxfail"):
        return "failed", f"expected to fail: {report.wasxfail}"
    if report.passed:
        return "passed", ""
    if report.failed:
        return "failed", str(report.longrepr).strip().rpartition("\n")[2][:500]
    where = report.longrepr
    reason = (where[2] if isinstance(where, tuple) else str(where)).removeprefix("Skipped: ")
    return next((kind for kind in SKIPS if reason.startswith(f"{kind}: ")), "skipped"), reason


def _part_of(item: pytest.Item) -> tuple[type | None, str, Any]:
    """The class of a test, the test's name, and the part of the kit that defines it, where it is one of the kit."""
    tested: type | None = getattr(item, "cls", None)
    name = getattr(item, "originalname", item.name)
    part = _defined_by(tested, name) if tested is not None and hasattr(tested, "crmbridge_kit") else None
    return tested, name, part


def _group_of(item: pytest.Item) -> str | None:
    part = _part_of(item)[2]
    return None if part is None else str(part.crmbridge_kit_group)


def _defined_by(tested: type, name: str) -> Any:  # noqa: ANN401 - a class with a group
    """The part of the kit that defines the test, or None for a test of the author's own."""
    return next((part for part in tested.__mro__ if name in vars(part) and "crmbridge_kit_group" in vars(part)), None)


def _defined_last_by(tested: type, name: str) -> type | None:
    return next((part for part in tested.__mro__ if name in vars(part)), None)


def _write(target: Path, results: list[dict[str, str]], cards: dict[str, str]) -> None:
    import json  # noqa: PLC0415 - only where a report is asked for

    from crmbridge.adapter.contract import CONTRACT_VERSION  # noqa: PLC0415
    from crmbridge.testing.kit.conformance import kit_tests  # noqa: PLC0415

    every = kit_tests()
    adapters = {}
    for adapter in sorted({result["adapter"] for result in results}):
        own = sorted((r for r in results if r["adapter"] == adapter), key=lambda r: (r["group"], r["test"], r["node"]))
        groups = sorted({result["group"] for result in own})
        not_run = sorted(set(every) - {result["test"] for result in own})
        adapters[adapter] = {
            "card": json.loads(cards[adapter]) if adapter in cards else None,
            "totals": dict(Counter(result["outcome"] for result in own)),
            "groups": {g: dict(Counter(r["outcome"] for r in own if r["group"] == g)) for g in groups},
            "not_run": not_run,
            "not_run_of": {group: [n for n in not_run if every[n] == group] for group in sorted(set(every.values()))},
            "tests": [{key: value for key, value in result.items() if key != "adapter"} for result in own],
        }
    body = {"format": 1, "contract_version": CONTRACT_VERSION, "adapters": adapters}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
