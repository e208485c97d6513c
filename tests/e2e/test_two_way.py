"""Two folders of files kept in step by the command line: granted, planned, approved, and then by every sync."""

from pathlib import Path
from typing import Any

import pytest

from .pair import Two
from .place import Runner


@pytest.fixture
def two(tmp_path: Path, cli: Runner) -> Two:
    return Two(tmp_path / "acme", cli)


def status(two: Two) -> list[dict[str, Any]]:
    """The rows of `crmbridge status`."""
    rows: list[dict[str, Any]] = two.run("status", "--json").json["rows"]
    return rows


def test_without_a_grant_a_sync_reads_and_says_what_to_do(two: Two) -> None:
    before = two.bytes()
    answer = two.run("sync")
    assert answer.code == 0
    assert "the pair main was left alone: nobody has allowed crm to be written" in answer.err
    assert "crmbridge grant crm --mode two-way" in answer.err
    assert two.bytes() == before


def test_a_first_plan_waits_is_shown_approved_and_carried_out(two: Two) -> None:
    two.grant()
    before = two.bytes()
    answer = two.run("sync")
    assert answer.code == 3
    assert "waits for a person: nothing was written under this configuration" in answer.err
    assert two.bytes() == before
    name = two.waiting()
    assert name in answer.err
    shown = two.run("plan", "--show", name, "--json").json["rows"]
    assert {row["guard"] for row in shown if row["section"] == "guards"} == {"first-write"}
    lines = {row["field"]: row for row in shown if row["section"] == "lines"}
    assert lines["city"]["to"] == "Bonn"
    assert (lines["city"]["op"], lines["city"]["connection"], lines["city"]["who"]) == ("create", "shop", "crm")
    assert two.bytes() == before
    done = two.run("apply", name, "--json")
    assert done.code == 0
    assert two.shop["Contoso"]["Town"] == "Bonn"
    again = two.run("apply", name)
    assert again.code == 78
    assert "there is nothing to carry out" in again.err


def test_later_syncs_carry_edits_over_and_write_nothing_without_one(two: Two) -> None:
    two.in_step()
    before = two.bytes()
    assert two.run("sync").code == 0
    assert two.bytes() == before
    two.edit("shop/customers.csv", "Northwind,R1,Kiel,7", "Northwind,R1,Hamburg,7")
    answer = two.run("sync")
    assert answer.code == 0
    assert "the pair main wrote 1 record" in answer.err
    assert two.crm["Northwind"]["City"] == "Hamburg"
    run = two.run("runs", "--limit", "1", "--json").json["rows"]
    assert {(row["object"], row["part"], row["updated"]) for row in run if row["part"] == "write"} == {
        ("companies", "write", 1)
    }


def test_a_plan_is_a_table_json_and_a_page_in_both_languages(two: Two) -> None:
    two.run("sync")
    table = two.run("plan")
    assert table.code == 0
    assert "it cannot be carried out yet" in table.err
    assert "carries it out" not in table.err
    assert "Changes" in table.out
    assert "Contoso" in table.out
    page = two.folder / "plan.html"
    assert two.run("plan", "main", "--html", str(page), "--lang", "zh").code == 0
    html = page.read_text("utf-8")
    assert "Contoso" in html
    assert "default-src &#39;none&#39;" in html
    assert "<script" not in html


def test_a_guard_that_stops_a_plan_is_lifted_by_name_for_it_alone(two: Two) -> None:
    two.in_step()
    many = "".join(f"N{number},New {number},X{number},Kiel,1\n" for number in range(201))
    file = two.folder / "crm/companies.csv"
    file.write_text(file.read_text("utf-8") + many, encoding="utf-8")
    before = two.bytes()
    answer = two.run("sync", "--json")
    assert answer.code == 3
    assert two.bytes() == before
    name = two.waiting()
    assert two.run("sync").code == 3
    assert two.waiting() == name, "it keeps its name until somebody looks at it"
    sampled = two.run("plan", "--show", name)
    assert "181 more records are not shown" in sampled.err
    assert two.run("apply", name, "--lift", "creats").code == 78
    assert two.run("apply", name, "--lift", "creates").code == 0
    assert len(two.shop) == 203
    done = [row for row in two.run("runs", "--json").json["rows"] if name in row["command"] and row["exit_code"] == 0]
    run = done[0]
    assert run["command"].startswith(f"apply {name} --lift creates ("), "who let which guard of which plan pass"
    assert "@" in run["command"]
    assert run["started_at"]
    head = two.run("plan", "--show", name, "--json").json["rows"][0]
    assert "@" in head["approved_by"]


def test_the_status_tells_what_waits_with_the_next_command(two: Two) -> None:
    assert {"plans", "questions", "doubts"}.isdisjoint(row["section"] for row in status(two))
    two.grant()
    two.run("sync")
    name = two.waiting()
    (plan,) = [row for row in status(two) if row["section"] == "plans"]
    assert (plan["plan"], plan["for"], plan["guards"]) == (name, "pair:main", "first-write")
    assert plan["next"] == f"crmbridge plan --show {name}"
    assert f"crmbridge apply {name} carries it out" in two.run(*plan["next"].split()[1:]).err
    assert two.run("apply", name).code == 0
    assert not [row for row in status(two) if row["section"] == "plans"]


def test_a_plan_that_is_not_there_is_told_with_the_nearest(two: Two) -> None:
    two.grant()
    two.run("sync")
    name = two.waiting()
    answer = two.run("apply", name + "x")
    assert answer.code == 78
    assert f"did you mean {name}?" in answer.err
    assert "crmbridge plan --list lists the plans" in two.run("apply", "nothing").err
    assert "there is no run 99" in two.run("undo", "99").err


def test_a_pair_without_pairs_is_told(two: Two) -> None:
    config = two.folder / "crmbridge.toml"
    config.write_text(config.read_text("utf-8").partition("[pairs.main]")[0], encoding="utf-8")
    assert "crmbridge.toml has no pairs" in two.run("plan").err
    assert two.run("sync").code == 0


# -- questions, disagreements, undoing -------------------------------------------------------------------------------


def both_edit(two: Two) -> None:
    two.in_step()
    two.edit("crm/companies.csv", "Northwind,R1,Kiel", "Northwind,R1,Bonn")
    two.edit("shop/customers.csv", "Northwind,R1,Kiel", "Northwind,R1,Hamburg")
    answer = two.run("sync")
    assert "asks 1 new question; crmbridge review shows them" in answer.err


def test_a_question_shows_all_three_values_and_the_answer_reaches_both_sides(two: Two) -> None:
    both_edit(two)
    (row,) = two.run("review", "--json").json["rows"]
    (asked,) = [row for row in status(two) if row["section"] == "questions"]
    assert (asked["pair"], asked["count"], asked["next"]) == ("main", 1, "crmbridge review --pair main")
    assert (row["record"], row["field"], row["base"], row["left"], row["right"]) == (
        "Northwind",
        "city",
        "Kiel",
        "Bonn",
        "Hamburg",
    )
    assert (row["left_connection"], row["right_connection"]) == ("crm", "shop")
    assert two.run("review", str(row["id"]), "--take", "right").code == 0
    assert two.run("review", "--json").json["rows"] == []
    assert two.run("sync").code == 0
    assert two.crm["Northwind"]["City"] == two.shop["Northwind"]["Town"] == "Hamburg"
    (past,) = two.run("conflicts", "--json").json["rows"]
    assert (past["winner"], past["value"], past["loser"], past["lost"]) == ("shop", "Hamburg", "crm", "Bonn")
    assert "@" in past["settled_by"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--take", "middle"], 78, "middle cannot be taken"),
        ([], 78, "what is the answer?"),
        (["--take", "left", "--value", "x"], 78, "what is the answer?"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(two: Two, words: list[str], code: int, told: str) -> None:
    both_edit(two)
    number = two.run("review", "--json").json["rows"][0]["id"]
    answer = two.run("review", str(number), *words)
    assert (answer.code, told in answer.err) == (code, True), answer.err
    assert two.run("review", "999", "--take", "left").code == 78
    assert len(two.run("review", "--json").json["rows"]) == 1


def test_a_persons_own_value_and_the_one_before_are_answers_too(two: Two) -> None:
    both_edit(two)
    number = str(two.run("review", "--json").json["rows"][0]["id"])
    assert two.run("review", number, "--value", "Köln").code == 0
    assert "was answered already, by" in two.run("review", number, "--take", "left").err
    two.run("sync")
    assert two.crm["Northwind"]["City"] == two.shop["Northwind"]["Town"] == "Köln"


def test_a_value_that_is_none_of_its_field_is_refused_with_its_form(two: Two) -> None:
    two.in_step()
    two.edit("crm/companies.csv", "R1,Kiel,7", "R1,Kiel,8")
    two.edit("shop/customers.csv", "R1,Kiel,7", "R1,Kiel,9")
    two.run("sync")
    number = str(two.run("review", "--json").json["rows"][0]["id"])
    answer = two.run("review", number, "--value", "many")
    assert answer.code == 78
    assert "many does not fit employees, which is integer" in answer.err
    assert two.run("review", number, "--value", "10").code == 0
    two.run("sync")
    assert two.crm["Northwind"]["Staff"] == two.shop["Northwind"]["Heads"] == "10"


def test_what_a_run_has_written_is_taken_back_where_nobody_was_there_since(two: Two) -> None:
    two.in_step()
    two.edit("crm/companies.csv", "R1,Kiel,7", "R1,WRONG,0")
    before = two.bytes()["shop/customers.csv"]
    two.run("sync")
    run = two.run("runs", "--limit", "1", "--json").json["rows"][0]["run"]
    assert two.shop["Northwind"]["Town"] == "WRONG"
    two.edit("shop/customers.csv", "R1,WRONG,0", "R1,WRONG,5")
    two.run("sync")
    undo = two.run("undo", str(run), "--json")
    assert undo.code == 0
    lines = [(row["field"], row["from"], row["to"]) for row in undo.json["rows"] if row["section"] == "lines"]
    assert lines == [("city", "WRONG", "Kiel")]
    assert [(row["field"], row["reason"]["message"]) for row in undo.json["rows"] if row["section"] == "held"] == [
        ("employees", "somebody has touched it since")
    ]
    name = undo.json["rows"][0]["plan"]
    assert two.run("apply", name).code == 0
    assert (two.shop["Northwind"]["Town"], two.shop["Northwind"]["Heads"]) == ("Kiel", "5")
    assert before != two.bytes()["shop/customers.csv"]
    assert two.run("undo", "1").code == 78


def test_an_outbox_without_doubts_is_empty(two: Two) -> None:
    two.in_step()
    assert two.run("outbox", "--json").json["rows"] == []


def test_reconcile_compares_everything_and_changes_nothing(two: Two) -> None:
    both_edit(two)
    before = two.bytes()
    rows = two.run("reconcile", "--json").json["rows"]
    (kinds,) = [row for row in rows if row["section"] == "kinds"]
    assert (kinds["equal"], kinds["different"], kinds["only_left"], kinds["only_right"]) == (1, 1, 0, 0)
    (one,) = [row for row in rows if row["section"] == "differences"]
    assert (one["record"], one["field"], one["left"], one["right"], one["why"]) == (
        "Northwind",
        "city",
        "Bonn",
        "Hamburg",
        "question",
    )
    assert two.bytes() == before
    page = two.folder / "compared.html"
    assert two.run("reconcile", "--html", str(page), "--lang", "zh").code == 0
    assert "Hamburg" in page.read_text("utf-8")
    assert two.run("reconcile", "mian").code == 78


def test_several_pairs_are_one_answer(two: Two) -> None:
    config = two.folder / "crmbridge.toml"
    third = (
        '\n[connections.third]\nadapter = "csv"\npath = "third"\n[connections.third.objects.companies]\n'
        'file = "companies.csv"\nkey = "ID"\nwritable = true\n'
        '[pairs.second]\nleft = "shop"\nright = "third"\nkinds = ["account"]\n'
    )
    config.write_text(config.read_text("utf-8") + third, encoding="utf-8")
    (two.folder / "third").mkdir()
    (two.folder / "third/companies.csv").write_text("ID,Name,Reg,City,Staff\n", encoding="utf-8")
    (two.folder / "mapping/third.toml").write_bytes((two.folder / "mapping/crm.toml").read_bytes())
    two.run("sync")
    rows = two.run("plan", "--json").json["rows"]
    assert {row["for"] for row in rows if row["section"] == "plan"} == {"pair:main", "pair:second"}
    assert two.run("plan", "--html", "x.html").code == 2
    assert two.run("reconcile", "--json").code == 0
    for name in ("crm", "shop", "third"):
        assert two.run("grant", name, "--mode", "two-way", "--yes").code == 0
    for _ in range(3):
        two.run("sync")
        for row in two.run("plan", "--list", "--json").json["rows"]:
            if row["plan_state"] == "open":
                assert two.run("apply", row["plan"]).code == 0
    assert two.run("sync").code == 0
    assert set(two.rows("third/companies.csv", "Name")) == set(two.shop) == set(two.crm) == {"Northwind", "Contoso"}
