"""A vendor that wants its proof in the body gets it anew with each attempt, and it is seen nowhere else."""

import json
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest

from crmbridge.http import Call, Ok, Renew, Reply, Rules, Secret, Signs, Verdict
from crmbridge.model.errors import ContractError

from .conftest import HOST, URL, Doors


class InTheBody:
    """Puts a token into the JSON; a renewed one is another."""

    identity = "one"

    def __init__(self) -> None:
        self.number = 1

    def headers(self, _call: Call) -> Mapping[str, str]:
        return {}

    def sign(self, call: Call) -> Call:
        assert isinstance(call.json, dict)
        return replace(call, json={**call.json, "token": Secret(f"secret-token-{self.number}").reveal()})

    def renew(self, _reason: str) -> None:
        self.number += 1


def judge(_call: Call, reply: Reply) -> Verdict:
    told = reply.json()
    return Renew("old") if isinstance(told, dict) and told.get("old") else Ok()


def test_the_proof_in_the_body_is_renewed_with_the_token(doors: Doors) -> None:
    bodies = []

    def vendor(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"old": len(bodies) == 1})

    auth = InTheBody()
    assert isinstance(auth, Signs)
    call = Call("POST", f"{URL}/query", safe=True, json={"limit": 1})
    doors.over(vendor, auth=auth, judge=judge).send(call)
    assert bodies == [{"limit": 1, "token": "secret-token-1"}, {"limit": 1, "token": "secret-token-2"}]
    assert call.json == {"limit": 1}
    assert "secret-token" not in repr(auth.sign(call))


def test_what_signs_may_not_put_a_secret_into_the_address(doors: Doors) -> None:
    class InTheAddress(InTheBody):
        def sign(self, call: Call) -> Call:
            return replace(call, params={"token": Secret("secret-token-x").reveal()})

    def vendor(_request: httpx.Request) -> httpx.Response:
        raise AssertionError(HOST)

    with pytest.raises(ContractError, match="address"):
        doors.over(vendor, auth=InTheAddress(), judge=judge).send(Call("POST", URL, safe=True, json={}))


def test_the_rate_of_one_interface_leaves_the_others_alone(doors: Doors) -> None:
    rules = Rules(calls_per_window=3, window_s=20.0, window_parts=50)
    door = doors.over(lambda _request: httpx.Response(200, json={}), judge=judge, rules=rules)
    for _ in range(3):
        for lane in ("/query", "/get"):
            door.send(Call("POST", f"{URL}{lane}", safe=True, json={}, lane=lane))
    assert doors.clock.slept_seconds == 0
    door.send(Call("POST", f"{URL}/query", safe=True, json={}, lane="/query"))
    assert 20 <= doors.clock.slept_seconds <= 20.5
