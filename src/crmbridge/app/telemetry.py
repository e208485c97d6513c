"""Traces for OpenTelemetry, as the standard `OTEL_*` variables of the environment say; the extra `crmbridge[otel]`.

    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 crmbridge tick

Nothing of it is imported where those variables name no collector. Of an error only its code is told, never its text,
which may hold a value. Beside the spans each request counts in the histogram `http.client.request.duration`.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crmbridge import version
from crmbridge.model import spans
from crmbridge.model.errors import ConfigError, CrmBridgeError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import Tracer

    from crmbridge.model.spans import Details, Span

NAME = "crmbridge"
DURATION = "http.client.request.duration"
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The buckets that the semantic conventions advise."""

OF_REQUESTS = ("http.request.method", "server.address", "http.response.status_code", "error.type")
"""The attributes of a request that its duration is counted by."""

_UNNAMED = "unknown_service"
_ENDPOINT, _EXPORTER = "OTEL_EXPORTER_OTLP_{}ENDPOINT", "OTEL_{}_EXPORTER"
_TRACES, _METRICS = "TRACES", "METRICS"
_KNOWN = ("otlp", "console", "none")
log = logging.getLogger("crmbridge.telemetry")


@contextmanager
def listening(environ: Mapping[str, str]) -> Iterator[None]:
    """What goes on inside is told to the collector that the environment names; all of it has been sent at the end.

    ConfigError for a kind of exporter that is unknown. Where the extra is not installed the log says so, and the work
    goes on: such variables are often set for every program of a machine.
    """
    wanted = {signal: kind for signal in (_TRACES, _METRICS) if (kind := exporter(environ, signal)) != "none"}
    if not wanted:
        yield
        return
    if importlib.util.find_spec("opentelemetry") is None:
        log.warning("telemetry.not_installed")
        yield
        return
    with told(_processor(wanted.get(_TRACES)), _reader(wanted.get(_METRICS))):
        yield


def exporter(environ: Mapping[str, str], signal: str) -> str:
    """The kind of exporter that the environment wants for a signal: otlp, console or none."""
    named = environ.get(_EXPORTER.format(signal), "").strip().lower()
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return "none"
    if named and named not in _KNOWN:
        raise ConfigError(
            "{name} is {value}; crmbridge knows {known}",
            name=_EXPORTER.format(signal),
            value=named,
            known=", ".join(_KNOWN),
        )
    has_endpoint = any(environ.get(_ENDPOINT.format(part)) for part in ("", f"{signal}_"))
    return named or ("otlp" if has_endpoint else "none")


@contextmanager
def told(processor: SpanProcessor | None, reader: MetricReader | None) -> Iterator[None]:
    """What goes on inside is told to them; they are shut down at the end."""
    from opentelemetry.metrics import NoOpMeterProvider  # noqa: PLC0415 - the extra, only where it is wanted
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    resource = Resource.create({"service.version": version()})
    if str(resource.attributes.get("service.name", _UNNAMED)).startswith(_UNNAMED):
        resource = resource.merge(Resource({"service.name": NAME}))
    tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
    if processor is not None:
        tracing.add_span_processor(processor)
    metering = MeterProvider([reader], resource, shutdown_on_exit=False) if reader is not None else None
    listener = _Listener(tracing.get_tracer(NAME, version()), (metering or NoOpMeterProvider()).get_meter(NAME))
    try:
        with spans.listen(listener):
            yield
    finally:
        tracing.shutdown()
        if metering is not None:
            metering.shutdown()


def _processor(kind: str | None) -> SpanProcessor | None:
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter  # noqa: PLC0415

    if kind is None:
        return None
    if kind == "console":
        return BatchSpanProcessor(ConsoleSpanExporter(out=sys.stderr))
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter())


def _reader(kind: str | None) -> MetricReader | None:
    from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader  # noqa: PLC0415

    if kind is None:
        return None
    if kind == "console":
        return PeriodicExportingMetricReader(ConsoleMetricExporter(out=sys.stderr))
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415

    return PeriodicExportingMetricReader(OTLPMetricExporter())


class _Told:
    """A span of OpenTelemetry as the floors see it."""

    def __init__(self, inner: OtelSpan, details: Details) -> None:
        self.inner, self.known = inner, dict(details)

    def tell(self, details: Details) -> None:
        self.known.update(details)
        self.inner.set_attributes(details)


class _Listener:
    """Opens spans. Adapters may ask in threads of their own: what they do is part of what was opened last."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        self._tracer = tracer
        self._durations = meter.create_histogram(
            DURATION,
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=BOUNDS_S,
        )
        self._open: list[OtelSpan] = []
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, name: str, details: Details) -> Iterator[Span]:
        from opentelemetry import trace  # noqa: PLC0415 - the extra

        is_request = name == spans.REQUEST
        shown = str(details["http.request.method"]) if is_request else name
        kind = trace.SpanKind.CLIENT if is_request else trace.SpanKind.INTERNAL
        begun = time.monotonic()
        with self._tracer.start_as_current_span(
            shown,
            context=self._above() if is_request else None,
            kind=kind,
            attributes=dict(details),
            record_exception=False,
            set_status_on_exception=False,
        ) as inner:
            found = _Told(inner, details)
            try:
                with self._kept(inner, is_open=not is_request):
                    yield found
            except BaseException as error:
                if "error.type" not in found.known:
                    code = error.code if isinstance(error, CrmBridgeError) else type(error).__name__
                    found.tell({"error.type": code})
                inner.set_status(trace.StatusCode.ERROR)
                raise
            finally:
                if is_request:
                    counted = {key: found.known[key] for key in OF_REQUESTS if key in found.known}
                    self._durations.record(time.monotonic() - begun, counted)

    def _above(self) -> Context | None:
        """What a request belongs to whose thread knows of nothing; nobody knows where several jobs are at work."""
        from opentelemetry import trace  # noqa: PLC0415 - the extra

        if trace.get_current_span().get_span_context().is_valid:
            return None
        with self._lock:
            jobs = {one.get_span_context().trace_id for one in self._open}
            return trace.set_span_in_context(self._open[-1]) if len(jobs) == 1 else None

    @contextmanager
    def _kept(self, inner: OtelSpan, *, is_open: bool) -> Iterator[None]:
        if not is_open:
            yield
            return
        with self._lock:
            self._open.append(inner)
        try:
            yield
        finally:
            with self._lock:
                self._open.remove(inner)
