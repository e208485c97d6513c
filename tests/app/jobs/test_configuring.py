"""Jobs in the configuration: checked with line, key and nearest choice; added and taken out, the rest untouched."""

from pathlib import Path

import pytest
from tests.app.company import CONFIG
from tests.app.jobs.desk import NIGHTLY, Desk

from crmbridge.app.config import load
from crmbridge.app.jobs import editing
from crmbridge.app.jobs.kinds import KINDS
from crmbridge.app.jobs.section import LIMIT_MINUTES
from crmbridge.model.errors import ConfigError, ConfigErrors


def problems(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "crmbridge.toml").write_text(CONFIG + text, encoding="utf-8")
    with pytest.raises(ConfigErrors) as failed:
        load(tmp_path, {})
    return [str(one) for one in failed.value.problems]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('kind = "snyc"\nschedule = "@daily"', "kind cannot be 'snyc' (did you mean sync?)"),
        (
            'kind = "sync"\nschedule = "0 25 * * *"',
            "schedule: 0 25 * * *: the field hour cannot be 25 (did you mean 23?",
        ),
        ('kind = "sync"', "jobs.x.schedule is missing"),
        ('kind = "sync"\nschedule = "@daily"\nconnection = "x"', "unknown key jobs.x.connection (did you mean conn"),
        ('kind = "sync"\nschedule = "@daily"\nconnections = ["boks"]', "cannot be 'boks' (did you mean books?)"),
        ('kind = "reconcile"\nschedule = "@daily"\npairs = ["a"]', "jobs.x.pairs cannot be 'a'"),
        ('kind = "figures"\nschedule = "@daily"\nfigures = ["teirs"]', "cannot be 'teirs' (did you mean tiers?)"),
        ('kind = "sync"\nschedule = "@daily"\nlimit_minutes = 0', "jobs.x.limit_minutes: Input should be greater"),
        ('kind = "backup"\nschedule = "@daily"\nkeep = 0', "jobs.x.keep: Input should be greater"),
    ],
)
def test_what_is_wrong_is_told_with_its_key_and_the_nearest_choice(tmp_path: Path, lines: str, said: str) -> None:
    (told,) = problems(tmp_path, f"\n[jobs.x]\n{lines}\n")
    assert said in told
    assert told.startswith("crmbridge.toml:")


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, '\n[jobs."a b"]\nkind = "snyc"\nschedule = "61 * * * *"\n')
    assert len(told) == 3


def test_each_kind_can_be_added_and_is_read_back(desk: Desk) -> None:
    for number, kind in enumerate(KINDS):
        with desk.opener() as bridge:
            rows = bridge.schedule_add(f"job{number}", kind, "@daily").rows
        assert [row["kind"] for row in rows] == ["sync", *list(KINDS)[: number + 1]]
    job = load(desk.company.folder, {}).job("job0")
    assert (job.limit_minutes, job.schedule) == (LIMIT_MINUTES, "@daily")


def test_settings_have_the_types_of_their_keys() -> None:
    assert editing.values_of("weekly-pack", "@weekly", ["team=North", "ending=xlsx", "limit_minutes=5"]) == {
        "kind": "weekly-pack",
        "schedule": "@weekly",
        "team": "North",
        "ending": "xlsx",
        "limit_minutes": 5,
    }
    assert editing.values_of("figures", "@daily", ["figures=tiers, scores"])["figures"] == ["tiers", "scores"]
    assert editing.values_of("backup", "@daily", ["keep=7", "deep=true"]) == {
        "kind": "backup",
        "schedule": "@daily",
        "keep": 7,
        "deep": True,
    }


@pytest.mark.parametrize(
    ("kind", "schedule", "setting", "said"),
    [
        ("bakcup", "@daily", "keep=7", "did you mean backup?"),
        ("backup", "0 99 * * *", "keep=7", "the field hour cannot be 99"),
        ("backup", "@daily", "kep=7", "takes no kep (did you mean keep?)"),
        ("backup", "@daily", "kind=sync", "takes no kind"),
        ("backup", "@daily", "keep=many", "keep cannot be many: Input should be a valid integer"),
        ("backup", "@daily", "keep", "keep is no setting (write KEY=VALUE"),
        ("weekly-pack", "@daily", "ending=htm", "ending cannot be htm (did you mean html?)"),
        ("figures", "@daily", "figures=tiers,scoers", "figures cannot be scoers (did you mean scores?)"),
        ("backup", "@daily", "limit_minutes=0", "limit_minutes cannot be 0"),
    ],
)
def test_a_setting_that_cannot_be_is_told_with_the_nearest(kind: str, schedule: str, setting: str, said: str) -> None:
    with pytest.raises(ConfigError) as failed:
        editing.values_of(kind, schedule, [setting])
    assert said in str(failed.value)


def test_what_cannot_be_leaves_the_file_as_it_was(desk: Desk) -> None:
    file = desk.company.folder / "crmbridge.toml"
    before = file.read_bytes()
    for name, setting in (
        ("nightly", "connections=books"),
        ("other", "connections=boks"),
        ("a b", "connections=books"),
    ):
        with desk.opener() as bridge, pytest.raises(ConfigError):
            bridge.schedule_add(name, "sync", "@daily", [setting])
    with desk.opener() as bridge, pytest.raises(ConfigError, match="there is no job nightli"):
        bridge.schedule_remove("nightli")
    assert file.read_bytes() == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_job_that_is_added_and_taken_out_leaves_every_byte_as_it_was(end: str) -> None:
    head = (CONFIG + "# the end\n").replace("\n", end)
    values = editing.values_of("sync", "0 2 * * *", ["connections=books"])
    one = editing.with_job(head, "one", values)
    both = editing.with_job(one, "two", values)
    assert both.startswith(one)
    assert one.startswith(head)
    assert ("\n" not in both.replace(end, "")) is True
    assert editing.without_job(both, "two") == one
    assert editing.without_job(one, "one") == head
    assert editing.without_job(editing.without_job(both, "one"), "two") == head


def test_what_stands_after_a_job_stays() -> None:
    text = CONFIG + NIGHTLY + '\n# of the log\n[log]\nformat = "json"\n'
    left = editing.without_job(text, "nightly")
    assert left == CONFIG + '\n# of the log\n[log]\nformat = "json"\n'


def test_a_job_in_another_form_is_left_to_a_person() -> None:
    text = CONFIG + '\n[jobs]\nnightly = { kind = "sync", schedule = "@daily" }\n'
    with pytest.raises(ConfigError, match="no table of its own"):
        editing.without_job(text, "nightly")
