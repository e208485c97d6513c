"""The records behind each figure of a funnel: ask why, get the rows."""

from collections.abc import Mapping, Sequence

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.funnel_rows import WHOLE
from crmbridge.services.slicing import sliced
from crmbridge.services.world import World

FIGURES: Mapping[str, str] = {
    "total": "true",
    "won": "c.state = 'won'",
    "lost": "c.state = 'lost'",
    "no_decision": "c.is_no_decision",
    "open": "c.state = 'open'",
    "void": "c.state = 'void'",
    "unknown": "c.state = 'unknown'",
    "undated": "c.is_closed AND c.closed_day IS NULL",
    "in_play": "c.is_in_play",
    "decided": "c.state = 'won' OR (c.state = 'lost' AND NOT c.is_no_decision)",
    "cycle": "c.state = 'won' AND c.net_us IS NOT NULL",
    "furthest_unknown": "c.furthest IS NULL AND c.class <> 'void'",
}
"""What counts in each figure of a row."""

STAGE_FIGURES: Mapping[str, str] = {
    "reached": "c.class <> 'void' AND c.furthest >= t.rank",
    "reached_next": "c.class <> 'void' AND c.furthest >= t.rank + 1",
    "open_at": "c.furthest = t.rank AND c.class = 'open'",
    "lost_at": "c.furthest = t.rank AND c.class = 'lost'",
    "now": "c.state = 'open' AND c.stage = t.key",
}
"""What counts in each figure of a stage row."""

ODD_MOVES = ("skip", "regress", "reopen", "correction")
"""Moves that a process does not foresee: stages passed over, back, out of the closed again, won and lost exchanged."""

_LEADS = {"leads": "true", "converted": "l.is_converted"}


def records_of(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: FunnelRequest,
    *,
    figure: str,
    key: str | None = "all",
    stage: str | None = None,
    pipeline: str | None = None,
) -> tuple[str, ...]:
    """The ids of the records behind one figure, sorted; as many as the figure says.

    `key` is the slice's key when the request has a dimension (None: the unknown slice, "all": the whole row). With
    `stage` the figure is one of a stage row; `pipeline` tells stages of one name apart. `leads` and `converted` are
    leads, everything else deals.
    """
    known = STAGE_FIGURES if stage else {**FIGURES, **_LEADS}
    if figure not in known:
        choice = suggestion(figure, known)
        raise ConfigError(
            "a funnel has no figure {figure}", figure=figure, nearest=choice, hint="did you mean {nearest}?"
        )
    world = open_world(facts, pipelines, request)
    is_lead = figure in _LEADS and not stage
    _slice(world, request, "lead" if is_lead else "deal", key)
    name = "stage_records" if stage else "lead_records" if is_lead else "deal_records"
    found = world.tuples(name, {"counts": known[figure]}, key=key, stage=stage, stage_pipeline=pipeline)
    return tuple(row[0] for row in found)


def records_of_row(
    facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest, *, key: str | None = "all"
) -> dict[str, tuple[str, ...]]:
    """The ids of the deals behind every figure of one row, worked out at once; `key` as for `records_of`."""
    world = open_world(facts, pipelines, request)
    _slice(world, request, "deal", key)
    return {
        figure: tuple(row[0] for row in world.tuples("deal_records", {"counts": counts}, key=key))
        for figure, counts in FIGURES.items()
    }


def records_of_losses(
    facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The ids of the lost deals by `reason` and by `competitor`; those of which nobody said are under an empty text."""
    found: dict[str, dict[str, list[str]]] = {"reason": {}, "competitor": {}}
    for record, reason, competitor in open_world(facts, pipelines, request).tuples("loss_records"):
        found["reason"].setdefault(reason or "", []).append(record)
        found["competitor"].setdefault(competitor or "", []).append(record)
    return {what: {key: tuple(ids) for key, ids in sorted(keyed.items())} for what, keyed in found.items()}


def records_of_moves(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest) -> dict[str, tuple[str, ...]]:
    """The ids of the deals by the odd moves that they made up to the cut: `ODD_MOVES`, those that occur.

    With a period every move in it counts, whenever its deal was made or closed; one without a date lies in none.
    """
    world = open_world(facts, pipelines, request)
    found: dict[str, list[str]] = {}
    for move, record in world.tuples("move_records", odd=list(ODD_MOVES)):
        found.setdefault(move, []).append(record)
    return {move: tuple(ids) for move, ids in found.items()}


def _slice(world: World, request: FunnelRequest, kind: str, key: str | None) -> None:
    chosen = WHOLE if request.by is None or key == "all" else sliced(world, kind, request.by)
    world.run("slices", chosen.fragments | ({"table": "leads"} if kind == "lead" else {}), **chosen.parameters)
