"""The adapter: boards of one Trello member, as the contract wants it."""

from collections.abc import Callable, Iterator, Sequence

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Change, Health, HistoryPage, Outcome, Page, PullRequest, RawRecord, Spent
from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge_trello import comments, fetch, history
from crmbridge_trello.cards import Boards
from crmbridge_trello.catalog import catalog_of
from crmbridge_trello.config import COMMENTS, USERS, TrelloOptions
from crmbridge_trello.reader import read, read_users
from crmbridge_trello.session import Session, Transport, identity
from crmbridge_trello.write import Writer


class TrelloAdapter:
    """One connection."""

    def __init__(self, context: AdapterContext, options: TrelloOptions, *, transport: Transport = None) -> None:
        self._context = context
        self.session = Session(context, options, transport=transport)

    def check(self) -> Health:
        """Who the login is, and which boards and lists of the configuration are not there."""
        me, options, boards = self.session.me(), self.session.options, Boards(self.session)
        problems = [] if options.objects else ["the connection names no board: add [connections.NAME.objects.tasks]"]
        for name, one in options.objects.items():
            named = [place for place in (one.list, *one.done, *one.cancelled) if place is not None]
            try:
                boards.lists(one.board)
                lost = [place for place in named if not boards.is_open(one.board, place)]
            except (ConfigError, ScopeError) as error:
                problems.append(str(error))
                continue
            problems += [f"{name}: the board has no open list {place}" for place in lost]
        account = identity(me)
        title = f"Trello: {me.get('fullName') or me.get('username') or account}"
        return Health(ok=True, org_id=account, title=title, problems=tuple(problems))

    def describe(self) -> Catalog:
        """Objects with their fields, and the lists of the boards as stages."""
        return catalog_of(self.session)

    def describe_part(self, objects: frozenset[str]) -> Catalog:
        """These objects alone."""
        return catalog_of(self.session, objects)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """The pages of an object."""
        if request.object == USERS:
            return iter([read_users(self.session, request.cursor)])
        if request.object == COMMENTS:
            return comments.read(Boards(self.session), request)
        return read(self.session, request)

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        """The moves of an object's cards from list to list."""
        return history.read(self.session, request)

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """Records by id; None only where a good login heard that there is none."""
        return fetch.fetch(self.session, object_name, external_ids)

    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """Records by any text of theirs."""
        return fetch.find(self.session, object_name, field_name, values)

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Writes cards; ConfigError before anything is sent where the connection is open for reading only."""
        self._context.check_may_write()
        return Writer(self.session).push(changes)

    def keep_within(self, may_send: Callable[[], None]) -> None:
        """Each call that writes asks before it goes."""
        self._context.fence.may_send = may_send

    def spent(self) -> Spent:
        """The calls since this was opened."""
        return self.session.spent()

    def close(self) -> None:
        """Lets go of everything; harmless twice."""
        self.session.close()


def open_trello(context: AdapterContext) -> TrelloAdapter:
    """The way in that the descriptor names."""
    if not isinstance(context.config, TrelloOptions):
        raise ConfigError("the configuration of {connection} is not one of trello", connection=context.connection)
    return TrelloAdapter(context, context.config)
