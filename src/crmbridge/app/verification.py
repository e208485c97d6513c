"""`doctor --verify-tenant`: what only the account itself can tell about a vendor, as a table. Nothing is written."""

from contextlib import closing

from crmbridge.adapter.verifying import Check, Said, Verdict, VerifiesTenant
from crmbridge.app.wiring import Wiring
from crmbridge.model.errors import ConfigError, render
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Word
from crmbridge.sync.answers import answering

NEEDS_A_PERSON = 1
"""What it ends with where somebody should do something."""

_WORDS = {
    Verdict.EXPECTED: mark("as expected"),
    Verdict.HANDLED: mark("otherwise, handled"),
    Verdict.UNSEEN: mark("not seen"),
    Verdict.ATTENTION: mark("attention"),
}


def verify(wiring: Wiring, connection: str) -> Listing:
    """A row for each question; ConfigError where the adapter has none."""
    with closing(wiring.open(connection)) as adapter:
        if not isinstance(adapter, VerifiesTenant):
            raise ConfigError(
                "nothing of {adapter} is left to be asked of an account",
                adapter=wiring.descriptor(connection).title,
                hint="crmbridge doctor {connection} looks at the connection",
                connection=connection,
            )
        with answering(connection):
            found = list(adapter.verify_tenant())
    columns = (
        Column("connection", mark("connection")),
        Column("key", mark("number")),
        Column("question", mark("question")),
        Column("seen", mark("what was seen")),
        Column("way", mark("which way the adapter goes")),
        Column("verdict", mark("verdict"), "word"),
    )
    needs = any(check.verdict is Verdict.ATTENTION for check in found)
    rows = tuple(_row(connection, check) for check in found)
    return Listing("verify-tenant/1", columns, rows, exit_code=NEEDS_A_PERSON if needs else 0)


def _row(connection: str, check: Check) -> dict[str, object]:
    return {
        "connection": connection,
        "key": check.key,
        "question": _names(check.question),
        "seen": _names(check.seen),
        "way": _names(check.way),
        "verdict": Word(check.verdict.value, _WORDS[check.verdict]),
    }


def _names(said: Said) -> Names:
    params = dict(said.params)
    return Names({"en": render(said.english, params), "zh": render(said.chinese, params)})
