"""What Trello can do through this adapter and what it cannot, with the reasons."""

from crmbridge.adapter.capabilities import FULL, Capability, Support, not_yet, partial, vendor_cannot

SUPPORT: dict[Capability, Support] = {
    Capability.WRITE: partial(
        "cards only: members and comments are not written, and labels are left to people",
        "仅限卡片：成员和评论不可写入，标签由人员自行管理",
    ),
    Capability.FETCH: FULL,
    Capability.FIND: FULL,
    Capability.COUNT: vendor_cannot("Trello tells no number of cards", "Trello 不提供卡片数量"),
    Capability.DELETE: not_yet(
        "deletions in the actions are not read: each reading lists the whole board, which finds what is missing",
        "尚未读取操作记录中的删除：每次读取都会列出整个看板，由此发现缺失的卡片",
    ),
    Capability.HISTORY: partial(
        "moves from list to list, as far back as the actions of the board go, and not those to another board",
        "列表之间的移动，以看板操作记录保留的时间为限，不包括移到其他看板",
    ),
    Capability.BULK: vendor_cannot("Trello has no export job in its API", "Trello 的 API 没有导出作业"),
    Capability.RECEIVE: not_yet(
        "Trello signs the address of a webhook too, and asks it by HEAD first: crmbridge does neither yet",
        "Trello 的签名包含 webhook 地址，并先以 HEAD 请求检查该地址：crmbridge 目前都不支持",
    ),
    Capability.SUBSCRIBE: not_yet(
        "webhooks are not made yet: a reading takes few calls", "尚未创建 webhook：读取所需调用很少"
    ),
    Capability.SCHEMA: vendor_cannot(
        "no field is needed: the key is a line of the description", "无需字段：标识是描述中的一行"
    ),
    Capability.INCREMENTAL: partial(
        "the whole board each time: Trello tells of no changes since a time",
        "每次读取整个看板：Trello 不提供某一时间之后的变更",
    ),
    Capability.EXTERNAL_KEY: partial(
        "in a line of the description, which people can remove or copy",
        "保存在描述的一行中，人员可能删除或复制它",
    ),
    Capability.CONDITIONAL_WRITE: partial(
        "the card is read just before a write: Trello itself takes no condition",
        "写入之前先读取卡片：Trello 本身不支持条件写入",
    ),
    Capability.FIELD_HISTORY: not_yet("the actions of cards are not read", "尚未读取卡片的操作记录"),
    Capability.CONSENT: vendor_cannot("Trello has no contacts", "Trello 没有联系人"),
    Capability.FORECAST_CATEGORY: vendor_cannot("Trello has no such notion", "Trello 没有此概念"),
    Capability.MULTI_CURRENCY: vendor_cannot("Trello has no amounts of money", "Trello 没有金额"),
    Capability.TIME_PRECISION: FULL,
}
"""Every capability, declared."""
