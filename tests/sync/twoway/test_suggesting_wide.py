"""Suggestions over twenty thousand companies on each side: how long they take, and what they need."""

import random
import time
import tracemalloc

import pytest

from crmbridge.ledger.likenesses import Lonely
from crmbridge.sync.twoway.resembling import Profile, profile, resemblances

COUNT = 20_000
_PARTS = [
    f"{start}{middle}{end}" for start in "BDFGKLMNPRSTVW" for middle in ("a", "e", "i", "o", "u") for end in "lmnrst"
]
_TRADES = ("Logistik", "Holz", "Stahl", "Pharma", "Software", "Energie", "Foods", "Textil", "Media", "Medical")
_FORMS = ("GmbH", "Ltd", "Inc", "", "Co., Ltd.")
_PLACES = ("上海", "北京", "深圳", "杭州", "苏州", "成都", "武汉", "西安")
_SIGNS = "明澈远大天海云山金玉龙凤华宇新星东方安康瑞祥德信"


def _names(chance: random.Random) -> list[str]:
    latin = [f"{''.join(chance.choices(_PARTS, k=3))} {chance.choice(_TRADES)}" for _ in range(COUNT // 2)]
    chinese = [
        f"{chance.choice(_PLACES)}{''.join(chance.choices(_SIGNS, k=4))}科技有限公司" for _ in range(COUNT - COUNT // 2)
    ]
    return latin + chinese


def _side(names: list[str], chance: random.Random, *, is_left: bool) -> list[Profile]:
    made = []
    for number, name in enumerate(names):
        told = f"{name} {chance.choice(_FORMS)}" if name.isascii() else name
        fields = {"name": told, "city": f"City {number % 200}"}
        one = profile("account", Lonely(f"{is_left:d}{number:08}", is_left, 1, fields), is_fresh=True)
        assert one is not None
        made.append(one)
    return made


@pytest.mark.wide
def test_twenty_thousand_against_as_many() -> None:
    chance = random.Random(7)  # noqa: S311 - the same names each time
    both = _names(chance)
    changed = [name if number % 10 else name.replace("a", "e", 1) for number, name in enumerate(both)]
    left, right = (_side(names, chance, is_left=names is both) for names in (both, changed))
    started = time.process_time()
    found = resemblances("account", left, right)
    spent_s = time.process_time() - started
    tracemalloc.start()
    resemblances("account", left, right)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{COUNT} x {COUNT}: {len(found)} suggestions, {spent_s:.1f} CPU s, {peak / 2**20:.0f} MiB")  # noqa: T201 - the figures are what it is run for
    told = {(one.left[1:], one.right[1:]) for one in found}
    same = [f"{number:08}" for number in range(COUNT) if both[number] == changed[number]]
    assert sum((number, number) in told for number in same) == len(same), "every equal name in the same city is found"
    assert peak < 300 * 2**20
