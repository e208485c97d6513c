import importlib
import inspect
import re
import subprocess
import sys

import pytest

from crmbridge.cli.table import GROUPS, Entry
from crmbridge.report.width import width

from .conftest import Cli


def commands() -> list[tuple[list[str], Entry]]:
    found = []
    for _, entries in GROUPS:
        for entry in entries:
            found += below(entry, [entry.name])
    return found


def below(entry: Entry, words: list[str]) -> list[tuple[list[str], Entry]]:
    """The commands of a group, however deep its groups go; a command is its own."""
    deeper = [one for child in entry.children for one in below(child, [*words, child.name])]
    return deeper or [(words, entry)]


IDS = [" ".join(words) for words, _ in commands()]


def test_the_help_groups_the_commands_as_the_product_does(cli: Cli) -> None:
    answer = cli("--help")
    assert answer.code == 0
    headings = [line for line in answer.out.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["set up:", "sync:", "work:", "figures:", "share:", "run:", "extend:", "Options:"]
    assert answer.err == ""


def test_the_help_of_everything_is_chinese_in_chinese(cli: Cli) -> None:
    text = cli("--help", "--lang", "zh").out
    assert "用法： crmbridge" in text
    assert re.search(r"  funnel +显示销售漏斗", text)
    assert "Show this message" not in text
    assert [line for line in text.splitlines() if line.endswith("：")] == [
        "准备：",
        "同步：",
        "工作：",
        "数据：",
        "分享：",
        "运行：",
        "扩展：",
        "选项：",
    ]


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["sync"], "[CONNECTION]..."),
        (["kpi"], "[KPI]..."),
        (["links"], "[NUMBER]"),
        (["fields"], "[CONNECTION]"),
        (["apply"], "PLAN"),
        (["mapping", "explain"], "KIND/ID"),
        (["migrate"], "FROM TO"),
        (["status"], ""),
    ],
)
def test_arguments_are_named_alike_in_every_command(cli: Cli, words: list[str], usage: str) -> None:
    first, *rest = cli(*words, "--help").out.splitlines()
    assert first == f"Usage: crmbridge {' '.join(words)} [OPTIONS] {usage}".strip()
    assert all(any(line.startswith(f"  {name}  ") for line in rest) for name in usage.split())


@pytest.mark.parametrize(("words", "entry"), commands(), ids=IDS)
def test_each_command_has_a_page_in_both_languages(cli: Cli, words: list[str], entry: Entry) -> None:
    english = cli(*words, "--help")
    assert english.code == 0
    assert entry.short_help in " ".join(english.out.split())
    assert "--workspace DIR" in english.out
    assert f"\n  crmbridge {' '.join(words)}" in english.out, "an example"
    chinese = cli(*words, "--help", "--lang", "zh").out
    assert "通用选项" in chinese
    assert all(width(line) <= 100 for line in chinese.splitlines() if "crmbridge" not in line)


@pytest.mark.parametrize(("words", "entry"), commands(), ids=IDS)
def test_the_short_help_is_the_first_line_of_the_command(words: list[str], entry: Entry) -> None:
    function = getattr(importlib.import_module(entry.module), entry.function)
    assert (inspect.getdoc(function) or "").split("\n\n")[0] == entry.short_help


@pytest.mark.parametrize(("words", "entry"), commands(), ids=IDS)
def test_a_command_is_a_few_lines(words: list[str], entry: Entry) -> None:
    module = importlib.import_module(entry.module)
    source = inspect.getsource(inspect.unwrap(getattr(module, entry.function)))
    body = source.split('"""')[-1].strip().splitlines()
    assert len(body) <= 15


def test_the_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from crmbridge.cli.app import run\n"
        "assert run(['--help']) == 0\n"
        "heavy = {'rich', 'pydantic', 'orjson', 'duckdb', 'sqlalchemy', 'pluggy', 'babel', 'importlib.metadata'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_the_version_is_a_result(cli: Cli) -> None:
    answer = cli("--version")
    assert answer.code == 0
    assert answer.out.startswith("crmbridge ")
