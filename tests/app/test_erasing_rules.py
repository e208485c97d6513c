"""Who is meant by a name, what of others stays, and what is refused."""

import json
from pathlib import Path

import pytest
from tests.app.crowd import Crowd

from crmbridge.app.bridge import Bridge
from crmbridge.app.jobs.holding import holding
from crmbridge.cli import app
from crmbridge.ledger import bulk
from crmbridge.model.errors import ConfigError, LeaseLost

CONTACTS = """id,name,mail,phone,title,account
CT-00000001,Ada Ash,ada@mail.example,+86 138 0000 0001,CTO,AC-000001
CT-00000002,Ada Ash,other@mail.example,+86 138 0000 0002,CFO,AC-000001
CT-00000003,Cleo Cox,cleo@mail.example,+86 21 6000 0001,CEO,AC-000001
CT-00000004,Dina Day,dina@mail.example,+86 21 6000 0001,COO,AC-000001
CT-00000005,王小明,ming@mail.example,+86 138 0000 0005,CMO,AC-000001
7,Egon Elm,egon@mail.example,+86 138 0000 0007,CIO,AC-000001
"""
DEALS = """id,title,stage,amount,account,contact,owner,created,closed,remark
DL-1,Plan of Ada Ash,Talk,7,AC-000001,CT-00000001,u1,2026-01-05,,ring Ada Ash
DL-2,Plan of Ada Ash,Talk,7,AC-000001,CT-00000002,u1,2026-01-05,,ring Ada Ash
DL-3,Plan for Cleo Cox,Talk,7,AC-000001,CT-00000003,u1,2026-01-05,,office +86 21 6000 0001
DL-4,王小明的方案,Talk,7,AC-000001,CT-00000005,u1,2026-01-05,,问王小明
DL-5,Seven,Talk,7,AC-000001,7,u1,2026-01-05,,7 pieces
"""


@pytest.fixture
def crowd(tmp_path: Path) -> Crowd:
    made = Crowd.make(tmp_path / "crowd", 6)
    for name, body in (("contacts", CONTACTS), ("deals", DEALS)):
        (made.folder / f"exports/{name}.csv").write_text(body, encoding="utf-8")
    for name in ("leads", "calls"):
        file = made.folder / f"exports/{name}.csv"
        file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with Bridge.open(made.folder, environ={}) as bridge:
        bridge.sync([])
    return made


def opened(crowd: Crowd) -> Bridge:
    return Bridge.open(crowd.folder, environ={})


def deals(bridge: Bridge) -> dict[str, tuple[str, str, bool, int]]:
    """For each deal its title, its remark, whether it has a contact, and its amount."""
    with bridge.wiring.ledger.read() as tx:
        rows = bulk.select(tx, "SELECT external_id, name, custom, contact_ref, amount_e4 FROM deal")
    return {row[0]: (row[1], json.loads(row[2])["remark"]["value"], row[3] is not None, row[4]) for row in rows}


def names(bridge: Bridge) -> set[str]:
    with bridge.wiring.ledger.read() as tx:
        return {row[0] for row in bulk.select(tx, "SELECT full_name FROM contact WHERE object = 'contacts'")}


def test_a_look_changes_nothing(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        before = deals(bridge), names(bridge)
        told = bridge.erase_look(["ada@mail.example"])
        assert {row["place"] for row in told.rows} >= {"contact", "raw_record", "deal"}
        assert (deals(bridge), names(bridge)) == before
        assert bridge.audit_list().rows == ()
    assert not (crowd.folder / "erased.ndjson").exists()


def test_a_name_that_two_bear_means_neither(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        with pytest.raises(ConfigError, match="several persons are known as Ada Ash"):
            bridge.erase(["Ada Ash"])
        with pytest.raises(ConfigError, match="nobody is known as nobody@x"):
            bridge.erase(["ada@mail.example", "nobody@x"])
        assert "Ada Ash" in names(bridge)


def test_a_namesake_stays_as_he_is(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        bridge.erase(["+86 138-0000-0001"])
        told = deals(bridge)
        assert told["DL-1"][:3] == ("Plan of ***", "ring ***", False)
        assert told["DL-2"][:3] == ("Plan of Ada Ash", "ring Ada Ash", True)
        bridge.sync([])
        assert deals(bridge) == told


def test_a_switchboard_is_no_sign_of_anybody(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        bridge.erase(["Cleo Cox"])
        assert names(bridge) >= {"Dina Day"}
        assert deals(bridge)["DL-3"][:2] == ("Plan for ***", "office +86 21 6000 0001")
        bridge.sync([])
        assert "Dina Day" in names(bridge)
        assert "Cleo Cox" not in names(bridge)


def test_a_chinese_name_leaves_the_middle_of_a_sentence(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        bridge.erase(["王小明"])
        assert deals(bridge)["DL-4"][:2] == ("***的方案", "问***")


def test_a_short_id_means_somebody_only_where_references_stand(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        amounts = {name: one[3] for name, one in deals(bridge).items()}
        bridge.erase(["egon@mail.example"])
        for _ in range(2):
            told = deals(bridge)
            assert {name: one[3] for name, one in told.items()} == amounts
            assert told["DL-5"][:3] == ("Seven", "7 pieces", False)
            assert [name for name, one in told.items() if not one[2]] == ["DL-5"]
            assert bridge.db_verify(deep=True).rows == ()
            crowd.folder.joinpath("exports/deals.csv").write_text(DEALS.replace(",7,AC", ",8,AC"), encoding="utf-8")
            bridge.sync([])
            amounts = {name: one[3] for name, one in deals(bridge).items()}


def test_somebody_who_comes_under_another_id_does_not_land(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        bridge.erase(["egon@mail.example"])
        more = CONTACTS + "CT-00000099,E. Elm,EGON@mail.example,,x,AC-000001\nCT-00000098,New One,,,x,AC-000001\n"
        (crowd.folder / "exports/contacts.csv").write_text(more, encoding="utf-8")
        bridge.sync([])
        assert "E. Elm" not in names(bridge)
        assert "New One" in names(bridge)


def test_nobody_is_erased_while_a_run_is_at_work(crowd: Crowd) -> None:
    with opened(crowd) as bridge, holding(bridge.wiring, "connection:crm"), pytest.raises(LeaseLost):
        bridge.erase(["egon@mail.example"])
    with opened(crowd) as bridge:
        assert "Egon Elm" in names(bridge)


def test_without_its_key_a_workspace_reads_nothing_rather_than_bringing_somebody_back(crowd: Crowd) -> None:
    with opened(crowd) as bridge:
        bridge.erase(["egon@mail.example"])
    key = crowd.folder / ".crmbridge" / "audit.key"
    kept = key.read_bytes()
    key.unlink()
    with opened(crowd) as bridge:
        with pytest.raises(ConfigError, match="the key of the audit log is not there"):
            bridge.sync([])
        assert "Egon Elm" not in names(bridge)
    assert not key.exists()
    key.write_bytes(kept)
    with opened(crowd) as bridge:
        assert bridge.sync([]).exit_code == 0


def test_the_key_may_be_a_secret(crowd: Crowd) -> None:
    file = crowd.folder / "crmbridge.toml"
    file.write_text(file.read_text(encoding="utf-8") + '\n[audit]\nkey = "env:CROWD_KEY"\n', encoding="utf-8")
    with Bridge.open(crowd.folder, environ={"CROWD_KEY": "s" * 40}) as bridge:
        bridge.erase(["egon@mail.example"])
        assert bridge.audit_verify().rows == ()
    assert not (crowd.folder / ".crmbridge" / "audit.key").exists()
    with Bridge.open(crowd.folder, environ={"CROWD_KEY": "t" * 40}) as bridge:
        assert [row["code"] for row in bridge.audit_verify().rows][:1] == ["AUDIT_KEY"]


def test_the_command_asks_and_tells_what_goes(crowd: Crowd, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ["erase", "--person", "Dina Day", "--workspace", str(crowd.folder)]
    assert app.run(asked, {}) == 2, "nobody is there to say yes"
    assert app.run([*asked, "--dry-run", "--json"], {}) == 0
    capfd.readouterr()
    assert app.run([*asked, "--yes", "--json"], {}) == 0
    told = json.loads(capfd.readouterr().out)
    assert {row["place"]: row["gone"] for row in told["rows"]}["contact"] == 1
    assert app.run([*asked, "--yes"], {}) == 78
    assert app.run(["audit", "list", "--json", "--workspace", str(crowd.folder)], {}) == 0
    (row,) = json.loads(capfd.readouterr().out)["rows"]
    assert row["action"] == "person.erased"
    assert "Dina" not in json.dumps(row)
    assert app.run(["audit", "verify", "--workspace", str(crowd.folder)], {}) == 0
    assert app.run(["db", "prune", "--dry-run", "--json", "--workspace", str(crowd.folder)], {}) == 0


@pytest.mark.file_ledger
def test_a_cut_tail_is_missed_by_the_command(crowd: Crowd, capfd: pytest.CaptureFixture[str]) -> None:
    with opened(crowd) as bridge:
        bridge.erase(["Dina Day"])
        bridge.erase(["egon@mail.example"])
        with bridge.wiring.ledger.begin() as tx:
            for sql in ("DROP TRIGGER audit_is_kept", "DELETE FROM audit WHERE seq = 2"):
                bulk.run(tx, sql)
    assert app.run(["audit", "verify", "--json", "--workspace", str(crowd.folder)], {}) == 6
    (row,) = json.loads(capfd.readouterr().out)["rows"]
    assert (row["code"], row["rows"]) == ("AUDIT_CUT", [2, 2])
