"""The headers that people give to the commonest fields, in English and Chinese: data for the draft of a mapping.

Compared without case, spaces, punctuation and anything in brackets.
"""

OBJECT_WORDS: dict[str, tuple[str, ...]] = {
    "deal": ("deal", "opportunit", "potential", "pipeline", "商机", "项目", "机会", "订单机会"),
    "lead": ("lead", "mql", "prospect", "线索", "潜在客户"),
    "account": ("account", "compan", "customer", "client", "客户", "公司", "企业"),
    "contact": ("contact", "person", "people", "联系人"),
    "user": ("user", "agent", "employee", "team", "staff", "员工", "人员", "销售代表", "用户"),
    "product": ("product", "item", "sku", "产品", "商品"),
    "task": ("task", "todo", "任务", "待办"),
    "activity": ("activit", "call", "event", "meeting", "visit", "跟进", "拜访", "活动记录"),
    "campaign": ("campaign", "市场活动"),
    "order": ("order", "订单"),
    "note": ("note", "备注"),
}
"""What an object's name holds, by kind; the first kind that fits is taken."""

_PERSON = {
    "owner": ("owner", "deal owner", "lead owner", "account owner", "contact owner", "potential owner", "sales agent",
              "sales rep", "assigned to", "负责人", "所有人", "业务员", "销售", "销售人员", "归属人", "跟进人"),
    "vendor_created_at": ("created time", "created at", "created date", "createddate", "create date", "creation date",
                          "date created", "first contact date", "创建时间", "创建日期", "录入时间", "建档时间"),
    "vendor_modified_at": ("modified time", "last modified", "last modified date", "updated at", "modified at",
                           "修改时间", "最后修改时间", "更新时间"),
}  # fmt: skip
_REACH = {
    "emails": ("email", "e mail", "mail", "email address", "邮箱", "电子邮箱", "邮件", "电子邮件"),
    "phones": ("phone", "mobile", "telephone", "tel", "phone number", "电话", "手机", "手机号", "联系电话", "移动电话"),
}
_SOURCE = {"source": ("source", "lead source", "origin", "来源", "线索来源", "客户来源", "商机来源")}

FIELD_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "deal": {
        "name": ("deal name", "dealname", "opportunity name", "potential name", "name", "subject", "opportunity id",
                 "opportunity number", "deal id", "商机名称", "项目名称", "机会名称", "名称", "商机编号"),
        "stage": ("stage", "deal stage", "dealstage", "sales stage", "opportunity stage", "opportunity result",
                  "销售阶段", "阶段", "商机阶段", "当前阶段"),
        "account": ("account", "account name", "account id", "company", "customer", "客户", "客户名称", "公司名称"),
        "contact": ("contact", "contact id", "contact name", "associated contact", "联系人"),
        "product": ("product", "product name", "产品", "产品名称"),
        "amount": ("amount", "deal amount", "dealamount", "value", "close value", "deal value",
                   "opportunity amount usd", "opportunity amount", "金额", "商机金额", "成交金额", "预计金额",
                   "销售金额"),
        "probability": ("probability", "win probability", "可能性", "赢率", "成交概率"),
        "expected_close": ("expected close", "expected close date", "预计成交日期", "预计结单日期", "预计签单日期"),
        "closed_at": ("close date", "closedate", "closing date", "closed date", "won date", "结单日期", "成交日期",
                      "关闭日期", "签单日期"),
        "reason": ("lost reason", "loss reason", "win loss reason", "输单原因", "丢单原因"),
        "competitor": ("competitor", "竞争对手"),
        "region": ("region", "territory", "区域", "地区", "大区"),
        "lead": ("lead id", "leadid", "lead", "线索", "线索编号"),
        "next_step": ("next step", "下一步", "下一步计划"),
        **_SOURCE,
        **_PERSON,
    },
    "lead": {
        "full_name": ("name", "lead name", "leadname", "full name", "last name", "姓名", "线索名称", "联系人"),
        "company_name": ("company", "company name", "account", "organization", "公司", "公司名称", "客户名称", "单位"),
        "title": ("title", "job title", "职务", "职位"),
        "website": ("website", "url", "网址", "网站"),
        "industry": ("industry", "sector", "行业"),
        "status_raw": ("status", "lead status", "状态", "线索状态"),
        "converted": ("converted", "is converted", "是否转化", "已转化"),
        **_REACH,
        **_SOURCE,
        **_PERSON,
    },
    "account": {
        "name": ("account name", "account", "accountname", "name", "company", "company name", "customer", "客户名称",
                 "公司名称", "企业名称", "名称", "客户"),
        "registration_no": ("统一社会信用代码", "社会信用代码", "registration number", "registration no", "tax number"),
        "industry": ("industry", "sector", "行业", "所属行业"),
        "employees": ("employees", "number of employees", "员工数", "员工人数", "人员规模"),
        "annual_revenue": ("annual revenue", "revenue", "年营收", "年营业额", "年销售额"),
        "region": ("region", "location", "office location", "country", "区域", "地区", "省份"),
        "city": ("city", "城市"),
        "parent": ("parent", "parent account", "subsidiary of", "上级客户", "母公司"),
        "addresses": ("address", "地址", "详细地址", "公司地址"),
        "website": ("website", "url", "网址", "网站", "官网"),
        "status_raw": ("status", "account type", "customer status", "客户状态", "客户类型"),
        **_REACH,
        **_SOURCE,
        **_PERSON,
    },
    "contact": {
        "full_name": ("name", "contact name", "contactname", "full name", "last name", "姓名", "联系人", "联系人姓名"),
        "title": ("title", "job title", "role", "职务", "职位"),
        "department": ("department", "部门"),
        "account": ("account", "account id", "account name", "company", "客户", "客户名称", "公司名称"),
        **_REACH,
        **_SOURCE,
        **_PERSON,
    },
    "user": {
        "name": ("name", "sales agent", "agent", "full name", "last name", "user name", "employee", "姓名", "员工姓名",
                 "用户名", "负责人"),
        "email": ("email", "e mail", "邮箱", "电子邮箱"),
        "phone": ("phone", "mobile", "电话", "手机"),
        "manager": ("manager", "reports to", "上级", "直属上级", "主管"),
        "role": ("role", "角色", "岗位"),
    },
    "product": {
        "name": ("product", "product name", "name", "产品", "产品名称", "名称"),
        "category": ("category", "series", "product category", "产品类别", "产品分类", "系列"),
        "list_price": ("price", "sales price", "list price", "unit price", "价格", "单价", "标准价格"),
    },
    "task": {
        "title": ("subject", "title", "task", "name", "主题", "标题", "任务名称"),
        "due_date": ("due date", "deadline", "截止日期", "到期日期"),
        "status_raw": ("status", "状态"),
        "priority": ("priority", "优先级"),
        "assignee": ("assignee", "assigned to", "task owner", "执行人", "负责人"),
        **_PERSON,
    },
    "note": {"title": ("title", "subject", "标题"), "content": ("note", "notes", "content", "内容", "备注"), **_PERSON},
    "campaign": {
        "name": ("campaign name", "name", "活动名称", "市场活动名称"),
        "type": ("type", "campaign type", "类型"),
        "status": ("status", "状态"),
        "start_date": ("start date", "开始日期"),
        "end_date": ("end date", "结束日期"),
        "expected_revenue": ("expected revenue", "预计收入"),
        "budgeted_cost": ("budgeted cost", "预算成本"),
        "actual_cost": ("actual cost", "实际成本"),
        **_PERSON,
    },
    "order": {
        "account": ("account", "customer", "customer id", "客户", "客户名称"),
        "product": ("product", "产品", "产品名称"),
        "amount": ("amount", "total", "order amount", "金额", "订单金额"),
        "quantity": ("quantity", "qty", "数量"),
        "ordered_at": ("order date", "ordered at", "date", "下单时间", "订单日期"),
        "paid_at": ("paid at", "payment date", "付款时间"),
        **_PERSON,
    },
}  # fmt: skip

STAGE_LABELS = (
    ("open", "Open", "进行中", ("Open", "进行中")),
    ("won", "Won", "赢单", ("Won", "Closed Won", "赢单", "成交")),
    ("lost", "Lost", "输单", ("Lost", "Loss", "Closed Lost", "输单", "丢单")),
)
"""The stages of a draft whose source does not say its own: key and category, English and Chinese name, labels."""

WON_WORDS = ("won", "赢单", "成交", "签单")
LOST_WORDS = ("lost", "loss", "输单", "丢单", "失败")
VOID_WORDS = ("void", "invalid", "junk", "无效", "作废")
CURRENCY_WORDS = {"USD": "USD", "EUR": "EUR", "GBP": "GBP", "CNY": "CNY", "RMB": "CNY", "人民币": "CNY", "美元": "USD"}
UNIT_WORDS = ("万元", "千元", "百万元", "亿元", "万", "亿")
