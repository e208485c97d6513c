"""Quotes, contracts, deliveries, tickets and birthdays out of files beside the CRM: the same whichever CRM it is."""

from collections.abc import Iterator

import pytest

from crmbridge.cli import app
from crmbridge_sim.world import World

from .canonical import canonical_json
from .papers import CONNECTION, add_papers
from .records import Held
from .worlds import AS_OF, PLACES, Place, three_places

pytestmark = pytest.mark.xdist_group("parity")
SEED, DEALS = 5, 40
ASKED = [
    ("quotes", "--explain"),
    ("contracts", "--explain"),
    ("deliveries", "--explain"),
    ("tickets", "--explain"),
    ("care", "renewals", "--limit", "0"),
    *(("care", view, "--currency", "EUR", "--limit", "0") for view in ("occasions", "gaps", "churn")),
    ("report", "pack", "--week", "2026-W26", "--currency", "EUR"),
]


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    """The three places, each with the same papers in files beside its CRM; all of it read."""
    with three_places(tmp_path_factory.mktemp("papers"), seed=SEED, deals=DEALS) as found:
        world = World(SEED, deals=DEALS, now=AS_OF.timestamp())
        for place in found.values():
            add_papers(place, world)
            for connection in ("crm", CONNECTION):
                with place.open() as bridge:
                    report = bridge.sync([connection])
                assert report.exit_code == 0, [str(note) for note in report.listing.warnings]
        yield found


@pytest.fixture(scope="module")
def beside_held(beside: dict[str, Place]) -> dict[str, Held]:
    return {name: Held(place) for name, place in beside.items()}


def test_the_customers_of_the_files_are_those_of_the_crm(beside_held: dict[str, Held]) -> None:
    world = World(SEED, deals=DEALS, now=AS_OF.timestamp())
    for held in beside_held.values():
        assert len(held.records["account"]) == world.account_count
        emails = {str(one["email"]) for one in held.records["user"].values()}
        assert len(emails) == len(held.records["user"])
        assert {one.email for one in world.colleagues} <= emails
        assert {str(one["account"]) for one in held.records["quote"].values()} <= held.records["account"].keys()


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_an_answer_out_of_the_files_is_the_same(
    beside: dict[str, Place],
    beside_held: dict[str, Held],
    words: tuple[str, ...],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    told = []
    for name in PLACES:
        capfd.readouterr()
        place = beside[name]
        for key, value in place.system.environ.items():
            monkeypatch.setenv(key, value)
        code = app.run([*words, "--json", "--as-of", AS_OF.isoformat(), "--workspace", str(place.folder)])
        out, err = capfd.readouterr()
        assert code == 0, err
        told.append(canonical_json(out, beside_held[name], is_sorted=True))
    zoho, fxiaoke, files = told
    assert '"rows": []' not in files
    assert len(files) > 300
    assert zoho == files
    assert fxiaoke == files
