"""The neutral world's words in the tenant's labels and codes."""

from __future__ import annotations

SOURCES = {
    "web": "官网",
    "fair": "展会",
    "referral": "转介绍",
    "partner": "合作伙伴",
    "cold call": "电话开发",
    "seminar": "研讨会",
    "advertisement": "广告",
}
LEAD_STATUS = {
    "new": "un_processed",
    "contacted": "processed",
    "later": "processed",
    "qualified": "processed",
    "junk": "closed",
    "lost": "closed",
}
LEAD_STAGES = {"qualified": "SQL", "contacted": "MQL", "later": "MQL"}
CLOSE_REASONS = {"junk": "1", "lost": "2"}
INDUSTRIES = {
    "manufacturing": "制造业",
    "technology": "信息技术",
    "services": "服务业",
    "communications": "通信业",
    "education": "教育",
    "government": "政府",
    "trade": "贸易",
}
KINDS = {"prospect": "潜在客户", "customer": "成交客户", "partner": "合作伙伴"}
SEGMENTS = {"enterprise": "大型企业", "mid": "中型企业", "small": "小型企业", "public": "公共事业"}
LOSSES = {
    "price": "价格",
    "no answer": "客户无回应",
    "wrong target": "目标不符",
    "expectation": "预期不符",
    "rival": "竞争失利",
}
RESULTS = {
    "interested": "有意向",
    "not interested": "无意向",
    "no answer": "未接通",
    "more info": "需要资料",
    "call back": "再联系",
}
DEAL_KINDS = {"new": "新购", "existing": "增购"}
PRIORITIES = {"low": "1", "normal": "2", "high": "3"}
