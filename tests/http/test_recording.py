"""Recordings: nothing of a person and no secret is in them, and a replay gives what was read, but for the mask."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmbridge.http import Call, Door, Ok, Secret, fingerprint, strict, tapping
from crmbridge.http.masking import RECORDING as FORMAT
from crmbridge.http.masking import Mask
from crmbridge.http.recording import Recorder, Replay
from crmbridge.model.errors import ConfigError, ContractError

from .conftest import URL, Doors, Handler

TOKEN, REFRESH, COOKIE = "canary-access-9f27c1", "canary-refresh-77ab3e", "canary-cookie-51dd"
PEOPLE = [
    {
        "id": "3652397000000649013",
        "number": 13,
        "Full_Name": "Anneliese Blomqvist",
        "Email": "anneliese.blomqvist@fjord.example",
        "Phone": "+46 70 987 65 43",
        "Mobile": 46709876543,
        "Street": "Strandvägen 71 C",
        "Note": "Call Anneliese about the Zanzibar trip",
        "Birthday": "1979-11-23",
        "Modified_Time": "2026-03-31T09:10:11Z",
        "Stage": "Kvalificerad",
    },
    {
        "id": "3652397000000649014",
        "number": 14,
        "Full_Name": "欧阳修远",
        "Email": "xiuyuan@changjiang.example",
        "Phone": "13987654321",
        "Mobile": None,
        "Street": "解放碑步行街88号",
        "Note": "",
        "Birthday": "1988-01-02",
        "Modified_Time": "2026-03-31T09:10:12Z",
        "Stage": "Kvalificerad",
    },
]
CANARIES = [
    TOKEN, REFRESH, COOKIE, "3652397000000649013", "3652397000000649014", "Anneliese", "Blomqvist", "fjord",
    "987 65 43", "46709876543", "Strandvägen", "Zanzibar", "1979-11-23", "Kvalificerad", "欧阳修远", "xiuyuan",
    "changjiang", "13987654321",
    "解放碑步行街", "1988-01-02", "www.example-crm.com", "canary-asked",
]  # fmt: skip


def vendor(request: httpx.Request) -> httpx.Response:
    path, params = request.url.path, request.url.params
    headers = {"Set-Cookie": COOKIE, "X-Session": COOKIE, "X-RateLimit-Remaining": "77"}
    if path == "/oauth/token":
        return httpx.Response(200, json={"access_token": TOKEN, "expires_in": 3600}, headers=headers)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    if path == "/v1/people":
        page = int(params["page"])
        body = {"people": PEOPLE[page - 1 : page], "more": page < len(PEOPLE)}
        return httpx.Response(200, json=body, headers=headers)
    if path == "/v1/nothing":
        return httpx.Response(204, headers=headers)
    if path == "/v1/files":
        return httpx.Response(200, content=b"Anneliese", headers={"Content-Type": "text/csv"})
    found = [one for one in PEOPLE if path == f"/v1/people/{one['id']}"]
    return httpx.Response(200, json=found[0], headers=headers)


Recorded = tuple[dict[str, Any], Mask, list[Any]]
"""The document, its mask, and what was read."""


class Bearer:
    identity = fingerprint(TOKEN)

    def headers(self, call: Call) -> dict[str, str]:  # noqa: ARG002 - it is the same for all
        return {"Authorization": f"Bearer {Secret(TOKEN).reveal()}"}

    def renew(self, reason: str) -> None:
        """Nothing."""


def reading(door: Door) -> Iterator[Any]:
    """What an adapter does: a token, page after page, then each record by its id."""
    door.send(Call("POST", f"{URL}/oauth/token", safe=True, form={"refresh_token": REFRESH}))
    page, more = 1, True
    while more:
        reply = door.send(Call("GET", f"{URL}/v1/people", safe=True, params={"page": str(page), "who": "canary-asked"}))
        told: Any = reply.json()
        for one in told["people"]:
            yield one
            yield door.send(Call("GET", f"{URL}/v1/people/{one['id']}", safe=True)).json()
        page, more = page + 1, told["more"]


def read(doors: Doors, handler: Handler) -> list[Any]:
    return list(reading(doors.over(handler, auth=Bearer())))


@pytest.fixture
def recorded(doors: Doors) -> Recorded:
    recorder, mask = Recorder(), Mask()
    with tapping.tapping(recorder.around):
        real = read(doors, vendor)
    return recorder.recording(adapter="acme", mask=mask), mask, real


def test_nothing_of_a_person_and_no_secret_is_recorded(recorded: Recorded) -> None:
    text = strict.encode(recorded[0]).decode()
    assert recorded[0]["format"] == FORMAT
    assert [canary for canary in CANARIES if canary in text] == []
    assert "2026-03-31T09:10:11Z" in text, "times stay"
    assert '"X-RateLimit-Remaining":"77"'.lower() in text.lower()


def test_shapes_and_lengths_stay(recorded: Recorded) -> None:
    recording, _, real = recorded
    bodies = [one["body"] for one in recording["exchanges"] if one["path"].startswith("/v1/people/")]
    for masked, one in zip(bodies, real[1::2], strict=True):
        assert list(masked) == list(one)
        assert [len(str(value)) for value in masked.values()] == [len(str(value)) for value in one.values()]
    assert bodies[0]["Stage"] == bodies[1]["Stage"], "the same is masked the same"


def test_a_replay_gives_what_was_read_but_for_the_mask(recorded: Recorded, doors: Doors, tmp_path: Path) -> None:
    recording, mask, real = recorded
    file = tmp_path / "people.recording.json"
    file.write_bytes(strict.encode(recording))
    replay = Replay.of(file)
    assert read(doors, replay.handle_request) == [mask.value(one) for one in real]
    assert replay.left == 0


def test_without_a_listener_nothing_is_recorded(doors: Doors) -> None:
    recorder = Recorder()
    with tapping.tapping(recorder.around):
        pass
    read(doors, vendor)
    assert recorder.recording(adapter="acme", mask=Mask())["exchanges"] == []


def test_what_cannot_be_masked_is_left_out_and_told_when_it_is_asked_for(doors: Doors) -> None:
    recorder, call = Recorder(), Call("GET", f"{URL}/v1/files", safe=True, judge=lambda _call, _reply: Ok())
    with tapping.tapping(recorder.around):
        assert doors.over(vendor, auth=Bearer()).send(call).body == b"Anneliese"
    recording = recorder.recording(adapter="acme", mask=Mask())
    assert "Anneliese" not in json.dumps(recording)
    with pytest.raises(ContractError, match="could not be recorded"):
        doors.over(Replay(recording).handle_request).send(call)


def test_an_empty_answer_is_replayed_as_one(doors: Doors) -> None:
    recorder, call = Recorder(), Call("GET", f"{URL}/v1/nothing", safe=True)
    with tapping.tapping(recorder.around):
        doors.over(vendor, auth=Bearer()).send(call)
    reply = doors.over(Replay(recorder.recording(adapter="acme", mask=Mask())).handle_request).send(call)
    assert (reply.status, reply.body) == (204, b"")


def test_a_request_that_was_not_recorded_is_told(recorded: Recorded, doors: Doors) -> None:
    door = doors.over(Replay(recorded[0]).handle_request)
    with pytest.raises(ContractError, match="no answer left to GET /v1/deals"):
        door.send(Call("GET", f"{URL}/v1/deals", safe=True))


def test_a_secret_that_a_mask_would_keep_is_never_written(doors: Doors) -> None:
    recorder = Recorder()
    with tapping.tapping(recorder.around):
        read(doors, vendor)
    Secret(REFRESH)
    with pytest.raises(ContractError, match="a secret would stand in the recording"):
        recorder.recording(adapter="acme", mask=Mask(keep=["access_token"], vocabulary=[TOKEN]))


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "crmbridge-recording/9", "exchanges": []}'])
def test_what_is_no_recording_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.recording.json"
    file.write_text(text)
    with pytest.raises(ConfigError):
        Replay.of(file)
