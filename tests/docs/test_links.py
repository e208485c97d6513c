"""Every link between our pages leads somewhere, and every page is reached from the index."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import OUR_PAGES, ROOT, links, text_of

EVERY_LINK = [(page, link) for page in OUR_PAGES for link in links(page) if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The anchors that headings get on the forge."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("page", "link"), EVERY_LINK, ids=[f"{p.relative_to(ROOT)}->{link}" for p, link in EVERY_LINK])
def test_every_relative_link_resolves(page: Path, link: str) -> None:
    target, _, anchor = link.partition("#")
    file = (page.parent / target).resolve() if target else page
    assert file.exists(), f"{page.relative_to(ROOT)} links to {link}"
    assert file.is_relative_to(ROOT), f"{link} leaves the repository"
    if anchor:
        assert anchor in anchors(file), f"{target or page.name} has no heading {anchor}"


def test_every_page_of_the_docs_is_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        files = [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if ":" not in link]
        waiting += [file for file in files if file.suffix == ".md" and file.exists()]
    assert not {page for page in (ROOT / "docs").rglob("*.md") if page not in seen}


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\[(\d{4})\]\((\S+)\) \| (.+) \|$", text_of(folder / "README.md"), re.MULTILINE)
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [name for _, name, _ in listed] == [page.name for page in pages]
    for number, name, title in listed:
        text = text_of(folder / name)
        assert text.startswith(f"# {number} {title}\n"), name
        assert {"**Context.**", "**Decision.**", "**Consequences.**"} <= set(re.findall(r"\*\*\w+\.\*\*", text)), name
        assert len(text.splitlines()) <= 60, f"{name} is longer than a page"
