"""Asking who is there touches no network and imports nothing heavy: modules are counted, not milliseconds."""

import json
import subprocess
import sys

HEAVY = {
    "adbc_driver_manager",
    "adbc_driver_sqlite",
    "apprise",
    "duckdb",
    "holidays",
    "httpx",
    "python_calamine",
    "hypothesis",
    "jinja2",
    "numpy",
    "openpyxl",
    "pandas",
    "phonenumbers",
    "polars",
    "pyarrow",
    "pytest",
    "requests",
    "rich",
    "sqlalchemy",
    "typer",
    "xlsxwriter",
}
MOST_MODULES = 8
"""Of one plugin, to say what it carries."""
SCRIPT = """
import json, sys
import pydantic
import crmbridge.adapter.registry
before = set(sys.modules)
registry = crmbridge.adapter.registry.discover(environ={})
print(json.dumps([sorted(set(sys.modules)), sorted(set(sys.modules) - before), sorted(registry.adapters)]))
"""


def test_descriptors_import_nothing_heavy() -> None:
    answer = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    loaded, added, adapters = json.loads(answer.stdout)
    assert "csv" in adapters
    assert HEAVY & {name.partition(".")[0] for name in loaded} == set()
    own = [name for name in added if name.startswith("crmbridge_")]
    plugins = {name.partition(".")[0] for name in own}
    assert 0 < len(own) <= MOST_MODULES * len(plugins), own
    assert not [name for name in added if name.startswith("crmbridge.") and ".adapter" not in name], added
