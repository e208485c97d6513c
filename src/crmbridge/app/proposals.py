"""A workspace from files that nobody has described yet: what the plugins make of a folder, and a draft mapping.

Every guess is written down with what it rests on, as a remark in the file and of the command. What could not be told is
asked, never filled in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crmbridge.adapter.catalog import ObjectInfo
from crmbridge.adapter.context import system_clock
from crmbridge.adapter.hookspecs import ConnectionProposal
from crmbridge.adapter.registry import Registry, discover
from crmbridge.app import workspace_text
from crmbridge.app.config import FILE_NAME, Workspace, load
from crmbridge.app.currency_guess import CurrencyGuess, guess_currency
from crmbridge.app.initialise import Wish, files_path, make
from crmbridge.app.sampling import look_at
from crmbridge.app.wiring import Wiring
from crmbridge.app.workspace_text import ASSUMED_CURRENCY
from crmbridge.mapping import document
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.guess.guess import guess
from crmbridge.mapping.guess.rule import Guess
from crmbridge.model.errors import ConfigError, ConfigErrors, CrmBridgeError
from crmbridge.model.kinds import FieldType
from crmbridge.model.notes import Note
from crmbridge.report.listing import Listing

Evidence = tuple[tuple[str, ...], Note]
"""The path of an option, and why it is so."""
_HOOK = "crmbridge_propose"
_ROWS_FOR_SIGNS = 500


@dataclass(slots=True)
class _Look:
    """What came of a look at the connections: their mappings, and what the amounts are in."""

    guesses: dict[str, Guess] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    unmapped: list[Note] = field(default_factory=list)
    currency: CurrencyGuess | None = None
    has_amounts: bool = False


def from_files(wish: Wish) -> Listing:
    """A workspace over the tables in a folder, with a draft of their mapping for a person to review.

    Without a folder a bare workspace. ConfigErrors where no file of the folder can be used, with the reason for each.
    """
    wish.settings()
    if wish.files is None:
        return make(wish, lambda made: _write(made / FILE_NAME, workspace_text.bare(wish)))
    path = files_path(wish)
    registry = discover()
    proposals, notes = _ask(registry, wish.files.expanduser().resolve())
    connections = _named([one for one in proposals if one.options], wish.files)
    notes += [note for proposal in proposals for note in proposal.notices]
    if not connections:
        raise _nothing(wish.files, notes)
    warnings: list[Note] = []

    def fill(made: Path) -> None:
        first = workspace_text.proposed(wish, connections, path, wish.currency or ASSUMED_CURRENCY, None)
        _write(made / FILE_NAME, first)
        look = _look(replace(load(made, {}), folder=wish.folder.resolve()), connections)
        currency, reason = _currency(wish, look)
        whole = {name: _extended(one, look.guesses[name]) for name, one in connections.items()}
        _write(made / FILE_NAME, workspace_text.proposed(wish, whole, path, currency, reason))
        for name, found in look.guesses.items():
            _write(made / "mapping" / f"{name}.toml", found.text)
        warnings.extend(replace(note, sort="remark") for proposal in whole.values() for _, note in proposal.evidence)
        warnings.extend([*notes, *look.notes, *([reason] if reason else []), *look.unmapped])
        warnings.extend(note for found in look.guesses.values() for note in found.notes)

    return replace(make(wish, fill), warnings=tuple(warnings))


def _ask(registry: Registry, folder: Path) -> tuple[list[ConnectionProposal], list[Note]]:
    """What each plugin proposes. A plugin that fails is told about; the others are asked all the same."""
    proposals: list[ConnectionProposal] = []
    notes: list[Note] = []
    plugins = registry.manager.list_name_plugin()
    for name, plugin in plugins:
        ask = registry.manager.subset_hook_caller(_HOOK, [other for _, other in plugins if other is not plugin])
        try:
            proposals += ask(folder=folder)
        except CrmBridgeError as error:
            told: dict[str, object] = {"plugin": name, "reason": str(error)}
            notes.append(Note("PLUGIN_FAILED", "{plugin} could not look at the files: {reason}", told))
        except Exception as error:  # noqa: BLE001 - somebody else's code: reported, never fatal
            told = {"plugin": name, "error": type(error).__name__, "message": str(error)}
            notes.append(Note("PLUGIN_FAILED", "{plugin} failed while it looked: {error}: {message}", told))
    return proposals, notes


def _named(proposals: Sequence[ConnectionProposal], files: Path) -> dict[str, ConnectionProposal]:
    """The proposals by the name of their connection: that of the folder in plain letters, else `files`."""
    plain = re.sub(r"[^a-z0-9]+", "_", files.expanduser().resolve().name.casefold()).strip("_")
    stem = plain if re.search("[a-z]", plain) else "files"
    return {stem if number == 1 else f"{stem}_{number}": one for number, one in enumerate(proposals, start=1)}


def _nothing(files: Path, notes: Sequence[Note]) -> ConfigError:
    problem = ConfigError("no file in {folder} is a table that can be read", folder=str(files))
    return ConfigErrors([problem, *(ConfigError("{reason}", reason=str(note)) for note in notes)]) if notes else problem


def _extended(proposal: ConnectionProposal, found: Guess) -> ConnectionProposal:
    """The proposal with the keys and the objects that the mapping needs, and why."""
    listed = proposal.options.get("objects")
    if proposal.keyed_by is None or not isinstance(listed, Mapping):
        return proposal
    objects: dict[str, Any] = dict(listed)
    evidence: list[Evidence] = list(proposal.evidence)
    for one in found.keys:
        objects[one.object] = proposal.keyed_by(one.object, one.column, alone=False)
        at = ("objects", one.object, "key")
        evidence = [(path, note) for path, note in evidence if path != at] + [(at, one.evidence)]
    for made in found.projections:
        objects[made.name] = proposal.keyed_by(made.object, made.column, alone=True)
        evidence.append((("objects", made.name), made.evidence))
    for past in found.histories:
        if proposal.history_of is None:
            continue
        objects[past.home] = proposal.history_of(objects[past.home], past.table, past.options)
        del objects[past.table]
        evidence = _moved(evidence, past.table, ("objects", past.home, "history"))
        evidence.append((("objects", past.home, "history"), past.evidence))
    return replace(proposal, options={**proposal.options, "objects": objects}, evidence=tuple(evidence))


def _moved(evidence: Sequence[Evidence], table: str, where: tuple[str, ...]) -> list[Evidence]:
    """What was said of a table's layout, where its options stand now; what was said of its key no longer matters."""
    moved: list[Evidence] = []
    for path, note in evidence:
        if path[:2] != ("objects", table):
            moved.append((path, note))
        elif path[2:] != ("key",):
            moved.append(((*where, *path[2:]), note))
    return moved


def _look(workspace: Workspace, connections: Mapping[str, ConnectionProposal]) -> _Look:
    """Opens each connection as a sync will, looks at its records, and guesses its mapping from them."""
    look = _Look()
    wiring = Wiring(workspace, clock=system_clock)
    for name in workspace.config.connections:
        with closing(wiring.open(name)) as adapter:
            catalog = adapter.describe()
            samples, notes = look_at(adapter, catalog)
        proposal = connections[name]
        found = look.guesses[name] = guess(
            catalog,
            samples,
            adds_objects=proposal.keyed_by is not None,
            takes_history=proposal.history_of is not None,
        )
        look.notes += notes
        columns = [one.name for part in catalog.objects for one in part.fields]
        rows = (row for held in samples.values() for row in held.rows[:_ROWS_FOR_SIGNS])
        look.currency = look.currency or guess_currency(columns, rows)
        settings = MappingSettings(wiring.zone, workspace.config.workspace.currency)
        compiled = compile_mapping(document.load(found.text, file=f"mapping/{name}.toml"), settings)
        look.has_amounts = look.has_amounts or _has_amounts(compiled)
        past = {history.table for history in found.histories}
        look.unmapped += _unmapped(name, [one for one in catalog.objects if one.name not in past], compiled)
    return look


def _currency(wish: Wish, look: _Look) -> tuple[str, Note | None]:
    """The currency that was given, else the one that the files name, else the assumed one, and why."""
    if wish.currency is not None:
        return wish.currency, None
    if look.currency is not None:
        return look.currency.currency, look.currency.evidence
    if not look.has_amounts:
        return ASSUMED_CURRENCY, None
    note = Note(
        "CURRENCY_ASSUMED",
        "the currency is assumed to be {currency}: there are amounts, and nothing says what they are in;"
        " set currency in {file}",
        {"currency": ASSUMED_CURRENCY, "file": FILE_NAME},
    )
    return ASSUMED_CURRENCY, note


def _has_amounts(compiled: CompiledMapping) -> bool:
    return any(
        one.type is FieldType.MONEY and name not in part.unknown
        for part in compiled.objects.values()
        for name, one in part.kind.fields.items()
    )


def _unmapped(connection: str, objects: Iterable[ObjectInfo], compiled: CompiledMapping) -> Iterator[Note]:
    """The objects that a sync will not read, because nothing says what they hold."""
    for found in objects:
        if found.name not in compiled.objects:
            yield Note(
                "OBJECT_UNMAPPED",
                "{object} is not read yet: nothing in its name or its columns says what it holds; say it in {file}",
                {"object": found.name, "file": f"mapping/{connection}.toml"},
            )


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
