"""The commands of schedules: what they print, in which language, and what they end with."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.app.company import Company
from tests.cli.conftest import Cli

from crmbridge.ledger.engine import open_ledger


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(Company.make(tmp_path / "acme").folder)


def test_a_job_is_added_listed_paused_run_and_removed(cli: Cli, folder: str) -> None:
    here = ("--workspace", folder)
    added = cli("schedule", "add", "nightly", "sync", "0 2 * * *", "--set", "connections=books", *here)
    assert (added.code, added.err) == (0, "")
    assert "nightly" in added.out
    assert json.loads(cli("schedule", "pause", "nightly", "--json", *here).out)["rows"][0]["state"] == "paused"
    assert json.loads(cli("schedule", "resume", "nightly", "--json", *here).out)["rows"][0]["state"] == "waiting"
    ran = json.loads(cli("schedule", "run-now", "nightly", "--json", *here).out)["rows"][0]
    assert (ran["job"], ran["exit_code"], "missed" in ran) == ("nightly", 0, False)
    (row,) = json.loads(cli("schedule", "--json", *here).out)["rows"]
    assert (row["kind"], row["last_exit_code"], row["arguments"]) == ("sync", 0, {"connections": ["books"]})
    history = json.loads(cli("runs", "--json", *here).out)["rows"]
    assert [(one["job"], one["command"], one["object"]) for one in history] == [
        ("nightly", "sync", "people"),
        ("nightly", "sync", "deals"),
    ]
    assert history[0]["seconds"] is not None
    assert "there is no job yet" in cli("schedule", "remove", "nightly", *here).out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "n", "snyc", "@daily"), 78, "did you mean sync?"),
        (("add", "n", "sync", "0 99 * * *"), 78, "the field hour cannot be 99 (did you mean 23?"),
        (("pause", "nigthly"), 78, "there is no job nigthly"),
        (("backfill", "nightly"), 2, "give both --from and --to"),
        (("emit",), 2, "give --systemd, --cron or --k8s"),
        (("emit", "--cron"), 78, "there is no job to be run"),
    ],
)
def test_what_cannot_be_is_told(cli: Cli, folder: str, words: tuple[str, ...], code: int, said: str) -> None:
    answer = cli("schedule", *words, "--workspace", folder)
    assert answer.code == code
    assert said.partition(" (")[0] in answer.err


def test_errors_and_states_are_told_in_chinese(cli: Cli, folder: str) -> None:
    here = ("--workspace", folder, "--lang", "zh")
    assert "字段 minute 不能是 61" in cli("schedule", "add", "n", "sync", "61 * * * *", *here).err
    listed = cli("schedule", "add", "n", "sync", "@daily", *here).out
    assert "等待" in listed
    assert not any(word in listed for word in ("waiting", "state", "next"))


def test_a_quiet_tick_says_nothing_where_nothing_is_due(cli: Cli, folder: str) -> None:
    cli("schedule", "add", "n", "sync", "@daily", "--workspace", folder)
    assert cli("tick", "--quiet", "--workspace", folder) == type(cli("--version"))(0, "", "")
    assert cli("tick", "--workspace", folder).out == "nothing is due\n"
    assert json.loads(cli("tick", "--dry-run", "--json", "--workspace", folder).out)["rows"] == []


def test_a_tick_that_fails_says_so_ends_so_and_may_be_told_that_it_is_fine(cli: Cli, folder: str) -> None:
    cli("schedule", "add", "n", "sync", "* * * * *", "--workspace", folder)
    (Path(folder) / "exports" / "deals.csv").unlink()
    _owe(folder)
    told = cli("tick", "--quiet", "--workspace", folder)
    assert told.code == 5
    assert "deals" in told.out or "deals" in told.err
    assert cli("tick", "--workspace", folder).out == "nothing is due\n"  # it waits
    _owe(folder)
    assert cli("tick", "--quiet", "--ok", "5", "--workspace", folder).code == 0


def _owe(folder: str) -> None:
    """The job came due a day ago."""
    ledger = open_ledger(f"sqlite:///{folder}/crmbridge.db", create=False)
    with ledger.begin() as tx:
        tx.execute(text("UPDATE job_state SET since_us = since_us - 86400000000, retry_us = NULL"))
    ledger.close()


def test_log_lines_stand_on_standard_error_and_the_result_alone_on_standard_output(cli: Cli, folder: str) -> None:
    answer = cli("sync", "--log", "json", "--limit", "5", "--json", "--workspace", folder)
    json.loads(answer.out)
    events = [json.loads(line)["event"] for line in answer.err.splitlines() if line.startswith("{")]
    assert events == ["run.started", "step.ended", "step.ended", "run.ended"]


def test_the_configuration_may_ask_for_log_lines(cli: Cli, folder: str) -> None:
    with (Path(folder) / "crmbridge.toml").open("a", encoding="utf-8") as file:
        file.write('\n[log]\nformat = "json"\n')
    assert '"event": "run.started"' in cli("sync", "--workspace", folder).err
    assert '"event"' not in cli("sync", "--log", "none", "--workspace", folder).err


def test_files_for_a_machine_are_written_or_shown(cli: Cli, folder: str, tmp_path: Path) -> None:
    cli("schedule", "add", "n", "sync", "@daily", "--workspace", folder)
    shown = cli("schedule", "emit", "--systemd", "--workspace", folder)
    assert shown.out.startswith("# crmbridge-acme.service\n")
    assert "# crmbridge-acme.timer\n" in shown.out
    assert cli("schedule", "emit", "--k8s", "-o", str(tmp_path), "--workspace", folder).code == 0
    assert (tmp_path / "crmbridge-acme.yaml").read_text(encoding="utf-8").startswith("# Written by crmbridge")
    assert cli("schedule", "emit", "--cron", "-o", str(tmp_path / "nowhere"), "--workspace", folder).code == 78
