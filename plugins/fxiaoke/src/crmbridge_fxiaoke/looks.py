"""The looks behind the questions of `verify`: each asks the tenant once or twice, and says what came."""

import itertools
from collections.abc import Mapping, Sequence

from crmbridge.adapter.verifying import Said, Verdict
from crmbridge.model.errors import ScopeError
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.querying import rows_of, where
from crmbridge_fxiaoke.session import BY_MOBILE, CUSTOM, PRESET
from crmbridge_fxiaoke.tenant import PAGE, Row, Tenant

NOBODY = "ffffffffffffffffffffffff"
"""An id that no record has."""
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
_OVER = 200
_STATES = (
    ("LeadsObj", "biz_status"),
    ("AccountObj", "deal_status"),
    ("NewOpportunityObj", "sales_status"),
    ("OpportunityObj", "biz_status"),
)
Seen = tuple[Verdict, Said]


def _expected(english: str, chinese: str, **params: object) -> Seen:
    return Verdict.EXPECTED, Said(english, chinese, params)


def _handled(english: str, chinese: str, **params: object) -> Seen:
    return Verdict.HANDLED, Said(english, chinese, params)


def _unseen(english: str, chinese: str, **params: object) -> Seen:
    return Verdict.UNSEEN, Said(english, chinese, params)


def _attention(english: str, chinese: str, **params: object) -> Seen:
    return Verdict.ATTENTION, Said(english, chinese, params)


def _fullest(tenant: Tenant) -> str | None:
    """The object of which the first page has the most rows, None where there is no row at all."""
    counts = {name: len(tenant.page(name)) for name in tenant.names}
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] else None


def _no_rows() -> Seen:
    return _unseen("there are no records to see it by", "没有可供观察的记录")


def objects(tenant: Tenant) -> Seen:
    """Which of the objects that matter are there."""
    there = [name for name in ("NewOpportunityObj", "OpportunityObj") if tenant.objects.has(name)]
    lacking = [name for name in ("LeadsObj", "AccountObj", "ContactObj") if not tenant.objects.has(name)]
    if lacking or not there:
        names = ", ".join([*lacking, *([] if there else ["NewOpportunityObj / OpportunityObj"])])
        return _attention("missing: {names}", "缺少：{names}", names=names)
    return _expected("opportunities are in {names}", "商机对象：{names}", names=", ".join(there))


def over_limit(tenant: Tenant) -> Seen:
    """A page of 200."""
    name = _fullest(tenant)
    if name is None:
        return _no_rows()
    try:
        got = len(tenant.rows(name, limit=_OVER))
    except Refused as error:
        return _expected("refused: {number} {said}", "被拒绝：{number} {said}", number=error.number, said=error.said)
    if got > PAGE:
        return _expected("{count} rows of {name} came", "返回 {count} 条 {name}", count=got, name=name)
    if len(tenant.page(name)) < PAGE:
        text, chinese = (
            "{name} has only {count} records: cut or not, nobody can tell",
            "{name} 只有 {count} 条记录，无法判断",
        )
        return _unseen(text, chinese, name=name, count=got)
    return _expected("cut to {count} rows of {name}", "被截断为 {count} 条（{name}）", count=got, name=name)


def odd_offset(tenant: Tenant) -> Seen:
    """An offset of 1 with a limit of 2."""
    name = _fullest(tenant)
    if name is None:
        return _no_rows()
    try:
        got = len(tenant.rows(name, limit=2, offset=1))
    except Refused as error:
        return _expected("refused: {number} {said}", "被拒绝：{number} {said}", number=error.number, said=error.said)
    return _expected("taken, {count} rows", "可用，返回 {count} 条", count=got)


def totals(tenant: Tenant) -> Seen:
    """The totals by either switch, beside what the first page holds."""
    name = _fullest(tenant)
    if name is None:
        return _no_rows()
    ways: dict[str, Row] = {
        "returnTotalNum": {"returnTotalNum": 1},
        "find_explicit_total_num": {"find_explicit_total_num": True},
    }
    totals = {way: rows_of(tenant.query(name, top=top), name).total for way, top in ways.items()}
    there = len(tenant.page(name))
    told = ", ".join(f"{way} -> {total}" for way, total in totals.items())
    params: dict[str, object] = {"told": told, "name": name, "count": there}
    if not any(totals.values()):
        return _handled("{name}: {told}; {count} rows came", "{name}：{told}；实际返回 {count} 条", **params)
    right = any(total == there or there == PAGE <= total for total in totals.values())
    make = _expected if right else _handled
    return make("{name}: {told}; the first page has {count}", "{name}：{told}；首页 {count} 条", **params)


def invalid_rows(tenant: Tenant) -> Seen:
    """Whether a 作废 row comes by its id alone."""
    for name in tenant.names:
        found = tenant.rows(name, where("life_status", "IN", "invalid"))
        if not found:
            continue
        deleted = found[0].get("is_deleted")
        shown = bool(tenant.rows(name, where("_id", "EQ", found[0]["_id"])))
        params: dict[str, object] = {"name": name, "deleted": deleted}
        if shown:
            text = "{name}: 作废 rows come without being asked for; is_deleted is {deleted}"
            return _expected(text, "{name}：默认返回作废数据；is_deleted 为 {deleted}", **params)
        text = "{name}: 作废 rows come only where asked for; is_deleted is {deleted}"
        return _expected(text, "{name}：仅在指定时返回作废数据；is_deleted 为 {deleted}", **params)
    return _unseen("no 作废 record is there to see it by", "没有作废数据可供观察")


def unknown_id(tenant: Tenant) -> Seen:
    """A get of an id that nobody has."""
    name = next(iter(tenant.names), None)
    if name is None:
        return _no_rows()
    try:
        told = tenant.session.ask(f"{PRESET}/get", {"dataObjectApiName": name, "objectDataId": NOBODY})
    except Refused as error:
        return _expected("refused: {number} {said}", "被拒绝：{number} {said}", number=error.number, said=error.said)
    if not told.get("data"):
        return _expected("an answer without a record", "返回空数据")
    return _attention("a record came for an id that nobody has", "不存在的 ID 返回了数据")


def second_order(tenant: Tenant) -> Seen:
    """The order of records of one millisecond."""
    for name in tenant.names:
        rows = tenant.page(name, by_time=True)
        keys = [(row.get("last_modified_time"), str(row.get("_id"))) for row in rows]
        ties = [pair for pair in itertools.pairwise(keys) if pair[0][0] == pair[1][0]]
        if not ties:
            continue
        if all(one[1] < other[1] for one, other in ties):
            text = "{name}: records of one millisecond come by id"
            return _expected(text, "{name}：同一毫秒的记录按 _id 排序", name=name)
        text = "{name}: records of one millisecond come in no order"
        return _handled(text, "{name}：同一毫秒的记录未按 _id 排序", name=name)
    return _unseen("no two records were changed in one millisecond", "没有同一毫秒修改的两条记录")


def id_order(tenant: Tenant) -> Seen:
    """The order of ids, and what is behind one."""
    lengths: set[int] = set()
    for name in tenant.names:
        ids = [str(row.get("_id")) for row in tenant.page(name)]
        lengths |= {len(one) for one in ids}
        if ids != sorted(ids):
            text = "{name}: ids do not come in the order of their texts"
            return _attention(text, "{name}：_id 未按文本顺序返回", name=name)
        if len(ids) > 1 and [row["_id"] for row in tenant.rows(name, where("_id", "GT", ids[0]))] != [ids[1]]:
            return _attention(
                "{name}: _id GT does not go on behind an id", "{name}：_id GT 未从该 ID 之后继续", name=name
            )
    if not lengths:
        return _no_rows()
    told = ", ".join(str(one) for one in sorted(lengths))
    return _expected("in order; ids of {lengths} characters", "顺序正确；_id 长度为 {lengths}", lengths=told)


def state_codes(tenant: Tenant) -> Seen:
    """The options of the state fields."""
    told = []
    for name, key in _STATES:
        if tenant.objects.has(name) and key in (fields := tenant.objects.fields(name)):
            options = fields[key].get("options") or ()
            told.append(f"{name}.{key}: " + ", ".join(f"{one.get('value')}={one.get('label')}" for one in options))
    if not told:
        return _unseen("none of these fields is there", "没有这些字段")
    return _expected("{told}", "{told}", told="; ".join(told))


def phone_type(tenant: Tenant) -> Seen:
    """The type of a telephone field."""
    for name, key in (("LeadsObj", "mobile"), ("ContactObj", "mobile1"), ("AccountObj", "tel")):
        if tenant.objects.has(name) and key in (fields := tenant.objects.fields(name)):
            return _expected(
                "{kind} ({name}.{key})", "{kind}（{name}.{key}）", kind=fields[key]["type"], name=name, key=key
            )
    return _unseen("no telephone field is there", "没有电话字段")


def option_flags(tenant: Tenant) -> Seen:
    """What stands beside value and label of an option."""
    known = {"label", "value", "child_options", "not_usable", "is_active"}
    keys: set[str] = set()
    for name, key in tenant.typed("select_one", "select_many"):
        keys |= {part for one in tenant.objects.fields(name)[key].get("options") or () for part in one}
    flags, others = sorted(keys & {"not_usable", "is_active"}), sorted(keys - known)
    if flags:
        return _expected("{keys}", "{keys}", keys=", ".join(flags))
    text, chinese = "no flag; other keys: {keys}", "没有停用标记；其他键：{keys}"
    return _unseen(text, chinese, keys=", ".join(others) or "-")


def task_object(tenant: Tenant) -> Seen:
    """Whether there is a TaskObj."""
    if tenant.objects.has("TaskObj"):
        keys = ", ".join(sorted(tenant.objects.fields("TaskObj"))[:12])
        return _handled("it is there: {keys} ...", "存在：{keys} ...", keys=keys)
    return _expected("it is not there", "不存在")


def related_filter(tenant: Tenant) -> Seen:
    """A filter on the links of sales records."""
    if not tenant.objects.has("ActiveRecordObj"):
        return _unseen("there is no ActiveRecordObj", "没有 ActiveRecordObj")
    try:
        got = tenant.rows("ActiveRecordObj", where("related_object_data", "CONTAINS", NOBODY))
    except Refused as error:
        return _expected("refused: {number} {said}", "被拒绝：{number} {said}", number=error.number, said=error.said)
    if got:
        return _expected("ignored: other records came", "被忽略：返回了无关记录")
    return _handled("it filters, or finds nothing", "可以过滤，或没有结果")


def by_mobile(tenant: Tenant) -> Seen:
    """The employee by mobile, in style oauth."""
    mobile = tenant.session.credentials.mobile
    if mobile is None or not tenant.session.is_plain:
        return _unseen("this connection does not sign in by oauth and mobile", "此连接未使用 oauth 方式和手机号")
    told = tenant.session.ask(BY_MOBILE, top={"mobile": mobile})
    people = told.get("empList")
    found = people[0].get("openUserId") if isinstance(people, Sequence) and people else None
    return _expected("it works: {id}", "可用：{id}", id=found or "-")


def date_zone(tenant: Tenant) -> Seen:
    """The hour of the day at which dates begin."""
    hours: set[int] = set()
    for name, key in tenant.typed("date"):
        values = [row[key] for row in tenant.page(name) if isinstance(row.get(key), int)]
        hours |= {value % _DAY_MS // _HOUR_MS for value in values}
    if not hours:
        return _unseen("no date is filled", "没有已填写的日期")
    told = ", ".join(f"{hour}:00" for hour in sorted(hours))
    if hours <= {16, 0}:
        text = "midnight is {hours} UTC: the same day in Shanghai"
        return _expected(text, "零点对应 UTC {hours}：在上海为同一天", hours=told)
    return _attention("midnight is {hours} UTC", "零点对应 UTC {hours}", hours=told)


def long_texts(tenant: Tenant) -> Seen:
    """The longest text of a list, beside the record itself."""
    longest: tuple[int, str, str, str] | None = None
    for name, key in tenant.typed("long_text", "html_rich_text"):
        for row in tenant.page(name):
            text = row.get(key)
            if isinstance(text, str) and (longest is None or len(text) > longest[0]):
                longest = (len(text), name, key, str(row["_id"]))
    if longest is None:
        return _unseen("no long text is filled", "没有已填写的长文本")
    count, name, key, identity = longest
    told = tenant.session.ask(f"{PRESET}/get", {"dataObjectApiName": name, "objectDataId": identity})
    record = told.get("data")
    whole = len(str(record.get(key) or "")) if isinstance(record, Mapping) else 0
    params: dict[str, object] = {"name": name, "key": key, "count": count, "whole": whole}
    if whole > count:
        text = "{name}.{key}: {count} characters in the list, {whole} in the record"
        return _handled(text, "{name}.{key}：列表中 {count} 字，详情中 {whole} 字", **params)
    return _expected("{name}.{key}: all {count} characters", "{name}.{key}：完整返回 {count} 字", **params)


def path_mixing(tenant: Tenant) -> Seen:
    """A preset object on the path of custom ones."""
    name = next(iter(tenant.names), None)
    if name is None:
        return _no_rows()
    try:
        tenant.rows(name, path=CUSTOM)
    except Refused as error:
        return _expected("refused: {number} {said}", "被拒绝：{number} {said}", number=error.number, said=error.said)
    return _expected("it works", "可用")


def personnel(tenant: Tenant) -> Seen:
    """A query of PersonnelObj."""
    try:
        got = tenant.rows("PersonnelObj")
    except (Refused, ScopeError) as error:
        return _expected("refused: {why}", "被拒绝：{why}", why=str(error))
    text, chinese = "{count} rows came", "返回 {count} 条"
    return _expected(text, chinese, count=len(got))


def only_a_write(_: Tenant) -> Seen:
    """Nothing is looked at."""
    return _unseen("only a write would show it; nothing is written here", "只有写入才能看到；此处不做任何写入")


def not_provoked(_: Tenant) -> Seen:
    """Nothing is looked at."""
    return _unseen("not provoked", "未主动触发")


def not_by_api(_: Tenant) -> Seen:
    """Nothing is looked at."""
    return _unseen("no call tells it: look at the app's page in 管理后台", "没有接口可查：请在管理后台的应用页面查看")
