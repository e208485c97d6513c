"""The adapter: projects of one Jira site, as the contract wants it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Change, Health, Outcome, Page, PullRequest, RawRecord, Spent
from crmbridge.adapter.hearing import HandMade
from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge_jira import comments, fetch, people
from crmbridge_jira.catalog import Projects, catalog_of
from crmbridge_jira.config import COMMENTS, USERS, JiraOptions
from crmbridge_jira.errors import Refused
from crmbridge_jira.reader import read
from crmbridge_jira.receive import by_hand, receive
from crmbridge_jira.session import Session, Transport, identity
from crmbridge_jira.write import Writer


class JiraAdapter:
    """One connection."""

    def __init__(self, context: AdapterContext, options: JiraOptions, *, transport: Transport = None) -> None:
        self._context = context
        self.session = Session(context, options, transport=transport)
        self._projects = Projects(self.session)

    def check(self) -> Health:
        """Who the login is, and which of the objects cannot be read."""
        me, options = self.session.me(again=True), self.session.options
        problems: list[str] = []
        if not options.objects:
            problems.append("no project is named: add [connections.NAME.objects.tasks] with project and type")
        for one in options.objects.values():
            try:
                self._projects.infos(one)
            except (Refused, ConfigError, ScopeError) as error:
                problems.append(str(error))
        account = identity(me, options)
        title = f"{options.host}: {me.get('displayName') or account}"
        return Health(ok=True, org_id=f"{options.host}/{account}", title=title, problems=tuple(problems))

    def describe(self) -> Catalog:
        """Objects with the fields of their screens, and the statuses of their projects."""
        return catalog_of(self.session, self._projects)

    def describe_part(self, objects: frozenset[str]) -> Catalog:
        """These objects alone."""
        return catalog_of(self.session, self._projects, only=objects)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """The pages of an object."""
        if request.object == USERS:
            return people.read(self.session, request)
        if request.object == COMMENTS:
            return comments.read(self.session, request)
        return read(self.session, request, lambda: self._projects.fields(request.object))

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """Records by id; None only where the login proved to be the expected account's."""
        if object_name == USERS:
            return people.fetch(self.session, external_ids)
        if object_name == COMMENTS:
            return comments.fetch(self.session, external_ids)
        return fetch.fetch(self.session, object_name, external_ids, self._projects.fields(object_name))

    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """Issues by our key, users by e-mail address."""
        is_issue = object_name in self.session.options.objects
        known = self._projects.fields(object_name) if is_issue and values else ()
        return fetch.find(self.session, object_name, field_name, values, known)

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Writes issues; ConfigError before anything is sent where the connection is open for reading only."""
        self._context.check_may_write()
        return Writer(self.session, self._projects).push(changes)

    def keep_within(self, may_send: Callable[[], None]) -> None:
        """Each call that writes asks before it goes."""
        self._context.fence.may_send = may_send

    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Sequence[tuple[str, str]]:
        """The records that a genuine notification speaks of."""
        return receive(self.session.options, headers, body, secret)

    def by_hand(self, secret: str) -> HandMade:
        """What an administrator of Jira enters for a webhook."""
        return by_hand(secret)

    def spent(self) -> Spent:
        """The calls since this was opened."""
        return self.session.spent()

    def close(self) -> None:
        """Lets go of everything; harmless twice."""
        self.session.close()


def open_jira(context: AdapterContext) -> JiraAdapter:
    """The way in that the descriptor names."""
    if not isinstance(context.config, JiraOptions):
        raise ConfigError("the configuration of {connection} is not one of jira", connection=context.connection)
    return JiraAdapter(context, context.config)
