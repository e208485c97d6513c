"""What processes share: changed one at a time, and never half."""

import threading

import pytest

from crmbridge.adapter.context import InMemoryShared


def test_a_text_is_changed_read_and_removed() -> None:
    shared = InMemoryShared()
    assert shared.read("a") is None
    assert shared.update("a", lambda text: ("1", text)) is None
    assert (shared.read("a"), shared.read("b")) == ("1", None)
    assert shared.update("a", lambda text: (None, text)) == "1"
    assert shared.update("a", lambda text: (None, text)) is None
    assert shared.read("a") is None


def test_threads_change_it_one_at_a_time() -> None:
    shared = InMemoryShared()

    def count() -> None:
        for _ in range(500):
            shared.update("n", lambda text: (str(int(text or "0") + 1), None))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shared.read("n") == "2000"


def test_what_the_change_raises_leaves_and_nothing_is_written() -> None:
    shared = InMemoryShared()
    shared.update("a", lambda _text: ("1", None))

    def broken(_text: str | None) -> tuple[str, None]:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        shared.update("a", broken)
    assert shared.read("a") == "1"
