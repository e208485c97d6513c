"""The tutorials for people who use crmbridge are there in English and in Chinese, and lead through the same steps."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, blocks, commands, links, text_of

TUTORIAL = ROOT / "docs" / "tutorial"
CHINESE = sorted(TUTORIAL.glob("*.zh-CN.md"))
FOR_USERS = {"your-export", "zoho", "fxiaoke", "every-night"}


def english(page: Path) -> Path:
    return page.with_name(page.name.replace(".zh-CN", ""))


def same(link: str) -> str:
    return link.replace(".zh-CN", "")


def test_every_tutorial_for_users_is_there_in_chinese() -> None:
    assert {page.name.removesuffix(".zh-CN.md") for page in CHINESE} == FOR_USERS


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_both_have_the_same_files_and_commands(page: Path) -> None:
    ours, theirs = blocks(page), blocks(english(page))
    assert [(block.language, block.marks) for block in ours] == [(block.language, block.marks) for block in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        if "file" in mine.marks or "not-run" in mine.marks:
            assert mine.body == other.body
        assert commands(mine) == commands(other)


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_both_have_the_same_sections_and_links(page: Path) -> None:
    depths = [re.findall(r"^(#+) ", text_of(one), re.MULTILINE) for one in (page, english(page))]
    assert depths[0] == depths[1]
    assert [same(link) for link in links(page)][1:] == [same(link) for link in links(english(page))][1:]
    assert links(page)[0] == english(page).name
    assert links(english(page))[0] == page.name


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_a_link_to_a_page_without_chinese_says_so(page: Path) -> None:
    for text, link, after in re.findall(r"\[([^\]]+)\]\(([^)]+\.md)[^)]*\)(（英文[），])?", text_of(page)):
        has_chinese = link.endswith(".zh-CN.md") or text == "English"
        assert has_chinese == (not after), f"{page.name}: {link}"
