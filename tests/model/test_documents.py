from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from crmbridge.model import documents
from crmbridge.model.errors import ConfigError, ConfigErrors


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: str
    days: int | None = None
    category: Literal["open", "won"] = "open"


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    stages: list[Step] = Field(default_factory=list)
    length: int | None = Field(default=None, alias="len")


class File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    format: Literal[1]
    lines: dict[str, Line] = Field(default_factory=dict)


TEXT = """\
format = 1

[lines."北 south"]
len = 3

[[lines."北 south".stages]]
key = "a"

[[lines."北 south".stages]]
key = "b"
category = "wone"
dais = 3
"""


def said(text: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        documents.validate(documents.parse(text, "x.toml"), File)
    return str(caught.value).splitlines()


def test_every_problem_is_told_with_its_line_and_the_nearest_choice() -> None:
    assert said(TEXT) == [
        "x.toml:11: lines.北 south.stages.1.category cannot be 'wone' (did you mean won?)",
        "x.toml:12: unknown key lines.北 south.stages.1.dais (did you mean days?)",
    ]


def test_a_missing_key_is_told_at_the_table_it_belongs_to() -> None:
    assert said("format = 1\n[[lines.a.stages]]\nkey = 'x'\n[[lines.a.stages]]\ndays = 2") == [
        "x.toml:4: lines.a.stages.1.key is missing"
    ]
    assert said("") == ["x.toml:1: format is missing"]


def test_an_alias_is_what_people_write() -> None:
    assert said("format = 1\n[lines.a]\nlenn = 3") == ["x.toml:3: unknown key lines.a.lenn (did you mean len?)"]


def test_an_unknown_key_like_no_other_lists_what_there_is() -> None:
    assert said("format = 1\nzzzz = 2") == ["x.toml:2: unknown key zzzz (did you mean format, lines?)"]


def test_dotted_and_quoted_keys_have_lines_too() -> None:
    assert said('format = 1\nlines.a.len = "x"')[0].startswith("x.toml:2: lines.a.len: ")
    assert said('format = 1\n\n[lines]\n"a".len = "x"')[0].startswith("x.toml:4: lines.a.len: ")


def test_what_is_no_toml_is_told_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"x\.toml is not valid TOML: .*line 2"):
        documents.parse("a = 1\nb = ]\n", "x.toml")


def test_a_part_is_checked_at_its_path() -> None:
    source = documents.parse("[connections.books]\nlen = 1\nlenght = 2", "x.toml")
    with pytest.raises(ConfigErrors) as caught:
        documents.validate(source, Line, data={"len": 1, "lenght": 2}, at=("connections", "books"))
    assert str(caught.value) == "x.toml:3: unknown key connections.books.lenght (did you mean len?)"


def test_a_good_document_is_its_model() -> None:
    made = documents.validate(documents.parse(TEXT.replace("wone", "won").replace("dais", "days"), "x.toml"), File)
    assert [step.key for step in made.lines["北 south"].stages] == ["a", "b"]
