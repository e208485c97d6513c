"""Whatever fails, and whoever else writes: never two records of one key, and the key settles once nothing fails."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plugins.fxiaoke.tests.desk import KEY_FIELD, LEADS, Desk, create

from crmbridge.adapter.contract import Applied
from crmbridge.model.errors import CrmBridgeError

CREATE, PLAIN_KEY = "/cgi/crm/v2/data/create", "plain_key__c"
FAULTS = (
    "drop",
    "drop_after_commit",
    "service",
    "service_after_commit",
    "busy",
    "system_error",
    "truncate",
    "server_error",
    "throttle",
    "garbage",
)
LAG_S = 20
KEYS = ("a", "b", "c")


class Killed(BaseException):
    """The process ended here."""


step = st.tuples(
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=3),
    st.sampled_from((None, *FAULTS, "kill before", "kill after")),
    st.integers(0, 2),
    st.sampled_from((0, 1, 15, 45, 100)),
)


def attempt(desk: Desk, keys: Sequence[str], fault: str | None, after: int, field: str) -> None:
    """One process that makes records, and may be stopped at any call of it."""
    if fault is not None and not fault.startswith("kill"):
        desk.act("fault", kind=fault, path=CREATE, after=after, times=1)
    left = [after]

    def killed(path: str) -> None:
        if path == CREATE:
            left[0] -= 1
            if left[0] < 0:
                raise Killed

    if fault == "kill after":
        desk.handled = killed
    if fault == "kill before":
        desk.act("fault", kind="drop", path=CREATE, after=after, times=1)
        desk.handled = killed
    try:
        desk.push(*(create(desk, key) for key in keys), external_id_field=field)
    except (Killed, CrmBridgeError):
        pass
    finally:
        desk.handled = lambda _path: None
        desk.act("faults/clear")


@pytest.mark.parametrize("field", [KEY_FIELD, PLAIN_KEY], ids=["unique", "not unique"])
@settings(max_examples=30, deadline=None)
@given(steps=st.lists(step, min_size=1, max_size=5))
def test_a_key_never_has_two_records(field: str, steps: list[tuple[list[str], str | None, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), index_lag_s=LAG_S)
        desk.act("add_field", module=LEADS, name=PLAIN_KEY, type="text", label="普通键")
        for keys, fault, after, wait_s in steps:
            attempt(desk, keys, fault, after, field)
            held = [row.get(field) for row in desk.rows(LEADS) if row.get(field)]
            assert len(held) == len(set(held)), f"{held} after {fault}"
            desk.clock.advance(wait_s)
        desk.clock.advance(200)
        outcomes = desk.push(*(create(desk, key) for key in KEYS), external_id_field=field)
        assert all(isinstance(outcome, Applied) for outcome in outcomes)
        assert sorted(str(row[field]) for row in desk.rows(LEADS) if row.get(field)) == sorted(KEYS)
