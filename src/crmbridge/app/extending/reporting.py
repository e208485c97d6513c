"""Runs the kit of a plugin and tells what came of it: `crmbridge kit run` and `crmbridge kit report`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crmbridge.adapter import scale
from crmbridge.app.extending import judging, kit_process
from crmbridge.app.extending.found import plugin_folder
from crmbridge.app.extending.judging import Judgement
from crmbridge.app.extending.looks import Plugin
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.report import kit
from crmbridge.report.listing import Listing

FINE = frozenset({"passed", "vendor cannot", "not yet"})
SAVED_FORMAT = 1


def run(named: str, groups: Sequence[str] = ()) -> Listing:
    """How the tests of the kit came out for that plugin: those of the groups, or all."""
    found = kit_process.results(plugin_folder(named), groups)
    counted = {name: _in_order(adapter["groups"]) for name, adapter in found["adapters"].items()}
    broken = [
        {"adapter": name, "group": test["group"], "test": test["test"], "reason": test["reason"] or test["outcome"]}
        for name, adapter in found["adapters"].items()
        for test in adapter["tests"]
        if test["outcome"] not in FINE and not test["reason"].startswith(judging.COURTESY)
    ]
    return kit.run_listing(counted, broken)


def report(
    named: str,
    *,
    results: Path | None = None,
    coverage: Path | None = None,
    badge: Path | None = None,
    save: Path | None = None,
) -> Listing:
    """What that plugin says of itself, held against what its tests and a look at it show.

    `results` are those of an earlier run of its tests. ConfigError where its quality.toml is not whole, or where its
    tests leave something to be known; StoreError where a file cannot be written.
    """
    folder = plugin_folder(named)
    answers = scale.read(folder / "quality.toml")
    told = kit_process.read(results) if results else kit_process.results(folder)
    own = kit_process.only(told, answers.adapter)
    if not own.get("card"):
        raise ConfigError("the results say nothing of the adapter itself: its basic tests were not run")
    judgement = judging.judge(Plugin(folder, own["card"], answers, coverage), own)
    if badge:
        _write(badge, kit.badge(judgement.adapter, judgement.tier, str(judgement.live)))
    if save:
        _write(save, json.dumps(saved(judgement, own), ensure_ascii=False, indent=1) + "\n")
    return _listing(judgement)


def saved(judgement: Judgement, results: Mapping[str, Any]) -> dict[str, object]:
    """What the page of capabilities is made from."""
    skipped = {test["test"]: test["reason"] for test in results["tests"] if test["outcome"] in FINE - {"passed"}}
    return {
        "format": SAVED_FORMAT,
        "adapter": judgement.adapter,
        "card": results["card"],
        "tier": judgement.tier,
        "live": str(judgement.live),
        "rules": {verdict.rule.name: verdict.found for verdict in judgement.verdicts},
        "groups": _in_order(results["groups"]),
        "tests": sorted({test["test"] for test in results["tests"]}),
        "skipped": dict(sorted(skipped.items())),
    }


def _listing(judgement: Judgement) -> Listing:
    rules = [
        {
            "tier": verdict.rule.tier,
            "rule": verdict.rule.name,
            "said": verdict.said,
            "found": verdict.found,
            "why": verdict.note or "",
        }
        for verdict in judgement.verdicts
    ]
    counts = {found: sum(verdict.found == found for verdict in judgement.verdicts) for found in kit.FOUND}
    return kit.report_listing(
        judgement.adapter,
        tier=judgement.tier,
        live=judgement.live,
        rules=rules,
        counts=counts,
        warnings=judgement.warnings,
    )


def _in_order(groups: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return {name: groups[name] for name in kit_process.GROUPS if name in groups}


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=str(error)) from error
