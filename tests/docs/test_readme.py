"""The two READMEs say the same, and the two lines that set everything up stay as they are."""

import re

from tests.docs.pages import ROOT, blocks, inline_codes, links, text_of

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"


def plain(text: str) -> str:
    """A command without the language and without which example it copies, which may differ."""
    return re.sub(r"examples/[\w-]+", "examples/ONE", text.replace(" --lang zh", ""))


def test_both_lines_that_set_everything_up_are_there() -> None:
    lines = [line for block in blocks(ENGLISH) for line in block.body.splitlines()]
    assert "$ pip install -q uv && uv run crmbridge demo" in lines
    assert "$ pip install -q uv && uv run pytest" in lines


def test_both_readmes_have_the_same_blocks() -> None:
    english = [(block.language, plain(block.body)) for block in blocks(ENGLISH)]
    assert [(block.language, plain(block.body)) for block in blocks(CHINESE)] == english


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = (
        [plain(code) for code in inline_codes(page) if code.startswith(("crmbridge", "--"))]
        for page in (ENGLISH, CHINESE)
    )
    assert chinese == english


def test_both_readmes_have_the_same_sections_and_links() -> None:
    depths = [re.findall(r"^(#+) ", text_of(page), re.MULTILINE) for page in (ENGLISH, CHINESE)]
    assert depths[0] == depths[1]
    assert len(re.findall(r"^- \*\*", text_of(ENGLISH), re.MULTILINE)) == len(
        re.findall(r"^- \*\*", text_of(CHINESE), re.MULTILINE)
    )
    each = [[link for link in links(page) if not link.startswith("README")] for page in (ENGLISH, CHINESE)]
    assert each[0] == [link.replace(".zh-CN", "") for link in each[1]]


def test_every_example_that_a_readme_names_is_there() -> None:
    for page in (ENGLISH, CHINESE):
        for name in re.findall(r"examples/[\w-]+", text_of(page)):
            assert (ROOT / name / "crmbridge.toml").exists(), name


def test_texts_shout_nowhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        prose = re.sub(r"```.*?```|`[^`]*`|<!--.*?-->|!=|!\[", "", text_of(page), flags=re.DOTALL)
        assert not re.search(r"[!！]", prose), page.relative_to(ROOT)
