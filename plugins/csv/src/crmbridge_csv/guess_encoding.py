"""Guesses the encoding of a file that nobody has described, and says what the guess rests on.

A mark at its start decides; then bytes that can only be UTF-8; then GB18030, but only where what comes out reads like
Chinese, because nearly any bytes are something in it. Anything else stays undecided: a wrong guess would show as text.
"""

import codecs
import re
from dataclasses import dataclass

from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge_csv import encodings
from crmbridge_csv.encodings import MARK
from crmbridge_csv.files import Source, open_bytes
from crmbridge_csv.limits import SAMPLE_BYTES

MAX_TRIED_BYTES = 64 * 1024 * 1024
"""How much of a file is decoded on trial."""
_CHUNK_BYTES = 1 << 20
_COMMON = frozenset(
    "的一是不了人在有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于"
    "起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其"
    "种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由"
    "客户商司编号金额元万产品销售段状态阶联系期期预计创建修改签单价数量合总省市区县街路部门职员邮箱手机备注类型源级跟记录线索赢输"
    "有限科技集团贸易股份责任服务软网络信息京广州深圳浙江苏山东南四川湖福河安徽陕辽重庆天津张王李刘陈杨赵黄周吴"
)
"""Frequent characters, and those of customers' lists: chance does not hit them this often."""
_FEW = 10
"""So many letters in UTF-8 to one byte that is not: the file is UTF-8 with a damage."""
_KANA = re.compile("[\u3040-\u30ff]")
_HANZI = re.compile("[\u4e00-\u9fff]")
_BESIDE = re.compile("[\u3000-\u303f\uff00-\uffef‘’“”…—·￥]")


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """`note` says what it rests on where the encoding has to be declared; None where reading finds it by itself."""

    name: str
    note: Note | None = None

    @property
    def option(self) -> str | None:
        """What has to be declared, if anything."""
        return self.name if self.note else None


def guess_encoding(source: Source) -> EncodingGuess:
    """The encoding of a file; ConfigError where it is no text, or cannot be told; Unavailable where it is not there."""
    head = read_start(source, SAMPLE_BYTES)
    codec = encodings.detect(None, head, source.name)
    file = source.name
    if codec.bom:
        return EncodingGuess(codec.name)
    if wide := _unmarked_wide(head):
        note = Note(
            "ENCODING_WIDE",
            "{file} is {encoding} without a byte order mark: every other byte of its plain letters is NUL",
            {"file": file, "encoding": wide},
        )
        return EncodingGuess(wide, note)
    if _is_binary(head):
        raise ConfigError("{file} is no text", file=file)
    fault = _first_fault(source, "utf-8")
    if fault is None:
        return EncodingGuess("utf-8")
    return _not_quite_utf8(source, head if fault < len(head) else _around(source, fault), fault)


def read_start(source: Source, size: int) -> bytes:
    """The first bytes of a file, unpacked where it is a zip."""
    stream, _ = open_bytes(source)
    with stream:
        return stream.read(size)


def _not_quite_utf8(source: Source, sample: bytes, offset: int) -> EncodingGuess:
    """The guess for a file with a byte that is no UTF-8, from the part of it where that byte stands."""
    file = source.name
    text = codecs.getincrementaldecoder("utf-8")(MARK).decode(sample)
    bad = sum("\udc00" <= char <= "\udcff" for char in text)
    good = sum(char > "\x7f" for char in text) - bad
    told: dict[str, object] = {"file": file, "offset": offset}
    if good > _FEW * bad:
        note = Note(
            "ENCODING_DAMAGED",
            "{file} is UTF-8 but for some bytes, the first at {offset}: the rows that hold them will be problems",
            told,
        )
        return EncodingGuess("utf-8", note)
    if _first_fault(source, "gb18030") is None and is_chinese(_decoded(sample, "gb18030")):
        note = Note(
            "ENCODING_CHINESE",
            "{file} is no UTF-8 (byte {offset}); as GB18030 all of it is text, and it reads like Chinese",
            told,
        )
        return EncodingGuess("gb18030", note)
    raise ConfigError(
        "the encoding of {file} cannot be told: it is no UTF-8 (byte {offset}), and as GB18030 it is not Chinese",
        file=file,
        offset=offset,
        nearest=", ".join(_worth_trying(sample)),
        hint="add it by hand with the right encoding; worth trying: {nearest}",
    )


def is_chinese(text: str) -> bool:
    """Whether a text reads like Chinese: nearly all of it in everyday characters, some of them the frequent ones."""
    foreign = "".join(char for char in text if char > "\x7f")[:20_000]
    hanzi = _HANZI.findall(foreign)
    everyday = sum(map(_is_everyday, hanzi)) + len(_BESIDE.findall(foreign))
    common = sum(char in _COMMON for char in hanzi)
    is_japanese = len(_KANA.findall(foreign)) * 10 > len(foreign)
    return bool(hanzi) and not is_japanese and everyday * 4 >= len(foreign) * 3 and common * 5 >= len(hanzi)


def _is_everyday(char: str) -> bool:
    """Whether a character is one of the 3,755 everyday ones, which GB2312 puts first."""
    encoded = char.encode("gb2312", "replace")
    return len(encoded) > 1 and 0xB0 <= encoded[0] <= 0xD7  # noqa: PLR2004 - rows 16 to 55 of GB2312


def _worth_trying(sample: bytes) -> list[str]:
    """The encodings in which the sample is text; those of the West first where single letters have marks."""
    high = re.findall(rb"[\x80-\xff]+", sample)
    is_western = sum(len(run) == 1 for run in high) * 2 > len(high)
    found = [name for name in encodings.candidates(sample, "utf-8") if name != "gb18030"]
    return list(dict.fromkeys((["cp1252", "iso8859-15"] if is_western else []) + (found or ["cp1252"])))


def _unmarked_wide(head: bytes) -> str | None:
    """The UTF-16 that a text without a mark is in, or None: plain letters and line ends give it away."""
    if head.count(b"\0") * 20 < len(head) or not head:
        return None
    signs = {name: _decoded(head, name) for name in ("utf-16-le", "utf-16-be")}
    scored = {name: 0 if "\0" in text else len(re.findall("[\n\r,;\t]", text)) for name, text in signs.items()}
    best = max(scored, key=lambda name: scored[name])
    return best if scored[best] else None


def _decoded(sample: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(sample)


def _is_binary(head: bytes) -> bool:
    """Whether more than one byte in fifty is a control character that no text has."""
    return len(head.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\x1a")) * 50 > len(head)


def _first_fault(source: Source, encoding: str) -> int | None:
    """Where the first byte is that an encoding does not have, None if nowhere as far as it was tried."""
    decoder = codecs.getincrementaldecoder(encoding)()
    at = 0
    stream, _ = open_bytes(source)
    with stream:
        while at < MAX_TRIED_BYTES:
            chunk = stream.read(_CHUNK_BYTES)
            kept = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return at - kept + error.start
            if not chunk:
                break
            at += len(chunk)
    return None


def _around(source: Source, offset: int) -> bytes:
    """A piece of the file from the beginning of a line before `offset` on."""
    stream, _ = open_bytes(source)
    with stream:
        before, left = b"", offset
        while left and (chunk := stream.read(min(left, _CHUNK_BYTES))):
            before, left = (before + chunk)[-SAMPLE_BYTES:], left - len(chunk)
        return before.partition(b"\n")[2] + stream.read(SAMPLE_BYTES)
