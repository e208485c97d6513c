"""The company as two exports and two ready workspaces: the same records, so the same figures.

| | acme | lanhe |
| --- | --- | --- |
| headers, words | English | Chinese |
| encoding | UTF-8 | GB18030 |
| days | 2026-03-31 | 2026年3月31日 |
| amounts | 128,500.00 | 12.85, in 万元 |
| deals file | header first | a title line above the header, a total line (合计) below |
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files as resources
from pathlib import Path

from crmbridge.app.demo.company import STAGES, Company
from crmbridge.app.demo.draws import Row
from crmbridge.app.demo.words import BROKEN_AMOUNT, BROKEN_DAY, CHINESE, ENGLISH, WORDS, YES_NO

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
}

WORKSPACES = (("acme", ENGLISH, "utf-8", "english"), ("lanhe", CHINESE, "gb18030", "chinese"))


def write_workspaces(company: Company, folder: Path) -> tuple[Path, Path]:
    """Two workspaces in the folder, each with its files, configuration and mapping, ready to be synced."""
    made = [
        _workspace(company, folder / name, language, encoding, setup) for name, language, encoding, setup in WORKSPACES
    ]
    return made[0], made[1]


def _workspace(company: Company, workspace: Path, language: int, encoding: str, setup: str) -> Path:
    for part in ("files", "mapping"):
        (workspace / part).mkdir(parents=True, exist_ok=True)
    source = resources("crmbridge.app.demo") / "setup" / setup
    for name in ("crmbridge.toml", "mapping/crm.toml"):
        (workspace / name).write_text(source.joinpath(name.rpartition("/")[2]).read_text("utf-8"), "utf-8")
    for name, (file_names, fields) in OBJECTS.items():
        text = _table(company.objects[name], fields, language, framed=name == "deals" and language == CHINESE)
        (workspace / "files" / file_names[language]).write_bytes(text.encode(encoding))
    return workspace


def _table(rows: list[Row], fields: tuple[Field, ...], language: int, *, framed: bool) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if framed:
        writer.writerow(["商机明细表", *[""] * (len(fields) - 1)])
    writer.writerow([field.headers[language] for field in fields])
    for row in rows:
        writer.writerow([_cell(row, field, language) for field in fields])
    if framed:
        writer.writerow(["合计", f"{len(rows)} 条", *[""] * (len(fields) - 2)])
    return out.getvalue()


def _cell(row: Row, field: Field, language: int) -> str:
    name, _, inner = field.key.partition(".")
    value = row.get(name)
    if inner and isinstance(value, dict):
        value = value.get(inner)
    return "" if value is None else field.write(value, language)
