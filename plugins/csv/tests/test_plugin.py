"""The card of the plugin: light, complete, with reasons in both languages."""

import subprocess
import sys

from crmbridge.adapter.capabilities import Capability, Level
from crmbridge.adapter.features import Features
from crmbridge.adapter.registry import discover
from crmbridge_csv.adapter import CsvAdapter
from crmbridge_csv.plugin import DESCRIPTOR


def test_the_plugin_is_found_and_loads() -> None:
    registry = discover()
    assert [report.status for report in registry.reports if report.name == "csv"] == ["loaded"]
    assert registry.adapter("csv") is DESCRIPTOR


def test_every_capability_is_declared_with_reasons() -> None:
    assert set(DESCRIPTOR.support) == set(Capability)
    for support in DESCRIPTOR.support.values():
        assert support.level is Level.FULL or (support.note and support.note_zh)
    powers = Features.of(CsvAdapter.__new__(CsvAdapter))
    assert powers.disagreements(dict(DESCRIPTOR.support)) == []


def test_the_card_costs_less_than_20_ms_and_opens_nothing() -> None:
    code = (
        "import sys, time; import crmbridge.adapter.registry\n"
        "best = 9e9\n"
        "start = time.process_time(); import crmbridge_csv.plugin as p; p.crmbridge_adapters()\n"
        "print(time.process_time() - start)\n"
        "heavy = ('csv', 'xxhash', 'zipfile', 'python_calamine')\n"
        "print(sorted(m for m in sys.modules if m.startswith('crmbridge_csv') or m in heavy))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.splitlines()
        for _ in range(3)
    ]
    assert min(float(seconds) for seconds, _ in runs) < 0.020
    assert "crmbridge_csv.adapter" not in runs[0][1]
    assert "xxhash" not in runs[0][1]
    assert "python_calamine" not in runs[0][1]
