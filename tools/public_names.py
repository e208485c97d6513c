"""The public names of crmbridge, from the modules that are public: the page that says what others may build on."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any

from writing import page, table

from crmbridge.adapter.hookspecs import HookSpecs
from crmbridge.app.bridge import Bridge

MODULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "crmbridge": ("The package itself.", ()),
    "crmbridge.app.bridge": ("A workspace from Python: what the commands do, without the command line.", ()),
    "crmbridge.report.listing": (
        "What a `Bridge` answers with.",
        ("Column", "ColumnKind", "Days", "Listing", "Names", "Rate", "Section", "Share", "Word"),
    ),
    "crmbridge.adapter.hookspecs": (
        "What a plugin offers.",
        ("AdapterDescriptor", "ConnectionProposal", "KpiDefinition", "hookimpl"),
    ),
    "crmbridge.adapter.contract": ("What an adapter is, what it is asked for, and what it hands over.", ()),
    "crmbridge.adapter.capabilities": ("What an adapter can do, with reasons.", ()),
    "crmbridge.adapter.catalog": ("What a source holds.", ()),
    "crmbridge.adapter.context": ("What an adapter is opened with.", ()),
    "crmbridge.adapter.connecting": ("How an account is connected.", ()),
    "crmbridge.adapter.courtesies": ("What an adapter may do besides.", ()),
    "crmbridge.adapter.glancing": ("A look whether anything changed.", ()),
    "crmbridge.adapter.hearing": ("Notifications that want more.", ()),
    "crmbridge.adapter.lens": ("Converters between a vendor's value and a neutral one.", ()),
    "crmbridge.adapter.logins": ("The secret of a connection.", ()),
    "crmbridge.adapter.read_fields": ("Which fields were read, in a cursor.", ("covers", "told")),
    "crmbridge.adapter.scale": ("The answers to the quality scale.", ("read",)),
    "crmbridge.adapter.sending": ("What keeps a value from being sent.", ()),
    "crmbridge.adapter.simulators": ("Simulators of vendors.", ("check_loopback",)),
    "crmbridge.adapter.verifying": ("What an account is asked about itself.", ()),
    "crmbridge.http": ("The one door to a vendor.", ()),
    "crmbridge.http.call": ("Calls.", ("Method",)),
    "crmbridge.http.redact": ("Secrets kept out of texts.", ("redact", "remember")),
    "crmbridge.http.strict": ("JSON as vendors send it, with exact numbers.", ("decode", "encode")),
    "crmbridge.model.errors": ("What can go wrong, by what the caller must do.", ()),
    "crmbridge.model.instants": ("Instants, zones and days.", ()),
    "crmbridge.model.notes": ("What a result has to say beside its figures.", ()),
    "crmbridge.testing.kit": ("The conformance kit.", ()),
    "crmbridge.testing.kit.runner": ("The kit without pytest.", ()),
    "crmbridge.testing.clock": ("A clock for tests.", ("VirtualClock",)),
}
"""The public modules: what each is for, and which of its names are meant; all that it defines where none is named."""

INTRO = (
    "What others may build on: a plugin, a script, a test of an adapter. Everything else in the packages may change in "
    "any version. [Compatibility](../explanation/compatibility.md) says how a public name changes. A default is shown "
    "as `=`. Our own adapters use these names and no other, which a test sees to."
)


def public_names_page() -> str:
    """Every public name, with one line each."""
    parts: list[str | list[str]] = [INTRO, *_hooks()]
    for name, (what, chosen) in MODULES.items():
        module = importlib.import_module(name)
        rows = [(f"`{shape}`", said) for shape, said in _rows(module, chosen)]
        parts += [f"## {name}", what, table(("name", "what"), rows)]
    parts += ["## The methods of Bridge", _bridge()]
    return page("Public names", *parts)


def _hooks() -> Iterator[str | list[str]]:
    yield "## Hooks"
    yield (
        "A plugin is a module behind an entry point of the group `crmbridge`; its functions carry `hookimpl`. pytest "
        "has the option `--crmbridge-kit-report FILE`."
    )
    hooks = {name: hook for name, hook in vars(HookSpecs).items() if name.startswith("crmbridge_")}
    yield table(("hook", "what"), [(f"`{name}{_call(hook)}`", _first(hook)) for name, hook in hooks.items()])


def _bridge() -> list[str]:
    shown = inspect.getmembers(Bridge, lambda one: inspect.isfunction(one) or inspect.ismethod(one))
    rows = [(f"`{name}{_call(method)}`", _first(method)) for name, method in shown if not name.startswith("_")]
    return table(("method", "what"), rows)


def _rows(module: ModuleType, chosen: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    told = _constants(module)
    for name in chosen or tuple(getattr(module, "__all__", ())) or _defined(module):
        found = getattr(module, name)
        if inspect.isclass(found):
            yield _class(name, found), _first(found)
        elif inspect.isfunction(inspect.unwrap(found)):
            yield f"{name}{_call(found)}", _first(found)
        else:
            yield name, told.get(name) or _constants(_home(module, name))[name]


def _defined(module: ModuleType) -> tuple[str, ...]:
    """The names that a module gives itself, in its order, without those that begin with an underscore."""
    found: list[str] = []
    for node in _tree(module).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [one.id for one in targets if isinstance(one, ast.Name)]
    return tuple(name for name in found if not name.startswith("_") and len(name) > 1)


def _constants(module: ModuleType) -> dict[str, str]:
    """What stands below each constant of a module; its value where nothing does."""
    body, told = _tree(module).body, {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        is_told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(target, ast.Name) and node.value is not None:
            said = str(after.value.value) if is_told else f"`{ast.unparse(node.value)}`"  # type: ignore[union-attr]
            told[target.id] = " ".join(said.split("\n\n")[0].split())
    return told


def _home(module: ModuleType, name: str) -> ModuleType:
    """The module that a name was taken from."""
    imports = [node for node in _tree(module).body if isinstance(node, ast.ImportFrom)]
    return next(importlib.import_module(str(one.module)) for one in imports if name in {a.name for a in one.names})


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _class(name: str, found: type) -> str:
    """A class by what it is made with and what it has besides: members of an enum, methods and properties."""
    if issubclass(found, Enum):
        return f"{name}: {', '.join(member.name for member in found)}"
    is_made = getattr(found, "_is_protocol", False) or inspect.isabstract(found) or "__init__" not in _own(found)
    made = "" if is_made else _call(found)
    own = [one for one in _own(found) if not one.startswith("_") and _is_method(found, one) and found is not Bridge]
    return f"{name}{made}" + (f": {', '.join(own)}" if own else "")


def _own(found: type) -> dict[str, Any]:
    return {**vars(found), **({"__init__": 0} if hasattr(found, "model_fields") else {})}


def _is_method(of: type, name: str) -> bool:
    found = inspect.getattr_static(of, name)
    return inspect.isfunction(found) or isinstance(found, property | classmethod | staticmethod)


def _call(of: Any) -> str:  # noqa: ANN401 - whatever can be called
    """The parameters by name; `=` where one may be left out."""
    shown, is_keyword = [], False
    for one in inspect.signature(of).parameters.values():
        if one.name in {"self", "cls"}:
            continue
        if one.kind is one.KEYWORD_ONLY and not is_keyword:
            shown.append("*")
            is_keyword = True
        is_keyword = is_keyword or one.kind is one.VAR_POSITIONAL
        stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        shown.append(f"{stars}{one.name}{'' if one.default is one.empty else '='}")
    return f"({', '.join(shown)})"


def _first(of: object) -> str:
    return (inspect.getdoc(of) or "").partition("\n\n")[0].replace("\n", " ")
