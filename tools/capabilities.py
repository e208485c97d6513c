"""The page of what each adapter can do, from docs/reference/kit/ADAPTER.json, which `just kit` renews."""

import json
from collections.abc import Mapping
from typing import Any

from writing import REFERENCE, page, table

from crmbridge.adapter import scale
from crmbridge.adapter.capabilities import Capability

FOLDER = REFERENCE / "kit"
SIGNS = {"full": "yes", "partial": "yes, with a limit", "not yet": "not yet", "vendor cannot": "the vendor cannot"}
INTRO = (
    "What each adapter declares, and what the [conformance kit](adapter-contract.md#what-the-kit-holds-an-adapter-to) "
    "finds of it. A power that is missing has its reason, and so has one that goes only so far. A rule of the quality "
    "scale is *proved* by tests or a look at the plugin, left to a *reviewer*, or was *not seen* by anything that this "
    "page is made from; what is *exempt* has its reason in the `quality.toml` of the plugin."
)


def told() -> dict[str, dict[str, Any]]:
    """What is kept of each adapter, by its name."""
    return {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))}


def capabilities_page() -> str:
    """The capability matrix."""
    every = told()
    parts: list[str | list[str]] = [INTRO, _summary(every), "## Powers", _powers(every)]
    for one in every.values():
        limits = _limits(one)
        parts += [f"### {one['card']['title']}", limits or "Everything, without a limit."]
    return page("What each adapter can do", *parts, "## The conformance kit", _groups(every), *_rules(every))


def _summary(every: Mapping[str, Mapping[str, Any]]) -> list[str]:
    head = ("adapter", "system", "tier", "tried on", *FOUND)
    rows = [
        (f"`{name}`", one["card"]["title"], one["tier"] or "below bronze", one["live"], *_counts(one["rules"]))
        for name, one in every.items()
    ]
    return table(head, rows)


FOUND = ("proved", "reviewer", "not seen", "exempt", "todo", "disproved")


def _counts(rules: Mapping[str, str]) -> list[str]:
    return [str(sum(found == word for found in rules.values())) for word in FOUND]


def _powers(every: Mapping[str, Mapping[str, Any]]) -> list[str]:
    levels = [one["card"]["support"] for one in every.values()]
    rows = [(f"`{power}`", *(SIGNS[support[str(power)]["level"]] for support in levels)) for power in Capability]
    return table(("power", *every), rows)


def _limits(one: Mapping[str, Any]) -> list[str]:
    told = one["card"]["support"].items()
    return [f"- `{power}`: {SIGNS[support['level']]}: {support['note']}" for power, support in told if support["note"]]


def _groups(every: Mapping[str, Mapping[str, Any]]) -> list[str]:
    names = list(dict.fromkeys(group for one in every.values() for group in one["groups"]))
    rows = [(name, *(_outcomes(one["groups"].get(name, {})) for one in every.values())) for name in names]
    return table(("group", *every), rows)


def _outcomes(counts: Mapping[str, int]) -> str:
    known = ("passed", "vendor cannot", "not yet", "failed", "overridden")
    return ", ".join(f"{counts[word]} {word}" for word in known if counts.get(word)) or "none"


def _rules(every: Mapping[str, Mapping[str, Any]]) -> list[str | list[str]]:
    parts: list[str | list[str]] = ["## The quality scale"]
    for tier in scale.TIERS:
        own = [rule.name for rule in scale.rules() if rule.tier == tier]
        rows = [(f"`{rule}`", *(one["rules"].get(rule, "unknown") for one in every.values())) for rule in own]
        parts += [f"### {tier.capitalize()}", table(("rule", *every), rows)]
    return parts
