"""The options of a connection to CSV files. Everything a file leaves unsaid is declared here, nothing is guessed."""

import codecs
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge_csv.blanks import BLANKS

ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "ascii", "gb18030", "gbk", "gb2312", "big5"),
    *("big5hkscs", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "koi8-r", "mac-roman", "cp437", "cp850"),
    *(f"cp125{digit}" for digit in range(9)),
    *(f"iso8859-{part}" for part in (1, 2, 5, 7, 9, 15)),
)
SEPARATOR_NAMES = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "blanks": BLANKS}
CONTENT_KEY = "*"
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")

_CODECS = {codecs.lookup(name).name for name in ENCODINGS}


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name in _CODECS
    except LookupError:
        known = False
    if not known:
        near = suggestion(name, ENCODINGS)
        told = {"encoding": name, "nearest": near}
        raise PydanticCustomError("encoding", "there is no encoding {encoding} here, did you mean {nearest}?", told)
    return name


def _separator(written: str) -> str:
    separator = SEPARATOR_NAMES.get(written, written)
    if (len(separator) != 1 and separator != BLANKS) or separator in "\r\n\"'\0":
        told = {"choices": ", ".join(SEPARATOR_NAMES), "written": repr(written)}
        raise PydanticCustomError("separator", "a separator is one character or one of {choices}, not {written}", told)
    return separator


def _file(name: str) -> str:
    """A name inside the folder; nothing may lead out of it."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    outside = ".." in parts or PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute()
    if not name.strip() or outside:
        raise PydanticCustomError("file", "{name} is no file inside the folder named by path", {"name": repr(name)})
    return name


def _zone(name: str) -> str:
    from crmbridge.model import instants  # noqa: PLC0415 - finding the plugins loads no zones

    try:
        return instants.zone(name).key
    except ConfigError as error:
        raise PydanticCustomError("zone", "{reason}", {"reason": str(error)}) from error


def _names(written: object) -> object:
    """One column may be written without brackets."""
    return (written,) if isinstance(written, str) else written


def _labels(written: object) -> object:
    return tuple(label.strip() for label in written.split("|")) if isinstance(written, str) else written


def _on(written: object) -> object:
    return {"left": written, "right": written} if isinstance(written, (str, list, tuple)) else written


def _renamed(written: object) -> object:
    if isinstance(written, (list, tuple)) and all(isinstance(name, str) for name in written):
        return {name: name for name in written}
    return written


Encoding = Annotated[str, AfterValidator(_encoding)]
Separator = Annotated[str, AfterValidator(_separator)]
FileName = Annotated[str, AfterValidator(_file)]
Columns = Annotated[tuple[str, ...], BeforeValidator(_names), Field(min_length=1)]
Labels = Annotated[tuple[str, ...], BeforeValidator(_labels), Field(min_length=1)]
Formats = Annotated[tuple[str, ...], BeforeValidator(_names)]
ColumnName = Annotated[str, Field(min_length=1)]
Zone = Annotated[str, AfterValidator(_zone)]
Padding = Literal["none", "tabs", "spaces", "both"]
Sheet = Annotated[int, Field(strict=True, ge=1)] | Annotated[str, Field(min_length=1)]
"""A sheet of a workbook: its name, or its place among the tabs that are seen, from 1."""


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _FileOptions(_Options):
    """What is said of one file."""

    file: FileName
    preamble: int = Field(default=0, ge=0)
    sheet: Sheet | None = None
    encoding: Encoding | None = None
    separator: Separator | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        suffix = PurePosixPath(self.file).suffix.casefold()
        if self.sheet is not None and suffix in {*TABLE_SUFFIXES, ".zip"}:
            raise PydanticCustomError("sheet", "{file} has no sheets: only XLSX files have some", {"file": self.file})
        if suffix in WORKBOOK_SUFFIXES and (self.encoding or self.separator):
            told = {"file": self.file}
            raise PydanticCustomError("sheet", "{file} is a workbook: it has neither encoding nor separator", told)
        return self


class OnColumns(_Options):
    """The columns that must be equal: of our file, and of the one joined to it."""

    left: Columns
    right: Columns

    @model_validator(mode="after")
    def _paired(self) -> "OnColumns":
        if len(self.left) != len(self.right):
            told = {"left": len(self.left), "right": len(self.right)}
            raise PydanticCustomError("on", "left names {left} columns and right names {right}", told)
        return self


class JoinOptions(_FileOptions):
    """A second file whose columns are added to each row. `columns` is a list, or `{ ours = "theirs" }`."""

    on: Annotated[OnColumns, BeforeValidator(_on)]
    columns: Annotated[dict[str, str], BeforeValidator(_renamed), Field(min_length=1)]


class HistoryOptions(_FileOptions):
    """A file of past changes of stage: a row for each stage that a record entered.

    `record` names the columns with the record's key, as many as the object has, `key` the id of a row where it has
    one. `format` is how times are written, one or several; ISO without it. `zone` is that of times without an offset.
    """

    record: Columns
    to: ColumnName
    at: ColumnName
    from_: ColumnName | None = Field(default=None, alias="from")
    by: ColumnName | None = None
    pipeline: ColumnName | None = None
    key: ColumnName | None = None
    format: Formats = ()
    zone: Zone | None = None
    header: Columns | None = None
    padding: Padding | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is named, each once."""
        named = (*self.record, self.to, self.at, self.from_, self.by, self.pipeline, self.key)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @model_validator(mode="after")
    def _named(self) -> Self:
        _refuse_missing(self.columns, self.header or ())
        return self


def _refuse_missing(wanted: Iterable[str], names: Sequence[str]) -> None:
    """A file without a header has the columns that are named for it, and no others."""
    for name in (name for name in wanted if names and name not in names):
        told = {"column": name, "nearest": suggestion(name, names)}
        raise PydanticCustomError("column", "there is no column {column}, did you mean {nearest}?", told)


class ObjectOptions(_FileOptions):
    """One object: a file, or several of the same kind, and what is a record in it."""

    key: Columns
    duplicates: Literal["one", "each"] = "one"
    header: bool | tuple[str, ...] = True
    columns: Columns | None = None
    total: Labels | None = None
    blank_key: Literal["skip", "problem"] | None = None
    join: tuple[JoinOptions, ...] = ()
    complete: bool = False
    modified: str | None = None
    modified_format: str | None = None
    writable: bool = False
    external_key: str | None = None
    padding: Padding | None = None
    history: HistoryOptions | None = None

    @property
    def is_content_key(self) -> bool:
        """Whether the content of a row is its key."""
        return self.key == (CONTENT_KEY,)

    @property
    def header_names(self) -> tuple[str, ...] | None:
        """The column names of a file without a header, or None."""
        if isinstance(self.header, tuple):
            return self.header
        return None if self.header else self.columns

    @property
    def projection(self) -> tuple[str, ...] | None:
        """The columns that an object is cut down to, or None where it has them all."""
        return None if self.header is False else self.columns

    @property
    def skips_blank_keys(self) -> bool:
        """A distinct list leaves rows without a key out; anywhere else they are problems, unless declared."""
        return self.projection is not None if self.blank_key is None else self.blank_key == "skip"

    @model_validator(mode="after")
    def _consistent(self) -> "ObjectOptions":
        if self.header is False and self.columns is None:
            raise PydanticCustomError("header", "header = false needs columns = [...], the names of the columns")
        names = self.header_names or ()
        if len(set(names)) != len(names):
            raise PydanticCustomError("header", "a file without a header needs different names for its columns")
        if CONTENT_KEY in self.key and not self.is_content_key:
            raise PydanticCustomError("key", 'key = "*" stands alone: the whole row is the key')
        wanted = (*(() if self.is_content_key else self.key), self.external_key, self.modified)
        _refuse_missing((name for name in wanted if name is not None), names)
        if self.modified_format and not self.modified:
            raise PydanticCustomError("modified", "modified_format needs modified, the column that it describes")
        if self.history and self.is_content_key:
            raise PydanticCustomError("history", "history needs records with a key column, which its rows name")
        if self.history and len(self.history.record) != len(self.key):
            told = {"record": len(self.history.record), "key": len(self.key)}
            raise PydanticCustomError("history", "key has {key} columns and history.record {record}", told)
        return self


class CsvOptions(_Options):
    """One folder of CSV files. `encoding` left out means: a byte order mark decides, else UTF-8."""

    path: str = Field(default=".", min_length=1)
    encoding: Encoding | None = None
    separator: Separator = ","
    quote: Literal['"', "'", ""] = '"'
    padding: Padding = "none"
    escape: Literal["exact", "excel"] = "exact"
    page_size: int = Field(default=2_000, ge=1, le=50_000)
    objects: dict[str, ObjectOptions] = Field(min_length=1)
