"""Zoho's sample company, guessed: seven linked files, owners by name, money and dates as Zoho writes them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.data import test_finepick as finepick
from tests.data.guessed import Guessed, check, check_sound, guessed

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("guess-finepick")]
KINDS = {
    "Accounts": "account",
    "Campaigns": "campaign",
    "Contacts": "contact",
    "Leads": "lead",
    "Potentials": "deal",
    "Tasks": "task",
    "Users": "user",
}


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("zoho-analytics-sample", shared_data, tmp_path_factory, zone="America/New_York")


@pytest.mark.parametrize("name", finepick.FIGURES)
def test_the_figure_is_the_reference_to_the_digit(held: Guessed, name: str) -> None:
    check(held, name, finepick.FIGURES[name])


def test_nothing_is_lost_and_everything_says_why(held: Guessed) -> None:
    check_sound(held, KINDS, 14125)


def test_users_are_keyed_by_the_name_that_the_other_files_know_them_by(held: Guessed) -> None:
    assert held.objects["Users"]["key"] == "Last Name"
    (note,) = [note for note in held.asked if note.code == "KEY_NAMED_BY_OTHERS"]
    assert (note.params["count"], note.params["others"]) == (5, 2)


def test_a_column_that_cannot_be_right_is_asked_about_and_not_read(held: Guessed) -> None:
    assert held.codes() == ["ASK_CONTRADICTION", "ASK_CONTRADICTION"]
    for name, rows in (("Tasks", 2000), ("Campaigns", 110)):
        held.question("ASK_CONTRADICTION", object=name, column="Modified Time", count=rows)
        assert "vendor_modified_at" not in held.mapping["objects"][name]["fields"]


def test_every_lead_status_has_a_word_of_ours(held: Guessed) -> None:
    assert set(held.mapping["objects"]["Leads"]["fields"]["status"]["values"].values()) == {
        "nurturing",
        "working",
        "qualified",
        "disqualified",
        "new",
    }
