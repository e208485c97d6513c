"""What Fxiaoke can do through this adapter and what it cannot, with the reasons."""

from crmbridge.adapter.capabilities import FULL, Capability, Support, partial, vendor_cannot

SUPPORT: dict[Capability, Support] = {
    Capability.WRITE: partial(
        "one record a call; owners by their own call, stages as far as the company's process lets them; users are not "
        "written; a deletion is 作废 only; where the company has no task object, and no public call makes tasks, a "
        "follow-up task is a sales record with a plan, which reminds nobody",
        "每次调用只写一条记录；负责人通过专门接口更换，阶段以企业的销售流程允许为限；不写入人员；删除仅为作废；"
        "公开接口不能新建任务，企业没有任务对象时，跟进任务写成带计划的销售记录，不会提醒任何人",
    ),
    Capability.FETCH: FULL,
    Capability.FIND: partial("fields of one line of text", "仅限单行文本类字段"),
    Capability.COUNT: FULL,
    Capability.DELETE: partial(
        "作废 records are listed; one that was deleted at once is found only by asking for all that is kept, and one "
        "that the acting employee may no longer see is not told apart from it unless he is an administrator",
        "可列出作废记录；被直接删除的记录只能逐一核对发现；当前操作人若非 CRM 管理员，则无法与失去可见权限的记录区分",
    ),
    Capability.HISTORY: partial(
        "stages of opportunities from the change log, one call or more for each: only with history = true",
        "商机阶段变更来自修改记录，每条商机至少消耗一次调用：仅在 history = true 时读取",
    ),
    Capability.BULK: vendor_cannot("there are no export jobs in OpenAPI", "OpenAPI 不提供批量导出任务"),
    Capability.RECEIVE: FULL,
    Capability.SUBSCRIBE: vendor_cannot(
        "events are subscribed to by an administrator in 管理后台, not by a call",
        "事件订阅由管理员在管理后台设置，没有相应接口",
    ),
    Capability.SCHEMA: partial(
        "OpenAPI makes no fields: says what to make in 管理后台, and checks it",
        "OpenAPI 不能新建字段：给出需在管理后台新建的字段并进行检查",
    ),
    Capability.INCREMENTAL: partial(
        "calculated fields may change without a new modified time",
        "计算、统计、引用字段可能在最后修改时间不变的情况下变化",
    ),
    Capability.EXTERNAL_KEY: partial(
        "in the custom text field that external_id_field names; where the company did not make it unique, two systems "
        "that know nothing of each other could make a record twice",
        "保存在 external_id_field 指定的自定义文本字段中；该字段未设为唯一时，互不知情的两个系统可能重复新建",
    ),
    Capability.CONDITIONAL_WRITE: partial(
        "the version is read just before the write: Fxiaoke itself knows no condition",
        "写入前先读取版本号进行比较：纷享销客本身不支持条件更新",
    ),
    Capability.FIELD_HISTORY: vendor_cannot(
        "the change log is read record by record, one call or more for each",
        "修改记录只能逐条记录读取，每条至少消耗一次调用",
    ),
    Capability.CONSENT: vendor_cannot("there is no standard field for consent", "没有标准的同意字段"),
    Capability.FORECAST_CATEGORY: vendor_cannot(
        "opportunities have a probability and no forecast category", "商机只有赢率，没有预测类别"
    ),
    Capability.MULTI_CURRENCY: FULL,
    Capability.TIME_PRECISION: FULL,
}
"""Every capability, declared."""
