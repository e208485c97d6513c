"""Any history of edits, deletions, mended mappings and kills comes to what the sources say now.

The oracle is plain Python over the stores; it knows nothing of ledgers, pages or cursors.
"""

import itertools
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.sync.victim import DyingLedger, Killed, raise_killed
from tests.sync.world import MAPPING, World

from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import GuardStop
from crmbridge.sync.engine import run_sync
from crmbridge.testing.memory import Row

MAPPINGS = {
    "usual": MAPPING,
    "euros": MAPPING.replace('currency = "USD"', 'currency = "EUR"'),
    "renamed": MAPPING.replace('key = "new"', 'key = "fresh"'),
    "no amounts": MAPPING.replace('amount = { from = "amount", currency = "USD" }\n', ""),
}
STAGES = {"New": "new", "Talk": "talk", "Won": "won"}
IDS = [f"d{n}" for n in range(6)]
FIELDS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["One", "Two"]),
        "stage": st.sampled_from([*STAGES, "Strange"]),
        "amount": st.sampled_from(["1", "2.50", "", "a lot"]),
        "account": st.sampled_from(["", "a0", "a1"]),
    }
)


def expected(row: Row, mapping: str) -> dict[str, Any] | None:
    """A deal as the mapping means it; None where it cannot be read."""
    fields, amount = row.fields, row.fields["amount"]
    if amount == "a lot" and mapping != "no amounts":
        return None
    money = None
    if amount not in {"", "a lot"} and mapping != "no amounts":
        shown = f"{Decimal(str(amount)):.2f}"
        money = {"amount": shown, "currency": "EUR" if mapping == "euros" else "USD"}
    stage = STAGES.get(str(fields["stage"]), "UNKNOWN")
    if stage == "new" and mapping == "renamed":
        stage = "fresh"
    return {"name": fields["name"], "stage": stage, "amount": money, "account": fields["account"] or None}


class Histories(RuleBasedStateMachine):
    """One connection that tells changes, one that lists everything, and one that lists deletions and history.

    The last sends only the fields it is asked for, so that a mapping which needs more of them must read it again.
    """

    @initialize(size=st.integers(1, 4))
    def begin(self, size: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        numbers = itertools.count(1)
        ledger = open_ledger(f"sqlite:///{Path(self.folder.name) / 'ledger.db'}")
        self.world = World(ledger, lambda: f"{next(numbers):026d}")
        self.mapping = {"told": "usual", "listed": "usual", "fed": "usual"}
        self.world.add("told", page_size=size)
        self.world.add("listed", lists=True, page_size=size)
        self.world.add("fed", feeds=True, selects=True, page_size=size)
        for name in self.mapping:
            self.world.mappings[name] = MAPPING.replace("pipelines.sales", f"pipelines.{name}")
        self.settled = False
        self.generation = 0

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.ledger.close()
            self.folder.cleanup()

    names = st.sampled_from(["told", "listed", "fed"])

    @rule(name=names, number=st.sampled_from(IDS), fields=FIELDS)
    def enter(self, name: str, number: str, fields: dict[str, object]) -> None:
        store, external_id = self.world.crms[name].store, f"{name}-{number}"
        row = store.row("deals", external_id)
        own = fields | {"account": f"{name}-{fields['account']}" if fields["account"] else ""}
        if row is None:
            store.put("deals", own, external_id=external_id)
        else:
            row.deleted = False
            store.edit("deals", external_id, own)
        self.settled = False

    @rule(name=names, number=st.sampled_from(["a0", "a1"]))
    def enter_account(self, name: str, number: str) -> None:
        store, external_id = self.world.crms[name].store, f"{name}-{number}"
        if store.row("accounts", external_id) is None:
            store.put("accounts", {"name": external_id}, external_id=external_id)
            self.settled = False

    @rule(name=names, number=st.sampled_from(IDS))
    def delete(self, name: str, number: str) -> None:
        row = self.world.crms[name].store.row("deals", f"{name}-{number}")
        if row is not None and not row.deleted:
            self.world.crms[name].store.delete("deals", row.external_id)
            self.settled = False

    @rule(name=names, to=st.sampled_from([*MAPPINGS]))
    def mend(self, name: str, to: str) -> None:
        self.mapping[name] = to
        self.world.mappings[name] = MAPPINGS[to].replace("pipelines.sales", f"pipelines.{name}")
        self.settled = False

    @rule(number=st.sampled_from(IDS))
    def delete_and_restore(self, number: str) -> None:
        store = self.world.crms["fed"].store
        row = store.row("deals", f"fed-{number}")
        if row is not None:
            store.delete("deals", row.external_id)
            store.restore("deals", row.external_id)
            self.settled = False

    @rule(point=st.integers(1, 150))
    def sync_and_be_killed(self, point: int) -> None:
        self._newcomer()
        try:
            run_sync(self.world.setups(), self.world.around(DyingLedger(self.world.ledger, point, raise_killed)))
        except Killed:
            self.world.gone.add(self.world.holder)

    @rule()
    def sync(self) -> None:
        self._newcomer()
        result = self.world.sync()
        assert result.exit_code in {0, 1, 3}
        guarded = {step.connection for step in result.steps if isinstance(step.error, GuardStop)}
        for name in self.world.crms:
            self._check(name, is_guarded=name in guarded)
        self.settled = not guarded

    def _newcomer(self) -> None:
        self.generation += 1
        self.world.holder = f"here:{self.generation}"
        self.world.clock.advance(1)

    def _check(self, name: str, *, is_guarded: bool) -> None:
        store, found = self.world.crms[name].store, self.world.public("deal")
        accounts = {record["id"]: external_id for external_id, record in self.world.public("account").items()}
        waiting = {row.external_id for row in self.world.quarantine()}
        for number in IDS:
            row, record = store.row("deals", f"{name}-{number}"), found.get(f"{name}-{number}")
            if row is None:
                assert record is None
            elif row.deleted:
                assert is_guarded or record is None or record["lifecycle"] == "deleted"
            elif (wanted := expected(row, self.mapping[name])) is None:
                assert row.external_id in waiting
            elif not is_guarded:
                assert row.external_id not in waiting
                assert record is not None
                assert record["lifecycle"] == "active"
                if store.row("accounts", str(wanted["account"])) is None:
                    wanted["account"] = None
                got = {key: record[key] for key in wanted} | {"account": accounts.get(record["account"])}
                assert got == wanted
            if name == "fed" and record is not None and row is not None:
                events = [event for event in self.world.events_of(record["id"]) if event.origin == "vendor"]
                moves = [move for move in store.moves("deals") if move.external_id == row.external_id]
                assert [event.vendor_label for event in events] == [move.to_label for move in moves]
                assert {event.to_stage for event in events} <= {*STAGES.values(), "fresh", "UNKNOWN"}
                assert self.mapping[name] != "renamed" or "new" not in {event.to_stage for event in events}

    @invariant()
    def a_second_sync_writes_nothing(self) -> None:
        if getattr(self, "settled", False):
            before = self.world.dump()
            self._newcomer()
            self.world.sync()
            assert self.world.dump() == before
            self.settled = False


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
