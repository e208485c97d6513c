"""What a configuration can get wrong: all of it is told at once, with file, line and the nearest valid choice.

Nothing is read and nothing is written before the configuration is right: exit code 78, no record touched.
"""

import ast
from pathlib import Path

import pytest

from .place import Place, Runner


def refused(place: Place, *said: str, problems: int = 1) -> None:
    """Exit 78, every word in one of the problems, nothing on standard output, and nothing of the records changed."""
    ledger = place.folder / "crmbridge.db"
    before = ledger.read_bytes() if ledger.exists() else None
    answer = place.sync()
    assert (answer.code, answer.out) == (78, "")
    assert len(answer.problems) == problems, answer.problems
    told = "\n".join(f"{one['message']} {one['hint'] or ''}" for one in answer.problems)
    assert all(word in told for word in said), told
    for language, word in (("en", said[0]), ("zh", "错误：")):
        shown = place.run("sync", "--lang", language)
        assert (shown.code, shown.out) == (78, "")
        assert word in shown.err
    assert (ledger.read_bytes() if ledger.exists() else None) == before


# -- crmbridge.toml ---------------------------------------------------------------------------------------------------


def test_a_folder_that_is_no_workspace_is_named(tmp_path: Path, cli: Runner) -> None:
    answer = cli("sync", "--workspace", str(tmp_path))
    assert (answer.code, answer.out) == (78, "")
    assert "there is no crmbridge.toml" in answer.err
    assert "crmbridge init" in answer.err


def test_broken_toml_is_named_with_its_line(place: Place) -> None:
    place.change("crmbridge.toml", 'currency = "CNY"', "currency = CNY")
    refused(place, "crmbridge.toml", "line 4")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("timezone =", "timezon =", ("crmbridge.toml:3", "timezon", "timezone")),
        ("[workspace]", "[workspce]", ("crmbridge.toml:1", "workspce", "workspace")),
        ('path = "files"', 'pth = "files"', ("crmbridge.toml:8", "pth", "path")),
        ('key = "ID"', 'kye = "ID"', ("crmbridge.toml:12", "kye", "key")),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest(place: Place, old: str, new: str, said: tuple[str, ...]) -> None:
    place.change("crmbridge.toml", old, new)
    answer = place.sync()
    assert answer.code == 78
    told = "\n".join(f"{one['message']} {one['hint'] or ''}" for one in answer.problems)
    assert all(word in told for word in said), told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "acme"', "name = 7", ("crmbridge.toml:2", "workspace.name")),
        ('currency = "CNY"', 'currency = "yuan"', ("crmbridge.toml:4", "workspace.currency")),
        ('path = "files"', 'path = "files"\npage_size = "many"', ("crmbridge.toml:9", "page_size")),
        ('path = "files"', 'path = "files"\nquote = "q"', ("crmbridge.toml:9", "quote")),
        ('path = "files"', 'path = "files"\nmode = "read-wirte"', ("crmbridge.toml:9", "mode", "read-only")),
    ],
)
def test_a_wrong_type_or_value_is_named(place: Place, old: str, new: str, said: tuple[str, ...]) -> None:
    place.change("crmbridge.toml", old, new)
    refused(place, *said)


def test_a_wrong_zone_is_named_with_the_nearest(place: Place) -> None:
    place.change("crmbridge.toml", "Asia/Shanghai", "Asia/Shangai")
    refused(place, "crmbridge.toml:3", "Asia/Shangai", "Asia/Shanghai")


def test_a_wrong_encoding_name_is_named_with_the_nearest(place: Place) -> None:
    place.change("crmbridge.toml", 'path = "files"', 'path = "files"\nencoding = "gb18o30"')
    refused(place, "crmbridge.toml:9", "gb18o30", "gb18030")


def test_a_wrong_adapter_is_named_with_the_nearest(place: Place) -> None:
    place.change("crmbridge.toml", 'adapter = "csv"', 'adapter = "cvs"')
    refused(place, "cvs", "csv")


def test_a_path_out_of_the_folder_is_refused(place: Place) -> None:
    place.change("crmbridge.toml", 'file = "deals.csv"', 'file = "../../deals.csv"')
    refused(place, "../../deals.csv", "no file inside the folder")


def test_a_connection_that_is_not_there_is_named_with_the_nearest(place: Place) -> None:
    answer = place.run("sync", "bokos", "--json")
    assert (answer.code, answer.out) == (78, "")
    assert "bokos" in answer.error["message"]
    assert "books" in str(answer.error["hint"])


def test_everything_wrong_is_told_at_once(place: Place) -> None:
    place.change("crmbridge.toml", "timezone =", "timezon =")
    place.change("crmbridge.toml", 'currency = "CNY"', 'currency = "yuan"')
    refused(place, "timezon", "workspace.currency", problems=2)
    place.change("crmbridge.toml", "timezon =", "timezone =")
    place.change("crmbridge.toml", '"yuan"', '"CNY"')
    place.change("mapping/books.toml", "phones =", "phnes =")
    place.change("mapping/books.toml", "amount =", "amuont =")
    place.change("mapping/books.toml", 'kind = "deal"', 'kind = "deal"\npipline = "sales"')
    assert len(place.sync().problems) >= 1


# -- mapping ----------------------------------------------------------------------------------------------------------


def test_a_missing_mapping_is_named_with_the_command_that_drafts_it(place: Place) -> None:
    (place.folder / "mapping" / "books.toml").unlink()
    refused(place, "mapping/books.toml", "crmbridge mapping init books")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("amount = {", "amuont = {", ("mapping/books.toml:45", "amuont", "amount")),
        ('kind = "deal"', 'kind = "dael"', ("mapping/books.toml:39", "dael", "deal")),
        ("[objects.deals.fields]", "[objects.deals.feilds]", ("feilds", "fields")),
        ('format = ["%Y-%m-%d"], when', 'formats = ["%Y-%m-%d"], when', ("formats", "format")),
        ('when = "closed"', 'when = "close"', ("when", "closed")),
        ('lens = "texts"', 'lens = "txets"', ("mapping/books.toml:35", "txets", "texts")),
        ('category = "won"', 'category = "wno"', ("category", "won")),
        ('object = "accounts"', 'object = "acounts"', ("acounts", "accounts")),
        ('"Prospect" = "prospect"', '"Prospect" = "prosbect"', ("prosbect", "prospect")),
        ("format = 1", "format = 9", ("mapping/books.toml:1", "format")),
    ],
)
def test_a_mistake_in_a_mapping_is_named_with_the_nearest(
    place: Place, old: str, new: str, said: tuple[str, ...]
) -> None:
    place.change("mapping/books.toml", old, new)
    refused(place, *said)


def test_an_edit_that_breaks_a_mapping_touches_no_record(place: Place) -> None:
    assert place.sync().code == 0
    before = place.exported()
    place.change("mapping/books.toml", "amount = {", "amuont = {")
    refused(place, "amuont", "amount")
    place.change("mapping/books.toml", "amuont = {", "amount = {")
    assert place.exported() == before


def test_a_mapping_that_names_a_field_the_file_lacks_is_told_with_the_nearest(place: Place) -> None:
    place.change("mapping/books.toml", 'from = "Amount"', 'from = "Amuont"')
    answer = place.run("mapping", "check", "--json")
    assert answer.code == 1
    (found,) = [row for row in answer.json["rows"] if row["code"] == "COLUMN_MISSING"]
    message = found["message"]["message"]
    assert all(word in message for word in ("mapping/books.toml:45", "deals", "Amuont", "Amount"))


def test_a_mapping_without_an_object_of_the_connection_is_told(place: Place) -> None:
    text = (place.folder / "mapping" / "books.toml").read_text("utf-8")
    place.write("mapping/books.toml", text.replace("objects.deals", "objects.dales"))
    answer = place.run("mapping", "check", "--json")
    assert answer.code == 1
    (found,) = [row for row in answer.json["rows"] if row["code"] == "OBJECT_MISSING"]
    assert all(word in found["message"]["message"] for word in ("dales", "deals"))
    assert place.sync().code == 78


# -- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("funnel", "--by", "onwer"), ("onwer", "owner")),
        (("funnel", "--pipeline", "slaes"), ("slaes", "sales")),
        (("kpi", "win_rat"), ("win_rat", "win_rate")),
        (("export", "dael"), ("dael", "deal")),
        (("mapping", "explain", "deal/D77"), ("D77", "crmbridge export deal")),
        (("funnel", "--from", "2026-01-01"), ("a period has two ends", "--to")),
    ],
)
def test_a_question_that_cannot_be_asked_is_told_with_the_nearest(
    place: Place, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    assert place.sync().code == 0
    answer = place.run(*words)
    assert (answer.code, answer.out) == (78, "")
    assert all(word in answer.err for word in said), answer.err


def test_a_mistake_in_kpis_toml_is_named_with_its_line_and_the_nearest(place: Place) -> None:
    assert place.sync().code == 0
    place.write(
        "kpis.toml",
        '[[kpis]]\nid = "big"\nunit = "count"\ndirection = "up"\n'
        'formula = { kind = "deal", aggregate = "count", where = [{ field = "amuont", at_least = 5 }] }\n',
    )
    answer = place.run("kpi", "--json")
    assert answer.code == 78
    told = answer.problems[0]["message"]
    assert all(word in told for word in ("kpis.toml:", "amuont", "amount"))


# -- the table --------------------------------------------------------------------------------------------------------

MISTAKES: dict[str, str] = {
    "no workspace": "test_a_folder_that_is_no_workspace_is_named",
    "broken TOML": "test_broken_toml_is_named_with_its_line",
    "unknown key": "test_an_unknown_key_is_named_with_the_nearest",
    "wrong type": "test_a_wrong_type_or_value_is_named",
    "wrong zone": "test_a_wrong_zone_is_named_with_the_nearest",
    "missing mapping": "test_a_missing_mapping_is_named_with_the_command_that_drafts_it",
    "unknown neutral field": "test_an_edit_that_breaks_a_mapping_touches_no_record",
    "unknown vendor field": "test_a_mapping_that_names_a_field_the_file_lacks_is_told_with_the_nearest",
    "all errors at once": "test_everything_wrong_is_told_at_once",
    "before any call": "test_a_mistake_in_a_mapping_is_named_with_the_nearest",
}
"""`Config error` of reliability.md 2.3, by what can be wrong."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_has_its_test(mistake: str) -> None:
    tree = ast.parse(Path(__file__).read_text("utf-8"))
    assert MISTAKES[mistake] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
