"""Keeps the Chinese catalog complete: `extract` renews it from the source, `check` fails where it is not whole.

    python tools/catalog.py extract     finds every text that people read, keeps its translation, compiles the .mo
    python tools/catalog.py check       says what is missing, changed, or not compiled
    python tools/catalog.py todo        prints the texts that have no Chinese one yet

A text is: what `mark(...)` holds; the message and the hint of every error class and of `Usage`; the template of a
`Note`, a `LensFailure`, a `Problem`, a `Rejected`, an `Unknown`; headings of `Column` and `Section`; the help of a
command, paragraph by paragraph; the reasons of verdicts; and the reasons that pydantic gives. They are found in the
syntax tree, so that keyword arguments, choices (`"a" if x else "b"`), names that were given a text before (`template =
"..."`) and what is put behind them (`template + " ({others})"`) count too. A word of capitals is a code, and no text.
"""

import ast
import inspect
import io
import re
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

from crmbridge.model import errors
from crmbridge.report.i18n.catalog import PREFIX

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (ROOT / "src", ROOT / "plugins")
FOLDER = ROOT / "src/crmbridge/report/i18n/locale/zh/LC_MESSAGES"
PO, MO = FOLDER / "crmbridge.po", FOLDER / "crmbridge.mo"
Named = dict[str, list[ast.expr]]

UNREAD = {"tests", "testing", "crmbridge_sim"}
"""What people who use crmbridge never read: tests, the kit for those who write adapters, answers of simulators."""

CODE = re.compile(r"[A-Z0-9_]+")
"""What a code looks like, such as INVALID_DATA: it is shown as it is, in every language."""

FIXED = datetime(2026, 1, 1, tzinfo=UTC)
"""A date that does not move, so that an unchanged catalog stays the same file."""

# The texts of a call: the place of the positional argument, and the keywords.
CALLS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "mark": ((0,), ()),
    "Usage": ((0,), ("hint",)),
    "Note": ((1,), ("template",)),
    "LensFailure": ((0,), ("template",)),
    "Problem": ((1,), ("message",)),
    "Rejected": ((1,), ("message", "hint")),
    "Unknown": ((0,), ("reason",)),
    "Unsendable": ((1,), ("hint",)),
    "login": ((), ("shape",)),
    "Column": ((1,), ("title",)),
    "Section": ((1,), ("title",)),
    "Listing": ((), ("title",)),
    "problem": ((0,), ("hint",)),
    "PydanticCustomError": ((1,), ()),
    "not_available": ((1,), ()),
    "_note": ((1,), ()),
    "_refuse": ((0,), ()),
    "start": ((0,), ()),
    "_problem": ((0,), ("hint",)),
    "_tell": ((1,), ()),
    "Offer": ((3,), ()),
    "_wait_while": ((1,), ()),
    "Trip": ((1,), ("template",)),
    "Held": ((3,), ()),
    "Left": ((3,), ()),
    "Untaken": ((2,), ()),
    "Kept": ((2,), ()),
    "_refused": ((1,), ()),
    "refused": ((1,), ()),
    "_hold": ((1,), ()),
    "_lacks": ((2,), ()),
    "_doubts": ((2,), ()),
    "_bad": ((0,), ()),
    "_against": ((0,), ()),
    "_stays": ((1,), ()),
}
REASONS = {"Retry", "Renew", "Exhausted", "Doubt", "exhausted"}
"""Calls whose first argument is a reason. It is often put together, so that `f"status {reply.status}"` counts too."""
GIVERS = {"_problem"}
"""Functions that give a reason back, beside something else."""
TELLERS = {"problems"}
"""Functions that give back what an adapter says of itself, as a list of texts."""
VALIDATORS = re.compile(r"\b(?:model|field)_validator\b|\bAfterValidator\b")
"""What a module has whose ValueErrors become reasons of a configuration error."""
TABLES = {
    "_SQLITE",
    "_POSTGRES",
    "_UNREACHED",
    "RESTORE_HINT",
    "DUMP_HINT",
    "OLDER_HINT",
    "_DEFINITION",
    "HINTS",
    "_HINTS",
}
"""Names at the head of a module whose values are texts."""
HEADINGS = {"Column", "Section", "Listing"}
"""Ours only where the module imports `crmbridge.report.listing`: facts and ledger have columns of storage."""


@cache
def error_names() -> set[str]:
    """Every error class: the tree in `model/errors.py`, and what other modules make of its classes."""
    found = {n for n, kept in vars(errors).items() if inspect.isclass(kept) and issubclass(kept, errors.CrmBridgeError)}
    made = [
        (match[1], {base.strip().split(".")[-1] for base in match[2].split(",")})
        for file in modules()
        for match in re.finditer(r"^class (\w+)\(([\w., ]+)\):", file.read_text("utf-8"), re.MULTILINE)
    ]
    while more := {name for name, bases in made if bases & found} - found:
        found |= more
    return found


@cache
def modules() -> tuple[Path, ...]:
    """The modules whose texts people read."""
    found = (path for source in SOURCES for path in source.rglob("*.py"))
    return tuple(sorted(path for path in found if UNREAD.isdisjoint(path.parts)))


def texts_of(file: Path) -> Iterator[tuple[str, int]]:
    """The texts of one file with their lines."""
    source = file.read_text("utf-8")
    tree = ast.parse(source)
    calls = CALLS | dict.fromkeys(error_names() - {"ConfigErrors"}, ((0,), ("hint", "reason")))
    reasons = REASONS | ({"ValueError"} if VALIDATORS.search(source) else set())
    if "report.listing import" not in source:
        calls = {name: places for name, places in calls.items() if name not in HEADINGS}
    named = _named(tree)
    for statement in tree.body:
        for name, value in _assigned(statement):
            if name in TABLES:
                yield from ((text, statement.lineno) for text in _literals(value, named))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node, calls, named)
            if _name(node.func) in reasons or _is_told(node.func):
                yield from ((text, node.lineno) for one in node.args[:1] for text in _reason(one))
        elif isinstance(node, ast.FunctionDef):
            yield from ((text, node.lineno) for text in _of_function(node))


def filled_too_early(file: Path) -> Iterator[str]:
    """The templates of one file that are f-strings: with their values inside they are nobody's key."""
    calls = CALLS | dict.fromkeys(error_names() - {"ConfigErrors"}, ((0,), ("hint",)))
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        places, keywords = calls.get(_name(node.func), ((), ())) if isinstance(node, ast.Call) else ((), ())
        if isinstance(node, ast.Call) and any(isinstance(one, ast.JoinedStr) for one in _given(node, places, keywords)):
            yield f"an f-string where a template belongs: {file.name}:{node.lineno}"


def _of_function(node: ast.FunctionDef) -> Iterator[str]:
    """The help of a command; the reasons that a function gives."""
    if any(_name(one) in {"command", "callback"} for one in node.decorator_list):
        for paragraph in inspect.cleandoc(ast.get_docstring(node) or "").split("\n\n"):
            yield " ".join(paragraph.split())
    if node.name in TELLERS and isinstance(node.returns, ast.Subscript):
        yield from _told_by(node)
    if node.name in GIVERS:
        for given in ast.walk(node):
            if isinstance(given, ast.Return) and isinstance(given.value, ast.Tuple):
                yield from (text for text in _literals(given.value, {}) if " " in text)


def _told_by(node: ast.FunctionDef) -> Iterator[str]:
    """The sentences of a function, but its docstring and the pieces of those that `append` takes."""
    pieces = {id(part) for one in ast.walk(node) if isinstance(one, ast.JoinedStr) for part in one.values}
    pieces |= {id(one.value) for one in node.body if isinstance(one, ast.Expr)}
    whole = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and id(one) not in pieces)
    yield from (text for text in whole if isinstance(text, str) and " " in text)


def _named(tree: ast.Module) -> Named:
    """What each name of a module is given, wherever: a template often has a name of its own."""
    found: Named = {}
    for node in ast.walk(tree):
        for name, value in _assigned(node):
            if isinstance(value, ast.Constant | ast.IfExp):
                found.setdefault(name, []).append(value)
    return found


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if value is not None:
        yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))


def _of_call(
    node: ast.Call, calls: dict[str, tuple[tuple[int, ...], tuple[str, ...]]], named: Named
) -> Iterator[tuple[str, int]]:
    name = _name(node.func)
    if name == "__init__":  # super().__init__("...") inside an error class
        name = "Usage"
    places, keywords = calls.get(name, ((), ()))
    for argument in _given(node, places, keywords):
        if (
            name == "start" and isinstance(argument, ast.Constant) and " " not in str(argument.value)
        ):  # re's, not that of progress
            continue
        yield from ((text, node.lineno) for text in _literals(argument, named))


def _given(node: ast.Call, places: tuple[int, ...], keywords: tuple[str, ...]) -> list[ast.expr]:
    found = [node.args[place] for place in places if place < len(node.args)]
    return found + [keyword.value for keyword in node.keywords if keyword.arg in keywords]


def _is_told(function: ast.expr) -> bool:
    """Whether it is `problems.append`, of what an adapter says of itself."""
    return isinstance(function, ast.Attribute) and function.attr == "append" and _name(function.value) == "problems"


def _reason(node: ast.expr) -> Iterator[str]:
    """A reason as a template: an f-string has the last name of each of its values."""
    if isinstance(node, ast.BoolOp):  # `said or "nothing was said"`
        node = node.values[-1]
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    names = (part.value if isinstance(part, ast.FormattedValue) else None for part in parts)
    pieces = [
        "{" + (_name(name) or "value") + "}" if name else str(getattr(part, "value", ""))
        for part, name in zip(parts, names, strict=True)
        if name or isinstance(part, ast.Constant)
    ]
    text = "".join(pieces)
    if " " in text.strip() and _is_text(text):
        yield text


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _literals(node: ast.expr, named: Named) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value.removeprefix(PREFIX)
        if _is_text(text):
            yield text
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body, named)
        yield from _literals(node.orelse, named)
    elif isinstance(node, ast.Name):
        yield from (text for value in named.get(node.id, ()) for text in _literals(value, {}) if " " in text)
    elif isinstance(node, ast.BinOp):
        yield from _of_sum(node, named)
    elif isinstance(node, ast.Call) and _name(node.func) == "get":  # `HINTS.get(code, "what else there is to do")`
        yield from (text for given in node.args[1:] for text in _literals(given, named) if " " in text)
    elif isinstance(node, ast.Dict | ast.Tuple | ast.BoolOp):  # `error or "nothing came back"`
        for value in node.elts if isinstance(node, ast.Tuple) else node.values:
            yield from _literals(value, named)


def _of_sum(node: ast.BinOp, named: Named) -> Iterator[str]:
    """A prefix that the catalog knows, and the text proper; or a text by its name, and its end."""
    end = node.right.value if isinstance(node.right, ast.Constant) else None
    if isinstance(node.left, ast.Name) and isinstance(end, str) and end.startswith(" "):
        yield from (text + end for text in _literals(node.left, named))
    else:
        yield from _literals(node.right, named)


def _is_text(text: str) -> bool:
    return any(character.isalpha() for character in _bare(text)) and not CODE.fullmatch(text)


def _bare(text: str) -> str:
    """The text without its placeholders."""
    try:
        return "".join(literal for literal, *_ in string.Formatter().parse(text))
    except ValueError:
        return text


def extracted() -> Catalog:
    """Everything that people read, without translations, in a fixed order."""
    catalog = Catalog(locale="zh", domain="crmbridge", project="crmbridge", version="1", creation_date=FIXED)
    catalog.revision_date = FIXED
    found: dict[str, set[str]] = {}
    for file in modules():
        for text, _ in texts_of(file):
            found.setdefault(text, set()).add(file.relative_to(ROOT).as_posix())
    for text, files in found.items():
        catalog.add(text, locations=[(name, 0) for name in sorted(files)])
    return catalog


def renewed() -> Catalog:
    """The extracted texts with the translations there are."""
    catalog = extracted()
    if PO.exists():
        with PO.open("rb") as old:
            known = {m.id: m.string for m in pofile.read_po(old, locale="zh") if m.id}
        for message in catalog:
            if message.id and message.id in known:
                message.string = known[message.id]
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """The catalog as people edit it."""
    out = io.BytesIO()
    pofile.write_po(out, catalog, width=120, sort_output=True, include_lineno=False, omit_header=False)
    return out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalog as gettext reads it."""
    out = io.BytesIO()
    mofile.write_mo(out, catalog)
    return out.getvalue()


def problems() -> list[str]:
    """What keeps the catalog from being whole."""
    catalog = renewed()
    found = (
        ["not in the catalog or not up to date: run python tools/catalog.py extract"]
        if not _is_current(catalog)
        else []
    )
    found += [problem for file in modules() for problem in filled_too_early(file)]
    for message in catalog:
        if message.id:
            found += _problems_of(str(message.id), str(message.string or ""))
    return found


def _is_current(catalog: Catalog) -> bool:
    return PO.exists() and PO.read_bytes() == po_bytes(catalog) and MO.exists() and MO.read_bytes() == mo_bytes(catalog)


def _problems_of(text: str, chinese: str) -> list[str]:
    if not chinese:
        return [f"no Chinese text: {text!r}"]
    if placeholders(text) != placeholders(chinese):
        return [f"other placeholders: {text!r} -> {chinese!r}"]
    bare = _bare(chinese)
    half = [sign for sign in ",;!?" if sign in bare]
    return [f"half-width punctuation {half} in {chinese!r}"] if half else []


def placeholders(text: str) -> set[str]:
    """The names that a template fills in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def main(task: str) -> int:
    """Runs one task and gives the exit code."""
    if task == "extract":
        catalog = renewed()
        FOLDER.mkdir(parents=True, exist_ok=True)
        PO.write_bytes(po_bytes(catalog))
        MO.write_bytes(mo_bytes(catalog))
        missing = sum(1 for message in catalog if message.id and not message.string)
        print(f"{len(catalog)} texts, {missing} without a Chinese one")
        return 0
    if task == "todo":
        for message in renewed():
            if message.id and not message.string:
                print(repr(str(message.id)))
        return 0
    found = problems()
    print("\n".join(found) or "the catalog is whole")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
