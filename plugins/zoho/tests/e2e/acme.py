"""A company's workspace on a simulated organisation: the real command line, and the comparison with the dump."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from crmbridge.ledger import connections, raw, stage_events
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.instants import from_us

from .org import Org
from .truth import CUSTOM, Seen, bare_phone, history, payload_form, stage_of, tables

ROOT = Path(__file__).parents[4]
KINDS = {
    "Users": "user",
    "Accounts": "account",
    "Contacts": "contact",
    "Leads": "lead",
    "Deals": "deal",
    "Tasks": "task",
    "Events": "activity",
    "Calls": "activity",
    "Notes": "note",
}
MODULES = tuple(name for name in KINDS if name != "Users")
DERIVED = {"history_quality"}
CONFIG = """\
[workspace]
name = "acme"
currency = "EUR"
timezone = "{zone}"

[connections.crm]
adapter = "zoho"
credentials = "env:CRM_LOGIN"
simulator = true
accounts_url = "{accounts_url}"
api_url = "{api_url}"
"""
MAPPING = """\
format = 1

[pipelines.renewals]
names = {{ en = "Renewals", zh = "续约" }}
stages = [
  {{ key = "due", category = "open", labels = ["Renewal Open"] }},
  {{ key = "review", category = "open", labels = ["Renewal Review"] }},
  {{ key = "renewed", category = "won", labels = ["Renewal Won"] }},
  {{ key = "not_renewed", category = "lost", labels = ["Renewal Lost"] }},
]

[objects.Accounts.fields]
need_tags = "Tag"

[objects.Deals]
pipeline = {{ from = "Pipeline", values = {{ "Standard (Standard)" = "sales", "Renewals" = "renewals" }} }}

[objects.Deals.custom]
{custom}
"""


class Answer(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out)["rows"])

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out)["warnings"])

    @property
    def trouble(self) -> list[object]:
        """What did not go as it should."""
        if not self.out.startswith("{"):
            return [self.text]
        rows = [row for row in self.rows if row["result"] != "done" or row["quarantined"]]
        return [*rows, *(one["message"] for one in self.warnings if one["code"] != "read.way")]

    @property
    def text(self) -> str:
        return self.out + self.err


Runner = Callable[..., Answer]


def mapping_text(*names: str) -> str:
    """Our mapping over the default one, with those custom fields of deals (all, unless named)."""
    rules = [
        f'{ours} = {{ from = "{theirs}", type = "{kind}" }}'
        for ours, (theirs, kind, _) in CUSTOM.items()
        if not names or ours in names
    ]
    return MAPPING.format(custom="\n".join(rules))


@dataclass
class Acme:
    """The workspace, and its organisation."""

    folder: Path
    org: Org
    run_line: Runner
    zone: str = "Europe/Stockholm"
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "mapping").mkdir(parents=True)
        self.settle(self.zone)
        self.map(mapping_text())
        self.environ = {"CRM_LOGIN": self.org.login}

    # the workspace

    def settle(self, zone: str) -> None:
        """The configuration, in that zone."""
        self.zone = zone
        (self.folder / "crmbridge.toml").write_text(CONFIG.format(zone=zone, **self.org.told), "utf-8")

    def configure(self, **keys: object) -> None:
        """More keys of the connection."""
        with (self.folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())

    def map(self, text: str) -> None:
        (self.folder / "mapping" / "crm.toml").write_text(text, "utf-8")

    @property
    def ledger_url(self) -> str:
        return f"sqlite:///{self.folder / 'crmbridge.db'}"

    # commands

    def run(self, *words: str) -> Answer:
        return self.run_line(*words, "--workspace", str(self.folder), environ=self.environ)

    def sync(self, *, code: int = 0) -> Answer:
        """`crmbridge sync --json`, which must end with that code."""
        answer = self.run("sync", "--json")
        assert answer.code == code, (answer.code, answer.trouble, answer.err[-3000:], self.quarantined())
        return answer

    def start(self) -> "subprocess.Popen[bytes]":
        """The same in a process of its own, which somebody may kill."""
        command = [sys.executable, "-c", "from crmbridge.cli.app import main; main()", "sync"]
        return subprocess.Popen(
            [*command, "--workspace", str(self.folder)],
            env={**os.environ, **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    # what it holds

    def landed(self, object_name: str) -> dict[str, tuple[dict[str, Any], bool]]:
        """Every payload of an object, and whether it is deleted, by the vendor's id."""
        ledger = open_ledger(self.ledger_url, check=False)
        try:
            with ledger.read() as tx:
                connection = next(row.id for row in connections.listing(tx) if row.name == "crm")
                ids = [*raw.live_ids(tx, connection, object_name), *self._deleted_ids(object_name)]
                kept = raw.fetch(tx, connection, object_name, ids)
                return {one.record.external_id: (dict(one.record.payload), one.record.deleted) for one in kept}
        finally:
            ledger.close()

    def lifecycles(self, object_name: str) -> dict[str, str]:
        """active or deleted, by the vendor's id; exports hold the active ones alone."""
        return dict(
            self._select(f'SELECT external_id, lifecycle FROM "{KINDS[object_name]}" WHERE object = ?', object_name)
        )

    def dead_ids(self) -> set[str]:
        """Our ids of deleted records."""
        return {
            str(key)
            for kind in dict.fromkeys(KINDS.values())
            for (key,) in self._select(f"SELECT id FROM \"{kind}\" WHERE lifecycle = 'deleted'")
        }

    def _select(self, statement: str, *values: str) -> list[Any]:
        with sqlite3.connect(self.folder / "crmbridge.db") as file:
            found = file.execute(statement, values).fetchall()
        file.close()
        return found

    def _deleted_ids(self, object_name: str) -> list[str]:
        found = self._select(
            "SELECT external_id FROM raw_record JOIN stream ON stream.id = stream_id"
            " WHERE object = ? AND raw_record.deleted = 1",
            object_name,
        )
        return [key for (key,) in found]

    def neutral(self) -> dict[str, dict[str, dict[str, Any]]]:
        """object -> vendor's id -> the exported record, references as (object, vendor's id)."""
        exported = [record for kind in dict.fromkeys(KINDS.values()) for record in self._export(kind)]
        names = {record["id"]: (record["refs"][0]["object"], record["refs"][0]["vendor_id"]) for record in exported}
        assert len(names) == len(exported), "two records share an id"
        found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in KINDS}
        for record in exported:
            assert len(record["refs"]) == 1, record
            object_name, key = names[record["id"]]
            assert key not in found[object_name], f"{object_name} {key} is there twice"
            told = {
                name: names.get(value, value) if isinstance(value, str) else value for name, value in record.items()
            }
            found[object_name][key] = {**told, "record_id": record["id"]}
        return found

    def _export(self, kind: str) -> Iterator[dict[str, Any]]:
        answer = self.run("export", kind, "--format", "ndjson")
        assert answer.code == 0, answer.text
        for line in answer.out.splitlines():
            yield json.loads(line, parse_float=Decimal)

    def events(self, record_ids: list[str]) -> dict[str, list[tuple[str | None, str, datetime]]]:
        """What the vendor's history of those records came to: (label, stage, when) by our id."""
        ledger = open_ledger(self.ledger_url, check=False)
        try:
            with ledger.read() as tx:
                found = {key: stage_events.for_record(tx, key) for key in record_ids}
        finally:
            ledger.close()
        for rows in found.values():
            rows.sort(key=lambda one: (one.at_us, one.change_id or ""))
        return {
            key: [(one.vendor_label, one.to_stage, from_us(one.at_us)) for one in rows if one.origin == "vendor"]
            for key, rows in found.items()
        }

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        names = [name for (name,) in self._select("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self._select(f'SELECT * FROM "{name}"') for name in names}

    def cursors(self) -> list[Any]:
        """How far each object was read, and its deletions and history."""
        reached = self._select("SELECT object, cursor, high_water_us FROM stream ORDER BY object")
        return reached + self._select("SELECT stream_id, name, cursor FROM feed ORDER BY stream_id, name")

    def count(self, table: str) -> int:
        """The rows of a table."""
        return int(self._select(f'SELECT count(*) FROM "{table}"')[0][0])

    def quarantined(self) -> list[dict[str, Any]]:
        return self.run("quarantine", "--json").rows

    # the comparison

    def check(self, *, custom: bool = True, modules: tuple[str, ...] = MODULES) -> None:
        """Everything that was landed and made of it equals the organisation's own dump, field by field."""
        state, neutral = self.org.state, self.neutral()
        made = tables(ZoneInfo(self.zone))
        lost = {key for rows in state["deleted"].values() for key in rows} | self.dead_ids()
        self._check_users(state["users"], neutral["Users"])
        for module in modules:
            live, gone = state["modules"][module], state["deleted"].get(module, {})
            found, landed = neutral[module], self.landed(module)
            lacking, doubtful = set(live) - set(found), set(found) - set(live)
            assert not lacking | doubtful, (module, sorted(lacking), sorted(doubtful))
            dead = {key for key, (_, is_deleted) in landed.items() if is_deleted}
            assert set(landed) == set(live) | dead, module
            assert dead <= set(gone), module
            assert self.lifecycles(module) == {**dict.fromkeys(live, "active"), **dict.fromkeys(dead, "deleted")}
            for key, record in live.items():
                seen = Seen(record)
                self._check_record(module, seen, found[key], made[module], gone=lost)
                if module == "Deals" and custom:
                    _check_custom(seen, found[key])
                _check_payload(module, landed[key][0], seen, gone=lost)
        if "Deals" in modules:
            self._check_history(state, neutral["Deals"])
        assert self.quarantined() == []

    def _check_record(
        self,
        module: str,
        record: Seen,
        found: Mapping[str, Any],
        made: Mapping[str, Callable[[Any], Any]],
        *,
        gone: set[str],
    ) -> None:
        """A link to a deleted record is gone there at once, and here once the record that has it changes."""
        envelope = {"id", "record_id", "refs", "version", "revision", "first_seen_at", "last_seen_at"}
        envelope |= {"lifecycle", "merged_into", "custom", "unknown"}
        mapped = set(found) - envelope - set(found["unknown"]) - DERIVED
        assert mapped == set(made), (module, sorted(mapped ^ set(made)))
        for name, make in made.items():
            have, want = _told(found[name]), _wanted(make(record))
            have = [bare_phone(one) for one in have] if name == "phones" else have
            assert have == want or (want is None and have in gone), (module, record["id"], name, have, want)

    def _check_users(self, users: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        assert set(users) == set(found)
        for key, user in users.items():
            assert (found[key]["name"], found[key]["email"]) == (user["name"], user["email"])

    def _check_history(self, state: Mapping[str, Any], deals: Mapping[str, Any]) -> None:
        live = state["modules"]["Deals"]
        held = self.events([deals[key]["record_id"] for key in live])
        for key, record in live.items():
            rows = state["stage_history"].get(key, [])
            wanted = [(label, stage_of({**record, "Stage": label})[1], when) for label, when in history(rows)]
            assert held[deals[key]["record_id"]] == wanted, key
            assert deals[key]["history_quality"] == "full"


def _told(value: Any) -> Any:
    """An exported value in the form of the truth's."""
    if isinstance(value, list):
        return [_wanted(one) for one in value]
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return Decimal(value["amount"]), value["currency"]
    return _wanted(value)


def _wanted(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > 18 and value[10:11] == "T" and value.endswith("Z"):
            return datetime.fromisoformat(value)
        try:
            return Decimal(value) if value.replace(".", "", 1).isdigit() else value
        except ArithmeticError:
            return value
    return value


def _check_custom(record: Seen, found: Mapping[str, Any]) -> None:
    held = {name: one["value"] for name, one in found["custom"].items()}
    wanted = {name: make(record) for name, (_, _, make) in CUSTOM.items()}
    for name, value in wanted.items():
        have = bare_phone(held[name]) if name == "hotline" and held.get(name) else held.get(name)
        assert _told(have) == _wanted(value), (record["id"], name, have, value)


def _check_payload(module: str, payload: Mapping[str, Any], record: Seen, *, gone: set[str]) -> None:
    """What was landed is what a list shows of the mapped fields, and lacks none of them."""
    lacking = record.names - set(payload) - ({"$se_module"} if module == "Notes" else set())
    assert not lacking, (module, sorted(lacking))
    for name, value in payload.items():
        want = payload_form(name, record.get(name), record)
        was_linked = want is None and isinstance(value, Mapping) and value.get("id") in gone
        is_its_kind = name == "$se_module" and record.get("What_Id") is None
        assert value == want or was_linked or is_its_kind, (module, record.get("id"), name, value, want)
