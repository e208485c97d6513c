"""Takes a login back: what the vendor still sends ends, the login is revoked there, and this machine forgets it.

In that order: what is revoked cannot be asked to end anything, and what was forgotten cannot be revoked. A vendor that
does not answer stops it before anything is forgotten. Records, mapping and configuration stay.
"""

from collections.abc import Iterator
from contextlib import closing

from crmbridge.adapter.courtesies import Revokes
from crmbridge.app import access, hooks
from crmbridge.app.wiring import Wiring
from crmbridge.http.token_file import TokenFile
from crmbridge.ledger import connections, grants
from crmbridge.model.errors import AuthError, ConfigError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing


def disconnect(wiring: Wiring, connection: str, *, is_local: bool = False) -> Listing:
    """What was ended and what is left to a person; `is_local` asks the vendor nothing."""
    wiring.workspace.connection(connection)
    told = [] if is_local else [*_at_the_vendor(wiring, connection)]
    told += _here(wiring, connection)
    wiring.audit.note("connection.ended", f"connection:{connection}", told=[note.code for note in told])
    columns = (Column("connection", mark("connection")), Column("message", mark("message")))
    text = mark(
        "records, mapping and configuration stay; crmbridge connect {adapter} --name {connection} logs in again"
    )
    adapter = wiring.workspace.connection(connection).adapter
    kept = Note("KEPT", text, {"adapter": adapter, "connection": connection})
    rows = tuple({"connection": connection, "message": note} for note in (*told, kept))
    return Listing("disconnect/1", columns, rows)


def _at_the_vendor(wiring: Wiring, connection: str) -> Iterator[Note]:
    """Ends the webhook and revokes the login; a login that is dead or gone already is as good as revoked."""
    if hooks.hook_of(wiring, connection) is not None:
        try:
            hooks.disable(wiring, connection)
            yield Note("WEBHOOK_ENDED", mark("the webhook has ended"))
        except (AuthError, ConfigError) as error:
            text = mark("the vendor was not told to end the webhook, which runs out by itself: {reason}")
            yield Note("WEBHOOK_LEFT", text, {"reason": str(error)})
    try:
        with closing(wiring.open(connection)) as adapter:
            if not isinstance(adapter, Revokes):
                yield Note(
                    "NOT_REVOKED", mark("this adapter cannot revoke the login: end it in the vendor's own pages")
                )
                return
            adapter.revoke()
    except AuthError:
        yield Note("REVOKED", mark("the vendor does not take the login any more"))
    except ConfigError as error:
        yield Note("NOT_REVOKED", mark("the vendor was not asked: {reason}"), {"reason": str(error)})
    else:
        yield Note("REVOKED", mark("the login was revoked at the vendor"))


def _here(wiring: Wiring, connection: str) -> Iterator[Note]:
    """What this machine keeps of the login: the secret, the access token, what was granted."""
    for name in (hooks.KEY, access.GRANTED):
        wiring.shared(connection).update(name, lambda _: (None, None))
    with wiring.ledger.begin() as tx:
        for row in (one for one in connections.listing(tx) if one.name == connection):
            grants.take_back(tx, row.id)
    TokenFile(access.state_dir(wiring.workspace.folder), f"{connection}-access").forget()
    section = wiring.workspace.connection(connection)
    if section.credentials is None:
        return
    removed, left = wiring.vault.forget(section.credentials)
    for place in removed:
        yield Note("SECRET_REMOVED", mark("the secret was removed from {place}"), {"place": place})
    for place in left:
        text = mark("the secret stands in {place}, which crmbridge does not write to: remove it there")
        yield Note("SECRET_LEFT", text, {"place": place})
