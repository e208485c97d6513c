"""The site of the documentation: every page is in it once, and a link that leads nowhere keeps it from being built."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import OUR_PAGES, ROOT, text_of

PARTS = ["Tutorials", "How-to", "Reference", "Explanation", "Decisions", "Glossary", "Adapters and examples", "About"]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the copy of the pages."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, ROOT / "tools" / "website.py", folder, "stage"], check=True)
    return folder


def targets(nav: Any) -> Iterator[str]:
    for entry in nav:
        for value in entry.values():
            if isinstance(value, str):
                yield value
            else:
                yield from targets(value)


def built(folder: Path) -> subprocess.CompletedProcess[str]:
    """What zensical says of what is staged, in an environment of its own."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv makes the environment of the site: pip install uv"
    words = [uv, "run", "--quiet", "--isolated", "--only-group", "docs", "zensical", "build", "--strict"]
    return subprocess.run(
        [*words, "-f", folder / "zensical.toml"], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_page_is_in_the_navigation_once(staged: Path) -> None:
    nav = tomllib.loads(text_of(staged / "zensical.toml"))["project"]["nav"]
    listed = [*targets(nav)]
    assert sorted(listed) == sorted(page.relative_to(ROOT).as_posix() for page in OUR_PAGES)
    assert [name for entry in nav for name in entry][3:] == PARTS


def test_what_is_for_tests_alone_is_not_in_the_site(staged: Path) -> None:
    for page in (staged / "pages").rglob("*.md"):
        heads = re.findall(r"^ *```\w+ ([^\n`]+)$", text_of(page), re.MULTILINE)
        assert not [head for head in heads if not re.fullmatch(r'title="[^"]+"', head)], page


def test_every_link_leads_to_something_in_the_site(staged: Path) -> None:
    for page in (staged / "pages").rglob("*.md"):
        prose = re.sub(r"^ *```.*?^ *```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", prose):
            if not re.match(r"[a-z]+:|#", link):
                assert (page.parent / link.partition("#")[0]).is_file(), f"{page}: {link}"


@pytest.mark.wide
def test_the_site_is_built_and_fetches_nothing(staged: Path) -> None:
    done = built(staged)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in (staged / "site").rglob("*.html"):
        assert not re.search(r"""(?:src=|<link[^>]*href=)["']?(?:https?:)?//""", text_of(page)), page


@pytest.mark.wide
@pytest.mark.parametrize("link", ["[x](nowhere.md)", "[x](reference/json.md#nothing)"])
def test_a_link_that_leads_nowhere_fails(link: str, staged: Path, tmp_path: Path) -> None:
    shutil.copytree(staged, tmp_path / "broken")
    page = tmp_path / "broken" / "pages" / "docs" / "README.md"
    page.write_text(f"{text_of(page)}\n{link}\n", encoding="utf-8")
    assert built(tmp_path / "broken").returncode != 0
