"""Zoho's own Python SDK walks through a simulator: run as a program, one JSON line of what it saw.

Arguments: a JSON object of accounts_url, api_url, client_id, client_secret, refresh_token and a folder for the
SDK's token store, its field details and its log. The SDK keeps global state, so it gets a process of its own.
"""

# mypy: disable-error-code="no-any-return, no-untyped-call"

from __future__ import annotations

import io
import json
import sys
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store.file_store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import (
    BodyWrapper as BulkBody,
)
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import (
    BulkReadOperations,
    Criteria,
    Query,
)
from zohocrmsdk.src.com.zoho.crm.api.convert_lead import BodyWrapper as ConvertBody
from zohocrmsdk.src.com.zoho.crm.api.convert_lead import ConvertLeadOperations, LeadConverter
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as CoqlBody
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam, MinifiedField
from zohocrmsdk.src.com.zoho.crm.api.layouts import GetLayoutsParam, LayoutsOperations
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule, ModulesOperations
from zohocrmsdk.src.com.zoho.crm.api.notes import BodyWrapper as NotesBody
from zohocrmsdk.src.com.zoho.crm.api.notes import Note, NotesOperations, ParentId
from zohocrmsdk.src.com.zoho.crm.api.notifications import BodyWrapper as WatchBody
from zohocrmsdk.src.com.zoho.crm.api.notifications import DeleteNotificationParam, Notification, NotificationsOperations
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.pipeline import PipelineOperations
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    DeleteRecordsParam,
    Field,
    GetDeletedRecordsParam,
    GetRecordsParam,
    Record,
    RecordOperations,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.related_records import GetRelatedRecordsParam, RelatedRecordsOperations
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.timelines import TimelinesOperations
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations
from zohocrmsdk.src.com.zoho.crm.api.util import Choice


def initialise(settings: dict[str, str]) -> None:
    """The SDK on our two addresses; everything it writes goes to the folder."""
    folder = Path(settings["folder"])
    environment = DataCenter.Environment(
        settings["api_url"], settings["accounts_url"] + "/oauth/v2/token", settings["api_url"]
    )
    token = OAuthToken(
        client_id=settings["client_id"],
        client_secret=settings["client_secret"],
        refresh_token=settings["refresh_token"],
    )
    Initializer.initialize(
        environment=environment,
        token=token,
        store=FileStore(str(folder / "tokens.txt")),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=True, read_timeout=20, connect_timeout=5),
        resource_path=str(folder),
        logger=Logger.get_instance(level=Logger.Levels.INFO, file_path=str(folder / "sdk.log")),
    )


def parameters(*pairs: tuple[Any, Any]) -> ParameterMap:
    """The SDK's way to write a query."""
    made = ParameterMap()
    for parameter, value in pairs:
        made.add(parameter, value)
    return made


def answered(response: Any) -> Any:
    """The object of an answer; an error of the service ends the tour with its code."""
    thing = response.get_object()
    if thing is not None and type(thing).__name__ == "APIException":
        raise SystemExit(f"{response.get_status_code()}: {thing.get_code().get_value()} {thing.get_details()}")
    return thing


def actions(response: Any) -> list[dict[str, Any]]:
    """Code, message and id of every item of a write."""
    seen = []
    for item in answered(response).get_data():
        details = item.get_details()
        seen.append({"code": item.get_code().get_value(), "id": str(details.get("id", "")), "details": sorted(details)})
    return seen


def walk(module: str) -> int:
    """Every record of a module by page tokens."""
    ids: set[int] = set()
    pairs = [(GetRecordsParam.fields, "Deal_Name"), (GetRecordsParam.per_page, 200)]
    while True:
        page = answered(RecordOperations(module).get_records(parameters(*pairs), HeaderMap()))
        ids.update(record.get_id() for record in page.get_data())
        info = page.get_info()
        if not info.get_more_records():
            return len(ids)
        pairs = [*pairs[:2], (GetRecordsParam.page_token, info.get_next_page_token())]


def deal(name: str, *, amount: float) -> Record:
    """A deal as the SDK wants it."""
    record = Record()
    record.add_field_value(Field.Deals.deal_name(), name)
    record.add_field_value(Field.Deals.stage(), Choice("Qualification"))
    record.add_field_value(Field.Deals.pipeline(), Choice("Standard (Standard)"))
    record.add_field_value(Field.Deals.amount(), amount)
    record.add_field_value(Field.Deals.closing_date(), date(2026, 12, 1))
    return record


def body(*records: Record) -> BodyWrapper:
    """A write of some records without workflows."""
    made = BodyWrapper()
    made.set_data(list(records))
    made.set_trigger([])
    return made


def writes() -> dict[str, Any]:
    """Create, read, update, upsert, search and delete."""
    deals = RecordOperations("Deals")
    seen: dict[str, Any] = {}
    made = actions(deals.create_records(body(deal("SDK one", amount=10.5), deal("SDK two", amount=20.0)), HeaderMap()))
    seen["create"] = made
    first = int(made[0]["id"])
    read = answered(deals.get_record(first, ParameterMap(), HeaderMap())).get_data()[0]
    seen["get"] = {
        "name": read.get_key_value("Deal_Name"),
        "amount": read.get_key_value("Amount"),
        "closing": str(read.get_key_value("Closing_Date")),
        "stage": read.get_key_value("Stage").get_value(),
        "owner": read.get_key_value("Owner").get_name(),
        "created": read.get_created_time().utcoffset() is not None,
    }
    change = Record()
    change.set_id(first)
    change.add_field_value(Field.Deals.amount(), 11.5)
    seen["update"] = actions(deals.update_records(body(change), HeaderMap()))
    again = body(deal("SDK two", amount=21.0), deal("SDK three", amount=30.0))
    again.set_duplicate_check_fields(["Deal_Name"])
    response = deals.upsert_records(again, HeaderMap())
    seen["upsert"] = [item.get_action().get_value() for item in answered(response).get_data()]
    ids = [item["id"] for item in actions(response)] + [str(first)]
    pairs = (
        (SearchRecordsParam.criteria, "(Deal_Name:starts_with:SDK)"),
        (SearchRecordsParam.fields, "Deal_Name"),
    )
    found = answered(deals.search_records(parameters(*pairs), HeaderMap()))
    seen["search"] = sorted(record.get_key_value("Deal_Name") for record in found.get_data()) if found else []
    doomed = parameters((DeleteRecordsParam.ids, ",".join(ids)))
    seen["delete"] = actions(deals.delete_records(doomed, HeaderMap()))
    gone = answered(deals.get_deleted_records(parameters((GetDeletedRecordsParam.type, "recycle")), HeaderMap()))
    seen["deleted"] = sorted(str(record.get_id()) for record in gone.get_data() if str(record.get_id()) in ids)
    return seen


def coql() -> list[dict[str, Any]]:
    """One query."""
    asked = CoqlBody()
    asked.set_select_query("select Deal_Name, Amount, Owner.last_name from Deals where id > 0 order by id limit 3")
    answer = answered(CoqlOperations().get_records(asked))
    return [{"id": str(record.get_id()), "name": record.get_key_value("Deal_Name")} for record in answer.get_data()]


def bulk() -> dict[str, Any]:
    """A bulk read from creation to the file."""
    module = MinifiedModule()
    module.set_api_name("Deals")
    field = MinifiedField()
    field.set_api_name("Amount")
    criteria = Criteria()
    criteria.set_field(field)
    criteria.set_comparator(Choice("greater_than"))
    criteria.set_value("0")
    query = Query()
    query.set_module(module)
    query.set_fields(["id", "Deal_Name", "Owner"])
    query.set_criteria(criteria)
    asked = BulkBody()
    asked.set_query(query)
    item = answered(BulkReadOperations().create_bulk_read_job(asked)).get_data()[0]
    job = int(item.get_details()["id"])
    states = []
    for _ in range(200):
        detail = answered(BulkReadOperations().get_bulk_read_job_details(job)).get_data()[0]
        state = detail.get_state().get_value()
        if state not in states:
            states.append(state)
        if state in {"COMPLETED", "FAILURE"}:
            break
        time.sleep(0.05)
    file = answered(BulkReadOperations().download_result(job)).get_file()
    with zipfile.ZipFile(io.BytesIO(file.get_stream().content)) as packed:
        names = packed.namelist()
        text = packed.read(names[0]).decode()
    return {
        "code": item.get_code().get_value(),
        "states": states,
        "count": detail.get_result().get_count(),
        "zip": file.get_name(),
        "names": names,
        "header": text.splitlines()[0],
        "rows": len(text.splitlines()) - 1,
    }


def full(modules: list[str]) -> dict[str, list[int]]:
    """Per module how many records were listed and how many of the first 20 the SDK could read whole."""
    seen = {}
    for module in modules:
        operations = RecordOperations(module)
        listed = answered(operations.get_records(parameters((GetRecordsParam.fields, "Owner")), HeaderMap()))
        records = listed.get_data() if listed else []
        whole = [operations.get_record(record.get_id(), ParameterMap(), HeaderMap()) for record in records[:20]]
        read = [answer for answer in whole if answer.get_object() is not None and answered(answer).get_data()]
        seen[module] = [len(records), len(read)]
    return seen


def around() -> dict[str, Any]:
    """What hangs on records: notes, stage history, timeline, counting, conversion and notifications."""
    deals, leads = RecordOperations("Deals"), RecordOperations("Leads")
    seen: dict[str, Any] = {}
    made = int(actions(deals.create_records(body(deal("SDK four", amount=4.0)), HeaderMap()))[0]["id"])
    note = Note()
    parent = ParentId()
    module = MinifiedModule()
    module.set_api_name("Deals")
    parent.set_id(made)
    parent.set_module(module)
    note.set_note_title("Scope")
    note.set_note_content("Phased.")
    note.set_parent_id(parent)
    notes = NotesBody()
    notes.set_data([note])
    seen["note"] = [item.get_code().get_value() for item in answered(NotesOperations().create_notes(notes)).get_data()]
    history = RelatedRecordsOperations("Stage_History", "Deals")
    wanted = parameters((GetRelatedRecordsParam.fields, "Stage,Modified_Time"))
    rows = answered(history.get_related_records(made, wanted, HeaderMap())).get_data()
    seen["history"] = [_text(row.get_key_value("Stage")) for row in rows]
    timeline = answered(TimelinesOperations().get_timelines("Deals", str(made), ParameterMap())).get_timeline()
    seen["timeline"] = [entry.get_action() for entry in timeline]
    seen["count"] = int(answered(deals.record_count(ParameterMap())).get_count())
    lead = Record()
    lead.add_field_value(Field.Leads.last_name(), "Petterson")
    lead.add_field_value(Field.Leads.company(), "Nordlys")
    lead_id = int(actions(leads.create_records(body(lead), HeaderMap()))[0]["id"])
    asked = ConvertBody()
    asked.set_data([LeadConverter()])
    item = answered(ConvertLeadOperations(lead_id).convert_lead(asked)).get_data()[0]
    seen["convert"] = [item.get_code().get_value(), item.get_details()["Accounts"].get_key_value("name")]
    seen["watch"] = watch()
    return seen


def _text(value: Any) -> Any:
    return value.get_value() if isinstance(value, Choice) else value


def watch() -> list[str]:
    """A channel enabled, listed and disabled."""
    channel = Notification()
    channel.set_channel_id("1000000068001")
    channel.set_events(["Deals.all"])
    channel.set_notify_url("https://hook.example/zoho")
    channel.set_token("secret")
    asked = WatchBody()
    asked.set_watch([channel])
    operations = NotificationsOperations()
    enabled = answered(operations.enable_notifications(asked)).get_watch()[0]
    event = enabled.get_details()["events"][0]
    listed = answered(operations.get_notifications(ParameterMap())).get_watch()[0]
    gone = answered(operations.delete_notification(parameters((DeleteNotificationParam.channel_ids, "1000000068001"))))
    return [
        enabled.get_code().get_value(),
        event.get_resource_name(),
        *listed.get_events(),
        gone.get_watch()[0].get_code().get_value(),
    ]


def metadata() -> dict[str, Any]:
    """Modules, fields, layouts, pipelines, users and the org."""
    modules = answered(ModulesOperations().get_modules(ParameterMap(), HeaderMap())).get_modules()
    fields = answered(FieldsOperations().get_fields(parameters((GetFieldsParam.module, "Deals")))).get_fields()
    layouts = answered(LayoutsOperations().get_layouts(parameters((GetLayoutsParam.module, "Deals")))).get_layouts()
    pipelines = answered(PipelineOperations(layouts[0].get_id()).get_pipelines()).get_pipeline()
    users = answered(UsersOperations().get_users(parameters((GetUsersParam.type, "AllUsers")), HeaderMap()))
    org = answered(OrgOperations().get_organization()).get_org()[0]
    stage = next(field for field in fields if field.get_api_name() == "Stage")
    return {
        "modules": sorted(module.get_api_name() for module in modules if module.get_api_supported()),
        "fields": sorted(field.get_api_name() for field in fields),
        "stages": [value.get_actual_value() for value in stage.get_pick_list_values()],
        "layouts": [layout.get_name() for layout in layouts],
        "pipelines": [pipe.get_actual_value() for pipe in pipelines],
        "users": len(users.get_users()),
        "org": org.get_company_name(),
        "zgid": str(org.get_zgid()),
    }


def main() -> None:
    """The whole tour."""
    settings = json.loads(sys.argv[1])
    initialise(settings)
    seen = {
        "walk": walk("Deals"),
        "coql": coql(),
        "metadata": metadata(),
        "bulk": bulk(),
        "writes": writes(),
        "around": around(),
        "full": full(settings["modules"].split(",")),
    }
    print(json.dumps(seen))  # noqa: T201 -- the answer of this program


if __name__ == "__main__":
    main()
