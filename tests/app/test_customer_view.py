"""The file of a customer through a workspace: what two systems hold of one person is one list."""

from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.model.errors import ConfigError

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
"""
CONNECTION = """
[connections.NAME]
adapter = "csv"
path = "NAME"
[connections.NAME.objects.people]
file = "people.csv"
key = "id"
[connections.NAME.objects.touches]
file = "touches.csv"
key = "id"
"""
MAPPING = """
format = 1
[objects.people]
kind = "contact"
keys = ["phones"]
[objects.people.fields]
full_name = "name"
phones = { from = "phone", region = "CN" }
[objects.touches]
kind = "activity"
[objects.touches.fields]
type = { from = "type", values = { call = "call", mail = "email" } }
contact = { from = "who", object = "people" }
started_at = { from = "day", format = ["%Y-%m-%d"], precision = "day" }
"""
FILES = {
    "crm": ("id,name,phone\n1,Li Wei,13800138000\n", "id,type,who,day\nt1,call,1,2026-05-01\n"),
    "shop": ("id,name,phone\n9,Li Wei,+86 138 0013 8000\n", "id,type,who,day\nt1,mail,9,2026-05-02\n"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = CONFIG
    for name, (people, touches) in FILES.items():
        config += CONNECTION.replace("NAME", name)
        for file, text in {
            f"{name}/people.csv": people,
            f"{name}/touches.csv": touches,
            f"mapping/{name}.toml": MAPPING,
        }.items():
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "crmbridge.toml").write_text(config, encoding="utf-8")
    return tmp_path


def test_one_person_of_two_systems_has_one_list(folder: Path) -> None:
    with Bridge.open(folder) as bridge:
        bridge.sync([])
        for name in ("contact/crm:1", "contact/shop:9"):
            told = bridge.customer(name)
            assert [(row["source"], row["type"]) for row in told.rows if row["section"] == "timeline"] == [
                ("shop:t1", "email"),
                ("crm:t1", "call"),
            ]
        assert bridge.customer("contact/crm:1", explain=True).explain is not None
        with pytest.raises(ConfigError, match="there is no account nobody"):
            bridge.customer("nobody")
        with pytest.raises(ConfigError, match="deal is no customer"):
            bridge.customer("deal/1")
