"""Records of two systems that may be one, by the command line: shown, held back, answered."""

from pathlib import Path

import pytest

from .pair import Two
from .place import Runner


@pytest.fixture
def two(tmp_path: Path, cli: Runner) -> Two:
    made = Two(tmp_path / "acme", cli)
    made.in_step()
    for name, row in (
        ("crm/companies", "A3,Fabrikam GmbH,,Bonn,3\n"),
        ("shop/customers", "C9,FABRIKAM Ltd,R9,Bonn,\n"),
    ):
        file = made.folder / f"{name}.csv"
        file.write_text(file.read_text("utf-8") + row, encoding="utf-8")
    return made


def test_a_suggestion_is_shown_with_its_evidence_and_the_answer_merges_both(two: Two) -> None:
    before = two.bytes()
    assert two.run("sync").code == 0
    assert two.bytes() == before, "neither is made on the other side"
    held = two.run("plan").out
    assert "suggestion 1 of crmbridge links" in " ".join(held.split())
    waits = [row for row in two.run("status", "--json").json["rows"] if row["section"] == "links"]
    assert [(row["pair"], row["count"], row["next"]) for row in waits] == [("main", 1, "crmbridge links --pair main")]
    (row,) = two.run("links", "--json").json["rows"]
    assert (row["left"], row["right"], row["grade"], row["score"]) == ("Fabrikam GmbH", "FABRIKAM Ltd", "probable", 100)
    assert row["evidence"] == "name, city bonn"
    assert "很可能" in two.run("links", "--lang", "zh").out
    assert two.run("links", "1").code == 2
    assert two.run("links", "7", "--accept").code == 78
    done = two.run("links", "1", "--accept", "--json")
    assert (done.code, done.json["rows"][0]["state"]) == (0, "accepted")
    assert "@" in done.json["rows"][0]["settled_by"]
    assert two.run("links", "1", "--refuse").code == 78
    assert two.run("sync").code in {0, 1}
    assert two.crm["Fabrikam GmbH"]["Reg"] == "R9"
    assert two.shop["FABRIKAM Ltd"]["Heads"] == "3"
    assert [asked["field"] for asked in two.run("review", "--json").json["rows"]] == ["name"]
    assert not two.run("links", "--json").json["rows"]
