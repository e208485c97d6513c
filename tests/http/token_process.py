"""One of twenty processes that start together: gets a token through its own door, and tells which."""

import sys
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel

from crmbridge.adapter.context import AdapterContext, system_clock
from crmbridge.http import Call, Door, Hosts, Ok, Rules, Secret, Token, TokenCache


class Options(BaseModel):
    """No keys."""


def main(port: int, state_dir: str) -> None:
    """Waits for the common start, then asks for a token."""
    context = AdapterContext("acme", Options(), Path(), state_dir=Path(state_dir), read_only=True)
    door = Door(
        context,
        hosts=Hosts(frozenset(), frozenset({("127.0.0.1", port)})),
        judge=lambda _call, _reply: Ok(),
        rules=Rules(attempts=1, posts_that_read=frozenset({"POST /token"})),
        name="accounts",
    )
    url = f"http://127.0.0.1:{port}/token"

    def fetch() -> Token:
        body = door.send(Call("POST", url, safe=True, form={"refresh_token": "canary-refresh"})).json()
        assert isinstance(body, dict)
        lasts = timedelta(seconds=int(str(body["expires_in"])))
        return Token(Secret(str(body["access_token"])), system_clock() + lasts, {"api_domain": "x"})

    cache = TokenCache(context, "access", identity="one")
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(cache.token(fetch).value.reveal())  # noqa: T201 - for the test


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
