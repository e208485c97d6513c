"""Nothing that a two-way sync leaves behind or tells holds a secret: no ledger, log, journal, plan, page or error."""

import json
import logging
from pathlib import Path

import pytest

from crmbridge.report.i18n import catalog
from crmbridge.report.plan_page import comparison_page, plan_page

from .both import Both, granted, serving


@pytest.mark.wide
@pytest.mark.file_ledger  # its bytes are looked through
def test_plans_pages_logs_and_ledger_hold_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    with serving(tmp_path) as both:
        told += map(str, both.sync())
        granted(both)
        both.zoho.backdoor.create(
            "Accounts", {"Account_Name": "New", "Owner": both.at_zoho("Granite Labs 0 AB")["Owner"]}
        )
        told += map(str, both.sync())
        with both.open() as bridge:
            name = str(bridge.plans().rows[0]["plan"])
            found = [bridge.plan_show(name), bridge.apply(name), *bridge.reconcile(), *bridge.undo(name)]
            found += [bridge.review(), bridge.conflicts(), bridge.outbox(), bridge.status(), bridge.runs(50)]
            told += [plan_page(found[0], catalog("zh")), comparison_page(found[2], catalog("en"))]
        secrets = _secrets(both)
        both.zoho.administration.kill_access_tokens()
        told += map(str, both.sync())
        told += [json.dumps([[*one.rows], [note.params for note in one.warnings]], default=str) for one in found]
        secrets |= _secrets(both)
    told.append(caplog.text)
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    tokens = {file for file in kept if file.match(".crmbridge/token-*-access.json")}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in tokens), (
        "the one place for what is handed out for an hour"
    )
    kept = [file for file in kept if file not in tokens]
    assert any(file.suffix == ".db" for file in kept)
    assert len(secrets) >= 7
    for secret in secrets:
        assert not [text for text in told if secret in text]
        assert not [file for file in kept if secret.encode() in file.read_bytes()], secret


def _secrets(both: Both) -> set[str]:
    """What opens either system: what the person gave, and the tokens that were handed out for it."""
    given = [value for text in both.environ.values() for key, value in json.loads(text).items() if key in _SECRET]
    tokens = [*both.zoho.accounts._access, *(one.text for one in both.fxiaoke.tokens._alive)]
    return {*given, *tokens}


_SECRET = {"client_secret", "refresh_token", "app_secret", "permanent_code"}
