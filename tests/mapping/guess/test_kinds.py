"""Which kind an object is: headers of the usual exports, English and Chinese, with the runner-up as evidence."""

import pytest

from crmbridge.adapter.catalog import FieldInfo, ObjectInfo
from crmbridge.mapping.guess import words
from crmbridge.mapping.guess.kinds import guess_kind, name_scores
from crmbridge.mapping.guess.rule import KindGuess
from crmbridge.model.kinds import KIND_NAMES, FieldType, kind


def table(name: str, header: str) -> ObjectInfo:
    fields = tuple(FieldInfo(name=column, label=column, type="text") for column in header.split("|"))
    return ObjectInfo(name=name, label=name, fields=fields, key_field=fields[0].name)


def read(name: str, header: str) -> KindGuess:
    found = guess_kind(table(name, header))
    assert found is not None
    return found


EXPORTS = {
    "zoho": (
        (
            "Record Id|Deal Owner.id|Deal Owner|Amount|Deal Name|Closing Date|Account Name.id|Account Name|Stage|Type|"
            "Probability (%)|Next Step|Lead Source|Created Time|Modified Time"
        ),
        {"name": "Deal Name", "stage": "Stage", "_close": "Closing Date", "owner": "Deal Owner", "amount": "Amount"},
    ),
    "zoho api": (
        "id|Deal_Name|Stage|Closing_Date|Amount|Account_Name|Owner|Lead_Source|Created_Time|Modified_Time",
        {"name": "Deal_Name", "_close": "Closing_Date", "vendor_modified_at": "Modified_Time"},
    ),
    "salesforce": (
        (
            "Opportunity Owner|Account Name|Opportunity Name|Stage|Fiscal Period|Amount|Probability (%)|Age|Close Date|"
            "Created Date|Next Step|Lead Source|Type"
        ),
        {
            "name": "Opportunity Name",
            "_close": "Close Date",
            "owner": "Opportunity Owner",
            "probability": "Probability (%)",
        },
    ),
    "salesforce api": (
        "Id|AccountId|Name|StageName|Amount|Probability|CloseDate|Type|LeadSource|OwnerId|CreatedDate|LastModifiedDate",
        {"stage": "StageName", "_close": "CloseDate", "owner": "OwnerId", "account": "AccountId", "name": "Name"},
    ),
    "hubspot": (
        "Record ID|Deal Name|Deal Stage|Close Date|Deal owner|Amount|Pipeline|Create Date|Associated Company",
        {
            "stage": "Deal Stage",
            "_pipeline": "Pipeline",
            "vendor_created_at": "Create Date",
            "account": "Associated Company",
        },
    ),
    "hubspot api": (
        "hs_object_id|dealname|dealstage|closedate|amount|hubspot_owner_id|pipeline|createdate|hs_lastmodifieddate",
        {"stage": "dealstage", "owner": "hubspot_owner_id", "vendor_modified_at": "hs_lastmodifieddate"},
    ),
    "pipedrive": (
        (
            "Deal - ID|Deal - Title|Deal - Value|Deal - Currency|Deal - Stage|Deal - Status|Deal - Owner|"
            "Deal - Won time|Deal - Lost time|Deal - Expected close date|Deal - Organization|"
            "Deal - Contact person|Deal - Lost reason"
        ),
        {
            "name": "Deal - Title",
            "amount": "Deal - Value",
            "_currency": "Deal - Currency",
            "_flag": "Deal - Status",
            "_won_at": "Deal - Won time",
            "expected_close": "Deal - Expected close date",
            "account": "Deal - Organization",
            "reason": "Deal - Lost reason",
        },
    ),
    "chinese": (
        "*商机名称（必填）|客户名称|商机阶段|预计成交日期|商机金额（元）|负责人|创建时间|线索来源|丢单原因",
        {
            "name": "*商机名称（必填）",
            "stage": "商机阶段",
            "expected_close": "预计成交日期",
            "amount": "商机金额（元）",
            "reason": "丢单原因",
        },
    ),
    "noise": (
        "  DEAL NAME |Deal_Stage*|【金额】|AMOUNT（USD）|close-date| Owner ",
        {"name": "  DEAL NAME ", "stage": "Deal_Stage*", "_close": "close-date", "owner": " Owner "},
    ),
}


@pytest.mark.parametrize("export", EXPORTS)
def test_deals_of_the_usual_exports_are_known_without_a_telling_name(export: str) -> None:
    header, columns = EXPORTS[export]
    found = read("export", header)
    assert found.kind == "deal"
    assert {field: found.columns[field][0] for field in columns} == columns


@pytest.mark.parametrize(
    ("header", "kind_name"),
    [
        ("Lead Id|First Name|Last Name|Company|Lead Status|Lead Source|Email|Phone|Is Converted", "lead"),
        ("Record ID|First Name|Last Name|Email|Phone Number|Contact owner|Associated Company|Job Title", "contact"),
        ("Account ID|Account Name|Industry|Employees|Annual Revenue|Billing City|Account Owner|Website", "account"),
        ("订单编号|总金额|收货地址|订单创建时间|订单付款时间|退款金额", "order"),
        ("线索名称|公司|手机|线索来源|线索状态|负责人|创建时间", "lead"),
        ("姓名|工号|部门|直属上级|邮箱", "user"),
        ("客户名称|统一社会信用代码|所属行业|客户级别|地址", "account"),
        ("Task Owner|Subject|Due Date|Status|Priority", "task"),
        ("ActivityID|Activity Type|Activity Date|Notes|Contact Id", "activity"),
        ("Campaign Name|Type|Status|Start Date|End Date|Budgeted Cost|Actual Cost", "campaign"),
        ("产品名称|产品编号|产品类别|标准价格", "product"),
    ],
)
def test_other_kinds_are_known_by_their_headers(header: str, kind_name: str) -> None:
    assert read("export", header).kind == kind_name


@pytest.mark.parametrize(
    ("name", "kind_name"),
    [
        ("sales_pipeline", "deal"),
        ("olist_closed_deals_dataset", "deal"),
        ("客户联系人", "contact"),
        ("销售线索2024", "lead"),
        ("CustomerContacts", "contact"),
        ("客户导入模板", "account"),
        ("sales_teams", "user"),
        ("tmall_order_report", "order"),
        ("crmopportunities", "deal"),
    ],
)
def test_the_last_word_of_a_name_says_most(name: str, kind_name: str) -> None:
    scores = name_scores(name)
    assert max(scores, key=lambda one: scores[one]) == kind_name


def test_no_name_and_one_header_are_nothing() -> None:
    assert guess_kind(table("export", "Email|Colour")) is None
    assert guess_kind(table("data_dictionary", "Table|Field|Description")) is None
    assert guess_kind(ObjectInfo(name="deals", label="deals", fields=())) is None


def test_the_runner_up_is_evidence() -> None:
    found = read("deals", "Deal Name|Stage|Amount")
    assert found.evidence.startswith("deal: ")
    assert f"next {found.second} {found.second_score:.1f}" in found.evidence
    assert found.second_score < found.score
    assert not found.is_close


def test_a_column_serves_one_field_only() -> None:
    found = read("contacts", "Name|Account Name|Account Id|Email|E-Mail")
    used = [column for columns in found.columns.values() for column in columns]
    assert len(used) == len(set(used))
    assert found.columns["account"] == ("Account Name", "Account Id")


def test_every_word_is_of_a_field_that_there_is() -> None:
    for name in words.kinds():
        assert name in KIND_NAMES
        known = kind(name).fields
        assert all(field in known for field in words.field_words(name) if not field.startswith("_"))
    for field in words.table("choices")["members"]:
        name, _, one = field.partition(".")
        assert kind(name).fields[one].type is FieldType.ENUM
        assert set(words.members(field).values()) <= set(kind(name).fields[one].values)
