"""What an object is: keys, duplicates, projections, joins, totals, several files."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv.config import CsvOptions

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books


def test_a_missing_file_is_unavailable_and_the_nearest_is_named(books: "Books") -> None:
    books.put("id\n", "deals-2024.csv")
    with pytest.raises(
        Unavailable, match=r"no file deals\.csv in exports \(did you mean deals-2024\.csv\?\)"
    ) as failure:
        books.pull(books.open())
    assert failure.value.exit_code == 5


def test_a_missing_folder_is_unavailable(books: "Books") -> None:
    with pytest.raises(Unavailable, match=r"no folder export .*exports"):
        books.pull(books.open(path="export"))


def test_a_missing_key_column_is_an_error_with_the_nearest(books: "Books") -> None:
    books.put("deal_id,name\n1,a\n")
    with pytest.raises(ConfigError, match=r"deals\.csv has no column dealid \(did you mean deal_id\?\)"):
        books.pull(books.open({"key": "dealid"}))


def test_an_unknown_object_is_an_error_with_the_nearest(books: "Books") -> None:
    with pytest.raises(ConfigError, match=r"no object deal .*deals"):
        books.pull(books.open(), "deal")


def test_an_empty_file_has_no_records_and_says_so(books: "Books") -> None:
    books.put("")
    assert books.pull(books.open({"complete": True})) == []
    assert books.notices["EMPTY_FILE"] == {"count": 1, "object": "deals"}
    assert not books.pages[-1].complete


def test_a_file_with_a_header_only_has_no_records(books: "Books") -> None:
    books.put("id,name\n")
    assert books.pull(books.open({"complete": True})) == []
    assert books.pages[-1].complete
    assert len(books.pages) == 1


def test_a_broken_header_is_an_error_with_its_line(books: "Books") -> None:
    books.put('Export\n"id","na"me\n1,a\n')
    with pytest.raises(ConfigError, match=r"deals\.csv:2 is no header: the quotes of this row"):
        books.pull(books.open({"preamble": 1}))


def test_an_export_without_its_preamble_declared_is_told(books: "Books") -> None:
    books.put("Export of deals\nid,name\n1,a\n")
    with pytest.raises(ConfigError, match=r"are there lines above the header \(preamble\)"):
        books.pull(books.open())


def test_lines_above_the_header_are_passed_over(books: "Books") -> None:
    books.put('Export of "deals\n2024,1,1\n\nid,name\n1,a\n')
    (record,) = books.pull(books.open({"preamble": 2}))
    assert (record.payload, record.position) == ({"id": "1", "name": "a"}, "deals.csv:5")


@pytest.mark.parametrize("naming", [{"header": False, "columns": ["id", "name"]}, {"header": ["id", "name"]}])
def test_a_file_without_a_header_has_named_columns(books: "Books", naming: dict[str, object]) -> None:
    books.put("1,a\n2,b\n3\n")
    records = books.pull(books.open(naming))
    assert [dict(record.payload) for record in records] == [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]
    assert records[0].position == "deals.csv:1"
    assert [problem.position for problem in books.problems] == ["deals.csv:3"]


def test_equal_and_missing_column_names_are_told_apart(books: "Books") -> None:
    books.put("id,name,name,,name\n1,a,b,c,d\n")
    (record,) = books.pull(books.open())
    assert record.payload == {"id": "1", "name": "a", "name#2": "b", "column#4": "c", "name#3": "d"}


def test_a_name_made_different_never_takes_one_that_is_written(books: "Books") -> None:
    books.put("id,name,name,name#2,\n1,a,b,c,d\n")
    (record,) = books.pull(books.open())
    assert list(record.payload.values()) == ["1", "a", "b", "c", "d"]
    assert record.payload["name#2"] == "c"


@pytest.mark.parametrize(
    ("first", "is_total"),
    [
        ("合计", True),
        ("Total", True),
        ("TOTAL：", True),
        ("Ｔｏｔａｌ", True),
        ("Total Motors", False),
        ("Grand Total", True),
    ],
)
def test_declared_total_lines_are_no_records(books: "Books", first: str, is_total: bool) -> None:  # noqa: FBT001
    books.put(f"id,name,amount\n1,a,5\n,{first},5\n")
    records = books.pull(books.open({"total": "合计|Total|Grand Total"}))
    assert [record.external_id for record in records] == ["1"]
    assert ("TOTAL_ROWS" in books.notices) == is_total
    assert [problem.code for problem in books.problems] == ([] if is_total else ["BLANK_KEY"])


def test_total_lines_may_be_shorter_than_the_header(books: "Books") -> None:
    books.put("id,name\n1,a\nTotal\n")
    books.pull(books.open({"total": "Total"}))
    assert not books.problems


def test_several_columns_make_one_key_that_is_never_ambiguous(books: "Books") -> None:
    books.put("a,b,c\nx|y,z,1\nx,y|z,2\nx,,3\n,,4\nx%7C,z,5\n")
    records = books.pull(books.open({"key": ["a", "b"]}))
    ids = [record.external_id for record in records]
    assert ids[2] == "x|"
    assert len(set(ids)) == 4
    assert [problem.code for problem in books.problems] == ["BLANK_KEY"]


def test_the_content_is_a_key_that_does_not_move(books: "Books") -> None:
    books.put("a,b\n1,2\n3,4\n")
    before = {record.external_id: record.payload for record in books.pull(books.open({"key": "*"}))}
    books.put("a,b\n3,4\n\n1,2\n")
    assert {record.external_id: record.payload for record in books.pull(books.open({"key": "*"}))} == before


def test_identical_rows_count_once_and_are_counted(books: "Books") -> None:
    books.put("id,name\n1,a\n1,a\n1,a\n")
    assert [record.external_id for record in books.pull(books.open())] == ["1"]
    assert books.notices["DUPLICATE_ROWS"] == {"count": 2, "object": "deals"}
    assert not books.problems


def test_different_rows_with_one_key_are_a_conflict(books: "Books") -> None:
    books.put("id,name\n1,a\n1,b\n1,b\n1,c\n")
    assert [record.payload["name"] for record in books.pull(books.open())] == ["a"]
    assert [(problem.code, problem.external_id, problem.position) for problem in books.problems] == [
        ("DUPLICATE_KEY", "1", "deals.csv:3"),
        ("DUPLICATE_KEY", "1", "deals.csv:5"),
    ]


def test_each_occurrence_may_be_a_record(books: "Books") -> None:
    books.put("id,name\n1,a\n1,a\n2,b\n1,c\n1#2,d\n")
    records = books.pull(books.open({"duplicates": "each"}))
    assert [record.external_id for record in records] == ["1", "1#2", "2", "1#3", "1#2#2"]
    books.put("id,name\n1#2,d\n1,a\n1,a\n")
    records = books.pull(books.open({"duplicates": "each"}))
    assert [record.external_id for record in records] == ["1#2", "1", "1#3"]
    assert not books.problems


def test_a_row_without_a_key_is_a_problem_unless_declared(books: "Books") -> None:
    books.put("id,name\n,a\n 　,b\n1,c\n")
    books.pull(books.open())
    assert [(problem.code, problem.field, problem.raw) for problem in books.problems] == [
        ("BLANK_KEY", "id", ",a"),
        ("BLANK_KEY", "id", " 　,b"),
    ]
    assert len(books.pull(books.open({"blank_key": "skip"}))) == 1
    assert not books.problems
    assert books.notices["BLANK_KEYS"]["count"] == 2


def test_a_projection_is_a_distinct_list(books: "Books") -> None:
    books.put("id,agent,manager\n1,Ann,Mo\n2,Bo,Mo\n3,Ann,Mo\n4,,Mo\n")
    records = books.pull(books.open({"key": "agent", "columns": ["manager"]}))
    assert [dict(record.payload) for record in records] == [
        {"agent": "Ann", "manager": "Mo"},
        {"agent": "Bo", "manager": "Mo"},
    ]
    assert not books.problems
    assert not books.notices


def test_a_projection_that_contradicts_itself_is_a_conflict(books: "Books") -> None:
    books.put("id,agent,manager\n1,Ann,Mo\n2,Ann,Jo\n3,Ann,Jo\n")
    books.pull(books.open({"key": "agent", "columns": ["agent", "manager"]}))
    assert [(problem.code, problem.position) for problem in books.problems] == [("DUPLICATE_KEY", "deals.csv:3")]


def test_a_projection_of_a_column_that_is_not_there_is_an_error(books: "Books") -> None:
    books.put("id,agent,manager\n1,Ann,Mo\n")
    with pytest.raises(ConfigError, match=r"no column managr \(did you mean manager\?\)"):
        books.pull(books.open({"key": "agent", "columns": ["managr"]}))


def test_a_file_that_may_not_be_read_is_unavailable(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    books.put("id\n1\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(books.folder), "open", refuse)
    with pytest.raises(Unavailable, match=r"deals\.csv cannot be read: Permission denied"):
        books.pull(books.open())


def test_a_join_to_several_files_is_an_error(books: "Books") -> None:
    books.put("id\n1\n")
    books.put("id,x\n1,a\n", "more-1.csv")
    books.put("id,x\n1,b\n", "more-2.csv")
    with pytest.raises(ConfigError, match=r"joins more-\*\.csv, which are 2 files"):
        books.pull(books.open({"join": [{"file": "more-*.csv", "on": "id", "columns": ["x"]}]}))


def test_a_join_to_an_empty_file_adds_nothing(books: "Books") -> None:
    books.put("id\n1\n")
    books.put("id,x\n1,a\n", "more.csv")
    adapter = books.open({"join": [{"file": "more.csv", "on": "id", "columns": ["x"]}]})
    books.pull(adapter)
    books.put("", "more.csv")
    (record,) = books.pull(adapter, cursor=books.cursor)
    assert record.payload == {"id": "1"}


LEADS = 'mql,origin,date\nm1,paid,2018-01-01\nm2,"a,b",2018-02-01\nm3,,2018-03-01\nm1,again,2018-09-09\n'


def test_a_join_adds_columns_and_leaves_them_absent_where_nothing_matches(books: "Books") -> None:
    books.put("id,lead\n1,m1\n2,m9\n3,m2\n4,m3\n5,\n")
    books.put(LEADS, "mql.csv")
    join = {"file": "mql.csv", "on": {"left": "lead", "right": "mql"}, "columns": ["date", "origin"]}
    records = books.pull(books.open({"join": [join]}))
    assert [dict(record.payload) for record in records] == [
        {"id": "1", "lead": "m1", "date": "2018-01-01", "origin": "paid"},
        {"id": "2", "lead": "m9"},
        {"id": "3", "lead": "m2", "date": "2018-02-01", "origin": "a,b"},
        {"id": "4", "lead": "m3", "date": "2018-03-01", "origin": ""},
        {"id": "5", "lead": ""},
    ]
    assert books.notices["JOIN_REPEATS"]["count"] == 1


def test_a_change_in_a_joined_file_is_seen(books: "Books") -> None:
    books.put("mql,x\nm1,1\n")
    books.put(LEADS, "mql.csv")
    adapter = books.open({"key": "mql", "join": [{"file": "mql.csv", "on": "mql", "columns": ["origin"]}]})
    (before,) = books.pull(adapter)
    books.put(LEADS.replace("paid", "free"), "mql.csv")
    (after,) = books.pull(adapter, cursor=books.cursor)
    assert (before.payload["origin"], after.payload["origin"]) == ("paid", "free")
    assert before.revision != after.revision


def test_files_join_on_several_columns_in_their_own_encoding_and_separator(books: "Books") -> None:
    books.put("id,y,m\n1,2024,1\n2,2024,2\n")
    books.put("y;m;目标\n2024;1;五\n2025;2;六\n", "goals.csv", "gb18030")
    join = {
        "file": "goals.csv",
        "on": ["y", "m"],
        "columns": {"goal": "目标"},
        "encoding": "gb18030",
        "separator": ";",
    }
    records = books.pull(books.open({"join": [join]}))
    assert [record.payload.get("goal") for record in records] == ["五", None]


@pytest.mark.parametrize(
    ("join", "message"),
    [
        ({"file": "mql.csv", "on": "lead", "columns": ["origin"]}, r"mql\.csv has no column lead"),
        ({"file": "mql.csv", "on": {"left": "leed", "right": "mql"}, "columns": ["origin"]}, "did you mean lead"),
        ({"file": "mql.csv", "on": {"left": "lead", "right": "mql"}, "columns": ["orign"]}, "no column orign"),
        (
            {"file": "mql.csv", "on": {"left": "lead", "right": "mql"}, "columns": {"id": "origin"}},
            "name it differently",
        ),
    ],
    ids=["right", "left", "column", "hidden"],
)
def test_a_wrong_join_is_an_error(books: "Books", join: dict[str, object], message: str) -> None:
    books.put("id,lead\n1,m1\n")
    books.put(LEADS, "mql.csv")
    with pytest.raises(ConfigError, match=message):
        books.pull(books.open({"join": [join]}))


def test_what_cannot_be_read_of_a_joined_file_is_a_problem_there(books: "Books") -> None:
    books.put("mql,x\nm1,1\n")
    books.put(b"mql,origin\nm1,\xff\nm2\nm3,ok\n", "mql.csv")
    (record,) = books.pull(
        books.open({"key": "mql", "join": [{"file": "mql.csv", "on": "mql", "columns": ["origin"]}]})
    )
    assert "origin" not in record.payload
    assert [problem.position for problem in books.problems] == ["mql.csv:2", "mql.csv:3"]


def test_several_files_form_one_object_by_column_name(books: "Books") -> None:
    books.put("id,name\n1,a\n", "deals-1.csv")
    books.put("name,extra,id\nb,x,2\na,y,1\n", "deals-2.csv")
    books.put("id\n9\n", ".deals-3.csv")
    books.put("id\n8\n", "~$deals-4.csv")
    records = books.pull(books.open({"file": "*deals-*.csv"}))
    assert [(record.external_id, record.position) for record in records] == [
        ("1", "deals-1.csv:2"),
        ("2", "deals-2.csv:2"),
    ]
    assert records[1].payload == {"name": "b", "extra": "x", "id": "2"}
    assert [problem.position for problem in books.problems] == ["deals-2.csv:3"]


def test_a_new_file_of_a_pattern_is_seen(books: "Books") -> None:
    books.put("id\n1\n", "deals-1.csv")
    adapter = books.open({"file": "deals-*.csv"})
    books.pull(adapter)
    books.put("id\n2\n", "deals-2.csv")
    assert [record.external_id for record in books.pull(adapter, cursor=books.cursor)] == ["1", "2"]


def test_a_name_with_brackets_is_a_name(books: "Books") -> None:
    books.put("id\n1\n", "deals [1].csv")
    assert len(books.pull(books.open({"file": "deals [1].csv"}))) == 1


@pytest.mark.parametrize(
    ("written", "pattern", "expected"),
    [
        ("2024-01-02T03:04:05+00:00", None, datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02", None, datetime(2024, 1, 2, tzinfo=ZoneInfo("Asia/Shanghai"))),
        ("2/1/2024", "%d/%m/%Y", datetime(2024, 1, 2, tzinfo=ZoneInfo("Asia/Shanghai"))),
        ("yesterday", None, None),
    ],
)
def test_a_modified_column_is_the_time_of_the_record(
    books: "Books", written: str, pattern: str | None, expected: datetime | None
) -> None:
    books.put(f"id,at\n1,{written}\n")
    (record,) = books.pull(books.open({"modified": "at", "modified_format": pattern}))
    assert record.modified == expected
    assert record.payload["at"] == written


def test_everything_wrong_with_a_configuration_is_said_at_once() -> None:
    told: dict[str, object] = {
        "encoding": "utf8-sgi",
        "separator": ";;",
        "seperator": ",",
        "objects": {
            "deals": {"file": "../deals.csv", "key": "id", "duplicates": "two", "keys": "id"},
            "people": {"file": "/etc/passwd", "key": ["*", "id"]},
            "plain": {"file": "x.csv", "key": "idd", "header": ["id", "name"]},
            "bare": {"file": "x.csv", "key": "id", "header": False},
            "odd": {
                "file": "x.csv",
                "key": "id",
                "join": [{"file": "y.csv", "on": {"left": "a", "right": ["b", "c"]}}],
            },
        },
    }
    with pytest.raises(ValidationError) as failure:
        CsvOptions.model_validate(told)
    found = {".".join(map(str, error["loc"])): error["msg"] for error in failure.value.errors()}
    assert "did you mean utf-8-sig?" in found["encoding"]
    assert "one character or one of tab" in found["separator"]
    assert "Extra inputs" in found["seperator"]
    assert "no file inside the folder" in found["objects.deals.file"]
    assert "'one' or 'each'" in found["objects.deals.duplicates"]
    assert "Extra inputs" in found["objects.deals.keys"]
    assert "no file inside the folder" in found["objects.people.file"]
    assert "did you mean id?" in found["objects.plain"]
    assert "header = false needs columns" in found["objects.bare"]
    assert "left names 1 columns and right names 2" in found["objects.odd.join.0.on"]
    assert "objects.odd.join.0.columns" in found


@pytest.mark.parametrize("name", ["utf-7", "rot13", "hex", "idna", "unicode_escape"])
def test_codecs_that_are_no_text_encodings_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="no encoding"):
        CsvOptions.model_validate({"encoding": name, "objects": {"x": {"file": "x", "key": "y"}}})
