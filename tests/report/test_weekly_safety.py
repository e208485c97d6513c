"""Whatever stands in a record stays text: nothing in the page runs, loads or leads anywhere."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from importlib.resources import files
from typing import Any

import pytest
from tests.report.weekly_worlds import Page, acme, pack_of
from tests.services.worlds import Deal, company, six_stages

from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.report import pages, words
from crmbridge.report.listing import Listing, Rate
from crmbridge.report.weekly import page
from crmbridge.report.weekly_pack import Source, WeeklyPack

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</svg><script>alert(1)</script>",
    "</text><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '" href="javascript:alert(1)" x="',
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "` onmouseover=alert(1) `",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<form action=javascript:alert(1)><input type=submit>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=https://evil.test/x.css>",
    "<base href=https://evil.test/>",
    "<style>@import 'https://evil.test/x.css';</style>",
    "</style><style>*{background:url(https://evil.test/x)}",
    "expression(alert(1))",
    "<!--<script>alert(1)//-->",
    "--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "{{ 7 * 7 }}{% include 'weekly.css' %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "\u202e<script>alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
)
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "header", "section", "div", "p", "h1", "h2", "h3"}
TAGS |= {"b", "a", "span", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd"}
TAGS |= {"svg", "desc", "rect", "line", "circle", "text", "g"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "title", "role", "scope"}
ATTRIBUTES |= {"aria-label", "aria-labelledby", "aria-hidden", "data-label", "viewbox", "width", "height"}
ATTRIBUTES |= {"x", "y", "rx", "x1", "y1", "x2", "y2", "cx", "cy", "r", "font-size", "text-anchor"}


SPOT = "PAYLOAD"
"""Stands in every text field while the report is gathered, and gives way to each payload in turn."""


def refilled(value: Any, payload: str) -> Any:
    """The value with the payload wherever the spot is, however deep."""
    if isinstance(value, str):
        return payload if value == SPOT else value
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        changed = {name: refilled(one, payload) for name, one in held.items()}
        return replace(value, **{name: one for name, one in changed.items() if one is not held[name]})
    if isinstance(value, Mapping):
        return {refilled(key, payload): refilled(one, payload) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([refilled(one, payload) for one in value])
    return value


def token_pipeline() -> Pipeline:
    plain = six_stages()
    names = {"en": SPOT, "zh": SPOT}
    stages = tuple(stage.model_copy(update={"names": names}) for stage in plain.stages)
    return plain.model_copy(update={"stages": stages, "names": names})


def token_quality() -> Listing:
    note = Note("X", "no {kind} has {field}", {"kind": SPOT, "field": SPOT})
    finding = {
        "section": "findings",
        "says": note,
        "kind": SPOT,
        "failing": Rate(1, 2, 2),
        "severity": SPOT,
        "fix": note,
    }
    score = {"section": "scores", "slice": SPOT, "key": "k", "score": None, "n": 3, "worst": [SPOT]}
    return Listing("quality/1", (), (finding, score))


@pytest.fixture(scope="module")
def pack() -> WeeklyPack:
    return hostile_pack()


def hostile_pack() -> WeeklyPack:
    """A report with the spot in every text field."""
    facts = {"name": SPOT, "external_id": SPOT, "reason": SPOT, "source": SPOT, "owner_ref": SPOT}
    refs = {"owner_id": "u1", "account_id": "a1", "account_ref": SPOT}
    deals = [
        Deal("won", [("S1", "2026-02-01"), ("won", "2026-06-16")], "1", facts={**facts, **refs}),
        Deal("lost", [("S1", "2026-02-01"), ("lost", "2026-06-16")], "1", facts=facts),
        Deal("open", [("S1", "2026-02-01"), ("S2", "2026-03-01")], "1", facts={**facts, **refs}),
    ]
    made = company(deals)
    made.insert("users", [{"id": "u1", "name": SPOT}])
    made.insert("accounts", [{"id": "a1", "name": SPOT}])
    about = acme(name=SPOT, sources=[Source(SPOT, SPOT, SPOT, None)])
    return pack_of(made, about=about, pipelines=[token_pipeline()], quality=token_quality())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_whatever_stands_in_a_record_stays_text(pack: WeeklyPack, payload: str) -> None:
    for language in ("en", "zh"):
        html = page(refilled(pack, payload), language)
        shown = Page.of(html)
        assert {tag for tag, _ in shown.elements} <= TAGS
        for _, attrs in shown.elements:
            assert attrs.keys() <= ATTRIBUTES
            assert re.fullmatch("#d-[a-z_]+", attrs.get("href") or "#d-none")
        assert shown.open == []
        told = words.visible(payload)
        assert sum(told.strip() in text for text in shown.texts) >= 15
        assert html.count("</style>") == 1


def test_there_are_at_least_fifty_payloads() -> None:
    assert len(set(PAYLOADS)) >= 50


def test_the_page_may_load_nothing_and_run_nothing(pack: WeeklyPack) -> None:
    html = page(pack, "en")
    metas = [attrs for tag, attrs in Page.of(html).elements if tag == "meta"]
    policy = next(attrs["content"] for attrs in metas if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy == pages.CONTENT_SECURITY_POLICY
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    place = html.index("Content-Security-Policy")
    assert place < html.index("<style>")
    assert not re.search(r"https?://|url\(|@import|<script|<link|<img", html)


def test_values_of_many_megabytes_or_odd_characters_do_not_break_the_page(pack: WeeklyPack) -> None:
    for value in ("x" * 100_000, "\ud800", "\u0000\u0007\u001b[31m", "\u2028\u2029", "字" * 5_000, " "):
        html = page(refilled(pack, value), "zh")
        assert html.encode("utf-8")
        assert Page.of(html).open == []


def test_a_name_that_a_template_misspells_is_an_error(pack: WeeklyPack) -> None:
    with pytest.raises(Exception, match="is undefined"):
        pages.render("weekly.html", {"header": {"company": pack.company}})


def test_no_template_lets_anything_through_unescaped() -> None:
    for file in (files("crmbridge.report") / "templates").iterdir():
        text = file.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text


def test_a_currency_cannot_break_out_either(pack: WeeklyPack) -> None:
    evil = '"><script>'
    html = page(replace(pack, currency=evil), "en")
    assert "<script" not in html
