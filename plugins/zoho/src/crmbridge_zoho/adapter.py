"""The adapter: one Zoho organisation, as the contract wants it."""

from collections.abc import Iterator, Mapping

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Health, HistoryPage, Page, Problem, PullRequest, Spent
from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge_zoho import counting, history
from crmbridge_zoho.auth import Transport
from crmbridge_zoho.catalog import catalog_of
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.cursor import Cursor
from crmbridge_zoho.deleted import Deletions
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import Way
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.reader import reader_for
from crmbridge_zoho.session import API, Session
from crmbridge_zoho.users import USERS, users

NOTES = "Notes"


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
        title = f"{org.name} ({org.edition}, {self.session.options.data_center})"
        return Health(ok=True, org_id=org.id, title=f"{title}: {user}" if user else title, problems=tuple(problems))

    def describe(self) -> Catalog:
        """Modules, fields, pipelines, users and limits; a module that may not be read is there with the reason."""
        return catalog_of(self.session, self.modules)

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

    def spent(self) -> Spent:
        """Calls and credits since this was opened."""
        return self.session.spent()

    def close(self) -> None:
        """Lets go of every connection; harmless twice."""
        self.session.close()

    def _notes(self, request: PullRequest) -> Iterator[Page]:
        """Notes: only an administrator may list them; for anybody else there are none, and a notice says so."""
        pages = reader_for(self.session, self.modules, request).pages()
        try:
            first = next(pages)
        except ScopeError:
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
