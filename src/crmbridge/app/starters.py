"""The starter set of a workspace: every policy as shipped, with its settings commented out, ready to be changed.

A line that begins with a `#` and no blank is a setting; the others are remarks. So the defaults stand where people look
for them, a newer version may still change them, and what somebody has taken the `#` from is his.
"""

import re
from importlib.resources import files
from pathlib import Path

from crmbridge.services import defaults

POLICIES = {
    "customers.toml": "default_customers.toml",
    "service.toml": "default_service.toml",
    "care.toml": "default_care.toml",
    "scores.toml": "default_scores.toml",
    "cadence.toml": "default_cadence.toml",
    "queue.toml": "default_queue.toml",
    "response.toml": "default_response.toml",
    "pool.toml": "default_pool.toml",
    "follow_up.toml": "default_follow_up.toml",
    "forecast.toml": "default_forecast.toml",
    "quality.toml": "default_quality.toml",
    "goals.toml": "default_goals.toml",
    "risk.toml": "default_risk.toml",
    "compliance.toml": "default_compliance.toml",
    "quotes.toml": "default_quotes.toml",
    "contracts.toml": "default_contracts.toml",
    "scorecards.toml": "default_scorecards.toml",
    "incentives.toml": "default_incentives.toml",
    "satisfaction.toml": "default_satisfaction.toml",
    "after_sales.toml": "default_after_sales.toml",
    "help.toml": "default_help.toml",
    "experiments.toml": "default_experiments.toml",
}
"""The files that a workspace may have, and what is shipped for each."""
STAGES = "stages.toml"
"""The pipeline of six stages, to be copied into the mapping of a system that has these."""
_HEAD = """\
# As shipped. A line that begins with a # and no blank is a setting: take the # away, and that of the [table] above it,
# and change it; whatever stays as it is follows the next version.

"""
_STAGES_HEAD = """\
# The six stages, to be copied into mapping/CONNECTION.toml: take the # away, and give each stage the labels by which
# the CRM calls it (labels = ["..."]). An object of deals is put into it by pipeline = "default".

"""
_KEPT = re.compile(r"^(format = \d+)?$")
_REMARK = re.compile(r"^# \S")


def starters() -> dict[str, str]:
    """The text of each file, by its path in the workspace."""
    found = {name: _HEAD + commented(_shipped(default)) for name, default in POLICIES.items()}
    return {**found, STAGES: _STAGES_HEAD + commented(_as_mapping(_shipped("default_pipeline.toml")))}


def add_missing(folder: Path, *, beside: Path | None = None) -> list[Path]:
    """Writes the files that neither `folder` nor `beside` has; which ones. Nothing that is there is touched."""
    made = []
    for name, text in starters().items():
        if not any((one / name).exists() for one in (folder, beside or folder)):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            made.append(file)
    return made


def commented(text: str) -> str:
    """A document with its settings commented out; its remarks and its format stay as they are."""
    lines = (line if _KEPT.match(line) or _REMARK.match(line) else f"#{line}" for line in text.splitlines())
    return "\n".join(lines) + "\n"


def uncommented(text: str) -> str:
    """The document back, with every setting in force."""
    lines = (line if _REMARK.match(line) else line.removeprefix("#") for line in text.splitlines())
    return "\n".join(lines) + "\n"


def _shipped(name: str) -> str:
    return files(defaults.__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _as_mapping(text: str) -> str:
    """A pipeline as a mapping names it: a table with its id, and its stages in order."""
    text = re.sub(r"^id = \"(\w+)\"$", r"[pipelines.\1]", text, count=1, flags=re.MULTILINE)
    name = re.search(r"^\[(pipelines\.\w+)\]$", text, flags=re.MULTILINE)
    text = re.sub(r"^order = \d+\n", "", text, flags=re.MULTILINE)
    return text.replace("[[stages]]", f"[[{name[1] if name else 'pipelines.default'}.stages]]")
