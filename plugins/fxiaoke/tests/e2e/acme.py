"""A company's workspace on a simulated tenant, and the comparison with the dump."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.systems.command_line import Answer, Runner
from tests.systems.truth import Seen, mapped_fields, told, wanted
from tests.systems.workspace import Workspace

from .dump import CUSTOM, CUSTOM_1, LABELS, LIFE, dialled, empty, named, payload_form, stage_of, tables
from .org import INVALID, Org

__all__ = ["Acme", "Answer", "Runner", "mapping_text"]

CONFIG = """\
[workspace]
name = "acme"
currency = "CNY"
timezone = "{zone}"

[connections.crm]
adapter = "fxiaoke"
credentials = "env:CRM_LOGIN"
simulator = true
api_url = "{api_url}"
"""
KINDS = {
    "users": "user",
    "departments": "org_unit",
    "AccountObj": "account",
    "ContactObj": "contact",
    "LeadsObj": "lead",
    "NewOpportunityObj": "deal",
    "OpportunityObj": "deal",
    "ActiveRecordObj": "activity",
    "ScheduleObj": "activity",
    "TaskObj": "task",
}
PEOPLE = ("users", "departments")


def mapping_text(deals: str, *names: str) -> str:
    """Our mapping over the default one, with those custom fields of opportunities (all, unless named)."""
    custom = CUSTOM if deals.startswith("New") else CUSTOM_1
    rules = [
        f'{ours} = {{ from = "{theirs}", {rule} }}'
        for ours, (theirs, rule, _) in custom.items()
        if not names or ours in names
    ]
    return "\n".join(["format = 1", "", f"[objects.{deals}.custom]", *rules, ""])


@dataclass
class Acme(Workspace[Org]):
    """The workspace, and its tenant."""

    zone: str = "Asia/Shanghai"
    config: ClassVar[str] = CONFIG
    kinds: ClassVar[Mapping[str, str]] = KINDS

    def mapping(self) -> str:
        return mapping_text(self.org.deals)

    @property
    def objects(self) -> tuple[str, ...]:
        """What is mapped and there."""
        return tuple(name for name in KINDS if name not in PEOPLE and name in self.org.look("counts"))

    def check(self, *, custom: bool = True, history: bool = False) -> None:
        """Everything that was landed and made of it equals the tenant's own dump, field by field."""
        state, neutral = self.org.state, self.neutral()
        made = tables(self.org.deals)
        dead = self.dead_ids()
        self._check_people(state, neutral)
        for name in self.objects:
            rows = state["objects"][name]
            live = {key: row for key, row in rows.items() if row["life_status"] != INVALID}
            gone = (set(rows) - set(live)) | set(state["deleted"].get(name, ()))
            landed = self.check_ids(name, set(live), gone, neutral[name])
            for key, row in live.items():
                seen = Seen(row)
                _check_record(name, seen, neutral[name][key], made[name], there=neutral, dead=dead)
                if custom:
                    self._check_custom(name, seen, neutral[name][key])
                _check_payload(name, landed[key][0], seen)
        if history:
            self._check_history(state, neutral[self.org.deals])
        assert self.quarantined() == []

    def _check_people(self, state: Mapping[str, Any], neutral: Mapping[str, Any]) -> None:
        people = named(state["users"], state["objects"]["PersonnelObj"], style=self.org.style)
        assert set(neutral["users"]) == set(people)
        for key, user in people.items():
            found = neutral["users"][key]
            assert (found["name"], found["active"]) == (user["name"], not user["is_stop"])
            if "email" in user:
                told_of = (found["email"], dialled(found["phone"]), found["org_unit"])
                assert told_of == (user["email"], user["phone"], ("departments", user["main_department"][0])), key
                assert found["manager"] == (("users", user["leader"][0]) if user.get("leader") else None)
        units = {key: one["name"] for key, one in neutral["departments"].items()}
        assert units == state["departments"]
        for key, row in state["objects"]["DepartmentObj"].items():
            parent = next(iter(row.get("parent_id") or ()), None)
            assert neutral["departments"][key]["parent"] == (("departments", parent) if parent else None)

    def _check_custom(self, name: str, record: Seen, found: Mapping[str, Any]) -> None:
        rules = {"NewOpportunityObj": CUSTOM, "OpportunityObj": CUSTOM_1}.get(name, {})
        due = {ours: make(record) for ours, (_, _, make) in rules.items()}
        due |= {} if self.kinds[name] in {"activity", "task"} else {ours: make(record) for ours, make in LIFE.items()}
        held = {ours: one["value"] for ours, one in found["custom"].items()}
        assert set(held) - {"leads_stage"} <= set(due), (name, set(held) - set(due))
        for ours, value in due.items():
            have = held.get(ours)
            if ours == "hotline" and have:
                have, value = dialled(have), dialled(value)  # noqa: PLW2901 - the same number, however it is written
            assert told(have) == told(value), (name, record["_id"], ours, have, value)

    def _check_history(self, state: Mapping[str, Any], deals: Mapping[str, Any]) -> None:
        """The stages that a record entered after its first one, as the change log tells."""
        live = self.org.records(self.org.deals)
        held = self.events([deals[key]["record_id"] for key in live])
        for key, row in live.items():
            lines = state["stage_history"].get(key, [])
            due = [(at, stage_of({**row, "sales_stage__r": LABELS[new]})) for at, _, new in lines]
            have = [(round(when.timestamp() * 1000), stage) for _, stage, when in held[deals[key]["record_id"]]]
            assert have[1:] == due, (key, have, due)
            assert have[0][0] == row["create_time"], key


def _check_record(
    name: str,
    record: Seen,
    found: Mapping[str, Any],
    made: Mapping[str, Callable[[Any], Any]],
    *,
    there: Mapping[str, Any],
    dead: set[str],
) -> None:
    """A link to a record that is 作废 or deleted stays in Fxiaoke; here it is one to a deleted record, or to none."""
    mapped = mapped_fields(found)
    assert mapped == set(made), (name, sorted(mapped ^ set(made)))
    for field, make in made.items():
        have, due = told(found[field]), wanted(make(record))
        if field == "phones":
            have, due = [dialled(one) for one in found[field]], make(record)
        is_dangling = isinstance(due, tuple) and due[0] in there and due[1] not in there[due[0]]
        assert have == due or (is_dangling and (have is None or have in dead)), (name, record["_id"], field, have, due)


def _check_payload(name: str, payload: Mapping[str, Any], record: Seen) -> None:
    """What was landed is what a query shows of the mapped fields, and lacks none of them."""
    looked_at = {one for one in record.names if not one.endswith("__r") and not empty(record.get(one))}
    lacking = looked_at - set(payload)
    assert not lacking, (name, sorted(lacking))
    for field, value in payload.items():
        assert wanted(value) == wanted(payload_form(record.get(field))), (name, record["_id"], field, value)
