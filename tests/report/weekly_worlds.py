"""Companies for the weekly report, and the page read back as a browser would."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

from tests.services.worlds import SHANGHAI, Deal, company, six_stages, workdays

from crmbridge.app.weekly import Company, gather, week_named
from crmbridge.facts.store import Facts
from crmbridge.model import calendar
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.listing import Listing
from crmbridge.report.weekly import page
from crmbridge.report.weekly_pack import Source, WeeklyPack
from crmbridge.services.sharing import share

MONDAY_8 = datetime(2026, 6, 22, 0, tzinfo=UTC)
"""08:00 in Shanghai on the Monday after 2026-W25."""

VOID_TAGS = {"meta", "link", "img", "br", "hr", "input", "base", "source", "embed"}


def acme(**changes: object) -> Company:
    values: dict[str, object] = {
        "name": "Acme",
        "zone": SHANGHAI,
        "calendar": calendar.named("CN", zone=SHANGHAI),
        "fiscal_year_start": 1,
        "sources": [Source("crm", "deals", "csv", MONDAY_8.astimezone(SHANGHAI))],
        "last_read": MONDAY_8,
    }
    return Company(**(values | changes))  # type: ignore[arg-type]


def pack_of(
    facts: Facts,
    *,
    week: str = "2026-W25",
    as_of: datetime = MONDAY_8,
    pipelines: Sequence[Pipeline] | None = None,
    about: Company | None = None,
    currency: str | None = None,
    quality: Listing | None = None,
) -> WeeklyPack:
    """What `Bridge` gathers, over facts that its figures share."""
    with share(facts) as shared:
        return gather(
            shared,
            [six_stages()] if pipelines is None else pipelines,
            about or acme(),
            week=week_named(week),
            as_of=as_of,
            currency=currency,
            quality=quality,
        )


def with_workdays(deals: Iterable[Deal]) -> Facts:
    """The deals in a company that works on weekdays but the Dragon Boat day of 2026."""
    facts = company(deals)
    days = (date(2025, 1, 1) + timedelta(days=n) for n in range(730))
    workdays(facts, ((day, day.weekday() < 5 and day != date(2026, 6, 19)) for day in days))
    return facts


@dataclass
class Page(HTMLParser):
    """The elements of a page with their attributes, and its texts."""

    elements: list[tuple[str, Mapping[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, html: str) -> "Page":
        made = cls()
        made.feed(html)
        made.close()
        return made

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"] and data.strip():
            self.texts.append(data.strip())

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def read(pack: WeeklyPack, language: str = "en") -> Page:
    return Page.of(page(pack, language))
