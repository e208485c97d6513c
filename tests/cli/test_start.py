"""What a command imports: no more than it works with, whatever else crmbridge can do."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = frozenset(
    {
        *("duckdb", "httpx", "httpcore", "tenacity", "jinja2", "phonenumbers", "rapidfuzz", "keyring", "xlsxwriter"),
        *("holidays", "rich", "zstandard", "crmbridge.facts", "crmbridge.mapping", "crmbridge.services"),
    }
)
SCRIPT = (
    "import sys\n"
    "from crmbridge.cli.app import run\n"
    "assert run(sys.argv[1:]) == 0\n"
    "print(*sorted(sys.modules), file=sys.stderr)\n"
)


@pytest.mark.parametrize(
    ("words", "ledger"), [(["status"], {"sqlalchemy"}), (["config", "show"], set())], ids=["status", "config show"]
)
def test_a_look_imports_what_it_looks_with(words: list[str], ledger: set[str], tmp_path: Path) -> None:
    (tmp_path / "crmbridge.toml").write_text('[workspace]\nname = "acme"\n', encoding="utf-8")
    command = [sys.executable, "-c", SCRIPT, *words, "--workspace", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = set(done.stderr.split())
    assert imported & (HEAVY | {"sqlalchemy"}) == ledger
    assert "crmbridge.app.bridge" in imported
