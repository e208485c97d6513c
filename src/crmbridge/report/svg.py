"""A drawing as SVG, composed of escaped parts: it goes into a page as it is, needs no script, and prints.

Colours come from the page's style sheet by class, so that one drawing is right in the light and in the dark. Every
text keeps the box that it takes, so that a chart can see to it, and a test can prove, that no two texts overlap.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup, escape

from crmbridge.report.width import width as columns

Anchor = Literal["start", "middle", "end"]

FONT_PX = 12.0
_EM_NARROW, _EM_CAPITAL, _EM_BROAD = 0.6, 0.72, 1.0
_LINE_EM = 1.2
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in user units."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def text_px(text: str, size: float = FONT_PX) -> float:
    """How wide a text is at most in a common sans-serif face; Chinese characters take a whole em."""
    return sum(_em(character) for character in text) * size


def _em(character: str) -> float:
    if character in "%mwMW@":
        return _EM_BROAD
    narrow = _EM_CAPITAL if character.isupper() else _EM_NARROW
    return (0.0, narrow, 1.0)[columns(character)]


def fitted(text: str, room: float, size: float = FONT_PX) -> str:
    """The text, cut with an ellipsis where it is wider than the room."""
    left = room / size
    kept = 0
    for place, character in enumerate(text):
        left -= _em(character)
        if left >= _em(_ELLIPSIS):
            kept = place + 1
        if left < 0:
            return text[:kept].rstrip() + _ELLIPSIS
    return text


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


@dataclass
class Drawing:
    """One chart. `title` and `description` are what a screen reader says; `name` makes their ids unique in a page."""

    name: str
    width: float
    height: float
    title: str
    description: str
    parts: list[Markup] = field(default_factory=list)
    boxes: list[tuple[str, Box]] = field(default_factory=list)

    def rect(self, box: Box, css: str, *, tip: str = "", radius: float = 2) -> None:
        """A filled rectangle; `tip` is shown where a pointer rests on it."""
        across, down = max(0.0, box.right - box.left), max(0.0, box.bottom - box.top)
        self.parts.append(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="{}" class="{}">{}</rect>').format(
                _n(box.left), _n(box.top), _n(across), _n(down), _n(min(radius, across / 2)), css, _tip(tip)
            )
        )

    def line(self, start: tuple[float, float], end: tuple[float, float], css: str) -> None:
        """A straight line."""
        self.parts.append(
            Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(
                _n(start[0]), _n(start[1]), _n(end[0]), _n(end[1]), css
            )
        )

    def dot(self, x: float, y: float, css: str, *, radius: float = 3.5, tip: str = "") -> None:
        """A filled circle."""
        self.parts.append(
            Markup('<circle cx="{}" cy="{}" r="{}" class="{}">{}</circle>').format(
                _n(x), _n(y), _n(radius), css, _tip(tip)
            )
        )

    def text(
        self, x: float, y: float, text: str, css: str = "ink", *, anchor: Anchor = "start", size: float = FONT_PX
    ) -> None:
        """A text whose baseline is at `y`."""
        self.boxes.append((text, text_box(x, y, text, anchor=anchor, size=size)))
        self.parts.append(
            Markup('<text x="{}" y="{}" class="{}" font-size="{}" text-anchor="{}">{}</text>').format(
                _n(x), _n(y), css, _n(size), anchor, text
            )
        )

    def label(
        self,
        x: float,
        y: float,
        text: str,
        room: float,
        css: str = "ink",
        *,
        anchor: Anchor = "start",
        size: float = FONT_PX,
    ) -> None:
        """A text cut to its room; the whole one is shown where a pointer rests on it."""
        shown = fitted(text, room, size)
        if shown == text:
            self.text(x, y, text, css, anchor=anchor, size=size)
            return
        self.parts.append(Markup("<g>{}").format(_tip(text)))
        self.text(x, y, shown, css, anchor=anchor, size=size)
        self.parts.append(Markup("</g>"))

    def __html__(self) -> Markup:
        """The whole drawing, ready for a page. One without a name stands beside its own words and is not read out."""
        about = Markup('aria-hidden="true"')
        said = Markup("")
        if self.name:
            about = Markup('role="img" aria-labelledby="{0}-t {0}-d"').format(self.name)
            said = Markup('<title id="{0}-t">{1}</title><desc id="{0}-d">{2}</desc>').format(
                self.name, self.title, self.description
            )
        return Markup('<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" {about}>{said}{body}</svg>').format(
            w=_n(self.width), h=_n(self.height), about=about, said=said, body=Markup("").join(self.parts)
        )


def text_box(x: float, y: float, text: str, *, anchor: Anchor = "start", size: float = FONT_PX) -> Box:
    """The box that a text takes with its baseline at `y`."""
    wide = text_px(text, size)
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return Box(left, y - size * 0.9, left + wide, y + size * (_LINE_EM - 0.9))


def free_of(box: Box, others: Iterable[Box]) -> bool:
    """Whether the box meets none of the others."""
    return not any(box.meets(other) for other in others)


def _tip(text: str) -> Markup:
    return Markup("<title>{}</title>").format(text) if text else escape("")
