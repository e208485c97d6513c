"""Atlassian Document Format: what is one, its plain text, and a document made of plain text (dossier A2, A6, A8)."""

from __future__ import annotations

import html
from typing import Any

BLOCKS = frozenset({"paragraph", "heading", "listItem", "codeBlock", "blockquote", "tableRow", "rule", "panel"})


def is_document(value: object) -> bool:
    """Whether a value is a document: ``{"type":"doc","version":1,"content":[nodes]}``."""
    return (
        isinstance(value, dict)
        and value.get("type") == "doc"
        and value.get("version") == 1
        and isinstance(value.get("content"), list)
        and all(_is_node(node) for node in value["content"])
    )


def _is_node(node: object) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text":
        return isinstance(node.get("text"), str) and node["text"] != ""
    content = node.get("content", [])
    return isinstance(content, list) and all(_is_node(part) for part in content)


def text_of(node: Any) -> str:  # noqa: ANN401, PLR0911  # JSON; one line a kind
    """The plain text of a document; a text comes back as it is."""
    if not isinstance(node, dict):
        return node if isinstance(node, str) else ""
    kind, attrs = node.get("type"), node.get("attrs") or {}
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    if kind in {"mention", "emoji", "status"}:
        return str(attrs.get("text") or attrs.get("shortName") or "")
    if kind == "inlineCard":
        return str(attrs.get("url", ""))
    parts = [(part, text_of(part)) for part in node.get("content", [])]
    if any(part.get("type") in BLOCKS or part.get("type", "").endswith("List") for part, _ in parts):
        return "\n".join(text for _, text in parts)
    return "".join(text for _, text in parts)


def document(text: str) -> dict[str, Any]:
    """A document with a paragraph for each line; v2 converts texts like this."""
    lines = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []} for line in text.split("\n")
    ]
    return {"type": "doc", "version": 1, "content": lines}


def rendered(node: Any) -> str:  # noqa: ANN401  # JSON
    """HTML, as ``expand=renderedBody`` gives it."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in text_of(node).split("\n"))
