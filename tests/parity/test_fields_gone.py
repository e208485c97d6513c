"""A field that Zoho hides from the login, or that somebody switched off in Fxiaoke, empties nothing over there."""

from pathlib import Path

import pytest

from .both import Both, granted, serving

OLD, NEW, URL = "Granite Labs 0 AB", "Granite Works AB", "https://granite.example"


def lose(both: Both, side: str) -> None:
    """The website is not there any more, and the record is edited."""
    if side == "zoho":
        both.zoho.administration.hide_field("Accounts", "Website")
        both.zoho.backdoor.edit("Accounts", both.at_zoho(OLD)["id"], {"Account_Name": NEW})
    else:
        both.fxiaoke.backdoor.disable_field("AccountObj", "url")
        both.fxiaoke.backdoor.edit("AccountObj", both.at_fxiaoke(OLD)["_id"], {"name": NEW})


@pytest.mark.wide
@pytest.mark.parametrize("side", ["zoho", "fxiaoke"])
def test_nothing_is_emptied_and_nothing_is_written(tmp_path: Path, side: str) -> None:
    with serving(tmp_path, deals=5) as both:
        both.zoho.backdoor.edit("Accounts", both.at_zoho(OLD)["id"], {"Website": URL})
        both.fxiaoke.backdoor.edit("AccountObj", both.at_fxiaoke(OLD)["_id"], {"url": URL})
        assert both.sync()[0] in {0, 1}
        granted(both)
        assert both.sync()[0] == 0
        lose(both, side)
        code, told = both.sync()
        assert code == 3, told
        there = both.at_fxiaoke(OLD)["url"] if side == "zoho" else both.at_zoho(OLD)["Website"]
        assert there == URL
        with both.open() as bridge:
            rows = bridge.status().rows
        lost = [(row["connection"], row["object"], row["field"]) for row in rows if row["section"] == "gone"]
        assert lost == [(side, *(("Accounts", "Website") if side == "zoho" else ("AccountObj", "url")))]
        assert not [row for row in rows if row["section"] == "plans"], "the pair was not gone over at all"
        if side == "zoho":
            both.zoho.administration.hide_field("Accounts", "Website", hidden=False)
            code, told = both.sync()
            assert code in {0, 3}, told
            assert both.at_zoho(NEW)["Website"] == URL
            assert {row["url"] for row in both.fxiaoke.state()["objects"]["AccountObj"].values()} >= {URL}
            with both.open() as bridge:
                assert not [row for row in bridge.status().rows if row["section"] == "gone"]
