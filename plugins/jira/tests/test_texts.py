"""Documents and people: what a lens reads, that it reads back what it wrote, and what a new text leaves alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapter.lens import Joins, LensFailure
from crmbridge_jira.adf import document_of
from crmbridge_jira.lenses import TextLens, UserLens

TEXT, USER = TextLens(), UserLens()


def paragraph(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def text(said: str, **marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **marks}


def doc(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


RICH = doc(
    {"type": "heading", "attrs": {"level": 2}, "content": [text("Call")]},
    paragraph(
        text("Ask "), {"type": "mention", "attrs": {"id": "a", "text": "@Ann"}}, {"type": "hardBreak"}, text("now")
    ),
    {
        "type": "bulletList",
        "content": [
            {"type": "listItem", "content": [paragraph(text("one", marks=[{"type": "strong"}]))]},
            {"type": "listItem", "content": [paragraph({"type": "inlineCard", "attrs": {"url": "https://a.example"}})]},
        ],
    },
    {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "f1", "type": "file"}}]},
    {
        "type": "table",
        "content": [
            {
                "type": "tableRow",
                "content": [{"type": "tableCell", "content": [paragraph(text(one))]} for one in ("a", "b")],
            }
        ],
    },
)


def test_a_document_is_read_line_by_line() -> None:
    assert TEXT.read(RICH) == "Call\nAsk @Ann\nnow\n- one\n- https://a.example\n\na | b"
    assert TEXT.read("h1. wiki") == "h1. wiki"
    assert TEXT.read(None) is None
    assert TEXT.read(doc()) is None
    assert isinstance(TEXT.read(7), LensFailure)
    assert isinstance(TEXT.write(7), LensFailure)


@given(st.text(min_size=1).filter(str.strip))
def test_a_text_is_written_as_a_document_and_read_back(said: str) -> None:
    assert TEXT.read(TEXT.write(said)) == said
    assert TEXT.write(None) is None


def test_a_new_text_leaves_alone_what_it_does_not_touch() -> None:
    assert isinstance(TEXT, Joins)
    assert TEXT.join(RICH, TEXT.write(TEXT.read(RICH))) == RICH
    said = str(TEXT.read(RICH)).replace("Call", "Call today")
    made = TEXT.join(RICH, TEXT.write(said))
    assert isinstance(made, dict)
    assert made["content"][0] == paragraph(text("Call today"))
    assert RICH["content"][3] in made["content"]
    assert RICH["content"][4] in made["content"]
    assert RICH["content"][3] in TEXT.join(RICH, document_of("all new"))["content"]  # type: ignore[index]
    assert TEXT.join(RICH, None) is None
    assert TEXT.join("wiki", document_of("x")) == document_of("x")


@pytest.mark.parametrize(
    ("value", "read"),
    [({"accountId": "a"}, "a"), ({"name": "jdoe", "key": "k"}, "jdoe"), ({"id": "a"}, "a"), (None, None)],
)
def test_a_person_is_his_id(value: object, read: object) -> None:
    assert USER.read(value) == read
    assert USER.read(USER.write("a")) == "a"
    assert USER.write(None) is None
    assert isinstance(USER.read("a"), LensFailure)
    assert isinstance(USER.read({}), LensFailure)
    assert isinstance(USER.write(""), LensFailure)
