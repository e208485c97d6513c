"""Lines of a paragraph for a given width: English breaks at spaces, Chinese between characters."""

import re

from crmbridge.report.width import width

_PIECE = re.compile(
    r"\s+|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]|[^\s\u2e80-\u9fff\uf900-\uffef\u3000-\u303f]+"
)
_CLOSING = "，。；：、？！）」』】》”’…%"


def wrap(paragraph: str, columns: int) -> list[str]:
    """The lines, none wider than `columns` unless one word is; closing punctuation never starts a line."""
    lines, line = [], ""
    for piece in _pieces(paragraph):
        if width((line + piece).rstrip()) > columns and line.strip():
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(paragraph: str) -> list[str]:
    """What may not be broken: words, single Chinese characters with the punctuation that closes them, and spaces."""
    pieces: list[str] = []
    for piece in _PIECE.findall(paragraph):
        if pieces and piece in _CLOSING and not pieces[-1].isspace():
            pieces[-1] += piece
        else:
            pieces.append(" " if piece.isspace() else piece)
    return pieces
