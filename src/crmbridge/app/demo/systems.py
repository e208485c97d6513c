"""One company in three systems: a workspace on Zoho CRM, one on Fxiaoke and one on files, whose mappings say the same.

The systems are simulators on this machine, so nothing but their addresses and a login has to be told. The mappings lie
over the default ones and name what a company has made of its own CRM: stages, sources, custom fields.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path

SYSTEMS = {"zoho": "zoho", "fxiaoke": "fxiaoke", "files": "csv"}
"""The three, and the adapter of each."""
SEED, DEALS = 7, 60
PRESENT = datetime(2026, 6, 30, 12, tzinfo=UTC)
"""The company's present, as of which its figures are."""
CURRENCY = "EUR"
"""It sells in several; figures are of this one."""
LOGIN = "CRM_LOGIN"
"""The variable that holds the login of a workspace."""

_WORKSPACE = """\
[workspace]
name = "Fjordtech"
currency = "{currency}"
timezone = "Asia/Shanghai"

"""
_CONNECTIONS = {
    "zoho": """\
[connections.crm]
adapter = "zoho"
credentials = "env:{login}"
simulator = true
accounts_url = "{accounts_url}"
api_url = "{api_url}"
""",
    "fxiaoke": """\
[connections.crm]
adapter = "fxiaoke"
credentials = "env:{login}"
simulator = true
api_url = "{api_url}"
history = true
""",
    "files": """\
[connections.crm]
adapter = "csv"
path = "exports"
""",
}
_FILES = ("users", "accounts", "contacts", "leads", "deals", "tasks", "meetings", "calls", "notes")
_FILE = """
[connections.crm.objects.{name}]
file = "{name}.csv"
key = "World Key"
"""
_HISTORY = """
[connections.crm.objects.deals.history]
file = "stage_history.csv"
record = "Deal"
pipeline = "Pipeline"
from = "From Stage"
to = "To Stage"
at = "Entered At"
by = "By"
"""
_SECRETS = {
    "zoho": ("client_id", "client_secret", "refresh_token"),
    "fxiaoke": ("app_id", "app_secret", "permanent_code", "mobile"),
    "files": (),
}


@dataclass(frozen=True, slots=True)
class System:
    """A workspace on one of the three, and the variables that it needs."""

    name: str
    workspace: Path
    environ: Mapping[str, str] = field(default_factory=dict)


def mapping_of(name: str) -> str:
    """What a company's own mapping says of one of the three."""
    return resources("crmbridge.app.demo").joinpath("setup", "systems", f"{name}.toml").read_text("utf-8")


def write_system(folder: Path, name: str, told: Mapping[str, str]) -> System:
    """The workspace of one of the three in the folder; `told` is what its simulator said when it began to listen.

    The files of `files` belong into `exports` in its workspace.
    """
    workspace = folder / name
    (workspace / "mapping").mkdir(parents=True, exist_ok=True)
    text = _WORKSPACE.format(currency=CURRENCY) + _CONNECTIONS[name].format(login=LOGIN, **told)
    if name == "files":
        text += "".join(_FILE.format(name=one) for one in _FILES) + _HISTORY
    (workspace / "crmbridge.toml").write_text(text, "utf-8")
    (workspace / "mapping" / "crm.toml").write_text(mapping_of(name), "utf-8")
    return System(name, workspace, {LOGIN: json.dumps({key: told[key] for key in _SECRETS[name]})})
