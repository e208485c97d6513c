"""Maven's files, guessed: every figure of the reference to the digit, with the mapping that a person would write."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.data import test_maven as maven
from tests.data.guessed import Guessed, check, check_sound, guessed

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("guess-maven")]
KINDS = {
    "accounts": "account",
    "managers": "user",
    "offices": "org_unit",
    "products": "product",
    "sales_pipeline": "deal",
    "sales_teams": "user",
}


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("maven-crm-sales", shared_data, tmp_path_factory)


def agents_without_deals(held: Any) -> list[str]:
    with_deals = {deal["owner"] for deal in held.records("deal")}
    users = [user for user in held.records("user") if user["refs"][0]["object"] == "sales_teams"]
    return sorted(user["name"] for user in users if user["id"] not in with_deals)


FIGURES = {**maven.FIGURES, "agents_in_team_without_deals": agents_without_deals}


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_is_the_reference_to_the_digit(held: Guessed, name: str) -> None:
    check(held, name, FIGURES[name])


def test_nothing_is_lost_and_everything_says_why(held: Guessed) -> None:
    check_sound(held, KINDS, 8936)


def test_it_is_the_mapping_that_a_person_would_write(held: Guessed) -> None:
    fields = held.mapping["objects"]["sales_pipeline"]["fields"]
    assert fields["product"] == {"from": "product", "object": "products", "values": {"GTXPro": "GTX Pro"}}
    assert fields["owner"] == {"from": "sales_agent", "object": "sales_teams"}
    assert (fields["closed_at"]["when"], fields["expected_close"]["when"]) == ("closed", "open")
    assert held.mapping["objects"]["sales_pipeline"]["stage_dates"]["engaging"]["from"] == "engage_date"
    assert held.objects["managers"]["columns"] == ["manager"]


def test_the_unit_that_only_the_data_dictionary_knows_is_read_there(held: Guessed) -> None:
    revenue = held.mapping["objects"]["accounts"]["fields"]["annual_revenue"]
    assert revenue == {"from": "revenue", "currency": "USD", "unit": "M"}


def test_what_is_not_known_is_asked(held: Guessed) -> None:
    assert held.codes() == ["ASK_NAME"]
    held.question("ASK_NAME", object="sales_pipeline", column="opportunity_id")
    assert "# QUESTION: what does data_dictionary hold?" in held.text
