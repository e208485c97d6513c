"""How wide texts are on a terminal. Apart from everything else, because the help needs it and must be quick."""

import unicodedata


def width(text: str) -> int:
    """How many columns of a terminal the text takes: Chinese characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
