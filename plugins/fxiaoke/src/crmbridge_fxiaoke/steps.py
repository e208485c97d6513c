"""The calls that one update needs, in their order, and how a record looks once each is done.

    claim from the pool -> fields -> stage (old opportunities) -> out of the pool -> owner, or back to a pool

The owner goes last: once the record is another's, the acting employee may not see it any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crmbridge.adapter.contract import Change, Rejected
from crmbridge_fxiaoke import moves, pools
from crmbridge_fxiaoke.looking import Row
from crmbridge_fxiaoke.outgoing import Sent
from crmbridge_fxiaoke.pools import OWNER, POOL_FIELDS, Move
from crmbridge_fxiaoke.results import differing
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.values import is_empty


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a record: the fields it is about, and how a row looks once it is done."""

    fields: tuple[str, ...]
    call: Callable[[], None]
    is_done: Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Steps:
    """The calls of one change; `write` sends its plain fields."""

    session: Session
    change: Change
    record: Sent
    row: Row
    write: Callable[[Sent], None]

    def all(self) -> list[Step] | Rejected:
        """The calls, none where everything is as it should be; Rejected where no call does what is asked."""
        asked: dict[str, object] = {**self.record.values, **dict.fromkeys(self.record.clear)}
        name, may_claim = self.change.object, self.session.options.claim_from_pool
        move = pools.pool_move(name, asked, self.row, may_claim=may_claim)
        if isinstance(move, Rejected):
            return move
        if OWNER in self.record.clear and move.move is not Move.GIVE_BACK:
            return Rejected("OWNER_EMPTY", "a record of {object} cannot be without an owner", {"object": name}, OWNER)
        stage = self._stage(asked)
        if isinstance(stage, Rejected):
            return stage
        given = asked.get(OWNER) if move.move is Move.TAKE_OUT and is_empty(self.row.get(OWNER)) else None
        first: list[Step] = []
        if move.move is Move.CLAIM:
            first = [self._claim()]
        elif move.move is Move.TAKE_OUT:
            first = [self._take_out(move.pool, given)]
        last = [self._give_back(move.pool, asked)] if move.move is Move.GIVE_BACK else []
        if not last and given is None:
            last = self._owner(asked, move.move)
        return [*first, *self._plain(move.move), *stage, *last]

    def _plain(self, move: Move) -> list[Step]:
        """The fields that an update takes."""
        apart = {OWNER, POOL_FIELDS.get(self.change.object, OWNER)}
        if self.change.object in moves.MOVED_BY_CALL:
            apart.add(moves.STAGE_FIELDS[self.change.object])
        if move is Move.GIVE_BACK:
            apart |= pools.REASONS
        plain = self.record.without(*apart)
        names = (*plain.values, *plain.clear)
        if not names:
            return []
        return [Step(names, lambda: self.write(plain), lambda row: not differing(plain.values, row, plain.clear))]

    def _stage(self, asked: Mapping[str, object]) -> list[Step] | Rejected:
        """The move of an opportunity of the old model."""
        field = moves.STAGE_FIELDS.get(self.change.object, "")
        if self.change.object not in moves.MOVED_BY_CALL or field not in asked:
            return []
        left, entered = str(self.row.get(field) or ""), asked[field]
        if is_empty(entered):
            name = self.change.object
            return Rejected("STAGE_EMPTY", "a record of {object} cannot be without a stage", {"object": name}, field)
        if left == entered:
            return []
        session, identity = self.session, self._identity
        return [
            Step(
                (field,),
                lambda: moves.move_stage(session, identity, left, str(entered)),
                lambda row: row.get(field) == entered,
            )
        ]

    def _owner(self, asked: Mapping[str, object], move: Move) -> list[Step]:
        owner = asked.get(OWNER)
        has = [self.session.operator.id] if move is Move.CLAIM else self.row.get(OWNER)
        if not isinstance(owner, list) or not owner or owner == has:
            return []
        session, name, identity = self.session, self.change.object, self._identity
        return [
            Step(
                (OWNER,),
                lambda: moves.change_owner(session, name, identity, owner),
                lambda row: row.get(OWNER) == owner,
            )
        ]

    def _claim(self) -> Step:
        session, name, identity = self.session, self.change.object, self._identity
        return Step(
            (OWNER,),
            lambda: pools.claim(session, name, identity),
            lambda row: row.get(OWNER) == [session.operator.id],
        )

    def _give_back(self, pool: str, asked: Mapping[str, object]) -> Step:
        session, name, identity = self.session, self.change.object, self._identity
        return Step(
            (OWNER,),
            lambda: pools.give_back(session, name, identity, pool, asked),
            lambda row: is_empty(row.get(OWNER)),
        )

    def _take_out(self, pool: str, owner: object) -> Step:
        session, name, identity = self.session, self.change.object, self._identity
        field = POOL_FIELDS[name]
        return Step(
            (field, *([OWNER] if owner is not None else [])),
            lambda: pools.take_out(session, name, identity, pool, owner),
            lambda row: is_empty(row.get(field)),
        )

    @property
    def _identity(self) -> str:
        return str(self.change.external_id)
