"""Satisfaction: CSAT, NPS and CES with their intervals, how many answered, by owner, account, product and month.

`write_surveys` leaves what customers said as the table `svc_surveys`, on which the life cycle, the recovery of unhappy
customers and the risk of losing them rest too. Formulas: `services.md` 10.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import stats
from crmbridge.services.customers_report import Life
from crmbridge.services.owners import owners_asked
from crmbridge.services.quality_report import not_available
from crmbridge.services.results import Evidence, Period, Rate, Unavailable, exact
from crmbridge.services.satisfaction_document import SatisfactionConfig
from crmbridge.services.satisfaction_report import (
    By,
    Ces,
    Csat,
    Nps,
    Rejected,
    Resting,
    SatisfactionReport,
    SatisfactionRequest,
    SatisfactionRow,
)
from crmbridge.services.world import World

DEFINITION = "satisfaction/1"
_NEVER_ASKED = not_available("NOT_TOLD", "no source tells when customers were asked")
_DIMENSIONS: Mapping[By, tuple[str, str, str]] = {
    "owner": ("a.owner_id", "u.name", "LEFT JOIN users u ON u.id = a.owner_id"),
    "account": ("a.account_id", "n.name", "LEFT JOIN accounts n ON n.id = a.account_id"),
    "product": ("a.product_id", "p.name", "LEFT JOIN products p ON p.id = a.product_id"),
    "month": ("strftime({day}, '%Y-%m')", "strftime({day}, '%Y-%m')", ""),
}
_BEHIND = ("satisfied", "not_satisfied", "promoters", "passives", "detractors", "ces")
_NOTHING = r"[^\x00-\x{10FFFF}]"
"""A pattern that no text matches."""
_OF_OWNERS = "($owners IS NULL OR list_contains($owners, a.owner_id))"


def write_surveys(world: World, config: SatisfactionConfig, life: Life) -> tuple[str, ...]:
    """The table is there: every question up to the moment, whether its answer counts, and whether that is low.

    The names of the parameters that it rests on.
    """
    satisfied = sorted(config.csat.satisfied.items())
    kinds = ("csat", "nps", "ces") if config.spoken.enabled else ()
    patterns = [_pattern(getattr(config.spoken, kind)) for kind in kinds]
    rules: dict[str, object] = {
        "csat_scale": config.csat.scale,
        "csat_scales": [scale for scale, _ in satisfied],
        "csat_satisfied": [least for _, least in satisfied],
        "ces_scale": config.ces.scale,
        "ces_scales": sorted(config.ces.scales),
        "ask_every_days": config.ask_every_days,
        "spoken_types": list(kinds),
        "spoken_patterns": patterns,
        "spoken_any": "|".join(patterns) or _NOTHING,
        "unhappy_csat": life.unhappy_csat,
        "unhappy_nps": life.unhappy_nps,
    }
    world.parameters |= rules
    world.make("surveys", *rules)
    return tuple(rules)


def _pattern(words: Sequence[str]) -> str:
    """`CSAT 4`, `CSAT: 4`, `满意度 4/5`; the score is the first group, its scale the second."""
    named = "|".join(re.escape(word) for word in words)
    return rf"(?i)(?:{named})\s*[:：=]?\s*(\d+(?:\.\d+)?)(?:\s*/\s*(\d+))?"


def satisfaction(facts: Facts, pipelines: Sequence[Pipeline], request: SatisfactionRequest) -> SatisfactionReport:
    """How satisfied customers are; ConfigError for an owner whom nobody knows or may see."""
    world = World(facts, pipelines, cut=request.as_of)
    today = business_date(request.as_of, facts.zone)
    tomorrow = today + timedelta(days=1)
    period = request.period or Period(tomorrow - timedelta(days=request.config.window_days), tomorrow)
    write_surveys(world, request.config, request.customers.life)
    owners = owners_asked(world, request.owner, request.viewer)
    world.parameters |= {
        "start": period.start,
        "end": period.end,
        "today": today,
        "owners": owners,
    }
    (whole,) = _rows(world, (), request.config)
    rejected = tuple(_rejected(row) for row in world.rows("satisfaction_faults"))
    return SatisfactionReport(
        request=request,
        period=period,
        whole=whole,
        rows=tuple(_rows(world, request.by, request.config)) if request.by else (),
        rejected=rejected,
        resting=tuple(Resting(*row) for row in world.tuples("satisfaction_resting")),
        owners=None if owners is None else frozenset(owners),
        evidence=Evidence(
            DEFINITION,
            whole.csat.rate.n + whole.nps.n + whole.ces.n,
            request.as_of,
            window=period,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=_notes(rejected, whole),
        ),
    )


def _rows(world: World, by: Sequence[By], config: SatisfactionConfig) -> list[SatisfactionRow]:
    """A row for every slice that has an answer or was asked; the one row of the whole without slices."""
    asked = {_key(row["keys"]): row for row in world.rows("satisfaction_asked", _fragments(by, "asked_day"))}
    rows = {_key(row["keys"]): row for row in world.rows("satisfaction_rows", _fragments(by, "answered_day"))}
    ((is_told,),) = world.sql("SELECT coalesce(bool_or(asked_day IS NOT NULL), false) FROM svc_surveys")
    labels: dict[tuple[str | None, ...], tuple[str | None, ...]] = {
        _key(row["keys"]): tuple(row["labels"]) for row in (*asked.values(), *rows.values())
    }
    found: list[tuple[str | None, ...]] = [*labels] if by else [()]
    keys = sorted(found, key=lambda key: (_placed(labels.get(key) or key), _placed(key)))
    return [
        SatisfactionRow(
            keys=key,
            labels=labels.get(key, key),
            csat=_csat(rows.get(key, {}), config.min_n),
            nps=_nps(rows.get(key, {}), config.min_n),
            ces=_ces(rows.get(key, {}), config.min_n),
            response=_response(asked.get(key, {})) if is_told else _NEVER_ASKED,
            records=_records(rows.get(key, {}), asked.get(key, {})),
        )
        for key in keys
    ]


def _placed(parts: Sequence[str | None]) -> list[tuple[bool, str]]:
    """For an order in which what is not known is the last."""
    return [(part is None, part or "") for part in parts]


def _key(parts: Sequence[str | None]) -> tuple[str | None, ...]:
    return tuple(parts)


def _fragments(by: Sequence[By], day: str) -> dict[str, str]:
    chosen = [_DIMENSIONS[one] for one in by]
    keys = ", ".join(key.format(day=day) for key, _, _ in chosen)
    labels = ", ".join(label.format(day=day) for _, label, _ in chosen)
    return {
        "keys": f"[{keys}]::VARCHAR[]",
        "labels": f"[{labels}]::VARCHAR[]",
        "joins": " ".join(join for _, _, join in chosen),
        "chosen": _OF_OWNERS,
    }


def _csat(row: Mapping[str, Any], min_n: int) -> Csat:
    n = row.get("csat_n", 0)
    mean = stats.ratio(exact(row["csat_sum"]) or 0, n) if n and row["csat_scales"] == 1 else None
    return Csat(Rate.of(row.get("csat_satisfied", 0), n), mean, n >= min_n)


def _nps(row: Mapping[str, Any], min_n: int) -> Nps:
    n, promoters, detractors = row.get("nps_n", 0), row.get("promoter_n", 0), row.get("detractor_n", 0)
    value, error, low, high = stats.net_promoter(promoters, detractors, n) or (None, None, None, None)
    return Nps(n, promoters, n - promoters - detractors, detractors, value, error, low, high, n >= min_n)


def _ces(row: Mapping[str, Any], min_n: int) -> Ces:
    n = row.get("ces_n", 0)
    mean = stats.ratio(exact(row["ces_sum"]) or 0, n) if n and row["ces_scales"] == 1 else None
    return Ces(n, mean, n >= min_n)


def _response(row: Mapping[str, Any]) -> Rate | Unavailable:
    return Rate.of(row.get("answered", 0), row.get("asked", 0))


def _records(row: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The ids behind each figure of a slice, of those that have any."""
    found = {name: row.get(name) for name in _BEHIND}
    found |= {"asked": asked.get("asked_ids"), "answered": asked.get("answered_ids")}
    return {name: tuple(ids) for name, ids in found.items() if ids}


def _rejected(row: Mapping[str, Any]) -> Rejected:
    score = exact(row["score"])
    assert score is not None  # noqa: S101 - what has no score is not rejected
    return Rejected(row["id"], row["fault"], row["type"], score, row["scale"], row["survey"], row["who"])


_FAULTS: Mapping[str, str] = {
    "NO_TYPE": "{n} scores are rejected: nobody tells of which kind they are",
    "UNDATED": "{n} scores are rejected: nobody tells when they were given",
    "WRONG_SCALE": "{n} scores are rejected: their scale is none of satisfaction.toml",
    "OUT_OF_RANGE": "{n} scores are rejected: they do not lie on their scale",
}


def _notes(rejected: Sequence[Rejected], whole: SatisfactionRow) -> tuple[Note, ...]:
    counted = {fault: sum(one.fault == fault for one in rejected) for fault in _FAULTS}
    told = [Note(fault, _FAULTS[fault], {"n": n}) for fault, n in counted.items() if n]
    parts = (("CSAT", whole.csat.rate.n, whole.csat.mean), ("CES", whole.ces.n, whole.ces.mean))
    text = "{kind} was asked on several scales: there is no mean"
    told += [Note("SEVERAL_SCALES", text, {"kind": kind}) for kind, n, mean in parts if n and mean is None]
    return tuple(told)
