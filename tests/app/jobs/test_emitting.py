"""What starts a tick: units that systemd takes, lines for cron, a CronJob; each with no more rights than due."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.app.jobs.desk import Desk

from crmbridge.app.jobs.emitting import crontab, kubernetes, systemd
from crmbridge.app.jobs.emitting.place import Place, place_of
from crmbridge.app.secrets import age
from crmbridge.model.errors import ConfigError

ZOHO = '\n[connections.crm]\nadapter = "zoho"\ncredentials = "{}"\n'


def place(desk: Desk, **wish: int) -> Place:
    with desk.opener() as bridge:
        return place_of(bridge.wiring, **wish)  # type: ignore[arg-type]


@pytest.fixture
def handed(desk: Desk) -> Desk:
    """The company with a login that the service manager hands over."""
    desk.write(ZOHO.format("credential:crm"))
    return desk


def run(*words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not on this machine: what it would say of the file is not known")
    return subprocess.run(words, check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (systemd.units, ["crmbridge-acme.service", "crmbridge-acme.timer"]),
        (systemd.worker_unit, ["crmbridge-acme-worker.service"]),
    ],
)
def test_systemd_takes_the_units(
    handed: Desk, tmp_path: Path, written: Callable[[Place], Mapping[str, str]], names: list[str]
) -> None:
    files = written(place(handed))
    assert [*files] == names
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in files))
    told = [line for line in done.stderr.splitlines() if "crmbridge-acme" in line]
    assert (done.returncode, told) == (0, [])


def test_systemd_finds_the_service_hardly_exposed(handed: Desk, tmp_path: Path) -> None:
    service = tmp_path / "crmbridge-acme.service"
    service.write_text(systemd.units(place(handed))[service.name], encoding="utf-8")
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(service))
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) < 2.5  # 10 is exposed to everything


def test_the_service_does_what_the_exit_codes_say(handed: Desk) -> None:
    lines = systemd.units(place(handed))["crmbridge-acme.service"].splitlines()
    for wanted in (
        "RestartPreventExitStatus=3 4 78",
        "SuccessExitStatus=1 75",
        "LoadCredential=crm:/etc/crmbridge/acme/crm",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        f"ReadWritePaths={handed.company.folder}",
        "TimeoutStartSec=40min",
    ):
        assert wanted in lines


@pytest.mark.file_ledger
def test_every_folder_that_is_written_may_be(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    desk.company.edit(
        "crmbridge.toml", 'currency = "CNY"', f'currency = "CNY"\nledger = "sqlite:///{tmp_path}/db/x.db"'
    )
    with desk.opener() as bridge:
        bridge.schedule_add("copies", "backup", "@daily", ["folder=/mnt/copies"])
        bridge.schedule_add("packs", "weekly-pack", "@weekly", ["folder=out"])
    assert place(desk).written == (desk.company.folder, tmp_path / "db", Path("/mnt/copies"))


def test_words_that_systemd_would_read_otherwise_are_quoted() -> None:
    assert systemd._quoted('/srv/a b/50%/$x"') == '"/srv/a b/50%%/$$x\\""'


def test_a_secret_that_no_service_should_look_for_is_told(desk: Desk) -> None:
    desk.write(ZOHO.format("keyring:crm"))
    made = place(desk)
    assert made.secrets == ()
    assert "credential:crm" in str(made.notes[0])


def test_a_secret_in_an_age_file_is_opened_by_its_identity(desk: Desk) -> None:
    desk.write(ZOHO.format("file:secrets/crm.age"))
    assert place(desk).secrets == (age.IDENTITY,)


def test_cron_gets_one_line_that_needs_no_lock(desk: Desk) -> None:
    text = crontab.lines(place(desk, every=15))
    (line,) = [one for one in text.splitlines() if not one.startswith("#")]
    assert re.fullmatch(r"\*/15 \* \* \* \* \S*crmbridge tick --quiet --workspace \S+", line)
    assert "MAILTO" in text


def test_the_cron_job_is_one_that_kubernetes_can_read(handed: Desk, tmp_path: Path) -> None:
    (tmp_path / "crmbridge.yaml").write_text(kubernetes.manifest(place(handed), "r.example.com/c:1"), encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [crmbridge.yaml]\n", encoding="utf-8")
    done = run("kubectl", "kustomize", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "image: r.example.com/c:1" in done.stdout


def test_the_cron_job_never_hides_a_failure_and_has_no_rights(handed: Desk) -> None:
    text = kubernetes.manifest(place(handed))
    for wanted in (
        "concurrencyPolicy: Forbid",
        "restartPolicy: Never",  # or no podFailurePolicy is taken
        "values: [3, 4, 78]",
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "capabilities: {drop: [ALL]}",
        "automountServiceAccountToken: false",
        "seccompProfile: {type: RuntimeDefault}",
        'key: "crm"',
    ):
        assert wanted in text
    assert text.index("action: Ignore") < text.index("action: FailJob")  # the first rule that fits holds
    assert "secret" not in kubernetes.manifest(place_without_secrets(handed)).lower()


def place_without_secrets(desk: Desk) -> Place:
    desk.company.edit("crmbridge.toml", ZOHO.format("credential:crm"), "")
    return place(desk)


@pytest.mark.parametrize(("every", "near"), [(7, "5"), (45, "30"), (0, "1"), (100, "60")])
def test_an_hour_is_split_evenly(desk: Desk, every: int, near: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean {near}"):
        place(desk, every=every)


@pytest.mark.parametrize("every", [1, 60])
def test_every_minute_and_every_hour(desk: Desk, every: int, tmp_path: Path) -> None:
    made = place(desk, every=every)
    timer = tmp_path / "crmbridge-acme.timer"
    timer.write_text(systemd.units(made)[timer.name], encoding="utf-8")
    minute = {1: "*", 60: "0"}[every]
    assert crontab.lines(made).splitlines()[-1].startswith(f"{minute} * * * * ")
    calendar = re.search(r"OnCalendar=(.*)", timer.read_text(encoding="utf-8"))
    assert calendar
    assert run("systemd-analyze", "calendar", calendar[1]).returncode == 0


def test_nothing_to_run_is_said(desk: Desk) -> None:
    with desk.opener() as bridge:
        bridge.schedule_remove("nightly")
        with pytest.raises(ConfigError, match="there is no job to be run"):
            place_of(bridge.wiring)


def test_the_urls_of_channels_are_handed_over_too(desk: Desk) -> None:
    channels = {"room": "credential:sales-room", "mail": "notices-mail", "ops": "env:OPS"}
    desk.write("".join(f'\n[notices.channels.{name}]\nurl = "{url}"\n' for name, url in channels.items()))
    rule = '\n[notices.rules.boss]\naudience = "manager"\nchannels = ["room"]\nfolder = "/srv/packs"\n'
    desk.write(rule)
    made = place(desk)
    assert made.secrets == ("sales-room", "notices-mail")
    assert Path("/srv/packs") in made.written
    (note,) = made.notes
    assert 'write url = "credential:ops"' in str(note)
