"""Which encoding a file is in, and what becomes of bytes that are not text in it.

Nothing is ignored and nothing is replaced by a question mark: a byte that cannot be decoded stays in the text as a
mark (a lone surrogate, which no valid text contains), so that its row can be told from the others and shown.
"""

import codecs
import re
from dataclasses import dataclass

from crmbridge.model.errors import ConfigError

MARK = "crmbridge_csv_mark"
"""The name of the error handler that marks each undecodable byte b as U+DC00 + b."""
WORTH_TRYING = ("utf-8", "gb18030", "utf-16", "big5", "shift_jis", "cp1252")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""How XLSX and other zips begin; how old XLS files do, and workbooks with a password."""
_MANY_BAD_LINES = 10
_SURROGATES = 0xDC00
_LAST_SURROGATE = 0xDCFF
_NEWLINE = re.compile(r"\r\n|\r|\n")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_SURROGATES + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(MARK, _mark)


@dataclass(frozen=True, slots=True)
class Codec:
    """An encoding that says nothing about byte order marks, and the mark that stands at the file's start."""

    name: str
    bom: bytes = b""

    @property
    def newline(self) -> bytes:
        """A line feed as it stands in the file."""
        return "\n".encode(self.name)

    @property
    def is_wide(self) -> bool:
        """Whether characters take two bytes or more, so that lines cannot be found byte by byte."""
        return len(self.newline) > 1


def detect(declared: str | None, head: bytes, file: str) -> Codec:
    """The encoding of a file that begins with `head`; ConfigError where its byte order mark says something else."""
    if head.startswith(OLE):
        raise legacy(file)
    if head.startswith(ZIP):
        raise ConfigError(
            "{file} is a spreadsheet or an archive, not a CSV file",
            file=file,
            hint="save it as CSV; an XLSX file is named .xlsx, a zip with one CSV file inside .zip",
        )
    bom, marked = next(((bom, name) for bom, name in BOMS if head.startswith(bom)), (b"", None))
    if declared is None:
        return Codec(marked or "utf-8", bom)
    name = codecs.lookup(declared).name
    if name == "utf-8-sig":
        name = "utf-8"
    if name == "utf-16":
        if head and (marked is None or not marked.startswith("utf-16")):
            raise ConfigError(
                "{file} is declared {encoding} and has no such byte order mark",
                file=file,
                encoding=declared,
                nearest=", ".join(candidates(head, name) or ("utf-16-le", "utf-16-be")),
                hint="worth trying: encoding = {nearest}",
            )
        return Codec(marked or "utf-16-le", bom)
    if marked and marked != name:
        raise ConfigError(
            "{file} is declared {encoding}, its byte order mark says {nearest}",
            file=file,
            encoding=declared,
            nearest=marked,
            hint="leave encoding out and the mark decides",
        )
    return Codec(name, bom)


def legacy(file: str) -> ConfigError:
    """The refusal of an old XLS file, or of one that has a password; the two look the same from outside."""
    return ConfigError(
        "{file} is an old Excel file (XLS), or protected by a password",
        file=file,
        hint="open it and save it as XLSX without a password, or save it as CSV",
    )


def check_sample(codec: Codec, sample: bytes, header_line: int, file: str) -> None:
    """ConfigError where the start of a file shows that its encoding is another one.

    One bad row among good ones is that row's problem; a header that is no text, or as good as no line with other
    than plain letters that is text, is a wrong encoding. `header_line` is 0 where the file has no header.
    """
    if not codec.is_wide and sample.count(b"\0") * 4 > len(sample):
        raise ConfigError(
            "{file} is not {encoding}: every second byte of it is NUL",
            file=file,
            encoding=codec.name,
            nearest="utf-16-le" if sample[1:2] == b"\0" else "utf-16-be",
            hint="worth trying: encoding = {nearest}",
        )
    text = codecs.getincrementaldecoder(codec.name)(MARK).decode(sample[len(codec.bom) :])
    if text.isascii():
        return
    lines = _NEWLINE.split(text)
    bad = [number for number, line in enumerate(lines, start=1) if _is_marked(line)]
    data = [number for number in bad if number > header_line]
    told = sum(1 for line in lines[header_line:] if not line.isascii())
    filled = sum(1 for line in lines[header_line:] if line.strip())
    is_wrong = (
        header_line in bad or len(data) * 2 > filled or (len(data) >= _MANY_BAD_LINES and len(data) * 10 > told * 9)
    )
    if bad and is_wrong:
        raise _wrong(codec, sample, header_line if header_line in bad else data[0], file)


def _wrong(codec: Codec, sample: bytes, line: int, file: str) -> ConfigError:
    offset = len(codec.bom)
    try:
        codecs.getincrementaldecoder(codec.name)().decode(sample[offset:])
    except UnicodeDecodeError as error:
        offset += error.start
    return ConfigError(
        "{file} is not {encoding}: line {line} (byte {offset}) is no text in it",
        file=file,
        encoding=codec.name,
        line=line,
        offset=offset,
        nearest=", ".join(candidates(sample, codec.name)) or "-",
        hint="worth trying: encoding = {nearest}",
    )


def looks_like(sample: bytes, column: str, not_this: str) -> str | None:
    """The encoding in which the start of a file holds a column name that is more than plain letters, or None."""
    if column.isascii():
        return None
    likely = candidates(sample, not_this)
    return next((encoding for encoding in likely if column in sample.decode(encoding, "replace")), None)


def candidates(sample: bytes, not_this: str) -> tuple[str, ...]:
    """The usual encodings in which the whole sample is text, the likeliest first; at most three."""
    found = [encoding for encoding in WORTH_TRYING if encoding != not_this and _decodes(sample, encoding)]
    return tuple(found[:3])


def _decodes(sample: bytes, encoding: str) -> bool:
    if encoding == "utf-16" and not sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def _is_marked(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def shown(text: str, limit: int) -> str:
    """A piece of a file as far as it can be shown: marks and control characters as escapes, cut to a length."""
    cut = text[:limit]
    bytes_shown = "".join(
        f"\\x{ord(char) - _SURROGATES:02x}" if _SURROGATES <= ord(char) <= _LAST_SURROGATE else char for char in cut
    )
    return bytes_shown.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
