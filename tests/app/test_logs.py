"""Log lines: ids and counts alone, each line JSON; never a value, never a secret."""

import json
import logging

import pytest
from tests.app.jobs.desk import Desk

from crmbridge.app import logs
from crmbridge.http import redact


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_says_when_what_and_of_which_run(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.to_standard_error(), logs.about(run_id=7, job="nightly"):
        logs.event("step.ended", {"connection": "crm", "error.type": "timeout"}, level="error")
    (line,) = lines(capsys.readouterr().err)
    assert str(line.pop("ts")).endswith("Z")
    assert line == {
        "level": "error",
        "event": "step.ended",
        "run_id": 7,
        "job": "nightly",
        "connection": "crm",
        "error.type": "timeout",
    }


def test_what_others_log_is_told_without_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    redact.remember("canary-4711-secret")
    with logs.to_standard_error("debug"):
        log = logging.getLogger("crmbridge.http")
        log.warning("%s wrote to %s", "Li Wei", "+49 170 1234567", extra={"name_of": "Li Wei"})
        log.warning("canary-4711-secret")
        try:
            int("Li Wei")
        except ValueError:
            log.exception("it broke")
    told = capsys.readouterr().err
    assert [line["event"] for line in lines(told)] == ["%s wrote to %s", "***", "it broke"]
    assert "Li" not in told
    assert "4711" not in told
    assert lines(told)[-1]["error.type"] == "ValueError"


def test_nothing_is_told_unless_somebody_listens(desk_in: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    (desk_in.company.folder / "exports" / "deals.csv").unlink()
    assert desk_in.perform("nightly").exit_code != 0
    assert capfd.readouterr().err == ""


def test_a_job_tells_of_itself_and_its_steps(desk_in: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with logs.to_standard_error():
        desk_in.perform("nightly")
    told = lines(capsys.readouterr().err)
    assert [line["event"] for line in told] == [
        "job.started",
        "run.started",
        "step.ended",
        "step.ended",
        "run.ended",
        "job.ended",
    ]
    assert {line["run_id"] for line in told} == {1}
    assert {line["job"] for line in told} == {"nightly"}
    assert [line["stream"] for line in told if "stream" in line] == ["people", "deals"]
    known = {"ts", "level", "event", *logs.FIELDS}
    assert all(set(line) <= known for line in told)


@pytest.fixture
def desk_in(company: object) -> Desk:
    from tests.app.company import Company  # noqa: PLC0415 - the type of the fixture
    from tests.app.jobs.desk import NIGHTLY  # noqa: PLC0415

    assert isinstance(company, Company)
    made = Desk(company)
    made.write(NIGHTLY)
    return made
