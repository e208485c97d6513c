"""`init --files`: a workspace that syncs, with every guess and what it rests on; or nothing at all."""

import tomllib
from pathlib import Path
from typing import Any

import pluggy
import pytest

from crmbridge.adapter.hookspecs import ConnectionProposal, hookimpl
from crmbridge.adapter.registry import Registry, discover
from crmbridge.app import proposals
from crmbridge.app.bridge import Bridge
from crmbridge.app.config import load
from crmbridge.app.currency_guess import guess_currency
from crmbridge.model.errors import ConfigError, ConfigErrors, Unavailable
from crmbridge.report.listing import Listing

DEALS = "deal_id,deal name,amount,stage,close date\n1,Acme,10,Won,2024-01-05\n2,Bolt,x,Open,\n"
ACCOUNTS = "account_id,account name,industry\n7,Acme,steel\n8,Bolt,tools\n"
CHINESE = (
    "商机编号,商机名称,客户名称,负责人,销售阶段,成交金额（万元）\r\n"
    "S-1,扩容项目,北京华东科技有限公司,王伟,赢单,12.5\r\n"
    "S-2,新建产线,深圳市南方贸易有限公司,李娜,进行中,\r\n"
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "acme"


def codes(listing: Listing) -> list[str]:
    """What is said of the files; what is said of their mapping is held in tests/mapping/guess."""
    return [note.code for note in listing.warnings if not note.code.startswith(("ASK_", "GUESSED", "DISTINCT_"))]


def told(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "crmbridge.toml").read_text("utf-8"))


def synced(folder: Path) -> dict[str, tuple[object, object, object]]:
    """How many rows of each object were read, became records, and wait; the exit code must be one of the good ones."""
    with Bridge.open(folder, environ={}) as bridge:
        report = bridge.sync()
    assert report.exit_code in {0, 1}
    return {str(row["object"]): (row["read"], row["written"], row["quarantined"]) for row in report.listing.rows}


def test_workspace_from_files_syncs_at_once(files: Path, folder: Path) -> None:
    (files / "deals.csv").write_text(DEALS)
    (files / "accounts.csv").write_text(ACCOUNTS)
    made = Bridge.init(folder, files=files)
    assert [Path(str(row["file"])).name for row in made.rows][:2] == ["crmbridge.toml", "exports.toml"]
    assert synced(folder) == {"deals": (2, 1, 1), "accounts": (2, 2, 0)}


def test_every_guess_is_a_remark_above_it_and_a_warning(files: Path, folder: Path) -> None:
    (files / "商机.csv").write_bytes(CHINESE.encode("gb18030"))
    made = Bridge.init(folder, files=files)
    text = (folder / "crmbridge.toml").read_text("utf-8")
    lines = text.splitlines()
    at = lines.index('encoding = "gb18030"')
    assert lines[at - 1] == "# 商机.csv is no UTF-8 (byte 0); as GB18030 all of it is text, and it reads like Chinese"
    assert '[connections.exports.objects."商机"]' in lines
    assert lines[lines.index('currency = "CNY"') - 1].startswith("# the currency is taken to be CNY")
    assert codes(made) == ["TABLE_FOUND", "KEY_NAMED", "ENCODING_CHINESE", "CURRENCY_BY_HEADER"]
    assert [name for name in ("timezone", "calendar") if f"# {name} = " in text] == ["timezone", "calendar"]
    assert synced(folder) == {"商机": (2, 2, 0), "owners": (2, 2, 0), "customers": (2, 2, 0)}


def test_settings_that_were_given_are_taken_as_they_are(files: Path, folder: Path) -> None:
    (files / "deals.csv").write_text(DEALS.replace("10", "€10"))
    made = Bridge.init(folder, files=files, name='Acme "Ltd"', currency="GBP", zone="Europe/London")
    assert told(folder)["workspace"] == {"name": 'Acme "Ltd"', "currency": "GBP", "timezone": "Europe/London"}
    assert not [code for code in codes(made) if code.startswith("CURRENCY")]


def test_currency_that_nothing_names_is_said_to_be_assumed(files: Path, folder: Path) -> None:
    (files / "deals.csv").write_text(DEALS)
    made = Bridge.init(folder, files=files)
    assert told(folder)["workspace"]["currency"] == "USD"
    assert codes(made)[-1] == "CURRENCY_ASSUMED"
    assert "# the currency is assumed to be USD" in (folder / "crmbridge.toml").read_text("utf-8")


def test_without_amounts_no_currency_is_spoken_of(files: Path, folder: Path) -> None:
    (files / "accounts.csv").write_text(ACCOUNTS)
    assert codes(Bridge.init(folder, files=files)) == ["TABLE_FOUND", "KEY_NAMED"]


@pytest.mark.parametrize(
    ("columns", "cells", "currency"),
    [
        (["Amount USD"], [], "USD"),
        (["金额（人民币）"], [], "CNY"),
        (["Amount EUR"], ["$5"], "EUR"),
        (["成交金额（万元）"], [], "CNY"),
        (["金额"], ["$5", "$6.50"], "USD"),
        (["Amount"], ["$22,700.00", "$342.09K"], "USD"),
        (["Amount"], ["1.234,50 €"], "EUR"),
        (["Amount"], ["¥ 1,000", "￥2,000"], "CNY"),
        (["Amount"], ["5万元"], "CNY"),
        (["Amount"], ["R$ 5,00"], "BRL"),
        (["Amount"], ["HK$5"], "HKD"),
        (["Amount"], ["€1", "€2", "$3"], "EUR"),
        (["Amount"], ["-$5.00"], "USD"),
        (["Amount"], ["100", "", "$", "costs $5 a day", None], None),
        (["EURO zone", "fUSDt"], [], None),
    ],
)
def test_currency_is_what_headers_and_cells_say(columns: list[str], cells: list[object], currency: str | None) -> None:
    guess = guess_currency(columns, [{columns[0]: cell} for cell in cells])
    assert (guess and guess.currency) == currency
    assert guess is None or str(guess.evidence).startswith(f"the currency is taken to be {currency}")


def test_files_inside_the_workspace_are_named_relative_to_it(tmp_path: Path) -> None:
    inside = tmp_path / "acme" / "in box"
    inside.mkdir(parents=True)
    (inside / "accounts.csv").write_text(ACCOUNTS)
    Bridge.init(tmp_path / "acme", files=inside)
    assert told(tmp_path / "acme")["connections"]["in_box"]["path"] == "in box"
    assert synced(tmp_path / "acme") == {"accounts": (2, 2, 0)}


def test_workspace_may_be_the_folder_of_the_files(files: Path) -> None:
    (files / "accounts.csv").write_text(ACCOUNTS)
    Bridge.init(files, files=files)
    assert told(files)["connections"]["exports"]["path"] == "."
    assert synced(files) == {"accounts": (2, 2, 0)}


def test_folder_without_plain_letters_makes_the_connection_files(tmp_path: Path, folder: Path) -> None:
    chinese = tmp_path / "导出 2024"
    chinese.mkdir()
    (chinese / "accounts.csv").write_text(ACCOUNTS)
    Bridge.init(folder, files=chinese)
    assert list(told(folder)["connections"]) == ["files"]


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(files: Path, folder: Path) -> None:
    (files / "accounts.csv").write_text(ACCOUNTS)
    (files / "broken.csv").write_bytes(bytes(range(256)) * 40)
    (files / "mystery.csv").write_text("foo,bar\n1,2\n3,4\n")
    made = Bridge.init(folder, files=files)
    said = {note.code: str(note) for note in made.warnings}
    assert said["FILE_LEFT_OUT"] == "left out: broken.csv is no text"
    assert said["OBJECT_UNMAPPED"].startswith("mystery is not read yet")
    assert "# left out: broken.csv is no text" in (folder / "crmbridge.toml").read_text("utf-8")
    assert synced(folder) == {"accounts": (2, 2, 0)}


def test_only_objects_of_unknown_kind_still_make_a_workspace_that_opens(files: Path, folder: Path) -> None:
    (files / "mystery.csv").write_text("foo,bar\n1,2\n3,4\n")
    Bridge.init(folder, files=files)
    assert synced(folder) == {}


@pytest.mark.parametrize(
    "header",
    [
        'deal name,"a ""quoted"" one","two\nlines","back\\slash",x=1,#no,[t],\'s\'',
        "deal name,,,\x01,tab\there,\x7f,=cmd|x,a.b",
        "deal name,商机金额（万元）,ÅÄÖ,😀,\u202edets,*,id,stage,stage",
    ],
)
def test_headers_of_any_kind_make_files_that_parse(files: Path, folder: Path, header: str) -> None:
    count = 8 if header.count("stage") < 2 else 9
    rows = "".join(",".join(f"{row}{place}" for place in range(count)) + "\n" for row in "ab")
    (files / 'deals "of" [all].csv').write_text(f"{header}\n{rows}", encoding="utf-8")
    Bridge.init(folder, files=files)
    assert synced(folder)["deals_of_all"][0] == 2


# -- nothing, or whole -----------------------------------------------------------------------------------------------


def test_without_a_usable_file_nothing_is_made_and_each_reason_is_told(files: Path, folder: Path) -> None:
    (files / "sales.ods").write_bytes(b"PK\x03\x04")
    (files / "empty.csv").write_text("")
    with pytest.raises(ConfigErrors) as caught:
        Bridge.init(folder, files=files)
    assert [str(problem) for problem in caught.value.problems] == [
        f"no file in {files} is a table that can be read",
        "left out: empty.csv holds nothing at all",
        "sales.ods is a spreadsheet of another kind: save it as XLSX",
    ]
    assert not folder.exists()


def test_empty_folder_is_an_error_too(files: Path, folder: Path) -> None:
    with pytest.raises(ConfigError, match="no file in"):
        Bridge.init(folder, files=files)


def test_folder_that_is_not_there_is_an_error(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        Bridge.init(folder, files=tmp_path / "nowhere")


def test_nothing_is_overwritten(files: Path, folder: Path) -> None:
    (files / "accounts.csv").write_text(ACCOUNTS)
    (folder / "mapping").mkdir(parents=True)
    (folder / "mapping" / "exports.toml").write_text("mine")
    with pytest.raises(ConfigError, match="nothing was written"):
        Bridge.init(folder, files=files)
    assert [path.name for path in folder.iterdir()] == ["mapping"]
    assert (folder / "mapping" / "exports.toml").read_text() == "mine"


def test_the_files_are_left_as_they_are(files: Path, folder: Path) -> None:
    (files / "accounts.csv").write_text(ACCOUNTS)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in files.iterdir())
    Bridge.init(folder, files=files)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in files.iterdir()) == before


def test_without_files_a_bare_workspace_shows_what_a_connection_looks_like(folder: Path) -> None:
    made = Bridge.init(folder, currency="CNY")
    assert [Path(str(row["file"])).name for row in made.rows][:1] == ["crmbridge.toml"]
    workspace = load(folder, {})
    assert (workspace.config.workspace.name, workspace.config.workspace.currency) == ("acme", "CNY")
    assert workspace.config.connections == {}


def test_the_example_in_a_bare_workspace_is_right(folder: Path) -> None:
    Bridge.init(folder)
    file = folder / "crmbridge.toml"
    lines = file.read_text("utf-8").splitlines()
    start, end = lines.index("# [connections.books]"), next(n for n, line in enumerate(lines) if "# Then" in line)
    example = [line.removeprefix("# ") for line in lines[start : end - 1] if line != "#"]
    file.write_text("\n".join([*lines[:start], *example]))
    (folder / "exports").mkdir()
    (folder / "exports" / "deals.csv").write_text(DEALS)
    with Bridge.open(folder, environ={}) as bridge:
        bridge.mapping_init("books")
        assert bridge.sync().exit_code == 1


def test_what_a_guess_rests_on_is_told_apart_from_what_is_asked(files: Path, folder: Path) -> None:
    (files / "deals.csv").write_text(DEALS)
    sorts = {note.code: note.sort for note in Bridge.init(folder, files=files).warnings}
    assert sorts["TABLE_FOUND"] == sorts["GUESSED"] == "remark"
    assert sorts["CURRENCY_ASSUMED"] == sorts["ASK_SOME_UNREADABLE"] == "warning"
    assert "question" in sorts.values()


def test_a_file_of_past_stages_becomes_the_history_of_the_deals(files: Path, folder: Path) -> None:
    (files / "deals.csv").write_text(DEALS)
    (files / "moves.csv").write_text(
        "deal,from,to,on\n1,,Open,2024-01-02\n1,Open,Won,2024-01-05\n2,,Open,2024-01-03\n", encoding="utf-16-le"
    )
    made = Bridge.init(folder, files=files)
    assert {"HISTORY_FOUND", "OBJECT_UNMAPPED"} & set(codes(made)) == {"HISTORY_FOUND"}
    (objects,) = (one["objects"] for one in told(folder)["connections"].values())
    expected = {"file": "moves.csv", "encoding": "utf-16-le", "record": "deal", "from": "from", "to": "to", "at": "on"}
    assert (list(objects), objects["deals"]["history"]) == (["deals"], expected)
    with Bridge.open(folder, environ={}) as bridge:
        (row,) = bridge.sync().listing.rows
        assert (row["object"], row["stage_changes"]) == ("deals", 3)


# -- plugins ---------------------------------------------------------------------------------------------------------


class Failing:
    """A plugin that breaks when it is asked."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    @hookimpl
    def crmbridge_propose(self) -> ConnectionProposal | None:
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ZeroDivisionError("oops"), "bad failed while it looked: ZeroDivisionError: oops"),
        (Unavailable("the disk is gone"), "bad could not look at the files: the disk is gone"),
    ],
)
def test_plugin_that_breaks_is_told_and_the_others_are_asked(
    files: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception, said: str
) -> None:
    registry: Registry = discover(environ={})
    registry.manager.register(Failing(failure), "bad")
    monkeypatch.setattr(proposals, "discover", lambda: registry)
    (files / "accounts.csv").write_text(ACCOUNTS)
    made = Bridge.init(folder, files=files)
    assert said in [str(note) for note in made.warnings]
    assert synced(folder) == {"accounts": (2, 2, 0)}


def test_two_plugins_make_two_connections(files: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Second:
        @hookimpl
        def crmbridge_propose(self) -> ConnectionProposal | None:
            return ConnectionProposal("csv", {"objects": {"firms": {"file": "accounts.csv", "key": "account_id"}}})

    registry = discover(environ={})
    registry.manager.register(Second(), "second")
    monkeypatch.setattr(proposals, "discover", lambda: registry)
    (files / "accounts.csv").write_text(ACCOUNTS)
    Bridge.init(folder, files=files)
    connections = told(folder)["connections"]
    assert sorted(name for connection in connections.values() for name in connection["objects"]) == [
        "accounts",
        "firms",
    ]
    assert list(connections) == ["exports", "exports_2"]
    assert sorted(path.name for path in (folder / "mapping").iterdir()) == ["exports.toml", "exports_2.toml"]


def test_the_hook_is_one_that_plugins_may_leave_out() -> None:
    manager = pluggy.PluginManager("crmbridge")
    from crmbridge.adapter import hookspecs  # noqa: PLC0415 - only here

    manager.add_hookspecs(hookspecs.HookSpecs)
    assert manager.hook.crmbridge_propose(folder=Path()) == []
