"""The permissions that each feature asks Zoho for, and what each is for: nothing else is ever asked for."""

from collections.abc import Iterable

from crmbridge.adapter.connecting import FEATURES, Feature, Granted

BY_FEATURE: dict[Feature, tuple[Granted, ...]] = {
    "read": (
        Granted("ZohoCRM.modules.READ", "records of every module that your user may see", "您的用户可见的各模块的记录"),
        Granted("ZohoCRM.settings.READ", "modules, fields, picklists and layouts", "模块、字段、选项和布局"),
        Granted("ZohoCRM.settings.pipeline.READ", "pipelines and their stages", "销售流程及其阶段"),
        Granted("ZohoCRM.users.READ", "who owns what", "记录的负责人"),
        Granted("ZohoCRM.org.READ", "which account this is, its zone and currency", "账号信息、时区和币种"),
        Granted("ZohoCRM.coql.READ", "queries, which read with fewer credits", "查询方式读取，消耗更少的额度"),
        Granted(
            "ZohoCRM.bulk.READ", "exports, for the first reading of many records", "导出方式读取，用于首次读取大量记录"
        ),
    ),
    "tasks": (
        Granted("ZohoCRM.modules.tasks.CREATE", "to make tasks", "创建任务"),
        Granted(
            "ZohoCRM.modules.tasks.UPDATE",
            "to move and close tasks that crmbridge made",
            "更新和关闭 crmbridge 创建的任务",
        ),
        Granted("ZohoCRM.modules.notes.CREATE", "to add notes", "添加备注"),
        Granted("ZohoCRM.modules.calls.CREATE", "to log what came of tasks as calls", "将任务的结果记录为通话"),
        Granted("ZohoSearch.securesearch.READ", "to look before something is made twice", "先查找，避免重复创建"),
    ),
    "fields": (
        Granted("ZohoCRM.modules.UPDATE", "to write tiers and results into records", "将分级和结果写入记录"),
        Granted(
            "ZohoCRM.settings.fields.CREATE", "to add the field that holds our key", "添加保存 crmbridge 标识的字段"
        ),
        Granted("ZohoSearch.securesearch.READ", "to look before something is made twice", "先查找，避免重复创建"),
    ),
    "webhooks": (Granted("ZohoCRM.notifications.ALL", "to be told of changes at once", "及时获知变更"),),
}
"""Scopes by feature (dossier 1.7)."""


def wanted(features: Iterable[Feature]) -> tuple[Granted, ...]:
    """Everything that these features need, each permission once."""
    asked = set(features)
    found = {one.scope: one for feature in FEATURES if feature in asked for one in BY_FEATURE[feature]}
    return tuple(found.values())


def missing(asked: Iterable[Granted], told: str | None) -> frozenset[str]:
    """The scopes asked for that an answer of Zoho does not list; none where it lists nothing at all."""
    if not told:
        return frozenset()
    given = {scope.casefold() for scope in told.replace(",", " ").split()}
    return frozenset(one.scope for one in asked if not _covers(given, one.scope.casefold()))


def features_of(asked: Iterable[Feature], lacking: frozenset[str]) -> frozenset[Feature]:
    """Those of the features that lack no permission."""
    return frozenset(one for one in asked if not lacking & {granted.scope for granted in BY_FEATURE[one]})


def _covers(given: set[str], scope: str) -> bool:
    """Whether a scope was given: itself, its group with ALL, or a group above it with the same operation or ALL."""
    *parts, operation = scope.split(".")
    groups = [".".join(parts[:length]) for length in range(2, len(parts) + 1)]
    return bool(given & {f"{group}.{suffix}" for group in groups for suffix in (operation, "all")}) or scope in given
