"""One token for all processes: fetched once, kept where only its owner reads it, never asked for in a loop."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crmbridge.http import Secret, Token, TokenCache
from crmbridge.http.token_file import Kept, TokenFile
from crmbridge.model.errors import AuthError, StoreError, Throttled, Unavailable
from crmbridge.testing import faults
from crmbridge.testing.faults import Answer, Asked, FaultServer

from .conftest import Doors

PROCESSES = 20


class Accounts:
    """Gives tokens that count."""

    def __init__(self, doors: Doors, lasts_s: float = 3600) -> None:
        self.doors, self.lasts_s, self.count = doors, lasts_s, 0

    def __call__(self) -> Token:
        self.count += 1
        expires = self.doors.clock() + timedelta(seconds=self.lasts_s)
        return Token(Secret(f"canary-token-{self.count}"), expires, {"api_domain": "https://a.example"})


def cache(doors: Doors, identity: str = "one", **named: float) -> TokenCache:
    return TokenCache(doors.context(), "access", identity=identity, **named)  # type: ignore[arg-type]


def test_twenty_processes_that_start_together_make_one_token_request(tmp_path: Path) -> None:
    given: list[Asked] = []

    def answer(asked: Asked) -> Answer:
        given.append(asked)
        return Answer.json({"access_token": f"canary-{len(given)}", "expires_in": 3600})

    with FaultServer(answer) as server:
        server.on(fault=faults.delay(0.3))
        words = [sys.executable, "-m", "tests.http.token_process", str(server.port), str(tmp_path / "state")]
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        runs = [subprocess.Popen(words, text=True, **pipes) for _ in range(PROCESSES)]
        assert [run.stdout.readline() for run in runs if run.stdout] == ["ready\n"] * PROCESSES
        for run in runs:
            assert run.stdin
            run.stdin.write("go\n")
            run.stdin.flush()
        said = [run.communicate(timeout=90) for run in runs]
    assert [error for _, error in said if error] == []
    assert [word.strip() for word, _ in said] == ["canary-1"] * PROCESSES
    assert len(given) == 1


def test_threads_that_start_together_make_one_token_request(doors: Doors) -> None:
    accounts, found = Accounts(doors), []
    shared, barrier = cache(doors), threading.Barrier(8)

    def slow() -> Token:
        time.sleep(0.05)
        return accounts()

    def ask(one: TokenCache) -> None:
        barrier.wait()
        found.append(one.token(slow).value.reveal())

    threads = [threading.Thread(target=ask, args=(shared if n % 2 else cache(doors),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["canary-token-1"] * 8


def test_the_token_is_kept_for_its_owner_alone_and_outside_of_the_ledger(doors: Doors) -> None:
    cache(doors).token(Accounts(doors))
    assert doors.state_dir.stat().st_mode & 0o777 == 0o700
    for file in doors.state_dir.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert "canary-token-1" in (doors.state_dir / "token-acme-access.json").read_text("utf-8")


def test_a_kept_token_serves_until_five_minutes_before_its_end(doors: Doors) -> None:
    accounts = Accounts(doors, lasts_s=3600)
    assert cache(doors).token(accounts).extra == {"api_domain": "https://a.example"}
    doors.clock.advance(3299)
    assert cache(doors).token(accounts).value.reveal() == "canary-token-1"
    doors.clock.advance(1)
    assert cache(doors).token(accounts).value.reveal() == "canary-token-2"


def test_a_refused_token_is_fetched_anew_once_however_many_say_so(doors: Doors) -> None:
    accounts, one, other = Accounts(doors), cache(doors), cache(doors)
    first = one.token(accounts)
    assert other.token(accounts) == first
    one.invalidate(first)
    second = one.token(accounts)
    other.invalidate(first)
    assert other.token(accounts) == second
    assert accounts.count == 2


def test_other_credentials_have_another_token(doors: Doors) -> None:
    accounts = Accounts(doors)
    assert cache(doors, "one").token(accounts).value != cache(doors, "two").token(accounts).value
    assert accounts.count == 2


def test_the_budget_of_fetches_holds_over_all_processes(doors: Doors) -> None:
    accounts = Accounts(doors, lasts_s=0)
    for _ in range(8):
        cache(doors).token(accounts)
        doors.clock.advance(10)
    with pytest.raises(Throttled) as caught:
        cache(doors).token(accounts)
    assert caught.value.after == pytest.approx(520)
    assert accounts.count == 8
    doors.clock.advance(519)
    with pytest.raises(Throttled):
        cache(doors).token(accounts)
    doors.clock.advance(1.1)
    cache(doors).token(accounts)
    assert accounts.count == 9


def test_a_fetch_that_fails_counts_and_leaves_what_it_raised(doors: Doors) -> None:
    def refused() -> Token:
        raise AuthError("revoked")

    for _ in range(8):
        with pytest.raises(AuthError):
            cache(doors).token(refused)
    with pytest.raises(Throttled):
        cache(doors).token(refused)


def test_a_fetch_of_which_nothing_left_the_machine_counts_as_none(doors: Doors) -> None:
    """A breaker that is open must not use up the tokens of the time after it."""

    def refused() -> Token:
        raise Unavailable("the breaker is open")

    for _ in range(20):
        with pytest.raises(Unavailable):
            cache(doors).token(refused, calls=lambda: 7)
    accounts = Accounts(doors)
    assert cache(doors).token(accounts, calls=lambda: accounts.count).value.reveal() == "canary-token-1"


def test_a_fetch_that_left_the_machine_counts_though_it_failed(doors: Doors) -> None:
    sent: list[int] = []

    def refused() -> Token:
        sent.append(1)
        raise Unavailable("no answer")

    for _ in range(8):
        with pytest.raises(Unavailable):
            cache(doors).token(refused, calls=lambda: len(sent))
    with pytest.raises(Throttled):
        cache(doors).token(refused, calls=lambda: len(sent))


def test_a_pause_that_was_told_meanwhile_outlives_a_fetch_that_was_none(doors: Doors) -> None:
    tokens = cache(doors)

    def paused() -> Token:
        tokens.block(300)
        raise Throttled("a pause")

    with pytest.raises(Throttled):
        tokens.token(paused, calls=lambda: 0)
    with pytest.raises(Throttled) as caught:
        cache(doors).token(Accounts(doors), calls=lambda: 0)
    assert caught.value.after == pytest.approx(300)


def test_a_throttle_of_the_vendor_stops_every_process_for_so_long(doors: Doors) -> None:
    accounts, one = Accounts(doors), cache(doors)

    def throttled() -> Token:
        one.block(600)
        raise Throttled("Access Denied", after=600)

    with pytest.raises(Throttled):
        one.token(throttled)
    for wait_s in (0, 300, 299):
        doors.clock.advance(wait_s)
        with pytest.raises(Throttled) as caught:
            cache(doors).token(accounts)
        assert caught.value.after is not None
        assert caught.value.after <= 600
    assert accounts.count == 0
    cache(doors, "new credentials").token(accounts)
    doors.clock.advance(1)
    cache(doors).token(accounts)
    assert accounts.count == 2


def test_a_good_token_serves_on_while_more_are_refused(doors: Doors) -> None:
    accounts, one = Accounts(doors), cache(doors)
    first = one.token(accounts)
    one.block(600)
    assert cache(doors).token(accounts) == first


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"value": "x"}', '{"value": "x", "expires": "soon"}', '{"fetches_s": "abc"}', "\x00"],
)
def test_a_damaged_file_is_as_good_as_none(doors: Doors, text: str) -> None:
    doors.state_dir.mkdir()
    (doors.state_dir / "token-acme-access.json").write_text(text, "utf-8")
    assert cache(doors).token(Accounts(doors)).value.reveal() == "canary-token-1"


def test_without_a_folder_the_token_is_kept_in_memory(doors: Doors) -> None:
    from dataclasses import replace  # noqa: PLC0415

    accounts = Accounts(doors)
    one = TokenCache(replace(doors.context(), state_dir=None), "access", identity="one")
    first = one.token(accounts)
    assert one.token(accounts) == first
    one.invalidate(first)
    one.block(60)
    with pytest.raises(Throttled):
        one.token(accounts)
    assert not doors.state_dir.exists()


def test_a_folder_that_cannot_be_made_is_a_store_error(doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", "utf-8")
    with pytest.raises(StoreError):
        cache(doors).token(Accounts(doors))


def test_a_file_that_cannot_be_written_is_a_store_error(doors: Doors) -> None:
    (doors.state_dir / "token-acme-access.json").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"token-acme-access\.json"):
        cache(doors).token(Accounts(doors))


def test_a_holder_that_never_ends_is_waited_for_and_then_unavailable(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmbridge.http.token_file.WAIT_S", 0.1)
    doors.state_dir.mkdir()
    holder = TokenFile(doors.state_dir, "acme-access")
    waiting = threading.Event()
    done = threading.Event()

    def hold() -> None:
        with holder.locked():
            waiting.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    waiting.wait(10)
    with pytest.raises(Unavailable):
        cache(doors).token(Accounts(doors))
    done.set()
    thread.join()


@pytest.mark.parametrize("name", ["客户", "../../etc/passwd", "a/b", "x" * 200, ""])
def test_any_connection_has_a_file_of_its_own_inside_the_folder(tmp_path: Path, name: str) -> None:
    file = TokenFile(tmp_path, name)
    with file.locked():
        file.write(Kept(value="canary", expires="2026-01-01T00:00:00+00:00"))
    assert {path.parent for path in tmp_path.rglob("token-*.json")} == {tmp_path}


def test_the_kept_token_does_not_show_itself() -> None:
    assert "canary" not in repr(Kept(value="canary-x"))
    assert json.dumps({"fine": True})


def test_the_clock_going_back_does_not_lock_out(doors: Doors) -> None:
    accounts: Callable[[], Token] = Accounts(doors, lasts_s=0)
    for _ in range(8):
        cache(doors).token(accounts)
    doors.clock.advance(-86_400)
    cache(doors).token(accounts)
