"""What stages ask for and which open deals breach it, as a listing."""

from collections.abc import Iterator, Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Rate, Section
from crmbridge.services.stage_gates import Gate, GatesReport

_COLUMNS = (
    Column("pipeline", mark("pipeline"), "value"),
    Column("stage", mark("stage"), "value"),
    Column("asks", mark("asks for"), "word"),
    Column("id", mark("id")),
    Column("what", mark("what"), "value"),
    Column("breaches", mark("open deals that lack it"), "rate"),
    Column("unknown", mark("nobody knows"), "count"),
    Column("records", mark("records"), "json"),
    Column("deal", mark("deal")),
    Column("owner", mark("owner"), "value"),
    Column("lacks", mark("lacks"), "json"),
)
_SECTIONS = (
    Section("gates", mark("What stages ask for"), ("pipeline", "stage", "asks", "what", "breaches", "unknown")),
    Section("deals", mark("Deals that lack something"), ("deal", "owner", "stage", "lacks")),
)
WORDS = (mark("entry"), mark("exit"), mark("field"), mark("action"))


def gates_listing(
    report: GatesReport, *, limit: int | None = None, explain: Mapping[str, object] | None = None
) -> Listing:
    """Every gate, and the deals that lack most: so many at most."""
    stages = {
        (one.gate.pipeline.id, stage.key): Names(stage.names) if stage.names else stage.key
        for one in report.gates
        for stage in one.gate.pipeline.stages
    }
    rows = [*_gates(report)]
    rows += [
        {
            "section": "deals",
            "deal": one.name or one.id,
            "id": one.id,
            "owner": one.owner or one.owner_id,
            "pipeline": one.pipeline,
            "stage": stages[one.pipeline, one.stage],
            "lacks": list(one.lacks),
        }
        for one in report.deals[:limit]
    ]
    return Listing(
        report.evidence.definition,
        _COLUMNS,
        tuple(rows),
        as_of=report.request.as_of,
        window={"zone": report.evidence.zone, "deals": report.evidence.n},
        explain=explain,
        title=mark("What stages ask for"),
        sections=_SECTIONS,
        empty=mark("no stage of a pipeline says what it asks for"),
    )


def _gates(report: GatesReport) -> Iterator[Mapping[str, object]]:
    for one in report.gates:
        gate = one.gate
        rate = one.breaches
        yield {
            "section": "gates",
            "pipeline": Names(gate.pipeline.names) if gate.pipeline.names else gate.pipeline.id,
            "stage": Names(gate.stage.names) if gate.stage.names else gate.stage.key,
            "asks": gate.asks,
            "id": gate.path,
            "what": _named(gate),
            "breaches": one.unavailable.reason
            if one.unavailable
            else Rate(rate.numerator, rate.denominator, rate.n, rate.low, rate.high),
            **({} if one.unavailable else {"unknown": one.unknown, "records": list(one.records)}),
        }


def _named(gate: Gate) -> object:
    return Names(gate.names) if gate.names else gate.id
