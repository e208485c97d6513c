"""What Jira can do through this adapter and what it cannot, with the reasons."""

from crmbridge.adapter.capabilities import FULL, Capability, Support, not_yet, partial, vendor_cannot

SUPPORT: dict[Capability, Support] = {
    Capability.WRITE: partial(
        "issues only: users and comments are not written; a status only by a transition that the workflow has",
        "仅限事务（issue）：用户和评论不可写入；状态只能通过工作流中已有的转换更改",
    ),
    Capability.FETCH: FULL,
    Capability.FIND: partial(
        "issues by our key, users by e-mail address; Jira searches texts by words and never exactly",
        "事务仅按我方标识查找，用户按邮箱查找；Jira 的文本搜索按词匹配，无法精确查找",
    ),
    Capability.COUNT: vendor_cannot("Jira tells only about how many", "Jira 只提供大致数量"),
    Capability.DELETE: vendor_cannot(
        "Jira keeps no list of deletions: a whole listing once a day finds what is missing",
        "Jira 没有删除列表：每天一次完整列出，由此发现缺失的记录",
    ),
    Capability.HISTORY: not_yet("the changelog of issues is not read", "尚未读取事务的变更历史"),
    Capability.BULK: vendor_cannot("Jira has no export job for issues", "Jira 没有事务的导出作业"),
    Capability.RECEIVE: partial(
        "webhooks that an administrator made with a secret; a comment's notification without its issue tells nothing",
        "仅限管理员创建并设置密钥的 webhook；不带事务的评论通知不起作用",
    ),
    Capability.SUBSCRIBE: vendor_cannot(
        "a login by token cannot make webhooks: an administrator enters the address and the secret in Jira",
        "使用令牌登录无法创建 webhook：由管理员在 Jira 中填写地址和密钥",
    ),
    Capability.SCHEMA: vendor_cannot(
        "no field is needed: the key is kept in a property and a label", "无需字段：标识保存在属性和标签中"
    ),
    Capability.INCREMENTAL: partial(
        "by the time of change, with an overlap of five minutes; once a day everything is listed",
        "按修改时间读取，重叠五分钟；每天完整列出一次",
    ),
    Capability.EXTERNAL_KEY: partial(
        "in an issue property and a label; a search learns of a new issue after seconds or minutes",
        "保存在事务属性和标签中；新建的事务几秒到几分钟后才能搜索到",
    ),
    Capability.CONDITIONAL_WRITE: partial(
        "the issue is read just before a write: Jira itself takes no condition",
        "写入之前先读取事务：Jira 本身不支持条件写入",
    ),
    Capability.FIELD_HISTORY: not_yet("the changelog of issues is not read", "尚未读取事务的变更历史"),
    Capability.CONSENT: vendor_cannot("Jira has no contacts", "Jira 没有联系人"),
    Capability.FORECAST_CATEGORY: vendor_cannot("Jira has no such notion", "Jira 没有此概念"),
    Capability.MULTI_CURRENCY: vendor_cannot("Jira has no amounts of money", "Jira 没有金额"),
    Capability.TIME_PRECISION: FULL,
}
"""Every capability, declared."""
