"""Metrics as a listing: the same figures that Prometheus is told, for whoever wants them as rows."""

from collections.abc import Iterable, Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

_COLUMNS = (
    Column("metric", mark("metric")),
    Column("labels", mark("labels"), "json"),
    Column("value", mark("value"), "number"),
)
_WRITTEN = (Column("file", mark("file")), Column("bytes", mark("bytes"), "count"))


def metrics_listing(samples: Iterable[tuple[str, Mapping[str, str], object]]) -> Listing:
    """One row a sample."""
    rows = tuple({"metric": name, "labels": dict(labels), "value": value} for name, labels, value in samples)
    return Listing("metrics/1", _COLUMNS, rows)


def written_listing(file: str, size: int) -> Listing:
    """The file that was written."""
    return Listing("metrics-textfile/1", _WRITTEN, ({"file": file, "bytes": size},))
