"""What Zoho CRM can do through this adapter and what it cannot, with the reasons."""

from crmbridge.adapter.capabilities import FULL, Capability, Support, not_yet, partial, vendor_cannot

SUPPORT: dict[Capability, Support] = {
    Capability.WRITE: not_yet("this version reads only", "此版本仅支持读取"),
    Capability.FETCH: not_yet("this version reads only by walks", "此版本仅支持整批读取"),
    Capability.FIND: not_yet("this version reads only by walks", "此版本仅支持整批读取"),
    Capability.COUNT: FULL,
    Capability.DELETE: partial(
        "Zoho remembers deletions for 60 days, and a record restored without a change is seen only once it changes",
        "Zoho 仅保留 60 天的删除记录；恢复后未再修改的记录，要等到下次修改才会看到",
    ),
    Capability.HISTORY: partial("stages of deals only", "仅限商机的阶段"),
    Capability.BULK: partial(
        "modules with an export: not Notes; fields that a CSV carries: no tags, subforms, files or $ keys",
        "仅限支持导出的模块（备注除外）和 CSV 能表达的字段（不含标签、子表单、文件和 $ 字段）",
    ),
    Capability.RECEIVE: not_yet("notifications come with the inbox", "通知将随收件箱功能提供"),
    Capability.SUBSCRIBE: not_yet("notifications come with the inbox", "通知将随收件箱功能提供"),
    Capability.SCHEMA: not_yet("this version makes no fields", "此版本不会创建字段"),
    Capability.INCREMENTAL: partial(
        "modules with a modified time; formulas may change without one",
        "仅限带有修改时间的模块；公式字段可能在修改时间不变的情况下变化",
    ),
    Capability.EXTERNAL_KEY: not_yet("this version reads only", "此版本仅支持读取"),
    Capability.CONDITIONAL_WRITE: not_yet("this version reads only", "此版本仅支持读取"),
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
