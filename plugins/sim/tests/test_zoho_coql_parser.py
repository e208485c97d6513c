"""COQL is read, and held to its limits, as its documentation says."""

from decimal import Decimal

import pytest

from crmbridge_sim.zoho.coql.parser import parse
from crmbridge_sim.zoho.coql.query import Column, Order
from crmbridge_sim.zoho.predicate import Condition, Group, Malformed, Operator


def code(query: str) -> str:
    with pytest.raises(Malformed) as caught:
        parse(query)
    return caught.value.code


def test_a_keyset_query_is_read_whole() -> None:
    query = parse(
        "select id, Deal_Name, Owner.email from Deals where ((Modified_Time > '2026-05-20T14:45:09+02:00') "
        "or (Modified_Time = '2026-05-20T14:45:09+02:00' and id > 6102030000000454033)) "
        "order by Modified_Time asc, id desc limit 100, 2000"
    )
    assert [column.name for column in query.columns] == ["id", "Deal_Name", "Owner.email"]
    assert query.source == "Deals"
    later = Condition("Modified_Time", Operator.GREATER_THAN, ("2026-05-20T14:45:09+02:00",))
    same = Condition("Modified_Time", Operator.EQUAL, ("2026-05-20T14:45:09+02:00",))
    after = Condition("id", Operator.GREATER_THAN, (Decimal(6102030000000454033),))
    assert query.where == Group("or", (later, Group("and", (same, after))))
    assert query.order == (Order("Modified_Time"), Order("id", descending=True))
    assert (query.offset, query.limit, query.credits) == (100, 2000, 3)


def test_limits_default_and_cost() -> None:
    assert parse("select id from Leads where id > 0").limit == 200
    assert parse("select id from Leads where id > 0 limit 200").credits == 1
    assert parse("select id from Leads where id > 0 limit 201").credits == 2
    assert parse("select id from Leads where id > 0 limit 1001 offset 7").credits == 3


def test_every_operator() -> None:
    asked = {
        "A = 'x'": Condition("A", Operator.EQUAL, ("x",)),
        "A != 1.5": Condition("A", Operator.NOT_EQUAL, (Decimal("1.5"),)),
        "A in ('x','y')": Condition("A", Operator.IN, ("x", "y")),
        "A not in ('x')": Condition("A", Operator.NOT_IN, ("x",)),
        "A like 'x%'": Condition("A", Operator.LIKE, ("x%",)),
        "A not like '%x'": Condition("A", Operator.NOT_LIKE, ("%x",)),
        "A is null": Condition("A", Operator.IS_NULL),
        "A is not null": Condition("A", Operator.IS_NOT_NULL),
        "A between 1 and 2": Condition("A", Operator.BETWEEN, (Decimal(1), Decimal(2))),
        "A not between 1 and 2": Condition("A", Operator.NOT_BETWEEN, (Decimal(1), Decimal(2))),
        "A = true": Condition("A", Operator.EQUAL, (True,)),
        "A = 'O''Neil'": Condition("A", Operator.EQUAL, ("O'Neil",)),
        "A = 'and'": Condition("A", Operator.EQUAL, ("and",)),
    }
    for text, condition in asked.items():
        assert parse(f"select id from Leads where {text}").where == condition, text


def test_three_conditions_must_be_bracketed_in_pairs() -> None:
    assert code("select id from Leads where A = 1 and B = 2 and C = 3") == "SYNTAX_ERROR"
    paired = parse("select id from Leads where ((A = 1 and B = 2) and C = 3)").where
    assert isinstance(paired, Group)
    assert len(paired.parts) == 2


def test_aggregates_and_groups() -> None:
    query = parse("select Stage, COUNT(id) as n, sum(Amount) from Deals where id > 0 group by Stage order by n desc")
    assert query.columns == (Column("Stage"), Column("id", "count", "n"), Column("Amount", "sum"))
    assert query.columns[2].name == "SUM(Amount)"
    assert query.group == ("Stage",)
    assert query.order == (Order("n", descending=True),)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "SYNTAX_ERROR"),
        ("select id from Leads", "SYNTAX_ERROR"),
        ("select id where id > 0", "SYNTAX_ERROR"),
        ("select id from Leads where id >", "SYNTAX_ERROR"),
        ("select id from Leads where id ~ 3", "SYNTAX_ERROR"),
        ("select id from Leads where id > 0 limit 2001", "LIMIT_EXCEEDED"),
        ("select id from Leads where id > 0 limit 99000, 1001", "LIMIT_EXCEEDED"),
        ("select id from Leads where id > 0 group by A, B, C, D, E", "LIMIT_EXCEEDED"),
        ("select id, id from Leads where id > 0", "DUPLICATE_DATA"),
        ("select id as a, Email as a from Leads where id > 0", "DUPLICATE_ALIAS"),
        ("select id as 'a.b' from Leads where id > 0", "INVALID_ALIAS"),
        ("select median(Amount) from Deals where id > 0", "INVALID_QUERY"),
    ],
)
def test_refusals_carry_the_documented_code(query: str, expected: str) -> None:
    assert code(query) == expected


def test_a_missing_where_names_the_clause() -> None:
    with pytest.raises(Malformed) as caught:
        parse("select id from Leads limit 5")
    assert caught.value.message == "missing clause"
    assert caught.value.details == {"clause": "where"}


def test_a_syntax_error_names_line_and_column() -> None:
    with pytest.raises(Malformed) as caught:
        parse("select id from Leads\nwhere id > 0 nonsense")
    assert caught.value.details == {"line": 2, "column": 14, "near": "nonsense"}


def test_the_limits_on_columns_values_conditions_and_order() -> None:
    names = [f"F{number}" for number in range(501)]
    assert len(parse(f"select {','.join(names[:500])} from Leads where id > 0").columns) == 500
    assert code(f"select {','.join(names)} from Leads where id > 0") == "LIMIT_EXCEEDED"
    values = ",".join(["1"] * 101)
    assert code(f"select id from Leads where id in ({values})") == "LIMIT_EXCEEDED"
    where = "id > 0"
    for _ in range(24):
        where = f"({where} and id > 0)"
    assert parse(f"select id from Leads where {where}").limit == 200
    assert code(f"select id from Leads where ({where} and id > 0)") == "LIMIT_EXCEEDED"
    assert code(f"select id from Leads where id > 0 order by {','.join(names[:11])}") == "LIMIT_EXCEEDED"
