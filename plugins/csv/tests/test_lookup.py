"""check, describe, fetch, find, count."""

from typing import TYPE_CHECKING

import pytest

from crmbridge.model.errors import ConfigError

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

DEALS = "id,name\n1,a\n2,b\n3,a\n2,b\nx\n"


def test_fetch_answers_every_id_in_order(books: "Books") -> None:
    books.put(DEALS)
    found = books.open().fetch("deals", ["3", "9", "1", "3"])
    assert [record.external_id if record else None for record in found] == ["3", None, "1", "3"]
    assert books.open().fetch("deals", []) == []


def test_find_is_exact_and_returns_every_hit(books: "Books") -> None:
    books.put(DEALS)
    found = books.open().find("deals", "name", ["a", "A", "b", ""])
    assert [[record.external_id for record in hits] for hits in found] == [["1", "3"], [], ["2"], []]


def test_find_by_a_column_that_is_not_there_is_an_error(books: "Books") -> None:
    books.put(DEALS)
    with pytest.raises(ConfigError, match=r"deals has no column nam \(did you mean name\?\)"):
        books.open().find("deals", "nam", ["a"])


def test_find_an_absent_value_is_no_text_none(books: "Books") -> None:
    books.put("id,lead\n1,m9\n")
    books.put("lead,origin\nm1,None\n", "more.csv")
    adapter = books.open({"join": [{"file": "more.csv", "on": "lead", "columns": ["origin"]}]})
    assert adapter.find("deals", "origin", ["None"]) == [[]]


def test_count_is_what_a_pull_yields(books: "Books") -> None:
    books.put(DEALS)
    adapter = books.open()
    assert adapter.count("deals") == len(books.pull(adapter)) == 3


def test_check_names_every_problem_and_no_file_is_touched(books: "Books") -> None:
    books.put(DEALS)
    path = books.put("id;name\n", "people.csv")
    before = path.stat()
    objects: dict[str, dict[str, object]] = {
        "deals": {"file": "deals.csv", "key": "id"},
        "people": {"file": "people.csv", "key": "id"},
        "gone": {"file": "dealz.csv", "key": "id"},
        "typo": {"file": "deals.csv", "key": "id", "columns": ["nme"]},
    }
    health = books.open(objects=objects).check()
    assert not health.ok
    assert [problem.partition(":")[0] for problem in health.problems] == ["people", "gone", "typo"]
    assert "is the separator semicolon" in health.problems[0]
    assert "did you mean deals.csv" in health.problems[1]
    assert path.stat() == before


def test_the_organisation_is_the_folder(books: "Books") -> None:
    books.put(DEALS)
    first = books.open().check()
    books.put(DEALS.replace("a", "c"))
    again = books.open({"key": "name"}, path="exports/").check()
    assert (first.ok, first.org_id, again.org_id) == (True, "csv:exports", "csv:exports")


def test_describe_tells_columns_keys_and_what_can_be_written(books: "Books") -> None:
    books.put("id,name,at\n1,a,2024-01-01\n")
    objects: dict[str, dict[str, object]] = {
        "deals": {"file": "deals.csv", "key": "id", "writable": True, "modified": "at"},
        "names": {"file": "deals.csv", "key": "name", "columns": ["name"], "writable": True},
        "gone": {"file": "gone.csv", "key": "id"},
    }
    catalog = books.open(objects=objects).describe()
    deals, names, gone = (catalog.object(name) for name in ("deals", "names", "gone"))
    assert deals
    assert names
    assert gone
    assert [(info.name, info.type, info.required, info.unique) for info in deals.fields] == [
        ("id", "text", True, True),
        ("name", "text", False, False),
        ("at", "text", False, False),
    ]
    assert (deals.key_field, deals.writable, deals.has_modified_time) == ("id", True, True)
    assert ([info.name for info in names.fields], names.writable) == (["name"], False)
    assert "cut down to some columns" in (names.note or "")
    assert (gone.readable, gone.fields) == (False, ())
    assert "no file gone.csv" in (gone.note or "")


def test_the_catalog_names_the_column_that_keeps_the_key_of_a_create(books: "Books") -> None:
    books.put("id,name,ours\n1,a,\n")
    plain, named = books.open().describe(), books.open({"external_key": "ours"}).describe()
    assert [one.external_key_field for one in (*plain.objects, *named.objects)] == ["id", "ours"]
