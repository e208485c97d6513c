"""Which field shows a figure: the shipped document, a company's own over it, and what is wrong told with its line."""

import pytest

from crmbridge.model.errors import ConfigErrors
from crmbridge.services.follow_up_document import FITS, built_in, load_follow_up


def test_a_company_changes_what_it_names() -> None:
    config = load_follow_up(
        'due_time = "09:30"\n[shows.deal]\nnext_touch = "next_touch_at"\n[shows.account]\nstate = ""\n'
    )
    assert config.due_at.isoformat() == "09:30:00"
    assert config.shows.field("deal", "next_touch") == "next_touch_at"
    assert (config.shows.field("account", "state"), config.shows.field("account", "tier")) == ("", "tier")
    assert config.shows.field("contact", "tier") == "", "a kind without the figure"
    assert {figure for _, figure, _ in config.shows.entries()} <= FITS.keys()
    assert load_follow_up("") == built_in()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[shows.lead]\nscore = "scor"\n',
            "follow_up.toml:2: shows.lead.score: lead has no field scor (did you mean score?)",
        ),
        ('[shows.account]\ntier = "vip"\n', "follow_up.toml:2: shows.account.tier: vip of account cannot show that"),
        ('[shows.account]\nteir = "tier"\n', "follow_up.toml:2: unknown key shows.account.teir (did you mean tier?)"),
        ('due_time = "25:00"\n', "follow_up.toml:1: due_time: a time of the day reads as 18:00"),
    ],
    ids=["no field", "another type", "unknown key", "no time"],
)
def test_what_is_wrong_is_told_with_its_line_and_the_nearest(text: str, said: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_follow_up(text)
    assert said in "\n".join(str(one) for one in caught.value.problems)
