"""Lies about writing: order, refusals, revisions, keys, lost answers."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from tests.testing.hostile import caught_by

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Stale, Unknown
from crmbridge.model.errors import Timeout, Unavailable
from crmbridge.testing.memory import MemoryAdapter
from crmbridge.testing.memory.server import Answer, Silence
from crmbridge.testing.memory.store import KEY_FIELD

SENT = count(1)


class ChangesChanges(MemoryAdapter):
    """Does something to every change before it is sent; the lies below say what."""

    def _save(self, batch: Sequence[Change]) -> list[Answer]:
        return super()._save([self.change(change) for change in batch])

    def change(self, change: Change) -> Change:
        return change


@caught_by("test_outcomes_have_the_order_of_the_changes")
class AnswersCreatesFirst(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        return super().push(sorted(changes, key=lambda change: change.external_id is not None))


@caught_by("test_outcomes_have_the_order_of_the_changes")
class DropsAnOutcome(MemoryAdapter):
    """Two changes of one record are one call to the vendor, and one outcome."""

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        return super().push(list({change.external_id or change.key: change for change in changes}.values()))


@caught_by("test_more_changes_than_a_batch")
class StopsAfterTwoBatches(MemoryAdapter):
    """Its call budget is used up, and it hopes for the best."""

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        sent = 2 * self._batch_size
        return [*super().push(changes[:sent]), *(Applied(str(change.external_id)) for change in changes[sent:])]


@caught_by("test_empty_push_is_nothing")
class ChokesOnNothing(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        changes[0]
        return super().push(changes)


@caught_by("test_empty_push_is_nothing")
class SaysHelloFirst(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        if not self._context.read_only and not self._server.is_down:
            self._server.store.writes += 1
        return super().push(changes)


@caught_by("test_one_refused_spares_the_others")
class RefusesAllForOne(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        known = set(self._server.store.objects["deal"])
        if any(set(change.fields) - known for change in changes):
            return [Rejected("invalid_batch", "the batch has an invalid record")] * len(changes)
        return super().push(changes)


@caught_by("test_one_refused_spares_the_others")
class GivesNoReason(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        return [Rejected("", "") if isinstance(outcome, Rejected) else outcome for outcome in super().push(changes)]


@caught_by("test_one_refused_spares_the_others")
class LeavesAHoleInItsReason(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        refusal = Rejected("invalid", "{record} is refused", {"recrod": "1"})
        return [refusal if isinstance(outcome, Rejected) else outcome for outcome in super().push(changes)]


@caught_by("test_update_of_no_record_creates_none")
class MakesWhatItCannotUpdate(MemoryAdapter):
    def _save(self, batch: Sequence[Change]) -> list[Answer]:
        answers = super()._save(batch)
        return [
            super(MakesWhatItCannotUpdate, self)._save([replace(change, external_id=None)])[0]
            if answer.code == "no_such_record" and not change.delete
            else answer
            for change, answer in zip(batch, answers, strict=True)
        ]


@caught_by("test_stale_revision_is_refused")
class SwallowsTheStale(ChangesChanges):
    def change(self, change: Change) -> Change:
        return replace(change, base_revision=None)


@caught_by("test_stale_revision_is_refused")
class KeepsTheCurrentToItself(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        return [Stale(None) if isinstance(outcome, Stale) else outcome for outcome in super().push(changes)]


@caught_by("test_present_revision_is_accepted")
class GivesTheOldRevision(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        return [
            replace(outcome, revision=change.base_revision)
            if isinstance(outcome, Applied) and change.base_revision
            else outcome
            for change, outcome in zip(changes, super().push(changes), strict=True)
        ]


@caught_by("test_absent_field_stays")
class PutsTheWholeRecord(ChangesChanges):
    def change(self, change: Change) -> Change:
        if change.external_id is None or "name" not in change.fields:
            return change
        return replace(change, fields={"next_step": None, **change.fields})


@caught_by("test_none_empties_a_field")
class LeavesOutNone(ChangesChanges):
    def change(self, change: Change) -> Change:
        return replace(change, fields={name: value for name, value in change.fields.items() if value is not None})


@caught_by("test_text_is_written_as_it_is")
class TrimsWhatItWrites(ChangesChanges):
    def change(self, change: Change) -> Change:
        fields = {name: value.strip() if isinstance(value, str) else value for name, value in change.fields.items()}
        return replace(change, fields=fields)


@caught_by("test_text_is_written_as_it_is")
class EscapesFormulas(ChangesChanges):
    def change(self, change: Change) -> Change:
        fields = {
            name: f"'{value}" if isinstance(value, str) and value[0] in "=@" else value
            for name, value in change.fields.items()
        }
        return replace(change, fields=fields)


@caught_by("test_created_record_is_found_again")
class CreatesWithTheNameOnly(ChangesChanges):
    def change(self, change: Change) -> Change:
        if change.external_id is not None:
            return change
        return replace(change, fields={name: value for name, value in change.fields.items() if name == "name"})


@caught_by("test_create_twice_with_one_key_makes_one")
class CreatesTwice(MemoryAdapter):
    """The vendor's unique field is not unique after all."""

    def _save(self, batch: Sequence[Change]) -> list[Answer]:
        store = self._server.store
        for change in batch:
            made = store.with_key(change.object, change.key) if change.external_id is None else None
            if made:
                made.fields[KEY_FIELD] = None
        return super()._save(batch)


@caught_by("test_delete_removes_one")
class OnlySaysItDeleted(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        if any(change.delete for change in changes):
            return [Applied(str(change.external_id)) for change in changes]
        return super().push(changes)


@caught_by("test_read_only_writes_nothing")
class WritesAllTheSame(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        self._context = replace(self._context, read_only=False)
        return super().push(changes)


@caught_by("test_read_only_writes_nothing")
class RefusesTooLate(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        if self._context.read_only:
            self._save(changes)
        return super().push(changes)


@caught_by("test_lost_answer_is_unknown_and_settles_to_one")
class SendsAgain(MemoryAdapter):
    def _save(self, batch: Sequence[Change]) -> list[Answer]:
        before = self._server.store.writes
        try:
            return super()._save(batch)
        except Silence:
            creates = [change for change in batch if change.external_id is None]
            if creates and self._server.store.writes > before:
                super()._save([replace(change, key=f"retry-{next(SENT)}") for change in creates])
            raise


@caught_by("test_lost_answer_is_unknown_and_settles_to_one")
class TakesSilenceForARefusal(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        before = self._server.store.writes
        outcomes = super().push(changes)
        if self._server.store.writes == before or any(change.external_id for change in changes):
            return outcomes
        return [Rejected("timeout", "no answer") if isinstance(found, Unknown) else found for found in outcomes]


@caught_by("test_lost_request_is_unknown_and_settles_to_none")
class TakesSilenceForConsent(MemoryAdapter):
    def _save(self, batch: Sequence[Change]) -> list[Answer]:
        before = self._server.store.writes
        try:
            return super()._save(batch)
        except Silence:
            if self._server.store.writes > before:
                raise
            return [Answer("done", self._server.store.live("deal")[0]) for _ in batch]


@caught_by("test_unreachable_push_raises_and_writes_nothing")
class CallsTheUnsentRefused(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        try:
            return super().push(changes)
        except Unavailable:
            return [Rejected("unavailable", "no answer")] * len(changes)


@caught_by("test_no_secret_in_any_text")
class TellsItsTokenInARefusal(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        return [
            replace(outcome, message=f"refused: /save?token={self._token}")
            if isinstance(outcome, Rejected)
            else outcome
            for outcome in super().push(changes)
        ]


@caught_by("test_push_raises_only_when_nothing_was_tried")
class RaisesHalfWay(MemoryAdapter):
    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        outcomes = super().push(changes)
        if {type(outcome) for outcome in outcomes} == {Applied, Unknown}:
            raise Timeout("no answer")
        return outcomes
