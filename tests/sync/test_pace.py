import gc

import pytest

from crmbridge.sync.pace import seldom_collecting


def test_the_collector_is_as_before_afterwards() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(ValueError, match="stop"), seldom_collecting():  # noqa: PT012 - the two belong together
        assert gc.get_threshold() > before
        raise ValueError("stop")
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == frozen


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    try:
        with seldom_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_somebody_else_froze_stays_frozen() -> None:
    gc.freeze()
    try:
        with seldom_collecting():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
