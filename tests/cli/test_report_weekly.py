from pathlib import Path
from typing import Any

import pytest

from .conftest import Cli, Stage


@pytest.fixture
def page(stage: Stage) -> Stage:
    answer: Any = "<!doctype html>\n<p>周报</p>\n"
    stage.answer = answer
    return stage


def test_the_page_goes_into_a_file_and_the_answer_says_which(cli: Cli, page: Stage, tmp_path: Path) -> None:
    file = tmp_path / "weekly.html"
    answer = cli("report", "weekly", "--week", "2026-W26", "-o", str(file), "--json")
    assert answer.code == 0
    assert file.read_text("utf-8") == page.answer  # type: ignore[comparison-overlap]
    assert '"definition": "report/1"' in answer.out
    assert str(file) in answer.out
    assert ("report_weekly", ("2026-W26",), {"language": "en", "team": None, "currency": None}) in page.calls


def test_without_a_name_the_file_is_report_html(
    cli: Cli, page: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("report", "weekly", "--lang", "zh", "--currency", "CNY").code == 0
    assert (tmp_path / "report.html").exists()
    assert ("report_weekly", (None,), {"language": "zh", "team": None, "currency": "CNY"}) in page.calls


def test_a_dash_is_standard_output(cli: Cli, page: Stage) -> None:
    answer = cli("report", "weekly", "-o", "-")
    assert answer.out == page.answer  # type: ignore[comparison-overlap]
    assert answer.err == ""


def test_an_earlier_report_is_replaced_whole_or_not_at_all(cli: Cli, page: Stage, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old", encoding="utf-8")
    page.failure = RuntimeError("no")
    assert cli("report", "weekly", "-o", str(file)).code == 70
    assert file.read_text("utf-8") == "old"
    page.failure = None
    assert cli("report", "weekly", "-o", str(file)).code == 0
    assert file.read_text("utf-8") == page.answer  # type: ignore[comparison-overlap]


def test_a_folder_that_is_not_there_is_named(cli: Cli, page: Stage, tmp_path: Path) -> None:
    answer = cli("report", "weekly", "-o", str(tmp_path / "no" / "report.html"))
    assert answer.code == 78
    assert "there is no folder" in answer.err


def test_a_file_that_cannot_be_written_is_named(cli: Cli, page: Stage, tmp_path: Path) -> None:
    answer = cli("report", "weekly", "-o", str(tmp_path))
    assert answer.code == 6
    assert "cannot be written" in answer.err
