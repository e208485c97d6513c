"""Invented names. Nobody and nothing here exists; mail addresses end in .example, which nobody can own."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CHINESE_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
CHINESE_GIVEN = "安柏辰丹恩枫谷禾嘉可澜茗宁朋清冉舒棠苇溪言远泽知"


PINYIN_FAMILY = _words(
    "Zhao Qian Sun Li Zhou Wu Zheng Wang Feng Chen Chu Wei Jiang Shen Han Yang Zhu Qin You Xu He Lyu Shi Zhang"
)
PINYIN_GIVEN = _words(
    "An Bai Chen Dan En Feng Gu He Jia Ke Lan Ming Ning Peng Qing Ran Shu Tang Wei Xi Yan Yuan Ze Zhi"
)
GIVEN = _words("Ada Björn Chloé Dário Elif Femi Greta Hugo Inés Jonas Kaito Lucía Mila Noor Owen Priya")
FAMILY = _words("Ashdown Bellweather Castagno Drummle Eskildsen Farrow Grünfeld Hallorann Iversen Jakande Kestrel")

CHINESE_PLACES = ("岚桥", "鹭湾", "松陵", "云溪", "望舒", "青岫", "澄岸", "北屿", "霁川", "朔野")
CHINESE_TRADES = ("精密科技", "智能装备", "生物医药", "新材料", "物流", "软件", "食品", "能源")
CHINESE_FORMS = ("有限公司", "股份有限公司", "集团")
PLACES = ("Norvale", "Eastmere", "Quillon", "Brackwater", "Tarnfield", "Corvane", "Lumenbay", "Selkmoor")
TRADES = ("Robotics", "Biotech", "Materials", "Logistics", "Software", "Foods", "Energy", "Instruments")
FORMS = ("Ltd", "GmbH", "Inc.", "B.V.")

PRODUCTS = (
    ("P-100", "Pulse Sensor", "脉冲传感器", "Hardware", "硬件", 6_800),
    ("P-200", "Pulse Gateway", "脉冲网关", "Hardware", "硬件", 19_500),
    ("P-300", "Flow Console", "流程控制台", "Software", "软件", 48_000),
    ("P-310", "Flow Console Plus", "流程控制台增强版", "Software", "软件", 96_000),
    ("P-400", "Line Analytics", "产线分析", "Software", "软件", 128_000),
    ("P-500", "Commissioning", "安装调试", "Service", "服务", 26_000),
    ("P-510", "Care Contract", "维保合同", "Service", "服务", 38_400),
    ("P-600", "Plant Suite", "工厂套件", "Software", "软件", 320_000),
)

ACTIVITY_SUBJECTS = {
    "call": ("Call about the offer", "电话沟通报价"),
    "email": ("Mail with material", "邮件发送资料"),
    "meeting": ("Requirements meeting", "需求会议"),
    "visit": ("Visit on site", "现场拜访"),
    "im": ("Chat", "微信沟通"),
}
TICKET_SUBJECTS = {
    "question": ("How is it set up?", "如何设置"),
    "fault": ("It shows an error", "设备报错"),
    "complaint": ("It does not do what was agreed", "与约定不符"),
}
TASK_TITLES = (
    ("Send the offer", "发送报价"),
    ("Call back", "电话回访"),
    ("Book the visit", "预约拜访"),
    ("Check the contract", "核对合同"),
)
