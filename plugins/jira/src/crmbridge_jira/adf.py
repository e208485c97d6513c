"""Atlassian documents and plain text. What is written over a document keeps every block that it does not touch."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

Node = Mapping[str, Any]
_LISTS = frozenset({"bulletList", "orderedList", "taskList", "decisionList"})
_ITEMS = frozenset({"listItem", "taskItem", "decisionItem"})
_INLINE = frozenset({"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard"})
_PLAIN = frozenset({"paragraph"})


def is_document(value: object) -> bool:
    """Whether it is an Atlassian document."""
    return isinstance(value, Mapping) and value.get("type") == "doc" and isinstance(value.get("content"), list)


def text_of(document: Node) -> str:
    """The text of a document: one line for a paragraph or an item."""
    return "\n".join(_block(one) for one in _children(document))


def document_of(text: str) -> dict[str, object]:
    """The document of a text: one paragraph for a line."""
    return {"type": "doc", "version": 1, "content": [_paragraph(line) for line in text.split("\n")]}


def written_over(present: object, new: Node) -> Node:
    """The new document, with the blocks of the present one where their text stays, and those that no text can say."""
    if not is_document(present) or not isinstance(present, Mapping):
        return new
    if text_of(present) == text_of(new):
        return present
    old, made = list(_children(present)), list(_children(new))
    olds, news = [_block(one) for one in old], [_block(one) for one in made]
    content: list[Node] = []
    for verb, start, end, first, last in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if verb == "equal":
            content += old[start:end]
            continue
        content += made[first:last]
        content += [one for one in old[start:end] if not _block(one) and one.get("type") not in _PLAIN]
    return {**new, "content": content}


def _paragraph(line: str) -> dict[str, object]:
    return {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}


def _children(node: Node) -> Sequence[Node]:
    found = node.get("content")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _block(node: Node) -> str:
    """The text of a block, line by line."""
    kind, children = node.get("type"), _children(node)
    if kind in _INLINE:
        return _inline(node)
    if kind in _LISTS:
        return "\n".join(f"- {_block(one)}" if one.get("type") in _ITEMS else _block(one) for one in children)
    if kind == "tableRow":
        return " | ".join(_block(one) for one in children)
    if all(one.get("type") in _INLINE for one in children):
        return "".join(_inline(one) for one in children)
    return "\n".join(text for text in map(_block, children) if text)


def _inline(node: Node) -> str:
    if node.get("type") == "hardBreak":
        return "\n"
    attrs = node.get("attrs")
    told = {**node, **attrs} if isinstance(attrs, Mapping) else node
    return next((str(told[key]) for key in ("text", "shortName", "url", "timestamp") if told.get(key)), "")
