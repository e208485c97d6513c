"""Small workbooks that would not fit into memory are refused before anything reads them."""

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from plugins.csv.tests.test_workbook import DEALS, HEADER, edited
from plugins.csv.tests.test_workbook import workbook as made

from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv import guard, workbook

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
PLAIN = made(("Deals", [HEADER, (1, "a")]))


def sheet(rows: str, tag: str = "worksheet") -> dict[str, bytes]:
    return {SHEET: f"<{tag}><sheetData>{rows}</sheetData></{tag}>".encode()}


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"/><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        "<row r='1'><c r='A1'><v>1</v></c><c s='1' r = 'XFD1'><v>1</v></c></row><row r='9999'><c r='A9999'/></row>",
        '<x:row r="1"><x:c r="XFD9999"><x:v>1</x:v></x:c></x:row>',
        '<row r="9999">' + "<c><v>1</v></c>" * 9000 + "</row>",
        "<row>" + "<c><v>1</v></c>" * 9000 + "</row>" + "<row><c/></row>" * 9000,
        '<row><c a=">" r="zzz9999"><v>1</v></c></row>',
    ],
)
def test_cells_that_span_too_large_an_area_are_refused(books: "Books", rows: str) -> None:
    books.put(edited(PLAIN, sheet(rows)), "deals.xlsx")
    with pytest.raises(ConfigError, match=r"a sheet of deals\.xlsx spans \d+ cells, more than 20000000 .*far below"):
        books.pull(books.open(DEALS))


def test_a_tag_torn_between_two_pieces_is_seen(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>' * 20 + '<row><c a=">" r="XFD1048576"><v>1</v></c></row>'
    books.put(edited(PLAIN, sheet(rows)), "deals.xlsx")
    for size in range(1, 60):
        monkeypatch.setattr(guard, "_CHUNK_BYTES", size)
        with pytest.raises(ConfigError, match="spans 17179869184 cells"):
            books.pull(books.open(DEALS))


@pytest.mark.parametrize("place", ["0", " 0", "&#48;", "<!-- -->0"])
def test_texts_that_are_repeated_too_often_are_refused(books: "Books", place: str) -> None:
    rows = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>{place}</v></c></row>' for at in range(1, 21_000))
    texts = {TEXTS: b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>"}
    books.put(edited(PLAIN, sheet(rows) | texts), "deals.xlsx")
    with pytest.raises(ConfigError, match=r"the texts in deals\.xlsx are longer than 512 MiB together"):
        books.pull(books.open(DEALS))


def test_one_long_text_among_many_short_ones_is_no_bomb(books: "Books") -> None:
    rows = [HEADER, *((at, f"text {at % 9}") for at in range(20_000)), ("last", "x" * 32_000)]
    books.put(made(("Deals", rows)), "deals.xlsx")
    assert len(books.pull(books.open(DEALS))) == 20_001


def test_lengths_of_texts_do_not_depend_on_where_pieces_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'<row><c t="s"><v>{at % 3}</v></c></row>' for at in range(300))
    content = edited(
        PLAIN, sheet(rows) | {TEXTS: b"<sst><si><t>a</t></si><si><t>" + b"b" * 90 + b"</t></si><si/></sst>"}
    )
    monkeypatch.setattr(guard, "MAX_UNPACKED_BYTES", 24_000)
    for size in (1, 7, 64, 1 << 20):
        monkeypatch.setattr(guard, "_CHUNK_BYTES", size)
        guard.inspect(io.BytesIO(content), "deals.xlsx")


@pytest.mark.parametrize("part", ["xl/media/image1.png", "xl/theme/theme1.xml"])
def test_what_unpacks_to_more_than_the_limit_is_refused(
    books: "Books", part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MAX_UNPACKED_BYTES", 4 << 20)
    path = books.put(PLAIN, "deals.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{part}x", bytes(5 << 20))
    with pytest.raises(ConfigError, match=r"deals\.xlsx unpacks to more than 4 MiB"):
        books.pull(books.open(DEALS))


def test_what_a_workbook_says_about_its_size_is_not_trusted(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_UNPACKED_BYTES", 1 << 20)
    content = edited(PLAIN, {"xl/theme/theme1.xml": bytes(2 << 20)})
    size = (2 << 20).to_bytes(4, "little")
    assert content.count(size) >= 2
    books.put(content.replace(size, (9).to_bytes(4, "little")), "deals.xlsx")
    with pytest.raises(ConfigError, match="unpacks to more than 1 MiB"):
        books.pull(books.open(DEALS))


def test_a_size_that_is_not_so_is_a_damage(books: "Books") -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as archive:
        size = archive.getinfo("xl/workbook.xml").file_size.to_bytes(4, "little")
    assert PLAIN.count(size) == 2
    books.put(PLAIN.replace(size, (9).to_bytes(4, "little")), "deals.xlsx")
    with pytest.raises(Unavailable, match=r"deals\.xlsx is no complete workbook"):
        books.pull(books.open(DEALS))


def test_a_file_larger_than_the_limit_is_not_even_unpacked(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 1 << 10)
    books.put(PLAIN, "deals.xlsx")
    with pytest.raises(ConfigError, match=r"deals\.xlsx is larger than 0 MiB"):
        books.pull(books.open(DEALS))


@pytest.mark.parametrize("start", ["<worksheet", '<c a=">', "<t>"])
def test_a_piece_that_cannot_be_looked_at_is_refused(books: "Books", start: str) -> None:
    books.put(edited(PLAIN, {SHEET: start.encode() + b" " * (17 << 20)}), "deals.xlsx")
    with pytest.raises(ConfigError, match=r"deals\.xlsx holds a piece of more than 16 MiB"):
        books.pull(books.open(DEALS))
