"""Traces: the parts of a job as spans, each under the one it belongs to, and nothing in them that is anybody's."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx
import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tests.app.jobs.conftest import desk
from tests.app.jobs.desk import Desk
from tests.http.conftest import HOST, Doors, Vendor, doors, read, write

from crmbridge.app import telemetry
from crmbridge.cli import app
from crmbridge.model import spans
from crmbridge.model.errors import ConfigError, CrmBridgeError, Unavailable

__all__ = ["desk", "doors"]


@dataclass
class Collector:
    """What a collector would be told."""

    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self) -> list[ReadableSpan]:
        """In the order in which they began."""
        return sorted(self.exporter.get_finished_spans(), key=lambda one: one.start_time or 0)

    def tree(self) -> list[tuple[str, str | None]]:
        """Each span with the one it belongs to."""
        names = {one.context.span_id: one.name for one in self.spans() if one.context}
        return [(one.name, names[one.parent.span_id] if one.parent else None) for one in self.spans()]

    def counted(self) -> list[dict[str, object]]:
        found = self.reader.get_metrics_data()
        metrics = [m for r in found.resource_metrics for s in r.scope_metrics for m in s.metrics] if found else []
        return [dict(p.attributes or {}) for m in metrics if m.name == telemetry.DURATION for p in m.data.data_points]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector(InMemorySpanExporter(), InMemoryMetricReader())
    with telemetry.told(SimpleSpanProcessor(made.exporter), made.reader):
        yield made


def test_a_job_is_told_part_by_part(desk: Desk, collector: Collector) -> None:
    desk.tick(days=1)
    assert collector.tree() == [("job", None), ("connection", "job"), ("pull", "connection"), ("pull", "connection")]
    job, connection, *pulls = collector.spans()
    assert dict(job.attributes or {}) == {
        "crmbridge.job": "nightly",
        "crmbridge.job.kind": "sync",
        "crmbridge.attempt": 1,
        "crmbridge.exit_code": 0,
    }
    assert connection.attributes == {"crmbridge.connection": "books", "crmbridge.run_id": 1}
    assert {
        (pull.attributes or {})["crmbridge.object"]: (pull.attributes or {})["crmbridge.records.read"] for pull in pulls
    } == {
        "people": 2,
        "deals": 4,
    }
    assert job.resource.attributes["service.name"] == "crmbridge"


def test_what_fails_is_told_by_its_code_alone(desk: Desk, collector: Collector) -> None:
    (desk.company.folder / "exports" / "deals.csv").unlink()
    desk.tick(days=1)
    (failed,) = [one for one in collector.spans() if (one.attributes or {}).get("crmbridge.object") == "deals"]
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.status.description is None
    assert failed.events == ()
    assert (failed.attributes or {})["error.type"] == "unavailable"


def test_a_request_is_told_by_method_host_and_status(doors: Doors, collector: Collector) -> None:
    door = doors.over(Vendor(httpx.Response(200)))
    with spans.span(spans.PULL, {}):
        door.send(read("/v1/contacts/4811?email=li@example.com", headers={"Authorization": "Bearer canary-token"}))
    _, request = collector.spans()
    assert (request.name, request.kind) == ("GET", SpanKind.CLIENT)
    assert request.attributes == {
        "http.request.method": "GET",
        "server.address": HOST,
        "crmbridge.connection": "acme",
        "http.response.status_code": 200,
    }
    assert collector.tree()[1] == ("GET", "pull")
    told = "".join(one.to_json() for one in collector.spans())
    assert not [secret for secret in ("4811", "li@example.com", "canary-token", "/v1/") if secret in told]
    shown = {"http.request.method": "GET", "server.address": HOST, "http.response.status_code": 200}
    assert collector.counted() == [shown]


def test_every_attempt_is_a_request_and_a_lost_answer_has_its_code(doors: Doors, collector: Collector) -> None:
    door = doors.over(Vendor(httpx.ReadTimeout("slow"), httpx.Response(200)))
    door.send(read())
    lost, answered = collector.spans()
    assert (lost.attributes or {})["error.type"] == "timeout"
    assert (answered.attributes or {})["http.response.status_code"] == 200


def test_a_thread_of_an_adapter_asks_for_what_is_under_way(doors: Doors, collector: Collector) -> None:
    door = doors.over(Vendor(httpx.Response(200)))
    with spans.span(spans.PULL, {}), ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: door.send(read()), range(3)))
    assert collector.tree() == [("pull", None), *[("GET", "pull")] * 3]


def test_jobs_that_go_on_side_by_side_are_kept_apart(doors: Doors, collector: Collector) -> None:
    door, met = doors.over(Vendor(httpx.Response(200))), threading.Barrier(2, timeout=20)

    def job(number: int) -> None:
        with spans.span(spans.JOB, {"crmbridge.job": str(number)}), ThreadPoolExecutor(1) as own:
            met.wait()
            own.submit(door.send, read()).result()
            met.wait()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(job, range(2)))
    assert sorted(collector.tree(), key=str) == [("GET", None)] * 2 + [("job", None)] * 2


def test_an_error_leaves_a_span_as_it_is(collector: Collector) -> None:
    with pytest.raises(Unavailable) as caught, spans.span(spans.PULL, {}):
        raise Unavailable("{host} cannot be reached", host="example.com")
    assert isinstance(caught.value, CrmBridgeError)
    assert (collector.spans()[0].attributes or {})["error.type"] == caught.value.code


def test_nobody_listens_after_the_end(doors: Doors) -> None:
    exporter = InMemorySpanExporter()
    with telemetry.told(SimpleSpanProcessor(exporter), None):
        pass
    doors.over(Vendor(httpx.Response(200))).send(write())
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("environ", "kinds"),
    [
        ({}, ("none", "none")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, ("otlp", "otlp")),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, ("otlp", "none")),
        ({"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none"}, ("console", "none")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "x", "OTEL_METRICS_EXPORTER": "none"}, ("otlp", "none")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "x", "OTEL_SDK_DISABLED": "true"}, ("none", "none")),
    ],
)
def test_the_standard_variables_say_where_to(environ: dict[str, str], kinds: tuple[str, str]) -> None:
    assert (telemetry.exporter(environ, "TRACES"), telemetry.exporter(environ, "METRICS")) == kinds


def test_an_unknown_exporter_is_an_error_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="zipkin"), telemetry.listening({"OTEL_TRACES_EXPORTER": "zipkin"}):
        pass


def test_a_sync_tells_its_spans_to_the_console(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert app.run(["sync", "--workspace", str(desk.company.folder)], {}) == 0
    assert '"name": "pull"' in capfd.readouterr().err


def test_nothing_of_it_is_imported_where_nobody_asks(desk: Desk) -> None:
    words = ["tick", "--workspace", str(desk.company.folder)]
    found = "sum('opentelemetry' in name for name in sys.modules)"
    code = f"import sys; from crmbridge.cli import app; app.run({words!r}, {{}}); print({found})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.splitlines()[-1] == "0"


def test_a_machine_without_the_extra_works_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with telemetry.listening({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}):
        pass
    assert [record.message for record in caplog.records] == ["telemetry.not_installed"]


class Taken(BaseHTTPRequestHandler):
    """A collector on this machine."""

    bodies: ClassVar[dict[str, bytes]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        self.bodies[self.path] = self.bodies.get(self.path, b"") + (gzip.decompress(body) if is_packed else body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Nothing."""


def test_a_collector_has_everything_when_the_command_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Taken)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "acme-nights")
    try:
        assert app.run(["sync", "--workspace", str(desk.company.folder)], {}) == 0
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    traces = Taken.bodies["/v1/traces"]
    assert all(word in traces for word in (b"acme-nights", b"connection", b"pull", b"crmbridge.object"))
    assert b"Wang" not in traces
