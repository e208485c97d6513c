"""Writing: only what changed, one card at a time; a call whose answer was lost is never sent again.

create   read the board for the key, archived cards too  ->  POST with the key in it
update   read  ->  stale?  ->  set aside?  ->  PUT  ->  members on and off
delete   read where it is conditional  ->  DELETE
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Stale, Unknown
from crmbridge.adapter.sending import Unsendable, one_by_one
from crmbridge.http import InDoubt
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    ContractError,
    ScopeError,
    TransientError,
)
from crmbridge_trello import fetch
from crmbridge_trello.cards import Boards, card_of, is_hidden, is_id, record_of, revision_of
from crmbridge_trello.config import RESERVED
from crmbridge_trello.desc import parse
from crmbridge_trello.judge import GONE, HINT, Refused, gone, rejected
from crmbridge_trello.outgoing import Outgoing, Preparing
from crmbridge_trello.reader import cards
from crmbridge_trello.session import Json, Session, identity, mapping


@dataclass(slots=True)
class Writer:
    """One push; made only where a connection may write."""

    session: Session
    doubtful: set[str] = field(default_factory=set)
    boards: Boards = field(init=False)
    known: dict[str, dict[str, Json]] = field(default_factory=dict)
    """For each object the oldest card of each key."""

    def __post_init__(self) -> None:
        self.boards = Boards(self.session)

    def push(self, changes: Sequence[Change]) -> list[Outcome]:
        """One outcome for each change, in the same order; raises only where no record at all was tried."""
        if changes:
            self.session.me()
        return one_by_one(changes, self._outcome)

    def _outcome(self, change: Change) -> Outcome:
        """The outcome of one change; what says that nothing was done leaves."""
        about = change.external_id or change.key
        if about in self.doubtful:
            return Unknown("not sent: an earlier change of the same record is in doubt")
        try:
            return self._tried(change)
        except Unsendable as error:
            return error.refusal
        except Refused as error:
            return gone(about) if error.status == GONE and change.external_id else rejected(error, about)
        except ScopeError as error:
            return Rejected.by(error)
        except InDoubt as error:
            self.doubtful.add(about)
            return Unknown.by(error)

    def _tried(self, change: Change) -> Outcome:
        if change.object in RESERVED:
            text = "{object} of Trello are not written"
            return Rejected("READ_ONLY", text, {"object": change.object}, hint="a person can do it in Trello")
        if change.external_id is None:
            return self._made(change)
        if not is_id(change.external_id):
            return gone(change.external_id)
        return self._deleted(change) if change.delete else self._updated(change)

    def _made(self, change: Change) -> Outcome:
        known = self._known(change.object)
        if change.key in known:
            there = known[change.key]
            return Applied(identity(there), revision_of(there))
        options = self.session.options.of(change.object)
        preparing = Preparing(self.boards, options)
        ready = preparing.outgoing(change.fields, change.key)
        if "idList" not in ready.body:
            ready.body["idList"] = preparing.entry()
        closed = ready.body.pop("closed", None)
        body = {name: value for name, value in ready.body.items() if value is not None}
        if ready.joins in self.boards.on(options.board):
            body["idMembers"] = [ready.joins]
        try:
            told = mapping(self.session.write("POST", "/cards", body))
            external_id = identity(told)
        except Refused:
            raise
        except ContractError:
            self.doubtful.add(change.key)
            return Unknown("Trello's answer to a create cannot be read")
        known[change.key] = told
        if closed:
            told = self.session.write("PUT", f"/cards/{external_id}", {"closed": True})
        return Applied(external_id, _revision_in(told))

    def _known(self, name: str) -> dict[str, Json]:
        if name not in self.known:
            told = [one for found in cards(self.session, name) for one in found.rows]
            told.sort(key=identity, reverse=True)
            self.known[name] = {key: one for one in told if (key := parse(one.get("desc")).key) is not None}
        return self.known[name]

    def _updated(self, change: Change) -> Outcome:
        external_id = str(change.external_id)
        told = fetch.card(self.session, change.object, external_id)
        if told is None or is_hidden(told):
            return gone(external_id) if told is None else _hidden(external_id)
        record = record_of(self.boards, change.object, told)
        if change.base_revision is not None and change.base_revision != record.revision:
            return Stale(record)
        card = card_of(self.boards, change.object, told)
        if card.is_aside:
            text = "{card} is set aside in Trello: it, or its list, is archived, and nothing is written to it"
            return Rejected("ASIDE", text, {"card": external_id}, hint="bring it back in Trello, or leave it")
        ready = Preparing(self.boards, card.options, card).outgoing(change.fields)
        revision = record.revision
        if ready.body:
            revision = _revision_in(self.session.write("PUT", f"/cards/{external_id}", ready.body))
        if not ready.joins and not ready.leaves:
            return Applied(external_id, revision)
        return self._assigned(external_id, ready) or Applied(external_id, self._revision(change.object, external_id))

    def _assigned(self, external_id: str, ready: Outgoing) -> Outcome | None:
        """Puts members on the card and takes them off; the refusal once the fields were taken."""
        path = f"/cards/{external_id}/idMembers"
        try:
            if ready.joins:
                self.session.write("POST", path, {"value": ready.joins})
            if ready.leaves:
                self.session.write("DELETE", f"{path}/{ready.leaves}")
        except Refused as error:
            if not ready.body:
                raise
            text = "{card}: the fields were written, the member was refused: {said}"
            return Rejected("PARTLY", text, {"card": external_id, "said": error.said}, "member", HINT)
        return None

    def _deleted(self, change: Change) -> Outcome:
        external_id = str(change.external_id)
        if change.base_revision is not None:
            told = fetch.card(self.session, change.object, external_id)
            if told is None or is_hidden(told):
                return Applied(external_id) if told is None else _hidden(external_id)
            if revision_of(told) != change.base_revision:
                return Stale(record_of(self.boards, change.object, told))
        try:
            self.session.write("DELETE", f"/cards/{external_id}")
        except Refused as error:
            if error.status != GONE:
                raise
        return Applied(external_id)

    def _revision(self, name: str, external_id: str) -> str | None:
        """The revision after a write; None where it cannot be read now: the write stands all the same."""
        try:
            told = fetch.card(self.session, name, external_id)
            return _revision_in(told)
        except (TransientError, AuthError, ConfigError, ContractError):
            return None


def _revision_in(told: object) -> str | None:
    """The revision that an answer to a write tells; None where it tells none: the write stands all the same."""
    try:
        return revision_of(told) if isinstance(told, Mapping) else None
    except ContractError:
        return None


def _hidden(name: str) -> Rejected:
    return Rejected("HIDDEN", "the card {card} is not for the token's member to see", {"card": name}, hint=HINT)
