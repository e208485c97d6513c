"""What starts a worker: a unit of systemd and a Deployment, as hardened as what starts a tick."""

import pytest
from tests.app.jobs.desk import Desk

from crmbridge.app.jobs.emitting import kubernetes, systemd
from crmbridge.app.jobs.emitting.place import Place, place_of
from crmbridge.model.errors import ConfigError


@pytest.fixture
def place(desk: Desk) -> Place:
    desk.write('\n[connections.crm]\nadapter = "zoho"\ncredentials = "credential:crm"\n')
    with desk.opener() as bridge:
        return place_of(bridge.wiring)


def test_the_unit_of_a_worker_goes_on_and_is_as_hardened(place: Place) -> None:
    ((name, text),) = systemd.worker_unit(place).items()
    lines = text.splitlines()
    assert name == "crmbridge-acme-worker.service"
    assert {"Restart=always", "RestartPreventExitStatus=78", "Type=exec", "WantedBy=multi-user.target"} <= {*lines}
    assert f" worker --log json --workspace {place.folder}" in text
    assert "LoadCredential=crm:/etc/crmbridge/acme/crm" in lines
    service = systemd.units(place)["crmbridge-acme.service"]
    hardened = service[service.index("NoNewPrivileges") :]
    assert hardened in text


def test_the_deployment_has_the_pod_of_the_cron_job(place: Place) -> None:
    text = kubernetes.worker(place, "example/crmbridge:1")
    lines = text.splitlines()
    assert "kind: Deployment" in lines
    assert "  replicas: 2" in lines
    assert "    matchLabels: {app.kubernetes.io/instance: crmbridge-acme-worker}" in lines
    assert (
        "      labels: {app.kubernetes.io/name: crmbridge, app.kubernetes.io/instance: crmbridge-acme-worker}" in lines
    )
    assert "      restartPolicy: Always" in lines
    assert 'command: ["crmbridge", "worker", "--log", "json", "--workspace", "/workspace"]' in text
    assert "            claimName: crmbridge-acme" in lines or "claimName: crmbridge-acme}" in text
    indents = {len(line) - len(line.lstrip()) for line in lines if line.strip()}
    assert all(indent % 2 == 0 for indent in indents)


@pytest.mark.file_ledger
def test_a_ledger_in_a_file_gets_no_worker(desk: Desk) -> None:
    with desk.opener() as bridge, pytest.raises(ConfigError, match="many workers cannot share"):
        bridge.schedule_emit("systemd", worker=True)
