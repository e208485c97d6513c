"""Rows are the same whether lines are read by the block or one by one."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge_csv import scan as scanning
from crmbridge_csv.scan import Dialect, Scanned, scan

LINES = st.lists(
    st.text('a",\ufeff', max_size=5).map(lambda text: text + "\n") | st.sampled_from(['"b\n', 'c"\n', '"d,e"\n', "\n"]),
    max_size=30,
)


def _rows(lines: list[str], block: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Scanned], Counter[str]]:
    monkeypatch.setattr(scanning, "_BLOCK_LINES", block)
    seen: Counter[str] = Counter()
    return list(scan(iter(lines), Dialect(), 2, seen)), seen


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_blocks_change_nothing(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    by_line = _rows(lines, 1, monkeypatch)
    assert _rows(lines, 3, monkeypatch) == by_line
    assert _rows(lines, 512, monkeypatch) == by_line
    assert all(one[1] == other[0] for one, other in zip(by_line[0], by_line[0][1:], strict=False))


def test_a_row_may_go_on_behind_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a,b\n", '"c\n', "d\n", 'e",f\n', "g,h\n"]
    rows, _ = _rows(lines, 2, monkeypatch)
    assert rows == [(2, 3, ["a", "b"], None), (3, 6, ["c\nd\ne", "f"], None), (6, 7, ["g", "h"], None)]
