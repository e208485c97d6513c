"""A small CRM service that lives in this process: its adapter, its connector, and a keyring to keep its secret in."""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from crmbridge.adapter import registry
from crmbridge.adapter.capabilities import FULL, Capability, Support, not_yet
from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.adapter.connecting import ConnectContext, Connected, Granted
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import (
    Health,
    Page,
    Problem,
    PullRequest,
    RawRecord,
    Spent,
    Subscription,
    SubscriptionRequest,
)
from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.app import wiring
from crmbridge.app.secrets import keyrings
from crmbridge.app.secrets.keyrings import OsKeyring
from crmbridge.model.errors import AuthError, ConfigError, TransientError

TOKEN = "token-canary-93b1"  # noqa: S105 - a made-up one
ABSENT: Support = not_yet("this vendor is made up", "这个系统是虚构的")
DECLARED = dict.fromkeys(Capability, ABSENT) | {
    Capability.FETCH: FULL,
    Capability.RECEIVE: FULL,
    Capability.SUBSCRIBE: FULL,
}


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    data_center: str = "us"
    credentials: str = ""
    org: str | None = None


@dataclass
class Vendor:
    """The state of the service, and what was asked of it."""

    org_id: str = "org-1"
    title: str = "Acme Ltd"
    problems: tuple[str, ...] = ()
    deals: dict[str, str] = field(default_factory=lambda: {"D1": "Pumps", "D2": "Valves"})
    granted: frozenset[str] = frozenset({"read"})
    answers: list[str] = field(default_factory=list)
    contexts: list[AdapterContext] = field(default_factory=list)
    subscribed: list[SubscriptionRequest] = field(default_factory=list)
    life: timedelta | None = timedelta(days=7)
    down: bool = False
    calls: int = 0
    revoked: int = 0


STATE: list[Vendor] = []


def vendor() -> Vendor:
    """The service of this test."""
    return STATE[-1]


@dataclass
class ExampleAdapter:
    context: AdapterContext
    calls: int = 0

    def __post_init__(self) -> None:
        vendor().contexts.append(self.context)

    def _call(self) -> None:
        self.calls += 1
        vendor().calls += 1
        if vendor().down:
            raise TransientError("the example service does not answer")
        own = self.context.config
        assert isinstance(own, Options)
        if json.loads(self.context.secrets.resolve(own.credentials))["token"] != TOKEN:
            raise AuthError("the login is refused", hint="crmbridge connect example")

    def check(self) -> Health:
        self._call()
        state = vendor()
        return Health(not state.problems, state.org_id, state.title, state.problems)

    def describe(self) -> Catalog:
        self._call()
        fields = [FieldInfo(name="id", label="Id", type="text"), FieldInfo(name="name", label="Name", type="text")]
        return Catalog(
            objects=[ObjectInfo(name="deals", label="Deals", fields=fields)],
            limits=Limits(page_size=200, batch_size=100),
        )

    def pull(self, request: PullRequest) -> Iterator[Page]:
        self._call()
        assert request.object == "deals"
        way = Problem("read.way", "{object} is read by {way}: it is the only one", {"object": "deals", "way": "list"})
        yield Page([self._deal(key) for key in vendor().deals], "1", whole=True, notices=[way])

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        self._call()
        assert object_name == "deals"
        return [self._deal(key) if key in vendor().deals else None for key in external_ids]

    def _deal(self, key: str) -> RawRecord:
        return RawRecord("deals", key, {"id": key, "name": vendor().deals[key]})

    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Sequence[tuple[str, str]]:
        assert headers
        said: Any = json.loads(body)
        if not hmac.compare_digest(str(said["token"]).encode(), secret.encode()):
            raise AuthError("this is no notification of the example service")
        return [("deals", str(key)) for key in said["ids"]]

    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        self._call()
        if self.context.read_only:
            raise ConfigError("read-only")
        vendor().subscribed.append(request)
        expires = None if vendor().life is None else self.context.clock() + (vendor().life or timedelta())
        return Subscription(f"channel-{len(vendor().subscribed)}", expires)

    def unsubscribe(self, state: str) -> None:
        self._call()
        assert state.startswith("channel-")
        vendor().subscribed.clear()

    def revoke(self) -> None:
        self._call()
        vendor().revoked += 1

    def spent(self) -> Spent:
        back = datetime.fromisoformat("2026-03-03T00:00:00+00:00")
        return Spent(self.calls, self.calls * 2, 5000 - vendor().calls, back)

    def close(self) -> None:
        pass


def open_adapter(context: AdapterContext) -> ExampleAdapter:
    return ExampleAdapter(context)


def connect(context: ConnectContext) -> Connected:
    state = vendor()
    client = context.ask("client_id", "Client id", "客户端编号", False)
    code = context.ask("code", "Code", "授权码", True)
    state.answers += [client, code]
    if code != "good":
        raise AuthError("the code is refused")
    config = Options.model_validate(dict(context.options))
    assert context.context(config).read_only
    scopes = [Granted("Deals.READ", "to read deals", "读取商机")]
    if "tasks" in context.features:
        scopes.append(Granted("Tasks.CREATE", "to make tasks", "创建任务"))
    return Connected(
        {"data_center": config.data_center, "org": state.org_id},
        json.dumps({"token": TOKEN}),
        state.org_id,
        state.title,
        tuple(scopes),
        context.features,
    )


DESCRIPTOR = AdapterDescriptor(
    name="example",
    title="Example CRM",
    title_zh="示例系统",
    open="tests.app.vendor:open_adapter",
    config=Options,
    support=DECLARED,
    connect="tests.app.vendor:connect",
)


class Ring:
    """A keyring that encrypts, as far as crmbridge can tell."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value


def install(patch: pytest.MonkeyPatch) -> tuple[Vendor, Ring]:
    """The service and a keyring for one test: every workspace that is opened has them."""
    found, ring = Vendor(), type("Keyring", (Ring,), {"__module__": "keyring.backends.SecretService"})()
    STATE.append(found)

    def discovered(allowed: Sequence[str] = ()) -> registry.Registry:
        made = registry.discover(allowed)
        made.adapters[DESCRIPTOR.name] = replace(DESCRIPTOR)
        return made

    patch.setattr(wiring, "discover", discovered)
    patch.setattr(OsKeyring.__init__, "__defaults__", (lambda: ring,))
    assert keyrings.refused(ring) == []
    return found, ring


CONFIG = """\
[workspace]
name = "acme"          # a remark that stays
timezone = "Asia/Shanghai"
currency = "CNY"
"""
MAPPING = """\
format = 1
[objects.deals]
kind = "account"
[objects.deals.fields]
name = "name"
"""
