"""A rule that several services ask stands in one query: what it says cannot differ from one to the next."""

from importlib.resources import files

SQL = {one.name: one.read_text(encoding="utf-8") for one in files("crmbridge.services").joinpath("sql").iterdir()}


def test_one_rule_says_in_which_activities_a_customer_had_a_part() -> None:
    assert {name for name, text in SQL.items() if "'email', 'im', 'sms', 'call', 'form'" in text} == {"two_way.sql"}
    asking = {name for name, text in SQL.items() if "svc_two_way(" in text and name != "two_way.sql"}
    assert asking == {"gate_values.sql", "touched.sql"}
