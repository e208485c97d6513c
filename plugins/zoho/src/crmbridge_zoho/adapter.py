"""The adapter: one Zoho organisation, as the contract wants it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import (
    Change,
    Health,
    HistoryPage,
    Outcome,
    Page,
    Problem,
    PullRequest,
    RawRecord,
    Spent,
    Subscription,
    SubscriptionRequest,
)
from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge_zoho import counting, fetch, find, history, keys, notify, schema
from crmbridge_zoho.auth import Transport
from crmbridge_zoho.catalog import catalog_of
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.cursor import Cursor
from crmbridge_zoho.deleted import Deletions
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import Way
from crmbridge_zoho.glance import glance
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.reader import reader_for
from crmbridge_zoho.session import API, Session
from crmbridge_zoho.users import USERS, users
from crmbridge_zoho.write import Writer

NOTES = "Notes"
FOR_ADMINISTRATORS = "NOT_SUPPORTED"
"""What Zoho says to anybody else who lists Notes (dossier 2.3)."""


class ZohoAdapter:
    """One connection."""

    def __init__(self, context: AdapterContext, options: ZohoOptions, *, transport: Transport = None) -> None:
        self._context = context
        self.session = Session(context, options, transport=transport)
        self.modules = Modules(self.session)

    def check(self) -> Health:
        """Who the login is: the organisation, pinned by its id, the user, and what the user may not do."""
        org = self.session.org
        problems: list[str] = []
        user = self._user(problems)
        problems += keys.problems(self.session, self.modules)
        title = f"{org.name} ({org.edition}, {self.session.options.data_center})"
        return Health(ok=True, org_id=org.id, title=f"{title}: {user}" if user else title, problems=tuple(problems))

    def describe(self) -> Catalog:
        """Modules, fields, pipelines, users and limits; a module that may not be read is there with the reason."""
        return catalog_of(self.session, self.modules)

    def describe_part(self, objects: frozenset[str]) -> Catalog:
        """These modules alone, one call each: a run reads no others."""
        return catalog_of(self.session, self.modules, only=objects)

    def standing(self) -> str:
        """What a description goes with: the login, the options, and the organisation: one call."""
        return self.session.standing

    def glance(self, request: PullRequest) -> Page | None:
        """The page of a reading that brings nothing; None where there is something to read."""
        return glance(self.session, request)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """The pages of a module by the way that costs least; the first page says which, and why."""
        if request.object == USERS:
            return users(self.session, request)
        if request.object == NOTES:
            return self._notes(request)
        return reader_for(self.session, self.modules, request).pages()

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        """The records of a module by an export job."""
        return reader_for(self.session, self.modules, request, way=Way.BULK).pages()

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        """The deletions that Zoho remembers."""
        return Deletions(self.session, request).pages()

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        """The stage changes of deals."""
        return history.history(self.session, self.modules, request)

    def count(self, object_name: str) -> int:
        """How many records a module has: converted leads and records in approval too."""
        if object_name == USERS:
            return sum(len(page.records) for page in users(self.session, PullRequest(USERS)))
        return counting.count(self.session, object_name)

    def keep_within(self, may_send: Callable[[], None]) -> None:
        """Each call that writes asks before it goes."""
        self._context.fence.may_send = may_send

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Writes records; ConfigError before anything is sent where the connection is open for reading only."""
        self._context.check_may_write()
        return Writer(self.session, self.modules).push(changes) if changes else []

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """Reads records by id, 100 a call."""
        return fetch.fetch(self.session, self.modules, object_name, external_ids)

    def are_there(self, object_name: str, external_ids: Sequence[str]) -> Sequence[bool]:
        """Whether the records of those ids are there, 100 a call, without what they hold."""
        return fetch.are_there(self.session, self.modules, object_name, external_ids)

    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """Finds records by the exact value of a field of one line."""
        return find.find(self.session, self.modules, object_name, field_name, values)

    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - Zoho says nothing in headers
        """What a notification speaks of; makes no call."""
        return notify.receive(body, secret, connection=self._context.connection)

    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        """Has Zoho tell of changes, for a week at most."""
        return notify.Channels(self.session).subscribe(request)

    def unsubscribe(self, state: str) -> None:
        """Has Zoho tell of nothing any more."""
        notify.Channels(self.session).unsubscribe(state)

    def ensure_field(self, object_name: str, field_name: str, kind: Literal["text", "number", "date"]) -> str:
        """The API name of a field, made where it was missing."""
        self._context.check_may_write()
        return schema.ensure_field(self.session, self.modules, object_name, field_name, kind)

    def revoke(self) -> None:
        """Zoho takes the refresh token, and the access tokens made with it, no more."""
        self.session.revoke()

    def spent(self) -> Spent:
        """Calls and credits since this was opened."""
        return self.session.spent()

    def close(self) -> None:
        """Lets go of every connection; harmless twice."""
        self.session.close()

    def _notes(self, request: PullRequest) -> Iterator[Page]:
        """Notes: only an administrator may list them; for anybody else there are none, and a notice says so.

        Every other lack of a right, such as a login without the scope, is an error here as elsewhere.
        """
        pages = reader_for(self.session, self.modules, request).pages()
        try:
            first = next(pages)
        except ScopeError as error:
            if error.context.get("refused") != FOR_ADMINISTRATORS:
                raise
            notice = Problem("notes.administrators", "only an administrator of Zoho may list Notes: none are read")
            yield Page((), request.cursor or Cursor().text(), notices=(notice,))
            return
        yield first
        yield from pages

    def _user(self, problems: list[str]) -> str | None:
        """The user behind the login; what it may not do is added to the problems."""
        try:
            found = self.session.get(f"{API}/users", {"type": "CurrentUser"}).rows("users")
        except (ScopeError, Refused) as error:
            problems.append(str(error))
            return None
        user = found[0] if found and isinstance(found[0], Mapping) else {}
        profile = user.get("profile")
        name = profile.get("name") if isinstance(profile, Mapping) else None
        if name not in {None, "Administrator"}:
            problems.append(
                f"the user is no administrator (profile {name}): only what its role may see is read, and no Notes"
            )
        return str(user.get("full_name") or user.get("email") or "") or None


def open_zoho(context: AdapterContext) -> ZohoAdapter:
    """The way in that the descriptor names."""
    if not isinstance(context.config, ZohoOptions):
        raise ConfigError("the configuration of {connection} is not one of zoho", connection=context.connection)
    return ZohoAdapter(context, context.config)
