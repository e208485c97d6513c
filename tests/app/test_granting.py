"""Grants: what a person allows is in the ledger, what the file says can only take away, and without both nothing is."""

import pytest
from tests.app.company import Company

from crmbridge.adapter import hookspecs
from crmbridge.app.bridge import Bridge
from crmbridge.ledger import runs
from crmbridge.model.errors import ConfigError


def opened(company: Company) -> Bridge:
    return Bridge.open(company.folder, environ={})


def read_only(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each adapter that is opened from now on is opened read-only."""
    seen: list[bool] = []
    real = hookspecs.open_adapter

    def spied(descriptor: object, context: object) -> object:
        seen.append(context.read_only)  # type: ignore[attr-defined]
        return real(descriptor, context)  # type: ignore[arg-type]

    monkeypatch.setattr("crmbridge.app.wiring.open_adapter", spied)
    return seen


def test_without_a_grant_the_write_client_is_not_even_built(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.edit("crmbridge.toml", 'path = "exports"', 'path = "exports"\nmode = "two-way"')
    with opened(company) as bridge:
        seen = read_only(bridge, monkeypatch)
        bridge.sync([])
        with pytest.raises(ConfigError, match=r"nobody has allowed books to be written.*crmbridge grant books"):
            bridge.wiring.open("books", "write")
    assert seen
    assert all(seen)


def test_a_grant_holds_until_it_is_taken_back(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(company) as bridge:
        (row,) = bridge.grant("books", "two-way").rows
        assert (row["granted"], row["mode"]) == ("two-way", "two-way")
        assert "@" in str(row["given_by"])
        seen = read_only(bridge, monkeypatch)
        bridge.wiring.open("books", "write").close()
        bridge.wiring.open("books").close()
        assert seen == [False, True]
        bridge.grant("books", "read-only")
        with pytest.raises(ConfigError, match="nobody has allowed books"):
            bridge.wiring.open("books", "write")


def test_the_configuration_takes_away_and_never_adds(company: Company) -> None:
    with opened(company) as bridge:
        bridge.grant("books", "two-way")
    company.edit("crmbridge.toml", 'path = "exports"', 'path = "exports"\nmode = "tasks"')
    with opened(company) as bridge:
        told = bridge.grants()
        assert told.rows[0]["mode"] == "tasks"
        assert [note.code for note in told.warnings] == ["TIGHTENED"]
        with pytest.raises(ConfigError, match='less may be written to books than this needs: its mode is "tasks"'):
            bridge.wiring.allowance("books").require("two-way")
        bridge.grant("books", "fields", ["amount"])
        assert bridge.grants("books").rows[0]["mode"] == "tasks"
    company.edit("crmbridge.toml", 'mode = "tasks"', 'mode = "two-way"')
    with opened(company) as bridge:
        assert bridge.grants().rows[0]["mode"] == "fields"
        with pytest.raises(ConfigError, match=r"books was allowed fields, and this needs two-way.*--mode two-way"):
            bridge.wiring.allowance("books").require("two-way")


@pytest.mark.parametrize(
    ("mode", "fields", "told"),
    [
        ("twoway", [], "there is no mode twoway .did you mean two-way."),
        ("fields", [], "which fields may be written"),
        ("fields", ["amuont"], "the mapping of books writes no field amuont .did you mean amount."),
        ("tasks", ["amount"], "fields are named only for the mode fields"),
    ],
)
def test_a_grant_that_does_not_fit_is_refused(company: Company, mode: str, fields: list[str], told: str) -> None:
    with opened(company) as bridge:
        with pytest.raises(ConfigError, match=told):
            bridge.grant("books", mode, fields)
        assert bridge.grants().rows[0]["mode"] == "read-only"


def test_every_grant_is_in_the_history_of_runs(company: Company) -> None:
    with opened(company) as bridge:
        bridge.grant("books", "fields", ["deal.amount,stage"])
        bridge.grant("books", "read-only")
        with bridge.wiring.ledger.read() as tx:
            told = [run.command for run in runs.listing(tx)]
    assert told[0].startswith("grant books read-only (")
    assert told[1].startswith("grant books fields deal.amount stage (")


def test_who_disconnects_takes_the_grant_back(company: Company) -> None:
    with opened(company) as bridge:
        bridge.grant("books", "two-way")
        bridge.disconnect("books", is_local=True)
        assert bridge.grants().rows[0]["granted"] == "read-only"
