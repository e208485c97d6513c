"""The columns of the company's files: how each is called in the two exports, and how its values are written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from crmbridge.app.demo.company import STAGES
from crmbridge.app.demo.words import BROKEN_AMOUNT, BROKEN_DAY, CLAUSES, ENGLISH, STEPS, WORDS, YES_NO

Writer = Callable[[object, int], str]
WAN = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Field:
    """One column: the neutral key, its header in each export, and how its value is written."""

    key: str
    headers: tuple[str, str]
    write: Writer


def _text(value: object, language: int) -> str:
    return str(value[language] if isinstance(value, tuple) else value)


def _amount(value: object, language: int) -> str:
    if not isinstance(value, Decimal):
        return BROKEN_AMOUNT[language]
    return f"{value:,.2f}" if language == ENGLISH else format((value / WAN).normalize(), "f")


def _moment(value: object, language: int) -> str:
    if not isinstance(value, date):
        return BROKEN_DAY[language]
    if language == ENGLISH:
        return value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value.isoformat()
    day = f"{value.year}年{value.month}月{value.day}日"
    return f"{day} {value:%H:%M}" if isinstance(value, datetime) else day


def _birthday(value: object, language: int) -> str:
    if not isinstance(value, date):
        raise TypeError(value)
    return f"{value:%m-%d}" if language == ENGLISH else f"{value.month}月{value.day}日"


def _steps(value: object, language: int) -> str:
    """Two steps of an approval, the second begun when the first was done; `value` is when it began, and was signed."""
    if not isinstance(value, tuple):
        raise TypeError(value)
    begun, signed = value
    legal, finance = STEPS[language]
    if signed is None:
        return f"{legal} {begun}"
    between = begun + (signed - begun) / 3
    return f"{legal} {begun} {between}; {finance} {between} {signed - (signed - begun) / 3}"


def _clauses(value: object, language: int) -> str:
    mark = WORDS["clause"]
    payment, liability = CLAUSES[language]
    colon = ": " if language == ENGLISH else "："
    return f"{payment}{colon}{mark[str(value)][language]}; {liability}{colon}{mark['complete'][language]}"


def _yes_no(value: object, language: int) -> str:
    return YES_NO[bool(value)][language]


def _word(table: str) -> Writer:
    return lambda value, language: WORDS[table][str(value)][language]


def _fields(*specs: tuple[str, str, str] | tuple[str, str, str, Writer]) -> tuple[Field, ...]:
    return tuple(Field(spec[0], (spec[1], spec[2]), spec[3] if len(spec) > 3 else _text) for spec in specs)  # noqa: PLR2004


_ENTERED = tuple(
    Field(f"entered.{stage}", (f"Entered {WORDS['stage'][stage][0]}", f"进入{WORDS['stage'][stage][1]}日期"), _moment)
    for stage in STAGES
)

OBJECTS: dict[str, tuple[tuple[str, str], tuple[Field, ...]]] = {
    "users": (
        ("users.csv", "员工.csv"),
        _fields(
            ("id", "User ID", "工号"),
            ("name", "Full Name", "姓名"),
            ("email", "Email", "邮箱"),
            ("role", "Role", "角色", _word("role")),
            ("manager", "Reports To", "上级工号"),
            ("active", "Active", "在职", _yes_no),
        ),
    ),
    "products": (
        ("products.csv", "产品.csv"),
        _fields(
            ("id", "Product Code", "产品编号"),
            ("name", "Product Name", "产品名称"),
            ("category", "Category", "产品类别"),
            ("list_price", "List Price", "标准价格（万元）", _amount),
            ("active", "Active", "在售", _yes_no),
        ),
    ),
    "accounts": (
        ("accounts.csv", "客户.csv"),
        _fields(
            ("id", "Account ID", "客户编号"),
            ("name", "Account Name", "客户名称"),
            ("region", "Region", "区域", _word("region")),
            ("employees", "Employees", "员工人数"),
            ("website", "Website", "网址"),
            ("owner", "Owner ID", "负责人工号"),
            ("created", "Created", "创建日期", _moment),
        ),
    ),
    "contacts": (
        ("contacts.csv", "联系人.csv"),
        _fields(
            ("id", "Contact ID", "联系人编号"),
            ("name", "Full Name", "姓名"),
            ("title", "Title", "职务", _word("title")),
            ("account", "Account ID", "客户编号"),
            ("email", "Email", "邮箱"),
            ("phone", "Phone", "电话"),
            ("birthday", "Birthday", "生日", _birthday),
            ("owner", "Owner ID", "负责人工号"),
        ),
    ),
    "leads": (
        ("leads.csv", "线索.csv"),
        _fields(
            ("id", "Lead ID", "线索编号"),
            ("name", "Full Name", "姓名"),
            ("company", "Company", "公司名称"),
            ("source", "Lead Source", "线索来源", _word("source")),
            ("status", "Lead Status", "线索状态", _word("lead_status")),
            ("email", "Email", "邮箱"),
            ("owner", "Owner ID", "负责人工号"),
            ("created", "Created", "创建日期", _moment),
            ("converted", "Converted", "转换日期", _moment),
            ("deal", "Deal ID", "商机编号"),
        ),
    ),
    "deals": (
        ("deals.csv", "商机.csv"),
        (
            *_fields(
                ("id", "Deal ID", "商机编号"),
                ("name", "Deal Name", "商机名称"),
                ("account", "Account ID", "客户编号"),
                ("contact", "Contact ID", "联系人编号"),
                ("product", "Product Code", "产品编号"),
                ("owner", "Owner ID", "负责人工号"),
                ("stage", "Stage", "销售阶段", _word("stage")),
                ("amount", "Amount", "商机金额（万元）", _amount),
                ("expected", "Expected Close", "预计成交日期", _moment),
                ("closed", "Closed", "结单日期", _moment),
                ("source", "Lead Source", "商机来源", _word("source")),
                ("region", "Region", "区域", _word("region")),
                ("type", "Type", "商机类型", _word("type")),
                ("reason", "Loss Reason", "输单原因", _word("reason")),
                ("created", "Created", "创建日期", _moment),
            ),
            *_ENTERED,
        ),
    ),
    "activities": (
        ("activities.csv", "跟进记录.csv"),
        _fields(
            ("id", "Activity ID", "记录编号"),
            ("type", "Type", "跟进方式", _word("activity_type")),
            ("subject", "Subject", "跟进主题"),
            ("direction", "Direction", "方向", _word("direction")),
            ("started", "Start", "跟进时间", _moment),
            ("actor", "Done By", "跟进人工号"),
            ("deal", "Deal ID", "商机编号"),
            ("account", "Account ID", "客户编号"),
            ("contact", "Contact ID", "联系人编号"),
            ("lead", "Lead ID", "线索编号"),
        ),
    ),
    "tasks": (
        ("tasks.csv", "任务.csv"),
        _fields(
            ("id", "Task ID", "任务编号"),
            ("title", "Subject", "任务主题"),
            ("due", "Due Date", "截止日期", _moment),
            ("status", "Status", "状态", _word("task_status")),
            ("priority", "Priority", "优先级", _word("priority")),
            ("assignee", "Assigned To", "负责人工号"),
            ("deal", "Deal ID", "商机编号"),
        ),
    ),
    "quotes": (
        ("quotes.csv", "报价单.csv"),
        _fields(
            ("id", "Quote Number", "报价单编号"),
            ("deal", "Deal ID", "商机编号"),
            ("account", "Account ID", "客户编号"),
            ("contact", "Contact ID", "联系人编号"),
            ("owner", "Owner ID", "负责人工号"),
            ("status", "Quote Status", "报价状态", _word("quote_status")),
            ("lines", "Line Items", "产品明细"),
            ("list_total", "List Total", "折前金额（万元）", _amount),
            ("amount", "Amount", "报价金额（万元）", _amount),
            ("vat", "VAT Rate", "税率"),
            ("sent", "Sent", "发送日期", _moment),
            ("until", "Valid Until", "有效期至", _moment),
            ("approval", "Approval Status", "审批状态", _word("approval")),
            ("trial_ends", "Trial End", "试用到期日", _moment),
        ),
    ),
    "contracts": (
        ("contracts.csv", "合同.csv"),
        _fields(
            ("id", "Contract Number", "合同编号"),
            ("deal", "Deal ID", "商机编号"),
            ("account", "Account ID", "客户编号"),
            ("owner", "Owner ID", "负责人工号"),
            ("status", "Contract Status", "合同状态", _word("contract_status")),
            ("amount", "Contract Amount", "合同金额（万元）", _amount),
            ("start", "Start Date", "开始日期", _moment),
            ("end", "End Date", "到期日期", _moment),
            ("signed", "Signed", "签署日期", _moment),
            ("renewal", "Renewal Type", "续约方式", _word("renewal")),
            ("renewed", "Renewed", "是否已续约", _yes_no),
            ("steps", "Approval Steps", "审批流程", _steps),
            ("clauses", "Clauses", "条款清单", _clauses),
        ),
    ),
    "deliveries": (
        ("deliveries.csv", "交付.csv"),
        _fields(
            ("id", "Delivery No", "交付编号"),
            ("name", "Delivery Name", "交付名称"),
            ("deal", "Deal ID", "商机编号"),
            ("account", "Account ID", "客户编号"),
            ("owner", "Owner ID", "负责人工号"),
            ("status", "Delivery Status", "交付状态", _word("delivery_status")),
            ("promised", "Promised Date", "承诺交期", _moment),
            ("expected", "Expected Date", "预计交期", _moment),
            ("delivered", "Delivered Date", "实际交付日期", _moment),
        ),
    ),
    "tickets": (
        ("tickets.csv", "工单.csv"),
        _fields(
            ("id", "Ticket Number", "工单编号"),
            ("name", "Subject", "工单主题"),
            ("type", "Case Type", "工单类型", _word("ticket_type")),
            ("priority", "Priority", "优先级", _word("ticket_priority")),
            ("status", "Ticket Status", "工单状态", _word("ticket_status")),
            ("account", "Account ID", "客户编号"),
            ("contact", "Contact ID", "联系人编号"),
            ("deal", "Deal ID", "商机编号"),
            ("owner", "Owner ID", "负责人工号"),
            ("opened", "Opened At", "提交时间", _moment),
            ("answered", "First Response At", "首次响应时间", _moment),
            ("resolved", "Resolved At", "解决时间", _moment),
            ("satisfaction", "Satisfaction", "满意度"),
        ),
    ),
}
