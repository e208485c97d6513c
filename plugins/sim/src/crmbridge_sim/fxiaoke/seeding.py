"""The vendor-neutral world as an Fxiaoke tenant: people, departments, pools, then all records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_sim.fxiaoke import ids
from crmbridge_sim.fxiaoke import seeding_activities as activities
from crmbridge_sim.fxiaoke import seeding_deals as deals
from crmbridge_sim.fxiaoke import seeding_parties as parties
from crmbridge_sim.fxiaoke.people import COMPANY, Department, Employee, full_name
from crmbridge_sim.fxiaoke.seeding_sheet import Sheet

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator
    from crmbridge_sim.world import World

DAY_S = 86_400
LEAD_POOLS = ("华东线索池", "华南线索池", "华北线索池")
HIGH_SEAS = ("全国公海", "重点客户公海")
DEPARTMENTS = (
    ("1001", "销售中心", COMPANY),
    ("1002", "华北销售部", "1001"),
    ("1003", "华东销售部", "1001"),
    ("1004", "华南销售部", "1001"),
)


def seed_people(sim: FxiaokeSimulator, world: World) -> Employee:
    """Makes the directory; returns the CRM administrator, who is the acting user by default."""
    born = (world.start - 365 * DAY_S) * 1000
    for order, (key, name, parent) in enumerate(DEPARTMENTS):
        sim.people.departments[key] = Department(key, name, parent, order + 1)
    admin = _employee(sim, ids.ADMIN, "Api User", email="api@fjordtech.example", department="1001", born=born)
    admin.is_admin, admin.position = True, "CRM管理员"
    made: list[Employee] = []
    for number, person in enumerate(world.colleagues):
        name = full_name(person.first_name, person.last_name, family_first=sim.family_first)
        department = DEPARTMENTS[1 + number % 3][0]
        one = _employee(sim, str(1_001 + number), name, email=person.email, department=department, born=born)
        one.leader = admin.id if person.manager is None else made[person.manager].id
        one.position = "销售经理" if person.role == "manager" else "销售"
        one.is_stop = person.left
        made.append(one)
    sim.people.touch()
    return admin


def _employee(sim: FxiaokeSimulator, number: str, name: str, *, email: str, department: str, born: int) -> Employee:
    mobile = f"1390000{int(number):04d}"
    open_id = ids.open_user_id(sim.seed, number)
    return sim.people.add(Employee(number, open_id, name, mobile, email, department, created_ms=born, updated_ms=born))


def seed_records(sim: FxiaokeSimulator, world: World, *, unclaimed: int) -> None:
    """Fills the store, in one transaction, then makes the indexes every read needs."""
    sim.store.db.execute("BEGIN")
    _fill(Sheet(sim, world), world, unclaimed=unclaimed)
    sim.store.db.execute("COMMIT")
    for obj in sim.schema:
        sim.store.index(obj)
    sim.log.index()


def _fill(sheet: Sheet, world: World, *, unclaimed: int) -> None:
    """Everything, what is referred to first."""
    parties.put_directory(sheet)
    sheet.pools = sheet.put("LeadsPoolObj", parties.pool_rows(sheet, LEAD_POOLS))
    sheet.seas = sheet.put("HighSeasObj", parties.pool_rows(sheet, HIGH_SEAS))
    if not world.deal_count:
        return
    sheet.deals = [sheet.id(number, world.created_of(number)) for number in range(world.deal_count)]
    sheet.leads = [sheet.id(number, world.created_of(number * 4) - DAY_S) for number in range(world.lead_count)]
    sheet.put("AccountObj", parties.account_rows(sheet))
    sheet.put("ContactObj", parties.contact_rows(sheet))
    sheet.put("LeadsObj", parties.lead_rows(sheet))
    sheet.put("LeadsObj", parties.unclaimed_rows(sheet, unclaimed))
    sheet.put(sheet.deal_object, deals.deal_rows(sheet))
    sheet.put("ActiveRecordObj", activities.record_rows(sheet))
    sheet.put("ScheduleObj", activities.schedule_rows(sheet))
    if "TaskObj" in sheet.sim.schema:
        sheet.put("TaskObj", activities.task_rows(sheet))
