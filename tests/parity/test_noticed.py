"""What somebody changes in a system's own settings is noticed with the first record that it matters for.

Between the runs lies one in which nothing changed: it asks for no description, and what it knows of one is old then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crmbridge.sync.outcome import FIELD_GONE
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.zoho import ZohoSimulator

from .worlds import Place, three_places

pytestmark = pytest.mark.wide
SETTINGS = [
    ("zoho", {"unknown_list_field": "ignore"}),
    ("zoho", {"unknown_list_field": "INVALID_DATA"}),
    ("fxiaoke", {"unknown_projection": "ignore", "unknown_filter": "ignore"}),
    ("fxiaoke", {"unknown_projection": "error", "unknown_filter": "error"}),
]
ACCOUNTS = {"zoho": "Accounts", "fxiaoke": "AccountObj"}
WEBSITE = {"zoho": "Website", "fxiaoke": "url"}
NAME = {"zoho": "Account_Name", "fxiaoke": "name"}


@dataclass
class Company:
    """One of the places, read twice: the second run found nothing."""

    place: Place
    name: str

    @property
    def zoho(self) -> ZohoSimulator:
        assert isinstance(self.place.simulator, ZohoSimulator)
        return self.place.simulator

    @property
    def fxiaoke(self) -> FxiaokeSimulator:
        assert isinstance(self.place.simulator, FxiaokeSimulator)
        return self.place.simulator

    def rows(self, objects: dict[str, str]) -> list[str]:
        """The ids of an object's records."""
        if self.name == "zoho":
            return sorted(self.zoho.state([objects["zoho"]])["modules"][objects["zoho"]])
        return sorted(self.fxiaoke.state()["objects"][objects["fxiaoke"]])

    def edit(self, objects: dict[str, str], key: str, **values: object) -> None:
        """Somebody edits a record, a quarter of an hour after whatever was before."""
        assert self.place.simulator is not None
        self.place.simulator.clock.advance(900)
        self.place.simulator.backdoor.edit(objects[self.name], key, values)

    def lose(self, field: str) -> None:
        """A field of customers is not there any more."""
        if self.name == "zoho":
            self.zoho.administration.hide_field("Accounts", field)
        else:
            self.fxiaoke.backdoor.disable_field("AccountObj", field)

    def sync(self) -> tuple[int, set[str]]:
        """The exit code, and the codes of what a person is told."""
        with self.place.open() as bridge:
            report = bridge.sync()
        return report.exit_code, {note.code for note in report.listing.warnings}

    def held(self, kind: str, key: str) -> dict[str, Any]:
        (found,) = [one for one in self.place.records()[kind] if one["refs"][0]["vendor_id"] == key]
        return found


@pytest.fixture(params=SETTINGS, ids=lambda one: f"{one[0]}-{next(iter(one[1].values()))}")
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Company]:
    name, switches = request.param
    with three_places(tmp_path, seed=7, deals=8) as places:
        found = Company(places[name], name)
        assert found.place.simulator is not None
        for switch, setting in switches.items():
            found.place.simulator.switches.set(switch, setting)
        key = found.rows(ACCOUNTS)[0]
        found.edit(ACCOUNTS, key, **{WEBSITE[name]: "https://one.example"})
        found.place.simulator.clock.advance(900)
        assert found.sync()[0] == 0
        assert found.sync() == (0, set())
        yield found


def test_a_field_that_goes(company: Company) -> None:
    key, name = company.rows(ACCOUNTS)[0], company.name
    company.lose(WEBSITE[name])
    assert company.sync() == (0, set()), "no record says so yet"
    company.edit(ACCOUNTS, key, **{NAME[name]: "Renamed AB"})
    code, told = company.sync()
    assert code == 3
    assert FIELD_GONE in told
    held = company.held("account", key)
    assert (held["name"], held["website"]) == ("Renamed AB", "https://one.example")
    assert company.sync()[0] == 3, "until somebody looks"


def test_a_field_that_gets_another_name(company: Company) -> None:
    key, name = company.rows(ACCOUNTS)[0], company.name
    if name == "zoho":
        company.zoho.administration.rename_field("Accounts", "Website", "Web_Site")
    else:
        company.lose("url")
        company.fxiaoke.backdoor.add_field("AccountObj", "url__c", label="网址")
    company.edit(ACCOUNTS, key, **{NAME[name]: "Renamed AB"})
    code, told = company.sync()
    assert (code, FIELD_GONE in told) == (3, True)
    assert company.held("account", key)["website"] == "https://one.example"
    file = company.place.folder / "mapping" / "crm.toml"
    own, new = f"[objects.{ACCOUNTS[name]}.fields]\n", "Web_Site" if name == "zoho" else "url__c"
    file.write_text(file.read_text("utf-8").replace(own, f'{own}website = "{new}"\n'), "utf-8")
    assert company.sync()[0] == 0
    website = company.held("account", key)["website"]
    assert website == ("https://one.example" if name == "zoho" else None), "what the new field holds"
