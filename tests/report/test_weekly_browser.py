"""The weekly report in a real browser, headless: it renders, fits a phone, logs nothing, asks the network for nothing.

Needs Chromium (`apt-get install chromium`); skipped where there is none.
"""

import base64
import html as escaping
import json
import os
import shutil
import struct
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.report.test_weekly_safety import PAYLOADS, SPOT, hostile_pack, refilled
from tests.report.weekly_worlds import pack_of, with_workdays
from tests.services.test_funnel_vectors import gv_deals

from crmbridge.report.weekly import page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), "")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: the report was NOT looked at in a browser"),
    pytest.mark.xdist_group("browser"),
]
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--log-level=0",
)
WIDTHS = (1280, 900, 640, 390, 320)
VENDOR = ("google.com", "googleapis.com", "gstatic.com", "gvt1.com", "googleusercontent.com")
"""Whom Chromium itself may call, whatever is shown."""

MEASURE = """<!doctype html><meta charset="utf-8"><body style="margin:0"><pre id="out"></pre><script>
const found = {}, widths = %s;
addEventListener("securitypolicyviolation", event => { found.violation = event.violatedDirective; });
async function measure(width, page) {
  const frame = document.createElement("iframe");
  frame.style = `border:0;width:${width}px;height:800px`;
  frame.srcdoc = page;
  document.body.append(frame);
  await new Promise(done => frame.addEventListener("load", done));
  const root = frame.contentDocument.documentElement;
  const shown = [...frame.contentDocument.querySelectorAll("svg")].filter(one => one.getBoundingClientRect().width > 0);
  const wide = [...frame.contentDocument.querySelectorAll("main *")].filter(
    one => one.getBoundingClientRect().right > width + 0.5 && !one.closest("thead"));
  found[width] = {scroll: root.scrollWidth, charts: shown.length, wide: wide.length,
    alerts: frame.contentWindow.ran || 0, scripts: frame.contentDocument.scripts.length};
  frame.remove();
}
(async () => {
  const page = new TextDecoder().decode(Uint8Array.from(atob("%s"), one => one.charCodeAt(0)));
  for (const width of widths) await measure(width, page);
  document.getElementById("out").textContent = JSON.stringify(found);
})();
</script>"""


@contextmanager
def proxy() -> Iterator[tuple[int, list[str]]]:
    """A proxy that forwards nothing and remembers what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            asked.append(self.path)
            self.send_error(502)

        do_GET = do_CONNECT = do_POST = do_HEAD = refuse  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()


def browse(tmp_path: Path, *arguments: str) -> tuple[str, list[str], list[str]]:
    """Standard output, what was written to the console, and which addresses were asked for."""
    with proxy() as (port, asked):
        command = [
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--proxy-server=http://127.0.0.1:{port}",
        ]
        environ = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=120, check=True, env=environ
        )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, console, [one for one in asked if not any(name in one for name in VENDOR)]


def measured(
    tmp_path: Path, html: str, widths: tuple[int, ...] = WIDTHS
) -> tuple[dict[str, Any], list[str], list[str]]:
    """What a browser measures of the page at each width, in a frame of that width."""
    file = tmp_path / "measure.html"
    code = base64.b64encode(html.encode()).decode()
    file.write_text(MEASURE % (json.dumps(widths), code), encoding="utf-8")
    out, console, asked = browse(tmp_path, "--virtual-time-budget=20000", "--dump-dom", file.as_uri())
    told = out[out.index('<pre id="out">') + len('<pre id="out">') : out.index("</pre>")]
    return json.loads(escaping.unescape(told)), console, asked


def pixels(png: bytes) -> set[bytes]:
    """The colours of the rows of a PNG, filters undone no further than needed to tell blank from drawn."""
    place, packed = 8, b""
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            packed += png[place + 8 : place + 8 + size]
        place += size + 12
    raw = zlib.decompress(packed)
    return {raw[n : n + 3] for n in range(0, len(raw), 997)}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    pack = pack_of(with_workdays(gv_deals()))
    return {language: page(pack, language) for language in ("en", "zh")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_runs_over_the_edge_at_any_width(tmp_path: Path, pages: dict[str, str], language: str) -> None:
    found, console, asked = measured(tmp_path, pages[language])
    for width in WIDTHS:
        assert found[str(width)]["scroll"] <= width, width
        assert found[str(width)]["wide"] == 0, width
        assert found[str(width)]["charts"] >= 3, width
    assert console == []
    assert asked == []


def test_the_rig_sees_a_page_that_is_too_wide_or_asks_for_more(tmp_path: Path) -> None:
    html = '<!doctype html><img src="http://tracker.test/x.png"><main><p style="width:900px">x</p></main>'
    html += "<script>window.ran = 1; console.error('seen')</script>"
    found, console, asked = measured(tmp_path, html, (390,))
    assert found["390"]["scroll"] > 390
    assert found["390"]["wide"] == 1
    assert found["390"]["alerts"] == 1
    assert any("seen" in line for line in console)
    assert "http://tracker.test/x.png" in asked


@pytest.mark.parametrize(("width", "scheme"), [(1280, 1), (1280, 0), (500, 1), (500, 0)])
def test_a_picture_of_it_is_not_blank(tmp_path: Path, pages: dict[str, str], width: int, scheme: int) -> None:
    file, picture = tmp_path / "report.html", tmp_path / "report.png"
    file.write_text(pages["zh"], encoding="utf-8")
    shot = (f"--window-size={width},1600", f"--screenshot={picture}", f"--blink-settings=preferredColorScheme={scheme}")
    _, console, asked = browse(tmp_path, *shot, file.as_uri())
    assert len(pixels(picture.read_bytes())) > 20
    assert console == []
    assert asked == []


def test_a_blank_page_would_be_noticed(tmp_path: Path) -> None:
    file, picture = tmp_path / "blank.html", tmp_path / "blank.png"
    file.write_text("<!doctype html>", encoding="utf-8")
    browse(tmp_path, "--window-size=1280,1600", f"--screenshot={picture}", file.as_uri())
    assert len(pixels(picture.read_bytes())) <= 20


@pytest.mark.parametrize("text", ["W" * 400, "字" * 400, "a b " * 100])
def test_long_names_stay_inside(tmp_path: Path, text: str) -> None:
    found, _, _ = measured(tmp_path, page(refilled(hostile_pack(), text), "en"))
    assert {width: one["scroll"] <= int(width) for width, one in found.items()} == dict.fromkeys(map(str, WIDTHS), True)


def test_it_prints_on_a_few_pages(tmp_path: Path, pages: dict[str, str]) -> None:
    file, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    file.write_text(pages["en"], encoding="utf-8")
    browse(tmp_path, f"--print-to-pdf={paper}", file.as_uri())
    made = paper.read_bytes()
    assert made.startswith(b"%PDF")
    assert 1 <= made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") + made.count(b"/Type/Page/") <= 6


def test_no_payload_runs_or_asks_for_anything(tmp_path: Path) -> None:
    pack = hostile_pack()
    text = "".join(PAYLOADS).replace("alert(1)", "(window.ran=1)")
    found, console, asked = measured(tmp_path, page(refilled(pack, text), "en"), (390,))
    assert SPOT not in text
    assert found["390"]["alerts"] == 0
    assert found["390"]["scripts"] == 0
    assert "violation" not in found
    assert console == []
    assert asked == []
