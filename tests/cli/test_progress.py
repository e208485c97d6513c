import pytest

from crmbridge.cli.progress import Meter
from crmbridge.report.i18n import catalog


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def meter(clock: Clock, *, tty: bool = False) -> Meter:
    return Meter(catalog("en"), clock=clock, tty=tty)


def test_quick_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    told = meter(clock)
    told.start("books", 100)
    for _ in range(100):
        clock.now += 0.019
        told.advance()
    told.finish()
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_a_line_now_and_then_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    told = meter(clock)
    told.start("books", 12_000)
    for _ in range(12):
        clock.now += 2.5
        told.advance(1_000)
    told.finish()
    assert capsys.readouterr() == ("", "books: 1,000 of 12,000\nbooks: 5,000 of 12,000\nbooks: 9,000 of 12,000\n")


def test_a_terminal_gets_a_bar_that_goes_away(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    told = meter(clock, tty=True)
    told.start("books")
    clock.now += 3
    told.advance(5)
    told.advance(5)
    told.finish()
    told.finish()
    assert capsys.readouterr().out == ""
