import pytest

from crmbridge.cli import language
from crmbridge.cli.wrapping import wrap
from crmbridge.report.i18n import catalog, choose
from crmbridge.report.i18n.catalog import fill
from crmbridge.report.width import width


@pytest.mark.parametrize(
    ("asked", "environ", "spoken"),
    [
        ("zh", {"LANG": "en_US.UTF-8"}, "zh"),
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LC_ALL": "", "LANG": "zh_TW.UTF-8"}, "zh"),
        (None, {"LANG": "pt_BR"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_asked_for_or_the_machines_or_english(
    asked: str | None, environ: dict[str, str], spoken: str
) -> None:
    assert choose(asked, environ) == spoken


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["funnel", "--lang", "zh"], "zh"),
        (["--lang=zh", "funnel"], "zh"),
        (["export", "--", "--lang", "zh"], None),
        (["--lang"], None),
        ([], None),
    ],
)
def test_the_language_is_known_before_the_command_line_is_parsed(arguments: list[str], found: str | None) -> None:
    assert language.asked_for(arguments) == found


def test_the_place_in_a_file_is_kept_when_the_message_is_translated() -> None:
    template = "{file}:{line}: {key}: there is no lens {lens}"
    params = {"file": "m.toml", "line": 3, "key": "a", "lens": "x"}
    assert catalog("zh").message(template, params) == "m.toml:3: a: 没有转换器 x"


def test_a_reason_that_is_a_known_text_is_translated_too() -> None:
    message = catalog("zh").message("{file} cannot be read: {reason}", {"file": "a.csv", "reason": "Permission denied"})
    assert message == "无法读取 a.csv：没有权限"


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("Input should be greater than or equal to 1", "应大于或等于 1"),
        ("Value error, there is no time zone Mars", "没有时区 Mars"),
        ("there is no encoding utf8x here, did you mean utf-8?", "没有编码 utf8x，是否想写 utf-8？"),
        (
            "nobody has allowed books to be written (crmbridge grant books --mode two-way)",
            "books 尚未得到写入授权（请用 crmbridge grant books --mode two-way 授权）",
        ),
        ("something nobody has ever said", "something nobody has ever said"),
        ("something nobody has ever said (or hinted)", "something nobody has ever said (or hinted)"),
    ],
)
def test_a_reason_that_another_library_filled_in_is_recognised(reason: str, chinese: str) -> None:
    assert catalog("zh").reason(reason) == chinese
    assert catalog("en").reason(reason) == reason


def test_a_template_that_cannot_be_filled_does_not_hide_what_it_reports() -> None:
    assert fill("{file} is not there", {"path": "x"}) == "{file} is not there {'path': 'x'}"


def test_english_breaks_at_spaces_and_chinese_between_characters() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("显示销售漏斗：转化率、赢单率", 12) == ["显示销售漏", "斗：转化率、", "赢单率"]
    assert wrap("", 10) == []


def test_no_line_is_wider_than_asked_unless_one_word_is() -> None:
    text = "把每张表写成 Parquet 文件，供任何 BI 工具使用。" * 3
    assert all(width(line) <= 30 for line in wrap(text, 30))
    assert wrap("averyveryverylongword", 5) == ["averyveryverylongword"]
