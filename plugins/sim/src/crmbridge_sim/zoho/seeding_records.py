"""Row by row from the neutral world to the store's columns; ids are arithmetic, so nothing has to be looked up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from crmbridge_sim.world.model import MINOR_UNITS, RENEWAL, SALES
from crmbridge_sim.zoho.building import RENEWAL_PIPELINE, STANDARD_PIPELINE

if TYPE_CHECKING:
    from crmbridge_sim.world import World
    from crmbridge_sim.zoho.simulator import ZohoSimulator

DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
STAGES = {
    "qualify": "Qualification",
    "needs": "Needs Analysis",
    "value": "Value Proposition",
    "decide": "Id. Decision Makers",
    "propose": "Proposal/Price Quote",
    "negotiate": "Negotiation/Review",
    "won": "Closed Won",
    "lost": "Closed Lost",
    "lost_rival": "Closed Lost to Competition",
    "due": "Renewal Open",
    "review": "Renewal Review",
    "renewed": "Renewal Won",
    "ended": "Renewal Lost",
}
SOURCES = {
    "fair": "Trade Show",
    "web": "Web Research",
    "referral": "External Referral",
    "partner": "Partner",
    "cold call": "Cold Call",
    "seminar": "Internal Seminar",
    "advertisement": "Advertisement",
}
LEAD_STATUS = {
    "new": "Not Contacted",
    "contacted": "Contacted",
    "later": "Contact in Future",
    "junk": "Junk Lead",
    "lost": "Lost Lead",
    "qualified": "Pre-Qualified",
}
INDUSTRIES = {
    "manufacturing": "Manufacturer",
    "technology": "Technology",
    "services": "Service Provider",
    "communications": "Communications",
    "education": "Education",
    "government": "Government/Military",
    "trade": "Small/Medium Enterprise",
}
SEGMENTS = {"enterprise": "Enterprise", "mid": "Mid-Market", "small": "Small Business", "public": "公共事业"}
LOSSES = {
    "price": "Price",
    "no answer": "Lack of response",
    "wrong target": "Wrong Target",
    "expectation": "Expectation Mismatch",
    "rival": "Other",
}
PRIORITIES = {"high": "High", "normal": "Normal", "low": "Low"}
RESULTS = {
    "interested": "Interested",
    "not interested": "Not interested",
    "no answer": "No response/Busy",
    "more info": "Requested more info",
    "call back": "Requested call back",
}
KINDS = {"prospect": "Prospect", "customer": "Customer", "partner": "Partner"}
_COMPETITORS = ('["Alpha Systems"]', '["Beta Works","北方软件"]', '["In-house"]')
Row = tuple[Any, ...]


class Days(dict[int, str]):
    """Day numbers as ISO dates, remembered."""

    def __missing__(self, number: int) -> str:
        text = self[number] = date.fromordinal(_EPOCH + number).isoformat()
        return text


class Seeder:
    """Puts one world into one simulator."""

    def __init__(self, sim: ZohoSimulator, world: World) -> None:
        self._sim, self._world, self._store = sim, world, sim.store
        self._days = Days()
        self._rates = dict(sim.org.currencies)
        self._base = sim.org.iso_code
        self._multi = len(self._rates) > 1
        people = list(sim.people)
        self._admin = people[0].id
        self._owners = [user.id for user in people[1:]]
        self._accounts = self._store.reserve_ids(world.account_count)
        self._contacts = self._store.reserve_ids(world.contact_count)
        self._leads = self._store.reserve_ids(world.lead_count)
        self._deals = self._store.reserve_ids(world.deal_count)
        self._stage = {value.actual: value for value in sim.schema["Deals"]["Stage"].values}
        self._visited = {key: (actual, self._stage[actual].probability) for key, actual in STAGES.items()}
        self._history_ids: Iterator[int] = iter(())
        self._since_lead: dict[int, int] = {}
        self._tags: dict[tuple[str, ...], str | None] = {(): None}

    def run(self) -> None:
        """Everything, in an order in which what is referred to comes first."""
        audit = ("Owner", "Created_By", "Modified_By", "Created_Time", "Modified_Time", "Last_Activity_Time")
        money = ("Currency", "Exchange_Rate") if self._multi else ()
        put = self._store.insert_many
        put("Accounts", (*_ACCOUNT, *audit, *money), self._account_rows())
        put("Contacts", (*_CONTACT, *audit), self._contact_rows())
        put("Leads", (*_LEAD, *audit, *money), self._lead_rows())
        self._deal_rows((*_DEAL, *audit, *money))
        put("Tasks", (*_TASK, *audit), self._task_rows())
        put("Events", (*_EVENT, *audit), self._event_rows())
        put("Calls", (*_CALL, *audit), self._call_rows())
        put("Notes", (*_NOTE, *audit[:-1]), self._note_rows())

    def _audit(self, owner: int, created: int, modified: int) -> Row:
        user = self._owners[owner]
        return (user, user, user, created, modified, modified)

    def _money(self, currency: str) -> Row:
        if not self._multi:
            return ()
        known = currency if currency in self._rates else self._base
        return (known, self._rates[known])

    def _account_rows(self) -> Iterator[Row]:
        for record_id, one in zip(self._accounts, self._world.accounts(), strict=True):
            yield (
                record_id,
                one.key,
                one.name,
                10_000_000_000 + record_id % 1_000_000,
                KINDS[one.kind],
                INDUSTRIES[one.industry],
                SEGMENTS[one.segment],
                one.phone,
                one.website,
                one.street,
                one.city,
                one.code,
                one.country,
                one.revenue,
                one.employees,
                None if one.parent is None else self._accounts[one.parent],
                *self._audit(one.owner, one.created, one.modified),
                *self._money(one.currency),
            )

    def _contact_rows(self) -> Iterator[Row]:
        for record_id, one in zip(self._contacts, self._world.contacts(), strict=True):
            yield (
                record_id,
                one.key,
                one.first_name,
                one.last_name,
                f"{one.first_name} {one.last_name}",
                one.email,
                one.phone,
                one.mobile or None,
                one.title,
                one.department,
                SOURCES[one.source],
                self._accounts[one.account],
                *self._audit(one.owner, one.created, one.modified),
            )

    def _lead_rows(self) -> Iterator[Row]:
        world = self._world
        for record_id, one in zip(self._leads, world.leads(), strict=True):
            deal, links = one.deal, (None, None, None, None, None, None)
            if deal is not None:
                waited = (one.modified - one.created) // DAY_S
                self._since_lead[deal] = waited
                account, contact = self._accounts[world.account_of(deal)], self._contacts[self._contact_of(deal)]
                links = (1, one.modified, account, contact, self._deals[deal], waited)  # type: ignore[assignment]
            yield (
                record_id,
                one.key,
                one.first_name,
                one.last_name,
                f"{one.first_name} {one.last_name}",
                one.company,
                one.email,
                one.phone,
                one.title,
                SOURCES[one.source],
                LEAD_STATUS[one.status],
                one.city,
                one.country,
                *links,
                *self._audit(one.owner, one.created, one.modified),
                *self._money(one.currency),
            )

    def _deal_rows(self, columns: Sequence[str]) -> None:
        """Deals and their stage history, in chunks so that memory stays flat."""
        deals: list[Row] = []
        history: list[Row] = []
        longest = max(len(SALES), len(RENEWAL)) + 1
        self._history_ids = iter(self._store.reserve_ids(longest * self._world.deal_count))
        for number, one in enumerate(self._world.deals()):
            deals.append(self._deal(number, one))
            self._add_history(history, self._deals[number], one)
            if len(deals) == 5_000:  # noqa: PLR2004  # a chunk, no meaning
                self._flush(columns, deals, history)
        self._flush(columns, deals, history)

    def _flush(self, columns: Sequence[str], deals: list[Row], history: list[Row]) -> None:
        self._store.insert_many("Deals", columns, deals)
        self._store.insert_many("DealHistory", _HISTORY, history)
        deals.clear()
        history.clear()

    def _deal(self, number: int, one: Any) -> Row:  # noqa: ANN401  # a Deal; typed access is measurably slower here
        stage = self._stage[STAGES[one.moves[-1][0]]]
        probability = stage.probability if one.probability is None else one.probability
        units = MINOR_UNITS.get(one.currency, 100)
        amount = one.amount // units if one.amount % units == 0 else one.amount / units
        revenue = round(amount * (probability or 0) / 100, 2)
        closed = stage.forecast_type != "Open"
        waited = self._since_lead.get(number)
        cycle = (one.moves[-1][1] - one.created) // DAY_S if closed else None
        return (
            self._deals[number],
            one.key,
            one.name,
            stage.actual,
            RENEWAL_PIPELINE if one.pipeline == "renewal" else STANDARD_PIPELINE,
            self._days[one.closing // DAY_S],
            amount,
            probability,
            int(revenue) if revenue == int(revenue) else revenue,
            self._accounts[one.account],
            self._contacts[one.contact],
            SOURCES[one.source],
            "New Business" if one.kind == "new" else "Existing Business",
            one.next_step,
            LOSSES[one.loss] if one.loss else None,
            SEGMENTS[one.segment],
            waited,
            cycle,
            None if cycle is None else cycle + (waited or 0),
            self._tag_text(one.tags),
            number % 7 * 3 if number % 3 == 0 else None,
            10**15 + number if number % 5 == 0 else None,
            _COMPETITORS[number % 3] if number % 11 == 0 else None,
            number % 9 == 0,
            *self._audit(one.owner, one.created, one.modified),
            *self._money(one.currency),
        )

    def _tag_text(self, tags: tuple[str, ...]) -> str | None:
        if tags not in self._tags:
            made = [{"name": tag, "id": self._sim.named_id("tag", tag), "color_code": "#57B1FD"} for tag in tags]
            self._tags[tags] = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        return self._tags[tags]

    def _add_history(self, rows: list[Row], deal: int, one: Any) -> None:  # noqa: ANN401  # a Deal
        """One row per stage visited (dossier 2.13)."""
        user, moves, ids = self._owners[one.owner], one.moves, self._history_ids
        stage, probability = self._visited[moves[0][0]]
        since = moves[0][1]
        for key, at in moves[1:]:
            later, its_probability = self._visited[key]
            rows.append((next(ids), deal, stage, later, probability, (at - since) // DAY_S, user, since, since))
            stage, probability, since = later, its_probability, at
        rows.append((next(ids), deal, stage, None, probability, None, user, since, since))

    def _contact_of(self, deal: int) -> int:
        return self._world.contact_of(deal, self._world.account_of(deal))

    def _about(self, deal: int) -> Row:
        return (self._contacts[self._contact_of(deal)], self._deals[deal], "Deals")

    def _task_rows(self) -> Iterator[Row]:
        for record_id, one in zip(self._store.reserve_ids(self._world.task_count), self._world.tasks(), strict=True):
            status = "Completed" if one.done else ("In Progress" if record_id % 4 == 0 else "Not Started")
            yield (
                record_id,
                one.key,
                one.subject,
                status,
                PRIORITIES[one.priority],
                self._days[one.due // DAY_S],
                one.done,
                *self._about(one.deal),
                *self._audit(one.owner, one.created, one.done or one.created),
            )

    def _event_rows(self) -> Iterator[Row]:
        reminder = '[{"unit":15,"period":"minutes","time":null}]'
        ids = self._store.reserve_ids(self._world.meeting_count)
        for record_id, one in zip(ids, self._world.meetings(), strict=True):
            contact = self._contacts[self._contact_of(one.deal)]
            guest = {"invited": False, "id": str(record_id), "type": "contact", "participant": str(contact)}
            yield (
                record_id,
                one.key,
                one.title,
                one.start,
                one.end,
                0,
                one.place,
                json.dumps([{**guest, "status": "not_known"}], separators=(",", ":")),
                reminder if record_id % 2 else None,
                "PLANNED",
                *self._about(one.deal),
                *self._audit(one.owner, one.created, one.created),
            )

    def _call_rows(self) -> Iterator[Row]:
        for record_id, one in zip(self._store.reserve_ids(self._world.call_count), self._world.calls(), strict=True):
            ended = min(one.start + one.seconds, self._world.end)
            yield (
                record_id,
                one.key,
                one.subject,
                "Inbound" if one.inbound else "Outbound",
                one.start,
                f"{one.seconds // 60:02d}:{one.seconds % 60:02d}",
                one.seconds,
                None if one.inbound else "Completed",
                "Negotiation",
                RESULTS[one.result],
                *self._about(one.deal),
                *self._audit(one.owner, ended, ended),
            )

    def _note_rows(self) -> Iterator[Row]:
        for record_id, one in zip(self._store.reserve_ids(self._world.note_count), self._world.notes(), strict=True):
            deal = self._deals[one.deal]
            yield (
                record_id,
                one.title,
                one.text,
                deal,
                "Deals",
                *self._audit(one.owner, one.created, one.created)[:-1],
            )


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ACCOUNT = _names(
    "id World_Key Account_Name Account_Number Account_Type Industry Segment Phone Website Billing_Street Billing_City"
    " Billing_Code Billing_Country Annual_Revenue Employees Parent_Account"
)
_CONTACT = _names(
    "id World_Key First_Name Last_Name Full_Name Email Phone Mobile Title Department Lead_Source Account_Name"
)
_LEAD = _names(
    "id World_Key First_Name Last_Name Full_Name Company Email Phone Designation Lead_Source Lead_Status City Country"
    " Converted__s Converted_Date_Time Converted_Account Converted_Contact Converted_Deal Lead_Conversion_Time"
)
_DEAL = _names(
    "id World_Key Deal_Name Stage Pipeline Closing_Date Amount Probability Expected_Revenue Account_Name Contact_Name"
    " Lead_Source Type Next_Step Reason_For_Loss__s Segment Lead_Conversion_Time Sales_Cycle_Duration"
    " Overall_Sales_Duration Tag Units Serial_Number Competitors Is_Strategic"
)
_HISTORY = _names(
    "id Potential_Name Stage Moved_To__s Probability Stage_Duration_Calendar_Days Modified_By Modified_Time"
    " Created_Time"
)
_TASK = _names("id World_Key Subject Status Priority Due_Date Closed_Time Who_Id What_Id $se_module")
_EVENT = _names(
    "id World_Key Event_Title Start_DateTime End_DateTime All_day Venue Participants Remind_At Check_In_Status Who_Id"
    " What_Id $se_module"
)
_CALL = _names(
    "id World_Key Subject Call_Type Call_Start_Time Call_Duration Call_Duration_in_seconds Outgoing_Call_Status"
    " Call_Purpose Call_Result Who_Id What_Id $se_module"
)
_NOTE = _names("id Note_Title Note_Content Parent_Id $se_module")
