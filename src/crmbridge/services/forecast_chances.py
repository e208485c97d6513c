"""How likely a deal is won from each stage: what became of earlier deals, drawn towards the stage's own probability.

`(won + k x p0) / (n + k)` with `k` pseudo-deals, then made not to fall along the pipeline (pool-adjacent-violators with
the weights n + k). All exact. Source: `services.md` 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from crmbridge.model.pipeline import Pipeline
from crmbridge.services import stats
from crmbridge.services.forecast_report import Chance, Source
from crmbridge.services.results import Rate


def shrunk(won: int, n: int, default: Fraction | None, *, pseudo_deals: int) -> Fraction | None:
    """The rate of `won` among `n`, drawn towards `default`; without a default the plain rate, None where n is 0."""
    if default is None:
        return stats.ratio(won, n)
    return stats.ratio(won + pseudo_deals * default, n + pseudo_deals)


def chances(
    reached: Sequence[Mapping[str, Any]], pipelines: Mapping[str, Pipeline], *, pseudo_deals: int
) -> tuple[Chance, ...]:
    """One chance for every open stage that `forecast_history.sql` names, pipeline by pipeline, in order."""
    found: list[Chance] = []
    for pipeline, rows in groupby(reached, key=lambda row: str(row["pipeline"])):
        found += _of_pipeline(list(rows), pipelines[pipeline], pseudo_deals)
    return tuple(found)


def _of_pipeline(rows: Sequence[Mapping[str, Any]], pipeline: Pipeline, pseudo_deals: int) -> list[Chance]:
    told: list[Chance] = []
    for row in rows:
        stage = pipeline.open_stages[row["rank"] - 1]
        default = None if stage.probability is None else Fraction(stage.probability)
        won, n = int(row["won"]), int(row["reached"])
        drawn = shrunk(won, n, default, pseudo_deals=pseudo_deals)
        told.append(Chance(pipeline.id, stage.key, stage.names, row["rank"], Rate.of(won, n), default, drawn, None))
    known = [one for one in told if one.shrunk is not None]
    weights = [one.history.n + (pseudo_deals if one.default is not None else 0) for one in known]
    level = dict(
        zip(
            (one.stage for one in known), stats.pava([one.shrunk or Fraction(0) for one in known], weights), strict=True
        )
    )
    return [
        Chance(c.pipeline, c.stage, c.names, c.rank, c.history, c.default, c.shrunk, level.get(c.stage)) for c in told
    ]


@dataclass(frozen=True, slots=True)
class Odds:
    """The chance of a deal, from the first of the sources that knows one."""

    sources: Sequence[Source]
    known: Mapping[tuple[str, str], Chance]

    def of(self, pipeline: str | None, stage: str | None, vendor: Fraction | None) -> Fraction | None:
        """The chance of a deal in that stage whose record says `vendor`; None where no source knows."""
        chance = self.known.get((pipeline or "", stage or ""))
        told: Mapping[Source, Fraction | None] = {
            "history": chance.monotone if chance else None,
            "stage": chance.default if chance else None,
            "vendor": vendor,
        }
        return next((told[source] for source in self.sources if told[source] is not None), None)
