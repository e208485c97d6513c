"""The workspace's configuration: `crmbridge.toml`, overlaid by `CRMBRIDGE__SECTION__KEY` variables.

A workspace is a folder with that file. An unknown key is an error with the nearest known one; everything wrong is said
at once, before any source is called. Each value knows where it comes from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.app import pair_config
from crmbridge.app.jobs import section as job_config
from crmbridge.app.jobs.section import JobSection
from crmbridge.app.notices import section as notice_config
from crmbridge.app.notices.section import NoticesSection
from crmbridge.app.pair_config import PairSection
from crmbridge.model import documents, instants
from crmbridge.model.errors import ConfigError, ConfigErrors, suggestion
from crmbridge.model.modes import Mode

FILE_NAME = "crmbridge.toml"
WORKSPACE_VARIABLE = "CRMBRIDGE_WORKSPACE"
_PREFIX = "CRMBRIDGE__"


def _zone(name: str) -> str:
    try:
        instants.zone(name)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]


class WorkspaceSection(BaseModel):
    """`[workspace]`: who the company is. `ledger` is a file beside `crmbridge.toml` or a PostgreSQL address."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    timezone: ZoneName = "UTC"
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    calendar: str = "none"
    calendar_file: str | None = None
    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    ledger: str = "sqlite:///crmbridge.db"
    plugins: tuple[str, ...] = ()


class ConnectionSection(BaseModel):
    """`[connections.NAME]`: one source. Keys not named here belong to the adapter and are checked by its own model.

    `webhook_secret` refers to the secret of notifications where the vendor makes it; else crmbridge makes one.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    adapter: str
    mode: Mode = "read-only"
    credentials: str | None = None
    webhook_secret: str | None = None
    mapping: str | None = None

    @property
    def allowed(self) -> Mode | None:
        """The mode that the file names: nothing beyond it is written. None where it names none."""
        return self.mode if "mode" in self.model_fields_set else None


class LogSection(BaseModel):
    """`[log]`: what is told of runs beside their results, on standard error; `json` is one JSON object a line."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal["none", "json"] = "none"
    level: Literal["debug", "info", "warning", "error"] = "info"


class AuditSection(BaseModel):
    """`[audit]`: `key` refers to the secret that seals the audit log, else it is made in `.crmbridge/audit.key`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str | None = None


class RetentionSection(BaseModel):
    """`[retention]`: for how many days what is not needed any more is kept, 0 for ever; see `crmbridge db prune`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    payloads: int = Field(default=30, ge=0)
    conflicts: int = Field(default=90, ge=0)
    writes: int = Field(default=90, ge=0)
    quarantine: int = Field(default=90, ge=0)
    runs: int = Field(default=400, ge=0)
    audit: int = Field(default=400, ge=0)


class MetricsSection(BaseModel):
    """`[metrics]`: `textfile` names the file that node_exporter collects, written anew after every job."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    textfile: str | None = Field(default=None, pattern=r"\.prom$")


class WorkspaceConfig(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    workspace: WorkspaceSection
    connections: dict[str, ConnectionSection] = Field(default_factory=dict)
    pairs: dict[str, PairSection] = Field(default_factory=dict)
    jobs: dict[str, JobSection] = Field(default_factory=dict)
    log: LogSection = LogSection()
    audit: AuditSection = AuditSection()
    retention: RetentionSection = RetentionSection()
    metrics: MetricsSection = MetricsSection()
    notices: NoticesSection = NoticesSection()


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder and its validated configuration. `document` still knows lines; `environ` what came from outside."""

    folder: Path
    config: WorkspaceConfig
    document: documents.TomlText
    overrides: Mapping[documents.Path, str]

    def connection(self, name: str) -> ConnectionSection:
        """The connection of that name; ConfigError with the nearest otherwise."""
        if name in self.config.connections:
            return self.config.connections[name]
        raise ConfigError(
            "there is no connection {name} in {file}",
            name=name,
            file=self.document.file,
            nearest=suggestion(name, self.config.connections),
            hint="known: {nearest}" if self.config.connections else "add [connections.NAME]",
        )

    def pair(self, name: str) -> PairSection:
        """The pair of that name; ConfigError with the nearest otherwise."""
        if name in self.config.pairs:
            return self.config.pairs[name]
        raise ConfigError(
            "there is no pair {name} in {file}",
            name=name,
            file=self.document.file,
            nearest=suggestion(name, self.config.pairs),
            hint="known: {nearest}" if self.config.pairs else "add [pairs.NAME]",
        )

    def job(self, name: str) -> JobSection:
        """The job of that name; ConfigError with the nearest otherwise."""
        if name in self.config.jobs:
            return self.config.jobs[name]
        raise ConfigError(
            "there is no job {name} in {file}",
            name=name,
            file=self.document.file,
            nearest=suggestion(name, self.config.jobs),
            hint="known: {nearest}" if self.config.jobs else "crmbridge schedule add makes one",
        )

    def paired_kinds(self, connection: str) -> frozenset[str]:
        """The kinds of a connection that are kept in step with another."""
        pairs = self.config.pairs.values()
        return frozenset(kind for pair in pairs if connection in pair.connections for kind in pair.kinds)

    def adapter_config(self, name: str, descriptor: AdapterDescriptor) -> BaseModel:
        """The adapter's own keys of a connection, checked by the adapter's model; ConfigErrors with lines.

        A model that has `credentials` too is handed the reference, the connection's name where none is written.
        """
        section = self.connection(name)
        own = section.model_extra or {}
        if "credentials" in descriptor.config.model_fields:
            own = {"credentials": section.credentials or name, **own}
        return documents.validate(self.document, descriptor.config, data=own, at=("connections", name))

    @property
    def mapping_folder(self) -> Path:
        """Where the mappings of all connections stand."""
        return self.folder / "mapping"

    def mapping_file(self, name: str) -> Path:
        """The connection's own mapping: `mapping/NAME.toml`, unless the configuration names another."""
        named = self.connection(name).mapping
        return self.folder / named if named else self.mapping_folder / f"{name}.toml"

    @property
    def ledger_url(self) -> str:
        """The ledger's address with a relative file made absolute."""
        url = self.config.workspace.ledger
        scheme, separator, rest = url.partition("sqlite:///")
        if separator and not scheme and not rest.startswith("/"):
            return f"sqlite:///{(self.folder / rest).resolve()}"
        return url

    @property
    def ledger_file(self) -> Path | None:
        """The ledger's file, None where it is a database server."""
        scheme, separator, rest = self.ledger_url.partition("sqlite:///")
        return Path(rest) if separator and not scheme else None

    def origins(self) -> Iterator[tuple[str, object, str]]:
        """Every setting: its key, its value and where the value comes from."""
        yield from self._origins(self.config.model_dump(mode="json"), ())

    def _origins(self, part: Mapping[str, Any], at: documents.Path) -> Iterator[tuple[str, object, str]]:
        for key, value in part.items():
            path = (*at, key)
            if isinstance(value, dict) and value:
                yield from self._origins(value, path)
            else:
                yield ".".join(map(str, path)), value, self._origin(path)

    def _origin(self, path: documents.Path) -> str:
        if path in self.overrides:
            return self.overrides[path]
        here: Any = self.document.data
        for part in path:
            if not isinstance(here, Mapping) or part not in here:
                return "default"
            here = here[part]
        return f"{self.document.file}:{self.document.line(path)}"


def find_workspace(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The workspace meant: the one given, else `$CRMBRIDGE_WORKSPACE`, else the current folder."""
    return given or Path(environ.get(WORKSPACE_VARIABLE) or ".")


def load(folder: Path, environ: Mapping[str, str]) -> Workspace:
    """The workspace of a folder; ConfigError where there is none, ConfigErrors naming all that is wrong with it."""
    file = folder / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(
            "there is no {file}: {folder} is not a workspace",
            file=FILE_NAME,
            folder=str(folder),
            hint="make one with crmbridge init, or name one with --workspace",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("{file} cannot be read: {reason}", file=str(file), reason=str(error)) from error
    return validated(text, folder, environ)


def validated(text: str, folder: Path, environ: Mapping[str, str]) -> Workspace:
    """The workspace that a text of its file makes; ConfigErrors naming all that is wrong with it."""
    document = documents.parse(text, FILE_NAME)
    overrides = _overrides(environ)
    data = _overlaid(document.data, {path: environ[name] for path, name in overrides.items()})
    config = documents.validate(document, WorkspaceConfig, data=data)
    wrong = [*pair_config.problems(document, config.pairs, config.connections)]
    wrong += job_config.problems(document, config.jobs, config.connections, config.pairs)
    wrong += notice_config.problems(document, config.notices)
    if wrong:
        raise ConfigErrors(wrong)
    return Workspace(folder.resolve(), config, document, {path: f"env {name}" for path, name in overrides.items()})


def _overrides(environ: Mapping[str, str]) -> dict[documents.Path, str]:
    """The paths that environment variables set: `CRMBRIDGE__WORKSPACE__CURRENCY` -> (workspace, currency)."""
    return {tuple(name.removeprefix(_PREFIX).lower().split("__")): name for name in environ if name.startswith(_PREFIX)}


def _overlaid(data: Mapping[str, Any], values: Mapping[documents.Path, str]) -> dict[str, Any]:
    merged: dict[str, Any] = {key: _copy(value) for key, value in data.items()}
    for path, value in values.items():
        here = merged
        for part in path[:-1]:
            here = here.setdefault(str(part), {})
            if not isinstance(here, dict):
                raise ConfigErrors([ConfigError("{key} is no section", key=".".join(map(str, path)))])
        here[str(path[-1])] = value
    return merged


def _copy(value: Any) -> Any:  # noqa: ANN401 - a TOML value
    return {key: _copy(inner) for key, inner in value.items()} if isinstance(value, dict) else value
