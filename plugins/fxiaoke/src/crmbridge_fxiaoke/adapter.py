"""The adapter: one company in Fxiaoke, as the contract wants it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Change, Health, HistoryPage, Outcome, Page, PullRequest, RawRecord, Spent
from crmbridge.adapter.courtesies import Trail
from crmbridge.adapter.hearing import Acknowledgement, HandMade
from crmbridge.adapter.verifying import Check
from crmbridge.model.errors import ConfigError
from crmbridge_fxiaoke import catalog, counting, events, fetch, find, history, keys, people, schema, trail, verify
from crmbridge_fxiaoke.auth import Transport
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.deleted import Deletions
from crmbridge_fxiaoke.events import Pushes
from crmbridge_fxiaoke.glance import glance
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.reader import reader_for
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.suspects import Suspects
from crmbridge_fxiaoke.tasks import read_from
from crmbridge_fxiaoke.write import Writer


class FxiaokeAdapter:
    """One connection."""

    def __init__(self, context: AdapterContext, options: FxiaokeOptions, *, transport: Transport = None) -> None:
        self._context = context
        self.session = Session(context, options, transport=transport)
        self.objects = Objects(self.session)

    def check(self) -> Health:
        """Who the login is: the company, pinned by its id, the acting employee, and which objects are missing."""
        self.session.look_up()
        corp_id = self.session.corp_id
        problems = catalog.problems(self.objects)
        problems += keys.problems(self.session, self.objects)
        return Health(ok=True, org_id=corp_id, title=self.session.title, problems=tuple(problems))

    def describe(self) -> Catalog:
        """Objects, fields, options, pipelines, people; an object that may not be read is there with the reason."""
        return catalog.catalog_of(self.session, self.objects)

    def describe_part(self, objects: frozenset[str]) -> Catalog:
        """These objects alone, one call each: a run reads no others."""
        return catalog.catalog_of(self.session, self.objects, only=objects)

    def standing(self) -> str:
        """What a description goes with: the login, the options, and the company: the token tells it."""
        return self.session.standing

    def glance(self, request: PullRequest) -> Page | None:
        """The page of a reading that brings nothing; None where there is something to read."""
        return glance(self.session, self.objects, request)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """The pages of an object: by id from the beginning, by the time of change from a cursor."""
        if request.object in people.OBJECTS:
            return people.pages(self.session, request)
        return reader_for(self.session, self.objects, request).pages()

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        """The records that were made 作废, and those that are proven to be gone."""
        return Deletions(self.session, self.objects, request).pages()

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        """The stage changes of opportunities, where the connection asks for them."""
        return history.history(self.session, self.objects, request)

    def count(self, object_name: str) -> int:
        """How many records an object has, without 作废 ones."""
        return counting.count(self.session, self.objects, object_name)

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """Reads records by id, 100 a call; in a sweep what is missing is first only suspected to be gone."""
        object_name = read_from(self.session, self.objects, object_name)
        found: list[RawRecord | None] = list(fetch.fetch(self.session, self.objects, object_name, external_ids))
        if object_name in self.objects.sweeping:
            return Suspects(self.session, self.objects, object_name).unproven(external_ids, found)
        return found

    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """Finds records by the exact value of a field of one line."""
        object_name = read_from(self.session, self.objects, object_name)
        return find.find(self.session, self.objects, object_name, field_name, values)

    def keep_within(self, may_send: Callable[[], None]) -> None:
        """Each call that writes asks before it goes."""
        self._context.fence.may_send = may_send

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Writes records; ConfigError before anything is sent where the connection is open for reading only."""
        self._context.check_may_write()
        return Writer(self.session, self.objects).push(changes) if changes else []

    def trace(self, now: RawRecord, since: str) -> Trail:
        """What was done to a record since a revision, out of its log; asked only where it was more than one change."""
        return trail.trace(self.session, self.objects, now, since)

    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - Fxiaoke says nothing in headers
        """What an event speaks of; makes no call."""
        return Pushes(self._context.connection, self._context.clock).receive(body, secret)

    def acknowledge(self, headers: Mapping[str, str], body: bytes, secret: str) -> Acknowledgement:  # noqa: ARG002 - as above
        """The signed answer that an event waits for; makes no call."""
        return Pushes(self._context.connection, self._context.clock).acknowledge(body, secret)

    def by_hand(self, secret: str) -> HandMade:
        """What to enter in 管理后台 for events to come."""
        return events.by_hand(secret)

    def verify_tenant(self) -> Sequence[Check]:
        """What only the company itself can tell about Fxiaoke, by reading alone."""
        return verify.verify(self.session, self.objects)

    def ensure_field(self, object_name: str, field_name: str, kind: Literal["text", "number", "date"]) -> str:
        """The API name of a field; ConfigError that says what to make in 管理后台 where it is missing."""
        self._context.check_may_write()
        return schema.ensure_field(self.objects, object_name, field_name, kind)

    def spent(self) -> Spent:
        """Calls since this was opened."""
        return self.session.spent()

    def close(self) -> None:
        """Lets go of every connection; harmless twice."""
        self.session.close()


def open_fxiaoke(context: AdapterContext) -> FxiaokeAdapter:
    """The way in that the descriptor names."""
    if not isinstance(context.config, FxiaokeOptions):
        raise ConfigError("the configuration of {connection} is not one of fxiaoke", connection=context.connection)
    return FxiaokeAdapter(context, context.config)
