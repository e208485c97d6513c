"""Invented names and words, Western and Chinese."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Anna Bo Carla David Elin Farid Greta Hugo Ida Jonas Karin Luca Mara Nils Olga Paul Rosa Sven Tara "
    "Uwe Vera Walter Yara Zoe Amélie Björn Chloé François Jürgen Łukasz Noël Øyvind"
)
LAST = _words(
    "Andersson Bauer Costa Dubois Ekman Fischer García Hansen Ivanova Jensen Kowalski Lindqvist Moreau "
    "Novak O'Brien Petterson Quist Rossi Schmidt Tanaka Usman Virtanen Weber Young Zimmermann Åkesson "
    "D'Angelo Müller"
)
LAST_ZH = tuple("王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗")
FIRST_ZH = _words("伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 建国 晓明 雨桐 子涵")
COMPANY = _words(
    "Nordlys Fjord Alder Birch Cobalt Delta Ember Falcon Granite Harbor Iris Juniper Kestrel Lumen Maple "
    "Nimbus Orion Pioneer Quartz Raven Summit Tundra Umber Vertex Willow Zenith"
)
TRADE = _words("Supply Systems Foods Logistics Energy Health Textiles Tools Labs Media Retail Steel Marine Optics")
FORM = ("AB", "GmbH", "Ltd", "SA", "Inc.", "ApS", "& Co. KG", "B.V.")
PLACE_ZH = ("北京", "上海", "深圳", "杭州", "成都", "武汉", "广州", "南京")
COMPANY_ZH = _words("华信 中达 新源 恒通 瑞丰 博远 天成 金桥 东方 海润 启明 云峰")
TRADE_ZH = ("科技", "实业", "贸易", "制造", "医疗", "物流", "能源", "软件")
# City, country, currency, dialling code.
CITIES = (
    ("Stockholm", "Sweden", "EUR", "+46 8"),
    ("Berlin", "Germany", "EUR", "+49 30"),
    ("Paris", "France", "EUR", "+33 1"),
    ("London", "United Kingdom", "USD", "+44 20"),
    ("New York", "United States", "USD", "+1 212"),
    ("Boston", "United States", "USD", "+1 617"),
    ("Tokyo", "Japan", "JPY", "+81 3"),
    ("Kuwait City", "Kuwait", "KWD", "+965 22"),
)
STREETS = ("Hamngatan", "Main Street", "Hauptstraße", "Rue de la Paix", "High Street", "Kungsgatan", "Elm Avenue")
INDUSTRIES = ("manufacturing", "technology", "services", "communications", "education", "government", "trade")
SEGMENTS = ("enterprise", "mid", "small", "public")
SOURCES = ("fair", "web", "referral", "partner", "cold call", "seminar", "advertisement")
TITLES = ("COO", "Head of Purchasing", "CTO", "Plant Manager", "Buyer", "Managing Director", "采购经理", "总经理")
DEPARTMENTS = ("Procurement", "IT", "Operations", "Finance", "采购部")
PRODUCTS = ("line retrofit", "support contract", "pilot", "rollout", "extension", "spare parts", "设备更新", "系统集成")
LOSSES = ("price", "no answer", "wrong target", "expectation")
RIVALS_LOSS = "rival"
STEPS = ("Send revised offer", "Book a demo", "Call the buyer", "Wait for budget", "发送合同")
TAGS = ("Expo26", "VIP", "重点客户", "at risk")
TASKS = ("Call back", "Send offer", "Check references", "Prepare demo", "确认交期", "Ask for the order")
MEETINGS = ("Site visit", "Demo", "Contract talk", "Kick-off", "商务洽谈")
NOTES = ("Wants phased delivery.", "Budget is approved in Q3.", "Decision lies with the board.", "客户要求下周回复。")
