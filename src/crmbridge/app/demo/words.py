"""How each of the two exports writes the words of the company."""

ENGLISH, CHINESE = 0, 1

WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "stage": {
        "prospect": ("Prospect", "潜在客户"),
        "first_contact": ("First Contact", "初步接触"),
        "needs_confirmed": ("Needs Confirmed", "需求确认"),
        "quoted": ("Quoted", "报价"),
        "negotiation": ("Negotiation", "谈判"),
        "won": ("Closed Won", "成交"),
        "lost": ("Closed Lost", "丢单"),
        "void": ("Void", "无效"),
        "pilot": ("Pilot", "试点"),
    },
    "source": {
        "referral": ("Referral", "老客户介绍"),
        "exhibition": ("Exhibition", "展会"),
        "website": ("Website", "官网"),
        "search_ads": ("Search Ads", "搜索推广"),
        "partner": ("Partner", "渠道伙伴"),
    },
    "region": {
        "north": ("North", "华北"),
        "east": ("East", "华东"),
        "south": ("South", "华南"),
        "abroad": ("Abroad", "海外"),
    },
    "type": {"new": ("New Business", "新签"), "upsell": ("Upsell", "增购"), "renewal": ("Renewal", "续约")},
    "reason": {
        "price": ("Price", "价格"),
        "competitor": ("Competitor", "竞争对手"),
        "no_budget": ("No budget", "无预算"),
        "no_decision": ("No decision", "未决策"),
    },
    "lead_status": {
        "new": ("New", "未处理"),
        "working": ("Working", "跟进中"),
        "nurturing": ("Nurturing", "培育中"),
        "disqualified": ("Disqualified", "无效线索"),
        "converted": ("Converted", "已转换"),
    },
    "activity_type": {
        "call": ("Call", "电话"),
        "email": ("Email", "邮件"),
        "meeting": ("Meeting", "会议"),
        "visit": ("Visit", "拜访"),
        "im": ("Chat", "微信"),
    },
    "direction": {"out": ("Outbound", "呼出"), "in": ("Inbound", "呼入")},
    "task_status": {"open": ("Open", "未完成"), "done": ("Done", "已完成")},
    "priority": {"high": ("High", "高"), "normal": ("Normal", "普通")},
    "quote_status": {
        "sent": ("Sent", "已发送"),
        "accepted": ("Accepted", "已接受"),
        "declined": ("Declined", "已拒绝"),
    },
    "approval": {"asked": ("Asked", "审批中"), "approved": ("Approved", "已批准")},
    "contract_status": {
        "in_review": ("In Review", "审核中"),
        "signed": ("Signed", "已签署"),
        "ended": ("Ended", "已到期"),
    },
    "renewal": {"manual": ("Manual", "手动续约"), "automatic": ("Automatic", "自动续约")},
    "clause": {"complete": ("complete", "完整"), "missing": ("missing", "缺失")},
    "delivery_status": {
        "planned": ("Planned", "待发货"),
        "on_way": ("On the way", "运输中"),
        "delivered": ("Delivered", "已交付"),
    },
    "ticket_type": {"question": ("Question", "咨询"), "fault": ("Fault", "故障"), "complaint": ("Complaint", "投诉")},
    "ticket_status": {"open": ("In progress", "处理中"), "resolved": ("Solved", "已解决")},
    "ticket_priority": {
        "urgent": ("Urgent", "紧急"),
        "high": ("High", "高"),
        "normal": ("Normal", "普通"),
        "low": ("Low", "低"),
    },
    "role": {"manager": ("Manager", "经理"), "rep": ("Representative", "销售代表")},
    "title": {"buyer": ("Buyer", "采购"), "engineer": ("Engineer", "工程师"), "director": ("Director", "总监")},
}

STEPS = (("legal", "finance"), ("法务", "财务"))
CLAUSES = (("payment term", "liability"), ("付款条款", "违约责任"))
BROKEN_DAY = ("2026-02-30", "2026年2月30日")
BROKEN_AMOUNT = ("to be agreed", "待定")
YES_NO = {True: ("Yes", "是"), False: ("No", "否")}
