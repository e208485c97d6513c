"""What a pack shows of a funnel: its stages, which to look at first, and how the slices do against each other.

The rows of money, times and leads, the losses and the notes take as long again; nobody looks at them there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import funnel_steps
from crmbridge.services.bottlenecks import Bottleneck
from crmbridge.services.funnel import bottlenecks_of, currency_of, open_world, verdicts_of
from crmbridge.services.funnel_report import FunnelRequest, StageRow
from crmbridge.services.slicing import sliced
from crmbridge.services.verdicts import Segment, SegmentVerdict
from crmbridge.services.world import World


@dataclass(frozen=True, slots=True)
class Outline:
    """The stages of a funnel, their bottlenecks by pipeline, the worst first, and the verdicts on its slices."""

    stages: tuple[StageRow, ...]
    bottlenecks: Mapping[str, tuple[Bottleneck, ...]]
    verdicts: tuple[SegmentVerdict, ...]


def outline(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest) -> Outline:
    """The same stages, bottlenecks and verdicts as `funnel` gives for a request, with the same errors."""
    world = open_world(facts, pipelines, request)
    currency = currency_of(world, request)
    verdicts = verdicts_of(world, request, _segments(world, request))
    stages = funnel_steps.stage_rows(world, request, currency, world.rows("furthest_unknown"))
    return Outline(stages, bottlenecks_of(facts, pipelines, request, world, stages), verdicts)


def _segments(world: World, request: FunnelRequest) -> list[Segment]:
    if request.by is None:
        return []
    by = sliced(world, "deal", request.by)
    world.run("slices", by.fragments, **by.parameters)
    return [
        Segment(key, won, decided, label=str(label or key))
        for key, label, won, decided in world.tuples("segments")
        if decided
    ]
