"""One connection to Fxiaoke: its doors, its token, its company and the acting employee, and calls by path.

Everything is a POST; `ask` is for those that only read and may be sent again, `write` for those that are sent once.
Whoever calls gets the answer's body or an error of the product; `Refused` carries what Fxiaoke said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Spent
from crmbridge.adapter.simulators import check_loopback
from crmbridge.http import Call, Door, Hosts, Rules, fingerprint
from crmbridge.model.errors import AuthError, ConfigError, ContractError
from crmbridge_fxiaoke import operators
from crmbridge_fxiaoke.auth import FxiaokeAuth, Transport, token_door
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.credentials import Credentials, resolve
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.judge import WINDOW_S, Judge

PRESET = "/cgi/crm/v2/data"
CUSTOM = "/cgi/crm/custom/v2/data"
OBJECT_LIST = "/cgi/crm/v2/object/list"
DESCRIBE = "/cgi/crm/v2/object/describe"
LOG = "/cgi/crm/v2/object/getNewLogInfoListForWeb"
BY_MOBILE = "/cgi/user/getByMobile"
USER_LIST = "/cgi/user/list"
DEPARTMENT_LIST = "/cgi/department/list"
AREAS = "/cgi/crm/countryAreaOptions/get"
READS = frozenset(
    f"POST {path}"
    for path in (
        *(f"{family}/{verb}" for family in (PRESET, CUSTOM) for verb in ("query", "get", "findSimple", "findOne")),
        OBJECT_LIST,
        DESCRIBE,
        LOG,
        AREAS,
        BY_MOBILE,
        USER_LIST,
        "/cgi/user/get",
        "/cgi/user/simpleList",
        "/cgi/user/get/batchByUpdTime",
        DEPARTMENT_LIST,
        "/cgi/department/detail",
        "/cgi/crm/team/get",
    )
)
"""The calls that change nothing: all that a connection for reading only may send."""
MARGIN_S = 0.2
"""How much longer our window is: two calls may arrive closer together than they were sent."""
PARTS = 50
"""How finely the window is counted: it costs 1/50 of the rate at most."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The employee that calls act for, in the style's own id; without a name where nobody asked."""

    id: str
    name: str = ""


class Session:
    """The calls of one connection. The token is fetched with the first; used by several threads at once."""

    def __init__(self, context: AdapterContext, options: FxiaokeOptions, *, transport: Transport = None) -> None:
        self.context = context
        self.options = options
        self._transport = transport
        self._tokens: Door | None = None
        self._auth: FxiaokeAuth | None = None
        self._credentials: Credentials | None = None
        self._door: Door | None = None
        self._operator: Operator | None = None
        self._remembers = True
        self._ahead = timedelta()
        self.nameless: set[str] = set()
        """The objects whose references come without their names where fields are chosen."""

    # calls

    def ask(
        self, path: str, data: Mapping[str, Any] | None = None, *, top: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Reads: the answer's body. Sent again where that may help. `top` stands beside `data` in the request."""
        return self._call(path, data, top, safe=True)

    def write(
        self, path: str, data: Mapping[str, Any] | None = None, *, top: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Changes something, sent once: InDoubt where the answer was lost, Refused where Fxiaoke said no."""
        return self._call(path, data, top, safe=False)

    # who it is

    @property
    def is_plain(self) -> bool:
        """Whether people are plain employee ids ("1000"), not FSUIDs: so it is in style oauth."""
        return self.credentials.style == "oauth"

    @property
    def credentials(self) -> Credentials:
        """The credentials, resolved once."""
        if self._credentials is None:
            self._credentials = resolve(self.context, self.options)
        return self._credentials

    @property
    def standing(self) -> str:
        """A text that changes when the login, its company or an option does, and tells nothing of them."""
        return fingerprint(self._login().identity, self.options.model_dump_json(), self.corp_id)

    @property
    def corp_id(self) -> str:
        """The company's id, the same in both styles; ConfigError where it is not the one that the connection pins."""
        found, pinned = self._login().corp_id, self.options.org
        if pinned is not None and pinned != found:
            raise ConfigError(
                "the credentials of {connection} open the company {found}, the connection is for {pinned}",
                connection=self.context.connection,
                found=found,
                pinned=pinned,
                hint="check the credentials; for another company make another connection",
            )
        return found

    @property
    def account(self) -> str:
        """The company's account name, where the style tells it, else its id."""
        return self._login().account

    @property
    def title(self) -> str:
        """Who the login is, for people: the account, where it has a name, and the acting employee."""
        account, operator = self.account, self.operator
        who = operator.name or operator.id
        return who if account == self.corp_id else f"{account}: {who}"

    @property
    def operator(self) -> Operator:
        """The acting employee, looked up by mobile where the credentials name no id; AuthError where there is none."""
        if self._operator is None:
            known = self._login().operator
            self._operator = Operator(known) if known else self._acting()
        return self._operator

    def look_up(self) -> None:
        """Who acts is asked for again by whoever needs it next, and not told from memory any more."""
        if self._remembers and self._operator is not None and not self.credentials.operator:
            self._operator = self._login().operator = None
        self._remembers = False

    def now(self, at: datetime | None = None) -> datetime:
        """The vendor's time by its last answer, for a watermark: never later than our own clock has it.

        A clock that is fast, theirs or ours, would make a watermark pass over changes; one that is early reads some
        again. With `at` its time when ours was that.
        """
        return (at or self.context.clock()).astimezone(UTC) + min(self._ahead, timedelta())

    def spent(self) -> Spent:
        """Calls since this was opened; makes no call."""
        told = [door.spent() for door in (self._tokens, self._door) if door is not None] or [Spent(0)]
        latest = told[-1]
        return Spent(
            sum(one.calls for one in told), sum(one.credits for one in told), latest.credits_left, latest.returns_at
        )

    def close(self) -> None:
        """Lets go of every connection; harmless twice."""
        for door in (self._tokens, self._door):
            if door is not None:
                door.close()

    # inside

    def _call(
        self, path: str, data: Mapping[str, Any] | None, top: Mapping[str, Any] | None, *, safe: bool
    ) -> dict[str, Any]:
        if path != BY_MOBILE and not self._login().operator:
            self._operator = self._acting()
        body = dict(top or {})
        if data is not None:
            body["data"] = dict(data)
        call = Call("POST", self.options.api + path, safe=safe, json=body, lane=path)
        if self._door is None:
            self._door = self._open()
        try:
            reply = self._door.send(call)
        except AuthError:
            if not self._acts_otherwise():
                raise
            reply = self._door.send(call)
        if reply.server_time is not None:
            self._ahead = reply.server_time - self.context.clock()
        told = reply.json()
        if not isinstance(told, dict):
            raise ContractError("Fxiaoke sent something else than an object")
        return told

    def _acting(self) -> Operator:
        """The acting employee by mobile, as any process of the connection found him within a day."""
        kept = operators.kept(self.context, self._login().identity) if self._remembers else None
        if kept is None:
            self._remembers = False
            return self._found()
        self._login().operator = kept[0]
        return Operator(*kept)

    def _found(self) -> Operator:
        """The acting employee by mobile, asked for now."""
        mobile = self.credentials.mobile or ""
        try:
            told = self.ask(BY_MOBILE, top={"mobile": mobile})
        except (AuthError, Refused) as error:
            if not self.is_plain:
                raise
            # whether this call works without an acting employee is nowhere told (dossier 1.6)
            raise self._nobody("user_id") from error
        people = told.get("empList")
        person = people[0] if isinstance(people, Sequence) and people else None
        found = person.get("openUserId") if isinstance(person, Mapping) else None
        if not isinstance(found, str) or not found:
            raise self._nobody("mobile")
        self._login().operator = found
        name = str(person.get("name") or "") if isinstance(person, Mapping) else ""
        operators.keep(self.context, self._login().identity, found, name)
        return Operator(found, name)

    def _acts_otherwise(self) -> bool:
        """Whether somebody else acts now than was remembered: what was refused was not done, and is sent for him."""
        if not self._remembers or self.credentials.operator:
            return False
        before = self._login().operator
        self.look_up()
        try:
            return self.operator.id != before
        except AuthError:  # it is the login that is refused: what was told first says why
            return False

    def _nobody(self, key: str) -> AuthError:
        hint = "name an employee of the company by {key} in the credentials, best a CRM administrator"
        text = "Fxiaoke finds no employee that {connection} could act for"
        return AuthError(text, connection=self.context.connection, key=key, hint=hint)

    def _login(self) -> FxiaokeAuth:
        if self._auth is None:
            door = token_door(self.context, self.options, self._hosts(), self.credentials, self._transport)
            self._tokens = door
            self._auth = FxiaokeAuth(self.context, self.options, self.credentials, door)
        return self._auth

    def _hosts(self) -> Hosts:
        if self.options.simulator:
            return Hosts(frozenset(), frozenset({check_loopback(self.options.api)}))
        return Hosts(frozenset({self.options.api_host}))

    def _open(self) -> Door:
        options = self.options
        rules = Rules(
            concurrency=options.concurrency,
            heavy_concurrency=options.concurrency,
            calls_per_window=options.calls_per_window,
            window_s=WINDOW_S + MARGIN_S,
            window_parts=PARTS,
            daily_credits=options.daily_calls,
            share=options.daily_share,
            posts_that_read=READS,
        )
        judge = Judge(self.context.connection, options.cloud, self.context.clock)
        return Door(
            self.context,
            hosts=self._hosts(),
            judge=judge,
            rules=rules,
            auth=self._login(),
            name="api",
            transport=self._transport,
        )


def path_of(object_name: str, verb: str) -> str:
    """The path of a call about records: custom objects (`__c`) have a family of their own (dossier 2.1)."""
    return f"{CUSTOM if object_name.endswith('__c') else PRESET}/{verb}"
