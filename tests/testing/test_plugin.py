"""The pytest plugin in somebody else's project: silent without a kit, right with one, under xdist too."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crmbridge.testing.kit.conformance import kit_tests

SUITE = """
from dataclasses import replace

import pytest
from crmbridge.adapter.capabilities import Capability, not_yet, vendor_cannot
from crmbridge.testing.kit import AdapterConformance, Fault, Need
from crmbridge.testing.memory import DESCRIPTOR, MemoryHarness


class Other(MemoryHarness):
    descriptor = replace(DESCRIPTOR, name="other", support={
        **DESCRIPTOR.support, Capability.COUNT: vendor_cannot("it cannot count", "不能计数"),
        Capability.FIND: not_yet("later", "以后")})
    cannot = {Fault.THROTTLE: vendor_cannot("it never throttles", "不限流")}


class TestMemory(AdapterConformance):
    @pytest.fixture
    def harness(self):
        return MemoryHarness()

    def test_something_of_my_own(self, harness):
        assert harness.open().check().ok


class TestOther(AdapterConformance):
    @pytest.fixture
    def harness(self):
        return Other()


def test_beside_the_kit():
    pass
"""
# `other` declares two powers away that its adapter has, which the kit must not let pass.
SILENCED = """

class TestSilenced(TestMemory):
    def test_closed_twice(self, harness):
        pass

    @pytest.mark.xfail
    def test_opened_twice(self, harness):
        raise AssertionError

    @pytest.fixture
    def harness(self, request):
        if "empty_push" in request.node.name:
            pytest.skip("no time")
        harness = MemoryHarness()
        harness.descriptor = replace(DESCRIPTOR, name="silenced")
        return harness
"""


Run = tuple[int, list[str], dict[str, Any]]


def write_project(path: Path) -> Path:
    (path / "pytest.ini").write_text("[pytest]\n")
    (path / "test_mine.py").write_text(SUITE)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The suite, run once in one process."""
    return run(write_project(tmp_path_factory.mktemp("plain")), "-p", "no:xdist")


def run(project: Path, *arguments: str) -> Run:
    """The exit code, the summary lines of the kit, and the report."""
    target = project / "out" / "report.json"
    alone = ["-p", "no:randomly", "-p", "no:hypothesispytest", "--basetemp", str(project / "tmp")]
    command = [sys.executable, "-m", "pytest", "-q", *alone, *arguments]
    done = subprocess.run(
        [*command, "--crmbridge-kit-report", str(target)], cwd=project, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if " vendor cannot · " in line]
    return done.returncode, lines, json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}


def test_one_line_for_each_adapter(plain: Run) -> None:
    every = len(kit_tests())
    assert plain[1] == [
        f"memory: {every} passed · 0 vendor cannot · 0 not yet",
        f"other: {every - 9} passed · 2 vendor cannot · 6 not yet · 1 failed",
    ]


def test_parallel_run_reports_the_same(project: Path, plain: Run) -> None:
    assert run(project, "-n", "2") == plain
    assert plain[2]["adapters"]


def test_report_names_every_test_with_its_reason(plain: Run) -> None:
    _, _, report = plain
    other = report["adapters"]["other"]
    assert {test["test"]: test["group"] for test in other["tests"]} == kit_tests()
    by_name = {test["test"]: test for test in other["tests"]}
    assert by_name["test_count_equals_a_pull"]["outcome"] == "vendor cannot"
    assert by_name["test_count_equals_a_pull"]["reason"] == "vendor cannot: count: it cannot count"
    assert by_name["test_throttling_waits_then_succeeds"]["reason"] == "vendor cannot: throttle: it never throttles"
    assert by_name["test_find_is_exact"]["outcome"] == "not yet"
    assert by_name["test_declared_support_is_complete"]["outcome"] == "failed"
    assert other["groups"]["count"] == {"vendor cannot": 1}
    assert other["not_run"] == []
    assert report["contract_version"] == 1


def test_what_was_not_run_is_told(project: Path) -> None:
    _, _, report = run(project, "-p", "no:xdist", "-k", "TestMemory and empty_push")
    memory = report["adapters"]["memory"]
    assert memory["totals"] == {"passed": 1}
    assert set(memory["not_run"]) == set(kit_tests()) - {"test_empty_push_is_nothing"}


def test_author_cannot_silence_a_promise(project: Path) -> None:
    """Replaced, expected to fail, skipped for a reason of one's own: none of them counts as kept."""
    with (project / "test_mine.py").open("a") as file:
        file.write(SILENCED)
    _, lines, _ = run(project, "-p", "no:xdist", "-k", "TestSilenced")
    kept = len(kit_tests()) - 3
    assert lines[-1] == f"silenced: {kept} passed · 0 vendor cannot · 0 not yet · 2 overridden"
    assert lines[0] == "TestSilenced: 0 passed · 0 vendor cannot · 0 not yet · 1 skipped"


def test_other_projects_see_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "tmp")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "crmbridge" not in done.stdout + done.stderr


def test_loading_the_plugin_imports_nothing_of_ours() -> None:
    script = """
import json, sys, pytest
before = set(sys.modules)
import crmbridge.testing.plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["crmbridge", "crmbridge.testing", "crmbridge.testing.plugin"]


def test_report_has_the_card_of_each_adapter(plain: Run) -> None:
    cards = {name: adapter["card"] for name, adapter in plain[2]["adapters"].items()}
    assert cards["memory"]["support"]["count"] == {"level": "full", "note": "", "note_zh": ""}
    assert cards["other"]["support"]["count"] == {
        "level": "vendor cannot",
        "note": "it cannot count",
        "note_zh": "不能计数",
    }
    assert cards["memory"]["options"] == ["batch_size", "page_size", "server", "token"]
    assert cards["memory"]["package"] == "crmbridge.testing.memory.adapter"
    assert cards["memory"]["mapping"] is None


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        (["--crmbridge-kit-group", "count", "--crmbridge-kit-group", "find"], {"count", "find"}),
        (["--crmbridge-kit-only"], None),
    ],
)
def test_groups_run_alone(project: Path, options: list[str], groups: set[str] | None) -> None:
    _, _, report = run(project, "-p", "no:xdist", "-k", "TestMemory or beside", *options)
    ran = {test["test"]: test["group"] for test in report["adapters"]["memory"]["tests"]}
    assert ran == {name: group for name, group in kit_tests().items() if groups is None or group in groups}
