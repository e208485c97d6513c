"""What plain files can do and what they cannot, with the reasons."""

from crmbridge.adapter.capabilities import FULL, Capability, Support, not_yet, partial, vendor_cannot

SUPPORT: dict[Capability, Support] = {
    Capability.WRITE: partial(
        "only objects declared writable that are one plain file, neither joined nor cut down to some columns",
        "仅限声明为可写、且为单个普通文件的对象，不能是关联或只取部分列的对象",
    ),
    Capability.FETCH: FULL,
    Capability.FIND: FULL,
    Capability.COUNT: FULL,
    Capability.DELETE: vendor_cannot(
        "a file keeps no list of what was deleted; a row that is gone is only asked about where complete is declared",
        "文件不保存已删除记录的清单；仅在声明 complete 时才会询问消失的行",
    ),
    Capability.HISTORY: partial(
        "where a file of past changes is declared as the object's history; a file of records holds the present alone",
        "仅当为对象声明了历史文件（history）时；记录文件本身只有当前阶段",
    ),
    Capability.BULK: vendor_cannot(
        "there is no export job: reading a file is already reading all of it",
        "没有导出任务：读取文件本身就是读取全部数据",
    ),
    Capability.RECEIVE: vendor_cannot("a file sends no notifications", "文件不会发送通知"),
    Capability.SUBSCRIBE: vendor_cannot("nobody watches a file for us", "没有系统为我们监视文件"),
    Capability.SCHEMA: not_yet("a new column has to be added to the file by hand", "新列需要手工添加到文件中"),
    Capability.INCREMENTAL: partial(
        "an unchanged file is not read again; one that changed is read whole",
        "未变化的文件不会重新读取；变化的文件会整体读取",
    ),
    Capability.EXTERNAL_KEY: partial(
        "where external_key names a column of the object", "仅当对象用 external_key 指定一列时"
    ),
    Capability.CONDITIONAL_WRITE: FULL,
    Capability.FIELD_HISTORY: vendor_cannot("a file holds present values only", "文件只有当前值"),
    Capability.CONSENT: partial("where a column carries it and the mapping maps it", "仅当某列含有该信息并已映射时"),
    Capability.FORECAST_CATEGORY: partial(
        "where a column carries it and the mapping maps it", "仅当某列含有该信息并已映射时"
    ),
    Capability.MULTI_CURRENCY: partial(
        "where a column carries the currency; else one currency is declared in the mapping",
        "仅当某列含有币种时；否则在映射中声明一种币种",
    ),
    Capability.TIME_PRECISION: partial(
        "as exact as the cells are written; the mapping declares their form",
        "精度取决于单元格的写法，格式在映射中声明",
    ),
}
"""Every capability, declared."""
