"""`crmbridge.toml`: everything wrong at once, with its line and the nearest choice; every value knows its origin."""

from pathlib import Path

import pytest
from tests.app.company import Company

from crmbridge.adapter.context import system_clock
from crmbridge.app.config import find_workspace, load
from crmbridge.app.wiring import Wiring
from crmbridge.model.errors import ConfigError, ConfigErrors


def problems(company: Company, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load(company.folder, environ or {})
    return [str(problem) for problem in caught.value.problems]


def test_an_unknown_key_is_told_with_its_line_and_the_nearest(company: Company) -> None:
    company.edit("crmbridge.toml", 'currency = "CNY"', 'curency = "CNY"')
    assert problems(company) == [
        "crmbridge.toml:5: unknown key workspace.curency (did you mean currency?)",
    ]


def test_an_unknown_section_is_told(company: Company) -> None:
    company.edit("crmbridge.toml", "[connections.books]\n", "[conections.books]\n")
    assert any(
        "crmbridge.toml:7: unknown key conections" in text and "connections" in text for text in problems(company)
    )


def test_all_problems_are_told_at_once(company: Company) -> None:
    company.edit("crmbridge.toml", 'name = "acme"\n', "")
    company.edit("crmbridge.toml", 'timezone = "Asia/Shanghai"', 'timezone = "Asia/Shanghi"')
    company.edit("crmbridge.toml", 'currency = "CNY"', 'currency = "yuan"\nfiscal_year_start = 13')
    company.edit("crmbridge.toml", 'adapter = "csv"', 'adapter = "csv"\nmode = "writes"')
    found = "\n".join(problems(company))
    for said in (
        "workspace.name is missing",
        "Asia/Shanghi",
        "workspace.currency",
        "fiscal_year_start",
        "mode cannot be 'writes'",
    ):
        assert said in found
    assert len(found.splitlines()) == 5


@pytest.mark.parametrize("text", ["[workspace", "a = 1\na = 2", 'name = "\n'])
def test_what_is_no_toml_is_told_with_its_place(company: Company, text: str) -> None:
    (company.folder / "crmbridge.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"crmbridge.toml is not valid TOML: .*\((at line|at end)"):
        load(company.folder, {})


def test_a_file_that_is_no_text_is_told(company: Company) -> None:
    (company.folder / "crmbridge.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(company.folder, {})


def test_a_byte_order_mark_is_no_problem(company: Company) -> None:
    file = company.folder / "crmbridge.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load(company.folder, {}).config.workspace.name == "acme"


def test_a_folder_without_the_file_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is not a workspace.*crmbridge init"):
        load(tmp_path, {})


def test_which_workspace_is_meant(tmp_path: Path) -> None:
    assert find_workspace(tmp_path, {"CRMBRIDGE_WORKSPACE": "/else"}) == tmp_path
    assert find_workspace(None, {"CRMBRIDGE_WORKSPACE": "/else"}) == Path("/else")
    assert find_workspace(None, {"CRMBRIDGE_WORKSPACE": ""}) == Path()


def test_the_environment_overrides_and_says_so(company: Company) -> None:
    environ = {"CRMBRIDGE__WORKSPACE__CURRENCY": "EUR", "CRMBRIDGE__WORKSPACE__FISCAL_YEAR_START": "4", "PATH": "x"}
    workspace = load(company.folder, environ | {"CRMBRIDGE__CONNECTIONS__BOOKS__PATH": "elsewhere"})
    assert (workspace.config.workspace.currency, workspace.config.workspace.fiscal_year_start) == ("EUR", 4)
    origins = {key: (value, origin) for key, value, origin in workspace.origins()}
    assert origins["workspace.currency"] == ("EUR", "env CRMBRIDGE__WORKSPACE__CURRENCY")
    assert origins["workspace.timezone"] == ("Asia/Shanghai", "crmbridge.toml:4")
    assert origins["workspace.calendar"] == ("none", "default")
    assert origins["connections.books.path"] == ("elsewhere", "env CRMBRIDGE__CONNECTIONS__BOOKS__PATH")
    assert origins["connections.books.objects.deals.key"] == ("id", "crmbridge.toml:12")


def test_a_wrong_value_of_the_environment_is_told(company: Company) -> None:
    assert "workspace.currency" in problems(company, {"CRMBRIDGE__WORKSPACE__CURRENCY": "euro"})[0]
    with pytest.raises(ConfigErrors, match="is no section"):
        load(company.folder, {"CRMBRIDGE__WORKSPACE__NAME__FIRST": "x"})


@pytest.mark.file_ledger
def test_a_relative_ledger_stands_in_the_workspace(company: Company) -> None:
    workspace = load(company.folder, {})
    assert workspace.ledger_url == f"sqlite:///{company.folder / 'crmbridge.db'}"
    assert workspace.ledger_file == company.folder / "crmbridge.db"
    absolute = load(company.folder, {"CRMBRIDGE__WORKSPACE__LEDGER": "sqlite:////var/acme.db"})
    assert absolute.ledger_file == Path("/var/acme.db")
    server = load(company.folder, {"CRMBRIDGE__WORKSPACE__LEDGER": "postgresql://here/acme?schema=a"})
    assert (server.ledger_url, server.ledger_file) == ("postgresql://here/acme?schema=a", None)


def test_a_connection_that_is_not_there_is_told_with_the_nearest(company: Company) -> None:
    with pytest.raises(ConfigError, match=r"no connection bokks in crmbridge.toml \(.*books"):
        load(company.folder, {}).connection("bokks")


def wiring(company: Company) -> Wiring:
    return Wiring(load(company.folder, {}), clock=system_clock)


def test_the_adapters_own_keys_are_checked_by_the_adapter(company: Company) -> None:
    company.edit("crmbridge.toml", 'file = "deals.csv"', 'fiel = "deals.csv"')
    company.edit("crmbridge.toml", 'path = "exports"', 'path = "exports"\nseperator = ";"')
    with pytest.raises(ConfigErrors) as caught:
        wiring(company).setups([])
    told = "\n".join(str(problem) for problem in caught.value.problems)
    assert "crmbridge.toml:10: unknown key connections.books.seperator (did you mean separator?)" in told
    assert "crmbridge.toml:12: unknown key connections.books.objects.deals.fiel" in told


def test_an_unknown_adapter_is_told_with_the_nearest(company: Company) -> None:
    company.edit("crmbridge.toml", 'adapter = "csv"', 'adapter = "cvs"')
    with pytest.raises(ConfigError, match=r"cvs.*csv"):
        wiring(company).setups([])


def test_a_missing_mapping_is_told_with_the_command_that_drafts_it(company: Company) -> None:
    (company.folder / "mapping" / "books.toml").unlink()
    with pytest.raises(ConfigError, match=r"there is no mapping/books.toml \(crmbridge mapping init books"):
        wiring(company).setups([])


def test_a_mapping_may_stand_elsewhere(company: Company) -> None:
    (company.folder / "mapping" / "books.toml").rename(company.folder / "own.toml")
    company.edit("crmbridge.toml", 'path = "exports"', 'path = "exports"\nmapping = "own.toml"')
    assert [setup.name for setup in wiring(company).setups([])] == ["books"]


def test_what_is_wrong_with_every_connection_is_told_at_once(company: Company) -> None:
    text = '\n[connections.other]\nadapter = "cvs"\n[connections.third]\nadapter = "csv"\nfolder = "x"\n'
    file = company.folder / "crmbridge.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        wiring(company).setups([])
    assert len(caught.value.problems) >= 2
    with pytest.raises(ConfigError, match="bokks"):
        wiring(company).setups(["bokks"])


def test_connections_come_in_the_order_of_the_file(company: Company) -> None:
    file = company.folder / "crmbridge.toml"
    section = '\n[connections.{0}]\nadapter = "csv"\npath = "exports"\nmapping = "mapping/books.toml"\n'
    text = file.read_text(encoding="utf-8") + "".join(section.format(name) for name in ("zoo", "abc"))
    for name in ("zoo", "abc"):
        text += f'[connections.{name}.objects.deals]\nfile = "deals.csv"\nkey = "id"\n'
        text += f'[connections.{name}.objects.people]\nfile = "people.csv"\nkey = "name"\n'
    file.write_text(text, encoding="utf-8")
    assert [(s.name, s.rank) for s in wiring(company).setups([])] == [("books", 0), ("zoo", 1), ("abc", 2)]
    assert [(s.name, s.rank) for s in wiring(company).setups(["abc", "zoo"])] == [("zoo", 1), ("abc", 2)]


def test_one_pipeline_in_two_mappings_must_be_the_same(company: Company) -> None:
    file = company.folder / "crmbridge.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + text[text.index("[connections") :].replace("connections.books", "connections.shop"), "utf-8")
    mapping = (company.folder / "mapping" / "books.toml").read_text(encoding="utf-8")
    (company.folder / "mapping" / "shop.toml").write_text(mapping, encoding="utf-8")
    assert len(wiring(company).setups([])) == 2
    company.edit("mapping/shop.toml", 'key = "talk"', 'key = "chat"')
    with pytest.raises(ConfigError, match="books and shop both declare the pipeline sales, and differ"):
        wiring(company).setups([])
    company.edit("mapping/shop.toml", "pipelines.sales", "pipelines.retail")
    assert len(wiring(company).setups([])) == 2
