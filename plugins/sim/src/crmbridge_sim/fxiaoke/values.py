"""What callers write, checked: into stored values, and into the values a filter compares with (dossier 2.4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.fxiaoke.schema import LISTS, PEOPLE, TIMES, Field

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.context import Ctx

MOST = 2**62
LARGEST = 10**15


def wanted(ctx: Ctx, asked: Field, sent: Any) -> Any:  # noqa: ANN401  # a JSON value to a column's value
    """The stored form of a value in a filter; people by the caller's ids, nobody's id matches nothing."""
    if asked.type in PEOPLE:
        found = ctx.people.inner_id(sent, open_ids=ctx.open_ids) if isinstance(sent, str) else None
        return found or f"nobody {sent}"
    if asked.type in TIMES:
        if isinstance(sent, str) and ctx.switches.text("time_as_text") == "error":
            raise errors.wrong(f"{asked.api_name} 的值必须是毫秒数")
        return _whole(asked, sent)
    if asked.numeric:
        return _scaled(asked, sent)
    if asked.type == "true_or_false":
        return int(sent in (True, "true", 1, "1"))
    if isinstance(sent, (dict, list)):
        raise errors.wrong(f"{asked.api_name} 的值不合法")
    return str(sent) if sent is not None else ""


def stored(ctx: Ctx, field: Field, sent: Any) -> Any:  # noqa: ANN401, PLR0911, C901  # one branch a wire shape
    """The stored form of a written value; of the wrong shape -> 32000 naming the field's label (dossier 9)."""
    if sent is None:
        return None
    if field.type in PEOPLE:
        return _people(ctx, field, sent)
    if field.type in LISTS:
        return _list(ctx, field, sent)
    if isinstance(sent, (dict, list)):
        raise errors.wrong(f"{field.label}({field.api_name}) 格式不正确")
    if sent == "" and (field.type in TIMES or field.numeric or field.type == "true_or_false"):
        return None
    if field.type in TIMES:
        made = _whole(field, sent)
        return midnight(made, ctx.switches.text("date_zone")) if field.type == "date" else made
    if field.numeric:
        return _scaled(field, sent)
    if field.type == "true_or_false":
        if sent not in (True, False, "true", "false", 0, 1):
            raise errors.wrong(f"{field.label}({field.api_name}) 必须是布尔值")
        return int(sent in (True, "true", 1))
    text = sent if isinstance(sent, str) else json.dumps(sent)
    if field.options and text != "":
        _check_option(ctx, field, text)
    if field.type == "object_reference" and text:
        _check_reference(ctx, field, text)
    return text


def midnight(ms: int, zone: str) -> int:
    """The midnight of the day an instant falls on in a zone."""
    moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return int(moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * 1000


def day_ms(day: int, zone: str) -> int:
    """The ms of the n-th day since 1970 as a date has it: that day's midnight in the zone."""
    moment = datetime.fromtimestamp(day * 86_400, UTC).replace(tzinfo=ZoneInfo(zone))
    return int(moment.timestamp()) * 1000


def _whole(field: Field, sent: object) -> int:
    try:
        made = int(str(sent))  # str(True) is no number either
    except ValueError:
        raise errors.wrong(f"{field.label}({field.api_name}) 必须是毫秒时间戳") from None
    if abs(made) > MOST:
        raise errors.wrong(f"{field.label}({field.api_name}) 超出范围")
    return made


def _scaled(field: Field, sent: object) -> int:
    try:
        number = Decimal(str(sent))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > LARGEST:
        raise errors.wrong(f"{field.label}({field.api_name}) 必须是数字")
    return int((number * 10 ** max(field.decimals, 0)).to_integral_value())


def _people(ctx: Ctx, field: Field, sent: object) -> str | None:
    """People are always written as a list of texts (dossier 2.4)."""
    if not isinstance(sent, list) or not all(isinstance(one, str) for one in sent):
        if sent == "":
            return None
        raise errors.wrong(f"{field.label}({field.api_name}) 必须是员工ID数组")
    found = [ctx.inner(one) for one in sent]
    if field.type == "employee_many":
        return json.dumps(found) if found else None
    if len(found) > 1:
        raise errors.wrong(f"{field.label}({field.api_name}) 只能有一个员工")
    return found[0] if found else None


def _list(ctx: Ctx, field: Field, sent: object) -> str | None:
    if sent == "":
        return None
    if not isinstance(sent, list):
        raise errors.wrong(f"{field.label}({field.api_name}) 必须是数组")
    if field.type == "select_many":
        for one in sent:
            _check_option(ctx, field, one)
    if field.type == "related_list":
        sent = [_link(ctx, field, one) for one in sent]
    return json.dumps(sent, ensure_ascii=False) if sent else None


def _check_option(ctx: Ctx, field: Field, value: object) -> None:
    if field.option(value) is None and ctx.switches.text("unknown_option") == "error":
        raise errors.wrong(f"{field.label}({field.api_name}) 没有选项 {value}")


def _check_reference(ctx: Ctx, field: Field, record_id: str) -> None:
    if field.target in ctx.schema and ctx.store.get(field.target, record_id) is None:
        raise errors.wrong(f"{field.label}({field.api_name}) 关联的数据不存在: {record_id}")


def _link(ctx: Ctx, field: Field, one: object) -> dict[str, str]:
    """One link of ``related_object_data``: ``{describe_api_name, id, name}`` (dossier 3.13)."""
    name = one.get("describe_api_name") if isinstance(one, dict) else None
    record_id = one.get("id") if isinstance(one, dict) else None
    if not isinstance(name, str) or name not in ctx.schema or not isinstance(record_id, str):
        raise errors.wrong(f"{field.label}({field.api_name}) 格式不正确")
    row = ctx.store.get(name, record_id)
    if row is None:
        raise errors.wrong(f"{field.label}({field.api_name}) 关联的数据不存在: {record_id}")
    return {"describe_api_name": name, "id": record_id, "name": row["name"] or ""}
