"""`[notices]`: every mistake is named with its line and the nearest choice, and a secret never stands there."""

from pathlib import Path

import pytest
from tests.app.notices.office import BOSS, CONFIG, OPS, REPS, RULES

from crmbridge.app.config import load
from crmbridge.model.errors import ConfigErrors

CANARY = "canary-7f3a91"


def problems(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "crmbridge.toml").write_text(CONFIG + text, encoding="utf-8")
    with pytest.raises(ConfigErrors) as failed:
        load(tmp_path, {})
    return [str(one) for one in failed.value.problems]


def test_a_whole_table_is_read(tmp_path: Path) -> None:
    people = '\n[notices]\nquiet = "none"\n[notices.people.Ann]\nchannel = "mail"\ntimezone = "Asia/Tokyo"\n'
    (tmp_path / "crmbridge.toml").write_text(CONFIG + RULES + REPS + BOSS + OPS + people, encoding="utf-8")
    read = load(tmp_path, {}).config.notices
    assert [*read.rules] == ["reps", "boss", "ops"]
    assert read.quiet_of(read.rules["reps"]) is None


@pytest.mark.parametrize("url", [f"slack://{CANARY}/B/C", f"https://hook.example/{CANARY}", f"mailto://me:{CANARY}@x"])
def test_a_url_in_the_clear_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    (told,) = problems(tmp_path, f'[notices.channels.room]\nurl = "{url}"\n')
    assert told.startswith("crmbridge.toml:")
    assert "notices.channels.room.url: a channel's URL is a secret" in told
    assert CANARY not in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (REPS.replace('"mail"', '"mial"'), "did you mean mail?"),
        (REPS.replace("rep", "reb", 1).replace('audience = "rep"', 'audience = "reb"'), "did you mean rep?"),
        (REPS.replace('"mail"', '"room"'), "a digest is for one"),
        (BOSS.replace('"room"', '"mail"'), "this channel reaches one person"),
        (OPS.replace('"ops"]', '"mail"]'), "an operator is nobody in the CRM"),
        (OPS + 'team = "North"\n', "only packs, which managers get, have this"),
        (REPS + 'quiet = "9pm"\n', "hours are written as 21:00-08:30"),
        (REPS + 'colour = "red"\n', "unknown key notices.rules.reps.colour"),
        ('[notices.people.Ann]\nchannel = "rom"\n', "did you mean room?"),
        (
            '[notices.people.Ann]\nchannel = "room"\n[notices.people.Bob]\nchannel = "room"\n',
            "others read this channel",
        ),
        (BOSS + '[notices.people.Ann]\nchannel = "room"\n', "others read this channel"),
        ('[notices.people.Ann]\ntimezone = "Asia/Shangai"\n', "Asia/Shanghai"),
        ('[notices.rules."a b"]\naudience = "operator"\nchannels = ["ops"]\n', "a name has letters"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    told = problems(tmp_path, RULES + text)
    assert any(said in one for one in told), told
    assert all(one.startswith("crmbridge.toml:") for one in told)
