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


def test_the_card_imports_no_adapter_and_opens_nothing() -> None:
    code = (
        "import sys; import crmbridge.adapter.registry\n"
        "import crmbridge_csv.plugin as p; p.crmbridge_adapters()\n"
        "heavy = ('csv', 'xxhash', 'zipfile', 'python_calamine')\n"
        "print(sorted(m for m in sys.modules if m.startswith('crmbridge_csv') or m in heavy))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "crmbridge_csv.plugin" in ran.stdout
    assert "crmbridge_csv.adapter" not in ran.stdout
    assert "xxhash" not in ran.stdout
    assert "python_calamine" not in ran.stdout
