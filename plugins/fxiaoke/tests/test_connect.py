"""The first login, in this process: what is asked, what may be left out, what is refused and when."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from plugins.fxiaoke.tests.simulated import URL, SimulatedFxiaoke

from crmbridge.adapter.connecting import ConnectContext, Connected, Feature
from crmbridge.adapter.context import AdapterContext
from crmbridge.model.errors import AuthError, ConfigError, CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge_fxiaoke.clouds import CLOUDS
from crmbridge_fxiaoke.connect import connect

READ = frozenset[Feature]({"read"})
LOOPBACK = {"simulator": True, "api_url": URL}


@dataclass
class Attempt:
    """One attempt to connect: the company, the person, and where calls went."""

    fxiaoke: SimulatedFxiaoke
    folder: Path
    options: dict[str, object] = field(default_factory=lambda: dict(LOOPBACK))
    answers: dict[str, str] = field(default_factory=dict)
    features: frozenset[Feature] = READ
    said: list[Note] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def run(self) -> Connected:
        told = self.fxiaoke.simulator.credentials
        known = {key: told[key] for key in ("app_id", "app_secret", "permanent_code")} | {"operator": told["mobile"]}

        def ask(key: str, english: str, chinese: str, secret: bool) -> str:  # noqa: FBT001 - as connectors ask
            assert english
            assert chinese
            assert secret == (key in {"app_secret", "permanent_code"})
            self.asked.append(key)
            return self.answers.get(key, known[key])

        def choose(key: str, english: str, chinese: str, usual: str) -> str:
            assert english
            assert chinese
            self.asked.append(key)
            return self.answers.get(key, usual)

        def listen() -> None:
            raise AssertionError("there is no browser")

        def handle(request: httpx.Request) -> httpx.Response:
            self.hosts.add(request.url.host)
            return self.fxiaoke.handle(request)

        clock = self.fxiaoke.clock
        context = ConnectContext(
            connection="crm",
            options=self.options,
            features=self.features,
            ask=ask,
            open_url=lambda _url: None,
            listen=listen,  # type: ignore[arg-type] # never called
            context=lambda config: AdapterContext("crm", config, self.folder, clock=clock, sleep=clock.sleep),
            say=self.said.append,
            choose=choose,
        )
        return connect(context, transport=httpx.MockTransport(handle))


def corp_of(fxiaoke: SimulatedFxiaoke) -> str:
    return str(fxiaoke.simulator.signed(style="A")[1]["corpId"])


Try = Callable[..., Attempt]


@pytest.fixture
def attempt(tmp_path: Path) -> Try:
    return lambda **given: Attempt(SimulatedFxiaoke(deals=5), tmp_path, **given)


def test_everything_is_asked_once_and_the_company_is_pinned(attempt: Try) -> None:
    tried = attempt()
    found = tried.run()
    assert tried.asked == ["app_id", "app_secret", "permanent_code", "style", "operator"]
    assert found.org_id == corp_of(tried.fxiaoke)
    assert found.options == {**LOOPBACK, "style": "corp", "org": found.org_id}
    kept = json.loads(found.secret)
    assert set(kept) == {"app_id", "app_secret", "permanent_code", "style", "mobile"}
    assert kept["app_secret"] not in repr(found)
    assert (found.title, found.features, found.notices) == ("Api User", READ, ())


@pytest.mark.parametrize("style", ["corp", "oauth"])
def test_either_style_is_the_same_company(attempt: Try, style: str) -> None:
    tried = attempt(answers={"style": style})
    found = tried.run()
    assert found.org_id == corp_of(tried.fxiaoke)
    assert found.options["style"] == style


def test_a_style_in_the_configuration_is_not_asked_for(attempt: Try) -> None:
    tried = attempt(options={**LOOPBACK, "style": "oauth"}, answers={"operator": "1000"})
    assert json.loads(tried.run().secret)["user_id"] == "1000"
    assert "style" not in tried.asked


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_cloud_is_asked_for_and_no_other_host_is_called(attempt: Try, cloud: str) -> None:
    tried = attempt(options={}, answers={"cloud": cloud.upper()})
    found = tried.run()
    assert tried.hosts == {CLOUDS[cloud]}
    assert found.options["cloud"] == cloud
    assert [note.code for note in tried.said] == ["FXIAOKE_APP"]


def test_the_usual_cloud_needs_no_answer(attempt: Try) -> None:
    tried = attempt(options={})
    assert tried.run().options["cloud"] == "fxiaoke"
    assert tried.hosts == {"open.fxiaoke.com"}


def test_a_dedicated_host_is_called_instead(attempt: Try) -> None:
    tried = attempt(options={"host": "open.example.com"})
    found = tried.run()
    assert tried.hosts == {"open.example.com"}
    assert "cloud" not in found.options
    assert "cloud" not in tried.asked


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"cloud": "huawai"}, "huawei"),
        ({"style": "magic"}, "corp or oauth"),
        ({"operator": "Li Lei"}, "names no employee"),
        ({"operator": "1000"}, "corp takes a mobile"),
        ({"operator": "FSUID_1", "style": "oauth"}, "oauth a mobile or the employee's number"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_called(
    attempt: Try, answers: dict[str, str], says: str
) -> None:
    tried = attempt(options={}, answers=answers)
    with pytest.raises(ConfigError) as caught:
        tried.run()
    assert says in f"{caught.value} {caught.value.hint}".format(**caught.value.context)
    assert tried.hosts == set()


@pytest.mark.parametrize(
    "answers",
    [
        {"app_id": "FSAID_0000000"},
        {"app_secret": "secret-canary"},
        {"permanent_code": "code-canary"},
        {"operator": "13000000000"},
        {"operator": "FSUID_CANARY"},
    ],
    ids=lambda answers: next(iter(answers)),
)
def test_what_fxiaoke_refuses_is_told_without_a_secret(attempt: Try, answers: dict[str, str]) -> None:
    tried = attempt(answers=answers)
    with pytest.raises(AuthError) as caught:
        tried.run()
    shown = f"{caught.value!r} {caught.value} {caught.value.context}"
    kept = tried.fxiaoke.simulator.credentials
    for secret in (kept["app_secret"], kept["permanent_code"], "secret-canary", "code-canary"):
        assert secret not in shown


def test_what_stands_in_the_way_of_every_call_is_told(attempt: Try) -> None:
    for action in ("disable_app", "refuse_ip"):
        tried = attempt()
        tried.fxiaoke.act(action, on=True)
        with pytest.raises(CrmBridgeError) as caught:
            tried.run()
        assert caught.value.exit_code == 4


def test_events_are_told_to_need_a_hand(attempt: Try) -> None:
    found = attempt(features=frozenset[Feature]({"read", "webhooks"})).run()
    assert [note.code for note in found.notices] == ["FXIAOKE_EVENTS"]
    assert "webhooks" in found.features


def test_spaces_in_a_telephone_number_do_not_matter(attempt: Try) -> None:
    mobile = "139 0000-1000"
    assert json.loads(attempt(answers={"operator": mobile}).run().secret)["mobile"] == "13900001000"
