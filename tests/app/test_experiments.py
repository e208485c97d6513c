"""Experiments of a workspace: what is tried on half of the leads, who decides, and where it is told."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.app.trials import experiment_wants
from crmbridge.cli import app
from crmbridge.model.errors import ConfigError

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
objects.leads = { file = "leads.csv", key = "No" }
"""
MAPPING = """
format = 1
[objects.leads]
kind = "lead"
[objects.leads.fields]
full_name = "Name"
status = { from = "Status", values = { Open = "working", Converted = "converted" } }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d"], precision = "day" }
"""
EXPERIMENTS = """
format = 1
[experiments.call-within-1h]
hypothesis = "who is called within an hour buys more often"
change = "call within an hour"
metric = "lead_conversion"
unit = "lead"
start = 2026-03-01
end = 2026-04-01
n_planned = 30
owner = "Wang"
arms = { control = "as before", treatment = "within an hour" }
"""
OVER = datetime(2026, 4, 1, 2, tzinfo=UTC)
LEADS = range(1, 101)


def is_control(number: int) -> bool:
    return int(sha256(f"call-within-1h|crm:{number}".encode()).hexdigest()[:8], 16) % 100 < 50


def is_converted(number: int) -> bool:
    return number % (8 if is_control(number) else 2) == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [f"{n},L{n},{'Converted' if is_converted(n) else 'Open'},2026-03-{1 + n % 31:02d}" for n in LEADS]
    for name, text in {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "experiments.toml": EXPERIMENTS,
        "crm/leads.csv": "\n".join(["No,Name,Status,Created", *lines, "500,Old,Converted,2026-02-28"]) + "\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with opened(tmp_path) as bridge:
        bridge.sync([])
    return tmp_path


def opened(folder: Path, as_of: datetime = OVER) -> Bridge:
    return Bridge.open(folder, as_of=as_of, environ={})


def shown(folder: Path, as_of: datetime = OVER) -> list[Mapping[str, object]]:
    with opened(folder, as_of) as bridge:
        return list(bridge.experiments().rows)


def expected(*, control: bool) -> tuple[int, int]:
    mine = [n for n in LEADS if is_control(n) == control]
    return sum(is_converted(n) for n in mine), len(mine)


def test_the_arms_are_measured_and_judged_once_it_is_over(folder: Path) -> None:
    (row,) = shown(folder)
    for name, control in (("control", True), ("treatment", False)):
        rate = row[name]
        assert (rate.numerator, rate.denominator) == expected(control=control)  # type: ignore[attr-defined]
    assert (row["state"], row["verdict"]) == ("ended", "improved")
    (early,) = shown(folder, OVER - timedelta(days=2))
    assert (early["state"], early["waits_for"]) == ("running", "end")
    assert not {"verdict", "difference", "low", "high"} & early.keys()


def test_a_decision_is_kept_with_its_numbers_whatever_comes_later(folder: Path) -> None:
    with opened(folder, OVER - timedelta(days=2)) as bridge, pytest.raises(ConfigError, match="no verdict before 30"):
        bridge.experiments_decide("call-within-1h", "adopt", by="Wang", reason="it looks good")
    with opened(folder) as bridge:
        told = bridge.experiments_decide("call-within-1h", "adopt", by="Wang", reason="twice as many").rows
    file = folder / "crm" / "leads.csv"
    file.write_text(file.read_text("utf-8").replace("Open", "Converted"), "utf-8")
    with opened(folder, OVER + timedelta(days=9)) as bridge:
        bridge.sync([])
    now, made = shown(folder, OVER + timedelta(days=9))
    assert made == told[1]
    assert (made["decision"], made["by"], made["reason"], made["verdict"]) == (
        "adopt",
        "Wang",
        "twice as many",
        "improved",
    )
    kept = made["control"]
    assert (kept.numerator, kept.denominator) == expected(control=True)  # type: ignore[attr-defined]
    assert now["control"] != kept
    with opened(folder, OVER + timedelta(days=9)) as bridge, pytest.raises(ConfigError, match="decided already"):
        bridge.experiments_decide("call-within-1h", "drop", by="Wang", reason="late")


def test_the_arm_of_a_record_by_its_id_at_the_source(folder: Path) -> None:
    with opened(folder) as bridge:
        for number in (1, 2, 3, 500):
            (row,) = bridge.experiments_arm("call-within-1h", f"{number}").rows
            control = is_control(number)
            assert (row["subject"], row["arm"], row["what"], row["is_in"]) == (
                f"crm:{number}",
                "control" if control else "treatment",
                "as before" if control else "within an hour",
                number != 500,
            )
        with pytest.raises(ConfigError, match="no lead 999"):
            bridge.experiments_arm("call-within-1h", "999")
        with pytest.raises(ConfigError, match="no experiment call-within-2h"):
            bridge.experiments_arm("call-within-2h", "1")


@pytest.mark.parametrize(("month", "there"), [("2026-02", False), ("2026-03", True), ("2026-04", True)])
def test_the_monthly_pack_tells_what_ran_and_what_was_decided(folder: Path, month: str, *, there: bool) -> None:
    late = OVER + timedelta(days=40)
    with opened(folder, OVER + timedelta(days=3)) as bridge:
        bridge.experiments_decide("call-within-1h", "drop", by="Wang", reason="too dear")
    with opened(folder, late if month == "2026-04" else OVER) as bridge:
        pack = bridge.report_pack(month=month)
    (rows,) = [one.rows for one in pack.sections if one.key == "experiments"]
    found = [(row["key"], row["status"], getattr(row["control"], "numerator", None)) for row in rows]
    status = "drop" if month == "2026-04" else "ended"
    assert found == ([("call-within-1h", status, expected(control=True)[0])] if there else [])


def test_by_command_in_both_languages_and_with_records(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["-w", str(folder), "--as-of", "2026-04-01T10:00+08:00"]
    assert app.run(["experiments", "--json", "--explain", *place]) == 0
    told = json.loads(capsys.readouterr().out)
    arms = told["explain"]["records"]["call-within-1h"]
    assert {name: (len(arm["counted"]), len(arm["of"])) for name, arm in arms.items()} == {
        "control": expected(control=True),
        "treatment": expected(control=False),
    }
    extend = ["experiments", "decide", "call-within-1h", "extend", "--by", "Wang", "--reason", "more leads"]
    assert app.run([*extend, *place]) != 0
    assert app.run([*extend, "--until", "2026-05-01", *place]) == 0
    capsys.readouterr()
    assert app.run(["experiments", "--lang", "zh", *place]) == 0
    out = capsys.readouterr().out
    assert "对照组" in out
    assert "运行中" in out
    assert app.run(["experiments", "arm", "call-within-1h", "crm:1", *place]) == 0


def test_a_wrong_document_is_told_with_line_and_nearest_choice(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "experiments.toml"
    file.write_text(EXPERIMENTS.replace("lead_conversion", "lead_convertion"), "utf-8")
    assert app.run(["experiments", "-w", str(folder)]) == 78
    told = capsys.readouterr().err
    assert "experiments.toml:6" in told
    assert "lead_conversion" in told
    file.unlink()
    with opened(folder) as bridge:
        assert bridge.experiments().rows == ()


def asked(bridge: Bridge) -> list[tuple[str, str]]:
    asker = bridge._asker()
    return [(one.key, one.text) for one in experiment_wants(asker)[0]]


def test_who_owns_an_experiment_is_asked_once_to_decide_when_it_ends(folder: Path) -> None:
    users = 'objects.users = { file = "users.csv", key = "Name" }\n'
    (folder / "crmbridge.toml").write_text(CONFIG + users, encoding="utf-8")
    more = '[objects.users]\nkind = "user"\n[objects.users.fields]\nname = "Name"\n'
    (folder / "mapping/crm.toml").write_text(MAPPING + more, encoding="utf-8")
    (folder / "crm/users.csv").write_text("Name\nWang\n", encoding="utf-8")
    with Bridge.open(folder, as_of=OVER - timedelta(days=1), environ={}) as bridge:
        bridge.sync([])
        assert asked(bridge) == [], "it still runs"
    with Bridge.open(folder, as_of=OVER, environ={}) as bridge:
        ((key, text),) = asked(bridge)
        assert "call-within-1h ended on 2026-04-01: call within an hour" in text
        bridge.experiments_decide("call-within-1h", "extend", by="Wang", reason="more", until=date(2026, 5, 1))
    with Bridge.open(folder, as_of=OVER + timedelta(days=3), environ={}) as bridge:
        assert asked(bridge) == [], "it goes on"
    with Bridge.open(folder, as_of=OVER + timedelta(days=31), environ={}) as bridge:
        ((again, _),) = asked(bridge)
        assert again != key, "its new end asks anew, under a key of its own"
        assert asked(bridge) == asked(bridge)
        bridge.experiments_decide("call-within-1h", "drop", by="Wang", reason="no")
        assert asked(bridge) == [], "it is decided"


def test_an_experiment_without_a_known_owner_is_named(folder: Path) -> None:
    with Bridge.open(folder, as_of=OVER, environ={}) as bridge:
        bridge.sync([])
        told, notes = experiment_wants(bridge._asker())
        assert (told, [note.code for note in notes]) == ([], ["EXPERIMENT_NO_OWNER"])
        assert "EXPERIMENT_NO_OWNER" in [note.code for note in bridge.follow_up().warnings]
