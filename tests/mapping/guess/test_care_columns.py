"""What care needs of contacts and contracts, out of files: headers and words in English and in Chinese."""

from collections.abc import Callable
from typing import Any

import pytest

from crmbridge.mapping.document import load
from crmbridge.mapping.guess.rule import Guess

Tables = Callable[..., Guess]
ENGLISH = """contact id,full name,company,email,date of birth,birthday calendar,left company,language,do not contact,\
preferred channel,time zone
1,Li Wei,Acme,li@acme.cn,1990-05-20,Lunar,No,zh,No,email,Asia/Shanghai
2,Ann Lee,Acme,ann@acme.cn,1985-02-29,Gregorian,Yes,en,Yes,email,Europe/London
"""
CHINESE = """联系人编号,姓名,客户名称,邮箱,生日,生日类型,是否离职,语言,勿扰,首选联系方式,时区
1,李伟,甲公司,li@acme.cn,05-20,农历,否,zh,否,微信,Asia/Shanghai
2,王芳,甲公司,wang@acme.cn,02-29,公历,是,zh,是,电话,Asia/Shanghai
"""


def fields(guess: Guess, name: str) -> dict[str, Any]:
    return dict(load(guess.text).body.objects[name].fields)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_birthdays_and_what_people_do_not_want_are_recognised(guessed: Tables, text: str) -> None:
    found = guessed(contacts=text)
    assert load(found.text).body.objects["contacts"].kind == "contact"
    names = fields(found, "contacts")
    wanted = {
        "birthday_md",
        "birthday_calendar",
        "left_company",
        "language",
        "do_not_contact",
        "preferred_channel",
        "zone",
    }
    assert wanted <= names.keys(), wanted - names.keys()
    told = names["birthday_calendar"].values
    assert set(told.values()) <= {"lunar", "solar"}
