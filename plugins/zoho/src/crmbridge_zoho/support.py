"""What Zoho CRM can do through this adapter and what it cannot, with the reasons."""

from crmbridge.adapter.capabilities import FULL, Capability, Support, partial, vendor_cannot

SUPPORT: dict[Capability, Support] = {
    Capability.WRITE: partial(
        "a stage under a blueprint is not moved, users are not written; a deletion is not conditional in Zoho itself",
        "受蓝图控制的阶段不能更改，用户不可写入；Zoho 的删除操作本身不支持条件检查",
    ),
    Capability.FETCH: FULL,
    Capability.FIND: partial(
        "texts of one line; not Notes; leads only where the login may search, or a converted one would be missed",
        "仅限单行文本字段，不含备注；查找线索需要登录具有搜索权限，否则会漏掉已转化的线索",
    ),
    Capability.COUNT: FULL,
    Capability.DELETE: partial(
        "Zoho remembers deletions for 60 days; a record restored without a change is seen within a day",
        "Zoho 仅保留 60 天的删除记录；恢复后未再修改的记录，会在一天之内看到",
    ),
    Capability.HISTORY: partial(
        "stages of deals only: the past of a lead's status, which Zoho keeps where its history is tracked, is not read",
        "仅限商机的阶段：线索状态的变更记录（仅在 Zoho 开启历史跟踪时保留）不读取",
    ),
    Capability.BULK: partial(
        "modules with an export: not Notes; fields that a CSV carries: no tags, subforms, files or $ keys",
        "仅限支持导出的模块（备注除外）和 CSV 能表达的字段（不含标签、子表单、文件和 $ 字段）",
    ),
    Capability.RECEIVE: partial(
        "a token that is echoed, no signature: a notification only hastens a reading",
        "仅有回传的令牌，没有签名：通知只用于提前读取",
    ),
    Capability.SUBSCRIBE: partial("a week at most, then renewed", "最长一周，到期前需续订"),
    Capability.SCHEMA: partial(
        "text, number and date; no unique fields in Tasks, Events and Calls",
        "仅限文本、数字和日期；任务、会议和电话不支持唯一字段",
    ),
    Capability.INCREMENTAL: partial(
        "modules with a modified time; formulas may change without one",
        "仅限带有修改时间的模块；公式字段可能在修改时间不变的情况下变化",
    ),
    Capability.EXTERNAL_KEY: partial(
        "in the text field that external_id_field names; Tasks, Events and Calls have no unique fields and are looked "
        "for before a create; Notes have no such field",
        "保存在 external_id_field 指定的文本字段中；任务、会议和电话没有唯一字段，创建前先查找；备注没有这样的字段",
    ),
    Capability.CONDITIONAL_WRITE: partial(
        "whole seconds: two changes within one second look the same", "精确到秒：同一秒内的两次修改无法区分"
    ),
    Capability.FIELD_HISTORY: vendor_cannot(
        "the timeline is read record by record, one call for each; only stages are tracked in a list",
        "时间线只能逐条记录读取，每条消耗一次调用；只有阶段变更可以批量读取",
    ),
    Capability.CONSENT: partial(
        "the e-mail opt-out only; consent records of data protection are not read",
        "仅限退订邮件标记；不读取数据保护的同意记录",
    ),
    Capability.FORECAST_CATEGORY: FULL,
    Capability.MULTI_CURRENCY: FULL,
    Capability.TIME_PRECISION: partial("whole seconds", "精确到秒"),
}
"""Every capability, declared."""
