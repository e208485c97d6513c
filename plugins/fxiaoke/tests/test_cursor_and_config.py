"""Cursors come back as they were, and configurations that cannot be used say why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmbridge.adapter.contract import MAX_CURSOR_BYTES
from crmbridge.adapter.simulators import check_loopback
from crmbridge.model.errors import ConfigError
from crmbridge_fxiaoke.clouds import CLOUDS, check_host
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.cursor import Cursor, Part, Walk, fingerprint, parse

IDS = st.text("0123456789abcdef", min_size=0, max_size=32)
MS = st.integers(0, 10**14)
WALKS = st.builds(
    Walk,
    st.sampled_from(["ids", "times", "ties"]),
    begun=MS,
    since=MS,
    after=IDS,
    given=st.integers(0, 10**9),
    told=st.integers(0, 10**9),
)
PARTS = st.lists(st.builds(Part, IDS, st.none() | IDS), min_size=1, max_size=8).map(tuple)


@given(st.none() | MS, st.none() | MS, WALKS, PARTS)
def test_a_cursor_comes_back_as_it_was(mark: int | None, read: int | None, walk: Walk, parts: tuple[Part, ...]) -> None:
    walk = walk.moved(parts=parts) if walk.way == "ids" else walk
    cursor = Cursor(mark, read, fingerprint(["a", "b"]), walk, kept=(("n", 3),))
    assert parse(cursor.text()) == cursor
    assert len(cursor.text().encode()) <= MAX_CURSOR_BYTES


def test_a_cursor_fits_whatever_was_asked_for() -> None:
    for count in (1, 480, 481, 5000):
        names = [f"field_{number:05d}__c" for number in range(count)]
        cursor = Cursor(1, 1, fingerprint(names), Walk(parts=tuple(Part("f" * 32, "f" * 32) for _ in range(8))))
        assert len(cursor.text().encode()) <= MAX_CURSOR_BYTES
        assert cursor.covers(names)
        assert not cursor.covers([*names, "more"])
        assert cursor.covers(names[:-1]) == (count <= 480)
        assert not cursor.covers(None)
    assert Cursor(fields=fingerprint(None)).covers(None)
    assert Cursor(fields=fingerprint(None)).covers(["any"])


@pytest.mark.parametrize(
    "text",
    [None, "", "x", "[]", "{}", '{"v":2}', '{"v":1,"w":{"w":"up"}}', '{"v":1,"m":"x"}', '{"v":1,"k":[]}', "[" * 9000],
)
def test_a_cursor_of_somebody_else_is_none(text: str | None) -> None:
    assert parse(text) is None


def test_every_cloud_has_its_host() -> None:
    for name, host in CLOUDS.items():
        options = FxiaokeOptions.model_validate({"cloud": name})
        assert options.api == f"https://{host}"
    assert FxiaokeOptions(host="Open.Example.com.").api == "https://open.example.com"


@pytest.mark.parametrize(
    "given",
    [
        {"cloud": "mars"},
        {"api_url": "http://127.0.0.1:1"},
        {"simulator": True},
        {"simulator": True, "api_url": "https://open.fxiaoke.com"},
        {"simulator": True, "api_url": "http://127.0.0.1"},
        {"simulator": True, "api_url": "http://127.0.0.1:1", "host": "open.example.com"},
        {"host": "www.fxiaoke.com"},
        {"host": "https://open.example.com"},
        {"host": "open.example.com", "cloud": "ale"},
        {"page_size": 101},
        {"page_size": 0},
        {"secret": "x"},
        {"style": "A"},
    ],
)
def test_a_configuration_that_cannot_be_used(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FxiaokeOptions.model_validate(given)


@pytest.mark.parametrize("host", ["", "a b", "x/y", "user@host.com", "host.com:443", "höst.com", "sharecrm.com"])
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(ConfigError):
        check_host(host)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:80", "https://127.0.0.1:1", "http://u@127.0.0.1:1", "http://[", "http://127.0.0.1:1/x"]
)
def test_what_is_no_simulator(url: str) -> None:
    with pytest.raises(ConfigError):
        check_loopback(url)


def test_a_simulator_listens_on_this_machine() -> None:
    assert check_loopback("http://127.0.0.1:8123/") == ("127.0.0.1", 8123)
