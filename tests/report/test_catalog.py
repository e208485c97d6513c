import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

TERMS = {
    r"workspaces?": "工作区",
    r"connections?": "连接",
    r"adapters?": "适配器",
    r"leads?(?! out)": "线索",
    r"accounts?": "客户|账号",
    r"contacts?": "联系人",
    r"deals?": "商机",
    r"pipelines?": "销售流程",
    r"(?<!time in )stages?": "阶段",
    r"activit(?:y|ies)": "跟进记录",
    r"tasks?": "任务",
    r"funnel": "漏斗",
    r"conversion": "转化率",
    r"win rate": "赢单率",
    r"goals?": "目标",
    r"KPIs?": "KPI",
    r"sync": "同步",
    r"quarantine(?:d)?": "隔离",
    r"records?": "记录",
    r"fields?": "字段",
    r"mappings?": "映射",
    r"unknown": "未知",
    r"unavailable": "无法计算",
    r"business days?": "工作日",
}
"""Words of spec/terms.md: where the English text has the one, the Chinese has the other."""

NEVER = ("管道", "序列", "！", "0%")
CODE = re.compile(r"crmbridge [a-z ]+|--[a-z-]+|[A-Z]{2,}/?[A-Z]*|\{[a-z_]+\}|[a-z_]+\.toml|[a-z]+/\w+")


@cache
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalog_tool", ROOT / "tools/catalog.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def texts() -> list[tuple[str, str]]:
    return [(str(m.id), str(m.string or "")) for m in tool().renewed() if m.id]


def test_every_text_has_a_chinese_one_and_the_catalog_is_compiled() -> None:
    assert tool().problems() == [], "python tools/catalog.py extract, then translate what `todo` prints"


@pytest.mark.parametrize(("english", "chinese"), TERMS.items())
def test_each_notion_has_one_word(english: str, chinese: str) -> None:
    pattern = re.compile(rf"\b{english}\b")
    wrong = [
        (text, translated)
        for text, translated in texts()
        if translated and pattern.search(CODE.sub("", text)) and not re.search(chinese, translated)
    ]
    assert wrong == []


def test_words_that_terms_forbid_are_not_used() -> None:
    assert [zh for _, zh in texts() if any(word in zh for word in NEVER)] == []


def test_a_space_stands_between_chinese_and_latin() -> None:
    pattern = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9{]|[A-Za-z0-9}][\u4e00-\u9fff]")
    assert [zh for _, zh in texts() if pattern.search(zh)] == []


def test_texts_are_found_wherever_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        "from crmbridge.report.listing import Column\n"
        'raise ConfigError("one {a}" if x else "two", hint="three", a="not me")\n'
        'Note("CODE", "four")\n'
        'Column("name", "five", "count")\n'
        'super().__init__("six", hint="seven")\n'
        'raise doc.problem("{file}:{line}: {key}: eight", "path")\n'
        'print("not me either")\n'
        'template = "eleven {a}" if x else "twelve {a}"\n'
        'Note("CODE", template, {})\n'
        'word = "thirteen"\n'
        'Note("CODE", word)\n'
        'progress.start("reading {object}", None)\n'
        'found.start("group")\n'
        '_DEFINITION: Mapping[str, str] = {"rate": "won of all"}\n'
        "@command()\n"
        'def funnel(run):\n    """Nine.\n\n    Ten goes\n    on.\n    """\n'
    )
    found = {text for text, _ in tool().texts_of(file)}
    assert found == {"one {a}", "two", "three", "four", "five", "six", "seven", "eight", "Nine.", "Ten goes on."} | {
        "eleven {a}",
        "twelve {a}",
        "reading {object}",
        "won of all",
    }


def test_a_word_of_capitals_is_a_code_and_no_text(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        'raise ConfigError("INVALID_DATA")\n'
        'Problem("RECORD_UNUSABLE", "HTTP_404")\n'
        'mark("KPI")\n'
        'mark("KPIs")\n'
        'mark("UTF-8 only")\n'
    )
    assert {text for text, _ in tool().texts_of(file)} == {"KPIs", "UTF-8 only"}


def test_the_catalog_holds_no_codes() -> None:
    assert [text for text, _ in texts() if re.fullmatch("[A-Z0-9_]+", text)] == []


def test_texts_that_are_put_together_are_found(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        'text = "{object} is read" if x else "{object} is read as told"\n'
        'Problem("read.way", text + " ({others})")\n'
        'Retry(f"status {reply.status} and a page")\n'
        "Retry(error.code, throttled=True)\n"
        'Renew("401")\n'
        'problems.append(f"no administrator (profile {name})")\n'
        'parts.append("not me")\n'
        'raise AuthError("it failed: {reason}", reason=answer.get("error") or "no code came back")\n'
        'raise HostRefused("nothing is sent to {host}", reason="it is misnamed", host="not me either")\n'
        "def _problem(url):\n"
        '    return "?", "it is not https" if x else ""\n'
    )
    assert {text for text, _ in tool().texts_of(file)} == {
        "{object} is read ({others})",
        "{object} is read as told ({others})",
        "status {status} and a page",
        "no administrator (profile {name})",
        "it failed: {reason}",
        "no code came back",
        "nothing is sent to {host}",
        "it is misnamed",
        "it is not https",
    }


def test_what_is_told_where_nothing_better_is_known_is_a_text(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        "def problems(objects: Objects) -> list[str]:\n"
        '    """Not me."""\n'
        '    text = "there is no {name} here"\n'
        '    return [text.format(name="x"), "it is not there"]\n'
        'other = "write it otherwise"\n'
        'ConfigError("one {a}", hint=HINTS.get(code, other), a=told.get("a", "not me either"))\n'
        'ConfigError("two {a}", hint=HINTS.get(code, "try again"))\n'
        'Exhausted(refusal.said or "all are used up")\n'
    )
    assert {text for text, _ in tool().texts_of(file)} == {
        "there is no {name} here",
        "it is not there",
        "one {a}",
        "write it otherwise",
        "two {a}",
        "try again",
        "all are used up",
    }


def test_why_a_plan_is_stopped_or_held_back_is_a_text(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        'why = "{count} records would be made"\n'
        "Trip(CREATES, why, {})\n"
        'Held("*", side, None, "it was not granted")\n'
        'raise _refused(plan, "it is too old")\n'
    )
    assert {text for text, _ in tool().texts_of(file)} == {
        "{count} records would be made",
        "it was not granted",
        "it is too old",
    }


@pytest.mark.parametrize(
    ("head", "found"),
    [("from pydantic import model_validator\n", {"unit cannot be {unit}"}), ("", set())],
)
def test_a_value_error_is_a_text_where_it_is_the_reason_of_a_configuration_error(
    tmp_path: Path, head: str, found: set[str]
) -> None:
    file = tmp_path / "x.py"
    file.write_text(head + 'raise ValueError(f"unit cannot be {self.unit!r}")\n')
    assert {text for text, _ in tool().texts_of(file)} == found


def test_every_error_class_counts_wherever_it_is_made() -> None:
    assert {"ConfigError", "HostRefused", "InDoubt", "Usage"} <= tool().error_names()


def test_what_a_simulator_answers_is_no_text_of_ours() -> None:
    assert [file for file in tool().modules() if "crmbridge_sim" in file.parts] == []


def test_a_template_that_is_filled_too_early_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        'Rejected("CODE", f"{name} cannot be written")\n'
        'Rejected("CODE", "{name} cannot be written", {"name": f"{name}"}, hint=f"write {other}")\n'
        'Unknown(f"not sent: {error}")\n'
        'Unknown("not sent: {reason}", {"reason": f"{error}"})\n'
        'raise ConfigError(f"{name} is not there")\n'
        'Retry(f"status {reply.status}")\n'
    )
    assert [problem.rpartition(":")[2] for problem in tool().filled_too_early(file)] == ["1", "2", "3", "5"]


def test_what_became_of_a_write_is_a_text(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        'Rejected("CODE", "one {a}", {"a": "not me"}, hint="two")\n'
        'Unknown("three {a}", {"a": "not me"})\n'
        'HINTS = {"LOCKED": "four"}\n'
    )
    assert {text for text, _ in tool().texts_of(file)} == {"one {a}", "two", "three {a}", "four"}
