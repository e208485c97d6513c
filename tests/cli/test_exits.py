import json
from typing import Any

import pytest

from crmbridge.cli import exits
from crmbridge.model import errors
from crmbridge.model.money import MixedCurrency
from crmbridge.report.listing import Column, Listing, listing

from .conftest import Cli, Stage

FAILURES: list[tuple[BaseException, int]] = [
    (errors.ConfigError("{file} is not there", file="x.toml"), 78),
    (MixedCurrency(["USD", "CNY"]), 78),
    (errors.AuthError("no"), 4),
    (errors.ScopeError("no"), 4),
    (errors.Unavailable("no"), 5),
    (errors.Throttled("no"), 5),
    (errors.Timeout("no"), 5),
    (errors.ContractError("no"), 5),
    (errors.RecordError("no"), 1),
    (errors.GuardStop("no"), 3),
    (errors.LeaseLost("no"), 75),
    (errors.StoreError("no"), 6),
    (KeyError("secret-value"), 70),
    (RecursionError("deep"), 70),
    (KeyboardInterrupt(), 130),
]


@pytest.mark.parametrize(("failure", "code"), FAILURES, ids=lambda value: type(value).__name__)
def test_each_failure_has_its_exit_code_and_no_traceback(
    cli: Cli, stage: Stage, failure: BaseException, code: int
) -> None:
    stage.failure = failure
    answer = cli("status")
    assert answer.code == code
    assert answer.out == ""
    assert answer.err.startswith("error: ")
    assert "Traceback" not in answer.err
    assert stage.calls[-1][0] == "close"


def test_the_exit_codes_are_those_of_the_table() -> None:
    table = {
        int(line.split("|")[1])
        for line in (exits.__doc__ or "").splitlines()
        if line.startswith("| ") and line[2].isdigit()
    }
    assert table == {0, 1, 2, 3, 4, 5, 6, 70, 75, 78, 130}
    assert {code for _, code in FAILURES} <= table


def test_a_failure_says_what_why_and_what_next(cli: Cli, stage: Stage) -> None:
    stage.failure = errors.ConfigError(
        "there is no connection {name}", name="bokos", nearest="books", hint="did you mean {nearest}?"
    )
    assert cli("status").err == "error: there is no connection bokos\nhint: did you mean books?\n"


def test_a_failure_is_told_in_chinese(cli: Cli, stage: Stage) -> None:
    stage.failure = errors.ConfigError(
        "there is no kind {kind}", kind="dael", nearest="deal", hint="did you mean {nearest}?"
    )
    assert cli("status", "--lang", "zh").err == "错误：没有记录类型 dael\n提示：是否想写 deal？\n"


def test_every_problem_of_a_configuration_is_listed(cli: Cli, stage: Stage) -> None:
    stage.failure = errors.ConfigErrors([errors.ConfigError("{key} is missing", key=key) for key in ("a", "b")])
    assert cli("status").err == "error: a is missing\nerror: b is missing\n"


def test_under_json_a_failure_is_one_json_object_on_standard_error(cli: Cli, stage: Stage) -> None:
    stage.failure = errors.ConfigErrors(
        [errors.ConfigError("{file}:{line}: unknown key {key}", file="x.toml", line=3, key="a", hint="h")]
    )
    answer = cli("status", "--json")
    assert answer.out == ""
    error = json.loads(answer.err)["error"]
    assert error["code"] == "config"
    assert error["exit_code"] == 78
    assert error["problems"][0]["message"] == "x.toml:3: unknown key a"
    assert error["problems"][0]["context"] == {"file": "x.toml", "line": 3, "key": "a"}
    assert error["problems"][0]["hint"] == "h"


def test_a_bug_shows_its_class_and_place_but_no_data(cli: Cli, stage: Stage) -> None:
    stage.failure = KeyError("13800000000")
    answer = cli("status")
    assert "KeyError at " in answer.err
    assert "13800000000" not in answer.err


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_traceback_only_when_asked_for(cli: Cli, stage: Stage, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    stage.failure = KeyError("x")
    if how == "variable":
        monkeypatch.setenv("CRMBRIDGE_DEBUG", "1")
    answer = cli("status", *(["--debug"] if how == "option" else []))
    assert answer.code == 70
    assert "Traceback" in answer.err


def test_a_listing_may_end_a_command_with_a_code_of_its_own(cli: Cli, stage: Stage) -> None:
    stage.answer = Listing("doctor/1", (Column("check", "check"),), ({"check": "ledger"},), exit_code=78)
    assert cli("doctor").code == 78


def test_a_sync_ends_with_the_code_of_its_report(cli: Cli, stage: Stage) -> None:
    class Report:
        exit_code = 1
        is_first = False
        listing = listing("sync/1", [Column("connection", "connection")], [{"connection": "books"}])

    stage.answer = Report()  # type: ignore[assignment]
    assert cli("sync", "books").code == 1
    assert stage.calls[1][:2] == ("sync", (["books"], stage.calls[1][1][1]))


def test_a_reader_that_stops_reading_ends_the_command_quietly(
    cli: Cli, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    silenced: list[bool] = []
    monkeypatch.setattr(exits, "silence", lambda: silenced.append(True))
    stage.failure = BrokenPipeError()
    answer = cli("status")
    assert (answer.code, answer.err, silenced) == (0, "", [True])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["statsu"], "error: there is no command statsu; did you mean 'status'?"),
        (["zzz"], "error: there is no command zzz"),
        (["status", "--jsn"], "error: there is no option --jsn; did you mean --json?"),
        (["status", "extra"], "error: there are words too many: extra"),
        (["export"], "error: the argument KIND is missing"),
        (["apply"], "error: the argument PLAN is missing"),
        (["links", "seven"], "error: NUMBER has to be a whole number"),
        (["runs", "--limit", "0"], "error: --limit has to be 1 or more"),
        (["serve", "--port", "99999"], "error: --port has to be 65535 or less"),
        (["db", "restore"], "error: give either a backup or --mark"),
        (["runs", "--limit"], "error: the option --limit needs a value"),
        (["funnel", "--known", "maybe"], "error: --known cannot be 'maybe'; possible are 'now', 'then'"),
        (["status", "--as-of", "soon"], "error: soon is no day and no time"),
        (["funnel", "--from", "2026-02-30"], "error: 2026-02-30 is no day and no time"),
        (["mapping", "explain", "deal"], "error: deal names no record"),
        (["goals", "allocate", "100"], "error: a goal is split over a year or over people"),
        (["export", "deal", "--format", "xlsx"], "error: xlsx needs a file"),
        (["export", "deal", "--for", "machine", "-o", "x.csv"], "error: CSV is not exact"),
    ],
)
def test_what_cannot_be_understood_is_usage(cli: Cli, stage: Stage, arguments: list[str], said: str) -> None:
    answer = cli(*arguments)
    assert answer.code == 2
    assert answer.err.startswith(said)
    assert "hint: " in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("group", ["care", "risk", "cadence", "tiers"])
def test_a_word_that_names_no_command_of_a_group_is_answered_by_the_group(cli: Cli, group: str) -> None:
    answer = cli(group, "bogus")
    assert answer.code == 2
    assert "bogus" in answer.err
    assert f"hint: see crmbridge {group} --help" in answer.err


def test_usage_is_told_in_chinese(cli: Cli) -> None:
    assert cli("--lang", "zh", "statsu").err.startswith("错误：没有命令 statsu；是否想写 'status'？")
    assert cli("export", "--lang=zh").err.startswith("错误：缺少参数 KIND")


def test_usage_under_json_is_json(cli: Cli) -> None:
    error: dict[str, Any] = json.loads(cli("status", "--json", "--nonsense").err)["error"]
    assert error["code"] == "usage"
    assert error["exit_code"] == 2


def test_two_formats_at_once_are_usage(cli: Cli) -> None:
    answer = cli("status", "--json", "--format", "csv")
    assert answer.code == 2
    assert json.loads(answer.err)["error"]["message"] == "--json and --format csv do not go together"


def test_no_command_at_all_shows_the_help(cli: Cli) -> None:
    answer = cli()
    assert answer.code == 2
    assert answer.err.startswith("Usage: crmbridge")
