"""P in whole numbers: what urgency, value, tier and stage count, so that equal P are equal and nothing is rounded.

P = 40 U + 30 V + 20 T + 10 S, with the weights of the document. All shares get one denominator, `unit`; the value is a
share of the greatest, which comes in as a factor of the others: p / (unit x greatest) is P.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from crmbridge.model.pipeline import Pipeline
from crmbridge.services.forecast_chances import chances
from crmbridge.services.forecast_report import Chance, ForecastConfig, Source
from crmbridge.services.queue_report import Points, QueueConfig
from crmbridge.services.world import World

CHANCE = 1_000_000
"""A chance is a count of 1/1,000,000."""

_MOST = 10**38
"""What DuckDB's whole numbers surely hold."""


@dataclass(frozen=True)
class Scale:
    """The whole numbers that stand for the weights; `coarse` thins values that are too great for all of it."""

    unit: int
    urgency_n: int
    value_n: int
    tiers: Mapping[str, int]
    stages: Mapping[tuple[str, str, str], tuple[int, int, int]]
    coarse: int

    def points(self, urgent: int, value_n: int, most_n: int, tier_n: int, stage_n: int) -> Points:
        """What a row's whole numbers stand for."""
        return Points(
            urgency=Fraction(urgent * self.urgency_n, self.unit),
            value=Fraction(self.value_n * value_n, self.unit * most_n),
            tier=Fraction(tier_n, self.unit),
            stage=Fraction(stage_n, self.unit),
        )


def scale(config: QueueConfig, pipelines: Sequence[Pipeline], most_e4: int) -> Scale:
    """The scale for a document, the stages that there are, and the greatest amount."""
    weights = config.weights
    urgency, value = Fraction(weights.urgency) / config.urgent_days, Fraction(weights.value)
    tiers = {name: Fraction(weights.tier) * Fraction(share) for name, share in config.tiers.items()}
    stages = {key: (rank, k, Fraction(weights.stage) * rank / k) for key, rank, k in _ranked(pipelines)}
    parts = [urgency, value, *tiers.values(), *(share for _, _, share in stages.values())]
    unit = lcm(*(part.denominator for part in parts))
    whole = Fraction(weights.urgency + weights.value + weights.tier + weights.stage) * unit
    coarse = 1
    while whole * (most_e4 * CHANCE // coarse + 1) > _MOST:
        coarse *= 10
    return Scale(
        unit,
        int(urgency * unit),
        int(value * unit),
        {name: int(part * unit) for name, part in tiers.items()},
        {key: (rank, k, int(part * unit)) for key, (rank, k, part) in stages.items()},
        coarse,
    )


def _ranked(pipelines: Sequence[Pipeline]) -> Iterator[tuple[tuple[str, str, str], int, int]]:
    """Every open stage with its rank and the number of open stages of its pipeline."""
    for pipeline in pipelines:
        opens = pipeline.open_stages
        for rank, stage in enumerate(opens, start=1):
            yield (pipeline.object, pipeline.id, stage.key), rank, len(opens)


def stage_chances(world: World, config: ForecastConfig) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    """For each open stage of a deal its chance by what comes before, and by what comes after, the record's own word.

    Parameters `today` and `from` of the world say which deals are history.
    """
    table = chances(world.rows("forecast_history"), world.pipelines, pseudo_deals=config.pseudo_deals)
    sources = list(config.probability)
    cut = sources.index("vendor") if "vendor" in sources else len(sources)
    return {(one.pipeline, one.stage): (_first(one, sources[:cut]), _first(one, sources[cut + 1 :])) for one in table}


def _first(one: Chance, sources: Sequence[Source]) -> int | None:
    told = {"history": one.monotone, "stage": one.default}
    found = next((told[source] for source in sources if told.get(source) is not None), None)
    return None if found is None else int((2 * found * CHANCE + 1) // 2)


def write_stages(world: World, scaled: Scale, known: Mapping[tuple[str, str], tuple[int | None, int | None]]) -> None:
    """The tables svc_queue_stages and svc_queue_tiers are there."""
    world.sql(
        "CREATE OR REPLACE TEMP TABLE svc_queue_stages (object VARCHAR, pipeline VARCHAR, stage VARCHAR, rank BIGINT, "
        "open_stages BIGINT, stage_n HUGEINT, before_e6 BIGINT, after_e6 BIGINT)"
    )
    for (object_, pipeline, stage), (rank, k, stage_n) in scaled.stages.items():
        before, after = known.get((pipeline, stage), (None, None)) if object_ == "deal" else (None, None)
        world.sql(
            "INSERT INTO svc_queue_stages VALUES ($object, $pipeline, $stage, $rank, $k, $stage_n, $before, $after)",
            object=object_,
            pipeline=pipeline,
            stage=stage,
            rank=rank,
            k=k,
            stage_n=stage_n,
            before=before,
            after=after,
        )
    world.sql("CREATE OR REPLACE TEMP TABLE svc_queue_tiers (tier VARCHAR, tier_n HUGEINT)")
    for name, tier_n in scaled.tiers.items():
        world.sql("INSERT INTO svc_queue_tiers VALUES ($tier, $n)", tier=name, n=tier_n)
