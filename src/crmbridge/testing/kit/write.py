"""The write group: what an adapter that writes must prove."""

from string import Formatter

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Applied, Change, Rejected, Stale, Unknown, Writes
from crmbridge.model.errors import ConfigError, GuardStop
from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import is_empty, need, opened, pulled, require, seed
from crmbridge.testing.kit.texts import TEXTS
from crmbridge.testing.kit.writing import applied, change, create, push


class WriteGroup:
    """`push` where all goes as it should, and where the source says no."""

    crmbridge_kit_group = "write"

    def test_outcomes_have_the_order_of_the_changes(self, harness: Harness) -> None:
        """One for each change, in their order, whatever the vendor's own order is."""
        require(harness, Capability.WRITE)
        ids = seed(harness, 2)
        changes = [
            change(harness, ids[1], "second first"),
            create(harness, 50),
            change(harness, ids[0], "first second"),
            change(harness, ids[1], "second again"),
            create(harness, 51),
        ]
        outcomes = push(harness, changes)
        assert len(outcomes) == len(changes)
        written = [applied(outcome).external_id for outcome in outcomes]
        assert [written[0], written[2], written[3]] == [ids[1], ids[0], ids[1]]
        stored = harness.stored()
        assert [stored[written[number]][harness.field] for number in (1, 2, 3, 4)] == [
            harness.sample(50)[harness.field],
            "first second",
            "second again",
            harness.sample(51)[harness.field],
        ]

    def test_more_changes_than_a_batch(self, harness: Harness) -> None:
        """The adapter splits what is too much for one call."""
        require(harness, Capability.WRITE)
        with opened(harness) as adapter:
            count = 2 * min(adapter.describe().limits.batch_size, 250) + 1
        ids = seed(harness, count)
        outcomes = push(harness, [change(harness, key, f"new {number}") for number, key in enumerate(ids)])
        assert [applied(outcome).external_id for outcome in outcomes] == ids
        stored = harness.stored()
        assert [stored[key][harness.field] for key in ids] == [f"new {number}" for number in range(count)]

    def test_empty_push_is_nothing(self, harness: Harness) -> None:
        """No change, no outcome, no write."""
        require(harness, Capability.WRITE)
        before = harness.writes()
        assert list(push(harness, [])) == []
        assert harness.writes() == before

    def test_one_refused_spares_the_others(self, harness: Harness) -> None:
        """The refused one is Rejected with a reason, its neighbours are applied."""
        require(harness, Capability.WRITE)
        need(harness, Need.REFUSALS)
        ids = seed(harness, 3)
        bad = Change("kit-bad", harness.object_name, ids[1], harness.refused())
        outcomes = push(harness, [change(harness, ids[0], "before"), bad, change(harness, ids[2], "after")])
        assert [type(outcome) for outcome in outcomes] == [Applied, Rejected, Applied]
        refusal = outcomes[1]
        assert isinstance(refusal, Rejected)
        assert refusal.code, "a refusal has a code for programs"
        assert str(refusal), "a refusal has a message for people"
        texts = f"{refusal.message}{refusal.hint or ''}"
        named = {name for _, name, _, _ in Formatter().parse(texts) if name}
        assert named <= set(refusal.params), "a value of the message is missing in its params"
        stored = harness.stored()
        assert [stored[ids[0]][harness.field], stored[ids[2]][harness.field]] == ["before", "after"]
        assert stored[ids[1]][harness.field] == harness.sample(2)[harness.field]

    def test_update_of_no_record_creates_none(self, harness: Harness) -> None:
        """An id that the source does not know is refused, not made."""
        require(harness, Capability.WRITE)
        gone = seed(harness, 2)[1]
        harness.delete(gone)
        before = dict(harness.stored())
        (outcome,) = push(harness, [change(harness, gone, "to nobody")])
        assert isinstance(outcome, Rejected | Stale), f"an update of a deleted record is {outcome}"
        assert harness.stored() == before

    def test_stale_revision_is_refused(self, harness: Harness) -> None:
        """A record that has moved on is not overwritten; its present state comes back."""
        require(harness, Capability.WRITE, Capability.CONDITIONAL_WRITE)
        (key,) = seed(harness, 1)
        revision = pulled(harness)[key].revision
        assert revision, "conditional_write is declared, and pulled records carry no revision"
        harness.edit(key, {harness.field: "by a person"})
        (outcome,) = push(harness, [change(harness, key, "by us", base_revision=revision)])
        assert isinstance(outcome, Stale), f"a write on an old revision is {outcome}"
        assert harness.stored()[key][harness.field] == "by a person"
        assert outcome.current is not None, "Stale does not say how the record stands now"
        assert outcome.current.payload[harness.field] == "by a person"
        assert outcome.current.revision != revision

    def test_present_revision_is_accepted(self, harness: Harness) -> None:
        """The pulled one, and then the one that the write gave."""
        require(harness, Capability.WRITE, Capability.CONDITIONAL_WRITE)
        (key,) = seed(harness, 1)
        revision = pulled(harness)[key].revision
        for text in ("once", "twice"):
            (outcome,) = push(harness, [change(harness, key, text, base_revision=revision)])
            revision = applied(outcome).revision
            assert revision == pulled(harness)[key].revision
            assert harness.stored()[key][harness.field] == text

    def test_absent_field_stays(self, harness: Harness) -> None:
        """A change names what changes; everything else of the record is as before."""
        require(harness, Capability.WRITE)
        (key,) = seed(harness, 1)
        push(harness, [change(harness, key, "new")])
        assert harness.stored()[key][harness.other_field] == harness.sample(1)[harness.other_field]

    def test_none_empties_a_field(self, harness: Harness) -> None:
        """Clearing on our side clears on theirs."""
        require(harness, Capability.WRITE)
        (key,) = seed(harness, 1)
        (outcome,) = push(harness, [Change("kit-clear", harness.object_name, key, {harness.other_field: None})])
        applied(outcome)
        assert is_empty(pulled(harness)[key], harness.other_field)

    def test_text_is_written_as_it_is(self, harness: Harness) -> None:
        """What was sent is what the source holds, code point for code point: no escaping, no trimming."""
        require(harness, Capability.WRITE)
        texts = {name: text for name, text in TEXTS.items() if name not in harness.cannot_hold}
        ids = seed(harness, len(texts))
        for key, text in zip(ids, texts.values(), strict=True):
            applied(push(harness, [change(harness, key, text)])[0])
        stored = harness.stored()
        assert {name: stored[key][harness.field] for name, key in zip(texts, ids, strict=True)} == texts

    def test_created_record_is_found_again(self, harness: Harness) -> None:
        """Under the id that the outcome gave, with the values that were sent."""
        require(harness, Capability.WRITE)
        (outcome,) = push(harness, [create(harness, 60)])
        record = pulled(harness)[applied(outcome).external_id]
        sample = harness.sample(60)
        assert {name: record.payload[name] for name in sample} == sample

    def test_create_twice_with_one_key_makes_one(self, harness: Harness) -> None:
        """The correlation key is kept by the source; the second create finds the first record."""
        require(harness, Capability.WRITE, Capability.EXTERNAL_KEY)
        first, second = (push(harness, [create(harness, 70)])[0] for _ in range(2))
        assert applied(second).external_id == applied(first).external_id
        assert len(harness.stored()) == 1

    def test_delete_removes_one(self, harness: Harness) -> None:
        """That record and no other; a second delete breaks nothing."""
        require(harness, Capability.WRITE)
        need(harness, Need.DELETES)
        kept, gone = seed(harness, 2)
        delete = Change("kit-delete", harness.object_name, gone, {}, delete=True)
        applied(push(harness, [delete])[0])
        assert set(harness.stored()) == {kept}
        (again,) = push(harness, [delete])
        assert not isinstance(again, Unknown)
        assert set(harness.stored()) == {kept}

    def test_read_only_writes_nothing(self, harness: Harness) -> None:
        """A connection that may not write has no `push`, or one that refuses before anything is sent."""
        require(harness, Capability.WRITE)
        (key,) = seed(harness, 1)
        before, stored = harness.writes(), harness.stored()
        with opened(harness, read_only=True) as adapter:
            if isinstance(adapter, Writes):
                with pytest.raises((ConfigError, GuardStop)):
                    adapter.push([change(harness, key, "not allowed"), create(harness, 80)])
        assert harness.writes() == before
        assert harness.stored() == stored
