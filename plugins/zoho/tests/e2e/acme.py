"""A company's workspace on a simulated organisation, and the comparison with the dump."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from tests.systems.command_line import Answer, Runner
from tests.systems.truth import Seen, bare_phone, mapped_fields, told, wanted
from tests.systems.workspace import ROOT, Workspace

from .org import Org
from .truth import CUSTOM, history, payload_form, stage_of, tables

__all__ = ["MODULES", "ROOT", "Acme", "Answer", "Runner", "mapping_text"]

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


def mapping_text(*names: str) -> str:
    """Our mapping over the default one, with those custom fields of deals (all, unless named)."""
    rules = [
        f'{ours} = {{ from = "{theirs}", type = "{kind}" }}'
        for ours, (theirs, kind, _) in CUSTOM.items()
        if not names or ours in names
    ]
    return MAPPING.format(custom="\n".join(rules))


@dataclass
class Acme(Workspace[Org]):
    """The workspace, and its organisation."""

    config: ClassVar[str] = CONFIG
    kinds: ClassVar[Mapping[str, str]] = KINDS

    def mapping(self) -> str:
        return mapping_text()

    def check(self, *, custom: bool = True, modules: tuple[str, ...] = MODULES) -> None:
        """Everything that was landed and made of it equals the organisation's own dump, field by field."""
        state, neutral = self.org.state, self.neutral()
        made = tables(ZoneInfo(self.zone))
        lost = {key for rows in state["deleted"].values() for key in rows} | self.dead_ids()
        self._check_users(state["users"], neutral["Users"])
        for module in modules:
            live, gone = state["modules"][module], state["deleted"].get(module, {})
            found = neutral[module]
            landed = self.check_ids(module, set(live), set(gone), found)
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
        mapped = mapped_fields(found)
        assert mapped == set(made), (module, sorted(mapped ^ set(made)))
        for name, make in made.items():
            have, want = told(found[name]), wanted(make(record))
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


def _check_custom(record: Seen, found: Mapping[str, Any]) -> None:
    held = {name: one["value"] for name, one in found["custom"].items()}
    due = {name: make(record) for name, (_, _, make) in CUSTOM.items()}
    for name, value in due.items():
        have = bare_phone(held[name]) if name == "hotline" and held.get(name) else held.get(name)
        assert told(have) == wanted(value), (record["id"], name, have, value)


def _check_payload(module: str, payload: Mapping[str, Any], record: Seen, *, gone: set[str]) -> None:
    """What was landed is what a list shows of the mapped fields, and lacks none of them."""
    lacking = record.names - set(payload) - ({"$se_module"} if module == "Notes" else set())
    assert not lacking, (module, sorted(lacking))
    for name, value in payload.items():
        want = payload_form(name, record.get(name), record)
        was_linked = want is None and isinstance(value, Mapping) and value.get("id") in gone
        is_its_kind = name == "$se_module" and record.get("What_Id") is None
        assert value == want or was_linked or is_its_kind, (module, record.get("id"), name, value, want)
