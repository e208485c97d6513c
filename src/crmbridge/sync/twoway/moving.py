"""A company moved from one system to another: a pair that leads one way, over every kind that both hold.

Whatever the first system holds and the second does not is made there once, under an external key; what changes in the
first until people have moved follows; what was edited in the second is left as it is. Each plan waits for a person.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from crmbridge.adapter.catalog import Catalog, ObjectInfo
from crmbridge.ledger import catalogs, links, shared, streams, touches, twins
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.sync.setup import Surroundings
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.one_way import Room, Slot, as_donor, as_recipient
from crmbridge.sync.twoway.opening import PairSetup, at_table
from crmbridge.sync.twoway.pairs import CAREFUL, End, Pair
from crmbridge.sync.twoway.recasting import notes_as_activities
from crmbridge.sync.twoway.recognising import recognise
from crmbridge.sync.twoway.rounds import Round, Table, make_plan, merge
from crmbridge.sync.twoway.settling import settle

KINDS = ("account", "contact", "lead", "deal", "task", "activity", "note")
"""What is carried, in the order of references. Users are matched and never made."""
MIGRATION = "migrate:"
"""Before the name of a migration as a pair."""


def name_of(giver: str, receiver: str) -> str:
    """The migration as a pair."""
    return f"{MIGRATION}{giver}:{receiver}"


def ends_of(name: str) -> tuple[str, str] | None:
    """The two connections of a migration; None where the name is another pair's."""
    giver, _, receiver = name.removeprefix(MIGRATION).partition(":")
    return (giver, receiver) if name.startswith(MIGRATION) else None


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration as it was asked for: the pair of its connections, and the address of who owns what nobody owns.

    With `again` what was taken back with an undo is as if it had never been made.
    """

    pair: PairSetup
    owner: str | None = None
    again: bool = False


def one_way(
    pair: Pair,
    *,
    stand_in: str | None = None,
    there: Mapping[Side, frozenset[str]] | None = None,
    room: Room | None = None,
    turn: int = 0,
) -> Pair:
    """The pair as one that leads from left to right alone.

    `there` are the objects that each side's account has, `room` what the right one's says of its fields, `turn` how
    often it was begun anew.
    """
    known = there or {}
    ends = _there(pair.left, known.get(Side.LEFT)), _there(pair.right, known.get(Side.RIGHT))
    left_end, left_recast = notes_as_activities(*ends)
    right_end, right_recast = notes_as_activities(ends[1], ends[0])
    receiver_id = pair.right.connection_id
    left = as_donor(
        left_end, receiver_id=receiver_id, stand_in=stand_in, there=known.get(Side.LEFT), recast=left_recast
    )
    right = as_recipient(
        right_end, pair=pair.name, there=known.get(Side.RIGHT), recast=right_recast, room=room, turn=turn
    )
    kinds = [name for name in pair.kinds if left.objects(name) and right.objects(name)]
    policies = dict.fromkeys(CAREFUL, Policy.LEFT)
    creates = frozenset({Side.RIGHT})
    return Pair(pair.name, left, right, kinds, Policy.LEFT, policies, creates=creates, create_probable=True)


def _there(end: End, there: frozenset[str] | None) -> End:
    return as_recipient(end, pair="", there=there)


@contextmanager
def at_migration(asked: Migration, around: Surroundings, run_id: int) -> Iterator[Table]:
    """Both connections under their leases; ConfigError where the owner named is nobody in the second."""
    with at_table(asked.pair, around, run_id) as table:
        with table.session.begin() as tx:
            owner = _remembered(tx, asked, table, now_us=around.now_us())
            stand_in = _user(tx, owner, table.pair.right.connection_id, table.pair.right.connection)
            turn = _turn(tx, asked, table, now_us=around.now_us())
            known = {side: _described(tx, table.pair.end(side).connection_id) for side in Side}
        there = {side: frozenset(known[side]) for side in Side}
        pair = one_way(table.pair, stand_in=stand_in, there=there, room=room_of(known[Side.RIGHT].values()), turn=turn)
        left, right = replace(table.left, end=pair.left), replace(table.right, end=pair.right)
        yield replace(table, pair=pair, left=left, right=right)


def _described(tx: LedgerTx, connection_id: int) -> dict[str, ObjectInfo]:
    """What the account has, as it was last described."""
    body = catalogs.latest(tx, connection_id)
    return {} if body is None else {one.name: one for one in Catalog.model_validate_json(body).objects}


def room_of(known: Iterable[ObjectInfo]) -> Room:
    """What an account says of its fields."""
    return {
        info.name: {
            one.name: Slot(
                one.writable, one.max_length, frozenset(text for i in one.picklist for text in (i.value, i.label))
            )
            for one in info.fields
        }
        for info in known
        if info.fields
    }


def _remembered(tx: LedgerTx, asked: Migration, table: Table, *, now_us: int) -> str | None:
    """Who owns what nobody owns, as it was said last: a plan is carried out as it was made."""
    place = table.pair.left.connection_id, f"{asked.pair.name}:owner"
    if asked.owner is not None:
        shared.put(tx, *place, asked.owner, now_us=now_us)
        return asked.owner
    return shared.get(tx, *place)


def _turn(tx: LedgerTx, asked: Migration, table: Table, *, now_us: int) -> int:
    """How often the migration was begun anew, this time too: what is made again has keys of its own."""
    place = table.pair.left.connection_id, f"{asked.pair.name}:turn"
    turn = int(shared.get(tx, *place) or 0)
    if asked.again and twins.take_up(tx, asked.pair.name):
        turn += 1
        shared.put(tx, *place, str(turn), now_us=now_us)
    return turn


def look(table: Table, *, read_us: int | None = None) -> Round:
    """Merges everything that both hold and plans what is to be written; nothing is sent to anybody.

    `read_us` is when both were begun to be read as a whole.
    """
    done = Round()
    recognise(table.right, table.pair, read_us=read_us)
    done.settled[Side.RIGHT] = settle(table.right)
    with table.session.begin() as tx:
        _touch(tx, table.pair)
    done.decided = merge(table)
    make_plan(table, done, lifted=frozenset(), is_approved=False)
    return done


def _touch(tx: LedgerTx, pair: Pair) -> None:
    """Between two plans others may have read the connections, who do not tell a migration what came."""
    for end in (pair.left, pair.right):
        for kind_name in pair.kinds:
            for compiled in end.objects(kind_name):
                touches.touch_all(tx, streams.ensure(tx, end.connection_id, compiled.object))


def _user(tx: LedgerTx, email: str | None, connection_id: int, connection: str) -> str | None:
    """Our id of the user of that address in a connection."""
    if email is None:
        return None
    known = links.addresses(tx, connection_id)
    if email.casefold() in known:
        return known[email.casefold()]
    raise ConfigError(
        "{connection} has no user {email}",
        connection=connection,
        email=email,
        nearest=suggestion(email, known),
        hint="did you mean {nearest}?",
    )
