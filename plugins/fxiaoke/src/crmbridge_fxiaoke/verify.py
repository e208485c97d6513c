"""What is to be confirmed on a real tenant (dossier 11), as far as reading alone can see it.

About thirty calls. Each question stands by itself: one that Fxiaoke refuses says so and hides none. What only a write
would show, or only a flood of calls, is listed with the way that the adapter goes, so that nobody takes it for settled.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crmbridge.adapter.verifying import Check, Said, Verdict
from crmbridge.model.errors import ContractError, ScopeError, Unavailable
from crmbridge_fxiaoke import looks
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its number in the dossier, and the way that the adapter goes."""

    key: str
    asks: Said
    way: Said
    look: Callable[[Tenant], looks.Seen]


def verify(session: Session, objects: Objects) -> list[Check]:
    """Every question, in the order of the dossier."""
    session.operator  # noqa: B018 - who may not log in is told before anything else
    tenant = Tenant(session, objects)
    return [_asked(question, tenant) for question in QUESTIONS]


def _asked(question: Question, tenant: Tenant) -> Check:
    try:
        verdict, seen = question.look(tenant)
    except (Refused, ScopeError, ContractError, Unavailable) as error:
        verdict, seen = Verdict.UNSEEN, Said("not to be seen: {why}", "无法查看：{why}", {"why": str(error)})
    return Check(question.key, question.asks, seen, question.way, verdict)


def _q(key: str, asks: tuple[str, str], way: tuple[str, str], look: Callable[[Tenant], looks.Seen]) -> Question:
    return Question(key, Said(*asks), Said(*way), look)


QUESTIONS: tuple[Question, ...] = (
    _q(
        "1",
        ("is thirdTraceId needed?", "thirdTraceId 是否必填？"),
        ("always sends one", "始终携带"),
        looks.not_provoked,
    ),
    _q(
        "2a",
        ("what becomes of a limit above 100?", "limit 超过 100 时会怎样？"),
        ("never asks for more than 100", "每页最多请求 100 条"),
        looks.over_limit,
    ),
    _q(
        "2b",
        ("may an offset be no multiple of the limit?", "offset 不是 limit 的整数倍时会怎样？"),
        ("goes on behind the last id, without an offset", "按最后的 _id 继续，不使用 offset"),
        looks.odd_offset,
    ),
    _q(
        "3",
        ("which switch gives the total, and is it exact?", "哪个参数返回总数？是否准确？"),
        ("sends both, and counts by ids where the total cannot be right", "两个都发送；总数不可信时逐一计数"),
        looks.totals,
    ),
    _q(
        "4",
        ("do 作废 rows come by themselves?", "默认查询是否返回作废数据？"),
        ("asks for them by life_status; they are deletions", "按 life_status 单独查询，视为删除"),
        looks.invalid_rows,
    ),
    _q(
        "5",
        ("how is a throttled call refused?", "限流时返回什么？"),
        (
            "14001, 30004, 读取速度过快 and HTTP 429 are all taken so",
            "14001、30004、读取速度过快和 HTTP 429 均按限流处理",
        ),
        looks.not_provoked,
    ),
    _q(
        "6",
        ("what does get say of an unknown id?", "get 未知 ID 时返回什么？"),
        ("either is taken as gone, once a query says so too", "两种都视为不存在，再以查询确认"),
        looks.unknown_id,
    ),
    _q(
        "7",
        ("what moves last_modified_time?", "哪些操作会更新 last_modified_time？"),
        ("reads everything again every refresh_days", "每隔 refresh_days 全量重读"),
        looks.only_a_write,
    ),
    _q(
        "8a",
        ("is a second order honoured?", "第二排序字段是否生效？"),
        ("goes through the records of one time by their ids", "同一时间的记录按 _id 逐一读取"),
        looks.second_order,
    ),
    _q(
        "8b",
        ("do ids order as texts?", "_id 是否按文本排序？"),
        ("walks by _id GT", "按 _id GT 遍历"),
        looks.id_order,
    ),
    _q(
        "9a",
        ("which codes have the states?", "各状态的取值是什么？"),
        ("knows them by their labels", "按标签识别"),
        looks.state_codes,
    ),
    _q(
        "9b",
        ("what is the type of a telephone number called?", "电话字段的 type 是什么？"),
        ("a type that nobody knows is kept as it is", "未知类型原样保留"),
        looks.phone_type,
    ),
    _q(
        "9c",
        ("how is an option marked that is out of use?", "停用的选项如何标记？"),
        ("knows not_usable and is_active; it is still read, never written", "识别 not_usable 和 is_active；可读不可写"),
        looks.option_flags,
    ),
    _q(
        "10",
        ("how is a field cleared, may sales_stage be written?", "如何清空字段？能否写 sales_stage？"),
        ("reads the record back after such a write", "写入后读回核对"),
        looks.only_a_write,
    ),
    _q(
        "11",
        ("which codes do duplicates and missing fields get?", "重复、必填错误的错误码是什么？"),
        ("an unknown code is final for the record, with its text", "未知错误码视为该记录失败，并保留原文"),
        looks.only_a_write,
    ),
    _q(
        "12-14",
        ("作废 and deletion, changeOwner, lead transfer", "作废与删除、更换负责人、线索转换"),
        ("changeOwner with a list; nothing is deleted by itself", "更换负责人使用列表；不会自动删除"),
        looks.only_a_write,
    ),
    _q(
        "15a",
        ("is there a TaskObj?", "是否有 TaskObj？"),
        ("writes tasks there, else as a plan in a sales record", "有则写入任务，否则写为销售记录中的计划"),
        looks.task_object,
    ),
    _q(
        "15b",
        ("can sales records be asked for by their links?", "能否按 related_object_data 查询？"),
        ("reads them all and looks at their links itself", "全部读取，自行匹配关联"),
        looks.related_filter,
    ),
    _q(
        "16",
        ("how are events subscribed to and repeated?", "事件订阅在哪里设置？如何重试？"),
        ("takes every eventType, in any order, as often as it comes", "接受任意 eventType，不依赖顺序和次数"),
        looks.not_by_api,
    ),
    _q(
        "17",
        ("does getByMobile work in style oauth?", "oauth 方式下 getByMobile 是否可用？"),
        ("asks for the employee's number where it does not", "不可用时要求填写员工编号"),
        looks.by_mobile,
    ),
    _q(
        "18",
        ("which codes have a refused address, a spent quota, a disabled app?", "IP 受限、额度用尽、应用停用的错误码？"),
        ("20020-20022 stop, 30002 waits for midnight, 30003 stops", "20020-20022 停止；30002 等到零点；30003 停止"),
        looks.not_provoked,
    ),
    _q(
        "19",
        ("in which zone are dates?", "日期以哪个时区的零点表示？"),
        ("reads the day in Shanghai", "按上海时间取日期"),
        looks.date_zone,
    ),
    _q(
        "20",
        ("do lists shorten long texts?", "列表是否截断长文本？"),
        ("reads the record by itself where a text may be cut", "可能被截断时单独读取该记录"),
        looks.long_texts,
    ),
    _q(
        "21",
        ("do the two families of paths take each other's objects?", "预设与自定义路径能否混用？"),
        ("custom objects on theirs, preset ones on theirs", "各走各的路径"),
        looks.path_mixing,
    ),
    _q(
        "3.14",
        ("can PersonnelObj be read?", "PersonnelObj 是否可读？"),
        ("reads people from the directory", "从通讯录读取员工"),
        looks.personnel,
    ),
    _q(
        "3.10",
        ("which objects are there?", "有哪些预设对象？"),
        ("reads those that are there", "读取现有对象"),
        looks.objects,
    ),
)
"""Every question of dossier 11, and two of 3."""
