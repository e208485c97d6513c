"""The READMEs and the quality scale say what is so: every code, every key, every rule, in both languages."""

import re
import tomllib
from pathlib import Path

import pytest

from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.errors import TABLE, Meaning

FOLDER = Path(__file__).parents[1]
PAGES = {"en": FOLDER / "README.md", "zh": FOLDER / "README.zh-CN.md"}
RULES = tomllib.loads((FOLDER / "quality.toml").read_text(encoding="utf-8"))
OTHER = tomllib.loads((FOLDER.parent / "zoho" / "quality.toml").read_text(encoding="utf-8"))
TIERS = ("bronze", "silver", "gold", "platinum")
TODO = {"crash-matrix-green", "million-records-in-budget", "hypothesis-machine", "verified-live", "zero-todo"}
MEANS: dict[Meaning, dict[str, str]] = {
    Meaning.SUCCESS: {"en": "it was done", "zh": "成功"},
    Meaning.BUSY: {
        "en": "a read is sent again, a write is in doubt unless its text names a reason of the business; then "
        "`Unavailable`, exit 5",
        "zh": "读取会重试；写入除非文字说明了业务原因，否则视为结果未知；之后为 `Unavailable`，退出码 5",
    },
    Meaning.THROTTLE: {
        "en": "waits until the 20 seconds are over and tries again, all jobs of the connection together; then "
        "`Throttled`, exit 5",
        "zh": "等待 20 秒窗口过去后重试，同一连接的所有任务一起等待；之后为 `Throttled`，退出码 5",
    },
    Meaning.SPENT: {
        "en": "nothing is called before midnight in Shanghai and a few minutes; `Throttled`, exit 5",
        "zh": "上海时间零点过几分钟之前不再调用；`Throttled`，退出码 5",
    },
    Meaning.RENEW: {
        "en": "the token is fetched anew once and the call sent again once; then `AuthError`, exit 4",
        "zh": "重新获取一次令牌并重发一次；之后为 `AuthError`，退出码 4",
    },
    Meaning.LOGIN: {
        "en": "`AuthError`, exit 4: everything stops, a person must act",
        "zh": "`AuthError`，退出码 4：全部停止，需要人工处理",
    },
    Meaning.SCOPE: {
        "en": "`ScopeError`, exit 4: somebody must give the right; other objects go on",
        "zh": "`ScopeError`，退出码 4：需要授予权限；其他对象继续",
    },
    Meaning.GONE: {"en": "it is not there any more", "zh": "已不存在"},
    Meaning.REQUEST: {
        "en": "the call is wrong: adapter, mapping or configuration must change; for a write the record is refused",
        "zh": "请求有误：需要修改适配器、映射或配置；写入时该记录被拒绝",
    },
}


def text_of(language: str) -> str:
    return PAGES[language].read_text(encoding="utf-8")


def table(language: str) -> str:
    """The table of codes, as the code has it."""
    rows = []
    for meaning, words in MEANS.items():
        codes = ", ".join(f"`{code}`" for code in sorted(TABLE) if TABLE[code] is meaning)
        rows.append(f"| {codes} | {words[language]} |")
    return "\n".join(rows)


@pytest.mark.parametrize("language", PAGES)
def test_every_code_is_there_with_what_happens(language: str) -> None:
    told = text_of(language).partition("<!-- table: codes -->")[2].partition("<!-- end -->")[0]
    assert told.strip().split("\n", 2)[2] == table(language)
    assert set(MEANS) == set(Meaning)


@pytest.mark.parametrize("language", PAGES)
def test_every_key_is_in_the_table(language: str) -> None:
    named = re.findall(r"^\| ((?:`\w+`(?:, |、)?)+) \|", text_of(language), re.MULTILINE)
    keys = {key for cell in named for key in re.findall(r"\w+", cell)}
    assert set(FxiaokeOptions.model_fields) - {"credentials"} <= keys


@pytest.mark.parametrize("language", PAGES)
def test_the_example_is_a_valid_connection(language: str) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", text_of(language), re.DOTALL)
    section = tomllib.loads(example)["connections"]["fxiaoke"]
    assert section.pop("adapter") == "fxiaoke"
    FxiaokeOptions.model_validate(section)


def test_both_languages_have_the_same_parts() -> None:
    parts = [re.findall(r"^#+ ", text_of(language), re.MULTILINE) for language in PAGES]
    assert parts[0] == parts[1]
    links = [set(re.findall(r"`(crmbridge [a-z]+)", text_of(language))) for language in PAGES]
    assert links[0] == links[1]


def test_every_rule_is_answered() -> None:
    assert [set(RULES[tier]) for tier in TIERS] == [set(OTHER[tier]) for tier in TIERS]
    for tier in TIERS:
        for answer in RULES[tier].values():
            is_plain = isinstance(answer, str)
            assert answer in ("done", "todo") if is_plain else len(answer["exempt"]) > 20


def test_gold_is_whole_where_the_api_allows_it() -> None:
    assert [rule for tier in TIERS[:3] for rule, answer in RULES[tier].items() if answer == "todo"] == []


def test_the_readme_says_what_is_missing() -> None:
    missing = text_of("en").partition("## What is missing")[2].partition("##")[0].replace("\n", " ")
    for words in ("crash matrix", "million-record", "hypothesis machine", "live account"):
        assert words in missing
    assert {rule for tier in TIERS for rule, answer in RULES[tier].items() if answer == "todo"} == TODO
