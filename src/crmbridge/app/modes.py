"""What may be written to a connection: what a person granted, tightened by what the configuration says.

The grant is in the ledger, the mode in a file that anybody may edit: so the file can take away and never add. A
connection without a grant is opened read-only, and its write client is not even made.
"""

from dataclasses import dataclass

from crmbridge.adapter.connecting import Feature
from crmbridge.app import access
from crmbridge.ledger import connections, grants
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.grants import Grant
from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge.model.modes import Mode, weaker


@dataclass(frozen=True, slots=True)
class Allowance:
    """What was granted to a connection, what its configuration names (None: nothing), and what holds of both."""

    connection: str
    grant: Grant | None
    written: Mode | None

    @property
    def mode(self) -> Mode:
        """The mode that holds."""
        granted: Mode = "read-only" if self.grant is None else self.grant.mode
        return granted if self.written is None else weaker(granted, self.written)

    def require(self, mode: Mode) -> None:
        """Nothing happens where at least so much is allowed; ConfigError with the next step otherwise."""
        if weaker(mode, self.mode) == mode:
            return
        granted: Mode = "read-only" if self.grant is None else self.grant.mode
        if self.written is not None and weaker(self.written, mode) != mode:
            raise ConfigError(
                'nothing is written to {connection}: its mode is "{mode}"'
                if self.written == "read-only"
                else 'less may be written to {connection} than this needs: its mode is "{mode}"',
                connection=self.connection,
                mode=self.written,
                needed=mode,
                hint='mode = "{needed}" in [connections.{connection}] allows it',
            )
        raise ConfigError(
            "nobody has allowed {connection} to be written"
            if granted == "read-only"
            else "{connection} was allowed {granted}, and this needs {needed}",
            connection=self.connection,
            granted=granted,
            needed=mode,
            hint="crmbridge grant {connection} --mode {needed}",
        )


def allowance(ledger: Ledger | None, connection: str, written: Mode | None) -> Allowance:
    """What may be written to a connection; without a ledger nothing was granted."""
    grant = None
    if ledger is not None:
        with ledger.read() as tx:
            row = next((one for one in connections.listing(tx) if one.name == connection), None)
            grant = None if row is None else grants.given(tx, row.id)
    return Allowance(connection, grant, written)


def require_login(connection: str, mode: Mode, features: frozenset[Feature] | None) -> None:
    """Nothing happens where the login was granted what the mode needs; ScopeError with what asks for it otherwise."""
    missing = access.NEEDS.get(mode, frozenset()) - (features or frozenset())
    if missing:
        raise ScopeError(
            "the login of {connection} was not granted {features}",
            connection=connection,
            features=", ".join(sorted(missing)),
            options=" ".join(f"--enable-write {one}" for one in sorted(access.NEEDS[mode])),
            hint="crmbridge connect with {options} asks for it",
        )
