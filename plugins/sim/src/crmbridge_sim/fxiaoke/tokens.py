"""Both ways of signing in and the life of tokens (dossier 1.3, 1.4, 1.7, 1.8)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import errors, ids
from crmbridge_sim.fxiaoke.people import Employee
from crmbridge_sim.wire import Request

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

LIFE_S = 7_200
SAME_S = 6_600
STYLE_A = "/cgi/corpAccessToken/get/V2"
STYLE_B = "/oauth2.0/token"


@dataclass
class Token:
    """A token of one style; it lives 7,200 seconds from its birth, whatever is asked for meanwhile."""

    text: str
    style: str
    born: float


@dataclass(frozen=True)
class Caller:
    """Who calls: the style decides which ids he reads and writes; nobody acts in some directory calls."""

    style: str
    user: Employee | None


class Tokens:
    """Hands tokens out and recognises them; used under the simulator's lock, apart from ``busy``."""

    def __init__(self, sim: FxiaokeSimulator) -> None:
        self._sim = sim
        self._alive: list[Token] = []
        self._made = 0
        self._asked: deque[float] = deque()
        self._lock = threading.Lock()
        self._busy = 0
        self.calls = self.most_at_once = 0
        self.secret = ids.digest("secret", sim.seed)[:32]
        self.app_id = f"FSAID_{1_400_000 + sim.seed % 100_000}"
        self.permanent_code = ids.digest("permanent", sim.seed)[:32].upper()

    def __enter__(self) -> int:
        """Counts a token call in flight; the number says how many there are now."""
        with self._lock:
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)
            return self._busy

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._busy -= 1

    def answer(self, path: str, body: Mapping[str, Any], *, at_once: int) -> dict[str, Any]:
        """A token for the right secrets: the same one until its 6,600th second, then a new one (dossier 1.7)."""
        now = self._sim.clock.now()
        self._limit(now)
        if at_once > 1 and self._sim.switches.text("concurrent_token_calls") == "refuse":
            raise errors.Refusal(14001, "接口调用次数超限")
        self._check(path, body)
        style = "A" if path == STYLE_A else "B"
        token = self.current(style)
        left = int(token.born + LIFE_S - now)
        if style == "A":
            corp = ids.corp_id(self._sim.seed)
            return {"corpAccessToken": token.text, "corpId": corp, "expiresIn": left}
        return {
            "accessToken": token.text,
            "expiresIn": left,
            "appId": self.app_id,
            "ea": self._sim.ea,
            "openUserId": ids.corp_id(self._sim.seed),  # really the corp's id (dossier 1.4)
        }

    def current(self, style: str) -> Token:
        """The token that would be handed out now."""
        now = self._sim.clock.now()
        self._alive = [one for one in self._alive if now < one.born + LIFE_S]
        same = [one for one in self._alive if one.style == style and now < one.born + SAME_S]
        if same:
            return same[-1]
        self._made += 1
        text = ids.digest("token", self._sim.seed, self._made)[:32]
        made = Token(text.upper() if style == "A" else text, style, now)
        self._alive.append(made)
        return made

    def kill(self) -> None:
        """All tokens are dead, as after a reset of the app's secret or a revocation."""
        self._alive.clear()

    def caller(self, request: Request, body: Mapping[str, Any], *, acts: bool) -> Caller:
        """Who calls; no token -> 20017, a dead one -> 20016 (dossier 1.8), nobody's user -> a switch or 20012."""
        by_header = "authorization" in request.headers
        by_body = bool(body.get("corpAccessToken"))
        if by_header and by_body:
            rule = self._sim.switches.text("mixed_styles")
            if rule == "error":
                raise errors.Refusal(20016, errors.DEAD_TOKEN, bare=True)
            by_header = rule == "headers"
        if by_header:
            return self._by_header(request, acts=acts)
        if not by_body:
            raise errors.Refusal(20017, errors.NO_TOKEN)
        self._known("A", str(body["corpAccessToken"]), body.get("corpId") == ids.corp_id(self._sim.seed))
        asked = body.get("currentOpenUserId")
        if not asked:
            if acts:
                raise errors.illegal("currentOpenUserId")
            return Caller("A", None)
        user = self._sim.people.by_open_id(asked) if isinstance(asked, str) else None
        if user is None:
            raise errors.Refusal(20012, "openUserId not found", "openUserId不存在")
        return Caller("A", self._active(user))

    def _by_header(self, request: Request, *, acts: bool) -> Caller:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        right_corp = request.headers.get("x-fs-ea", "") == self._sim.ea
        self._known("B", text.strip(), right_corp and scheme.lower() == "bearer")
        if not request.params.get("thirdTraceId") and self._sim.switches.text("third_trace_id") == "required":
            raise errors.illegal("thirdTraceId")
        asked = request.headers.get("x-fs-userid", "")
        if not asked:
            if self._sim.switches.text("missing_user_b") == "admin":
                return Caller("B", self._sim.people.get(ids.ADMIN))
            if acts:
                raise errors.Refusal(10010, "the parameter openUserId is missing", "缺少参数openUserId")
            return Caller("B", None)
        user = self._sim.people.get(asked)
        if user is None:
            if self._sim.switches.text("unknown_user_b") == "admin":
                return Caller("B", self._sim.people.get(ids.ADMIN))
            raise errors.Refusal(20012, "openUserId not found", "openUserId不存在")
        return Caller("B", self._active(user))

    def _active(self, user: Employee) -> Employee:
        if user.is_stop:
            code = int(self._sim.switches.text("stopped_user"))
            raise errors.Refusal(code, "employee is stopped", "员工已停用")
        return user

    def _known(self, style: str, text: str, right_corp: bool) -> None:  # noqa: FBT001  # a fact about the corp
        now = self._sim.clock.now()
        alive = any(one.text == text and one.style == style and now < one.born + LIFE_S for one in self._alive)
        if not alive or not right_corp:
            raise errors.Refusal(20016, errors.DEAD_TOKEN, bare=True)

    def _limit(self, now: float) -> None:
        """Ten calls a minute (dossier 1.7); refused ones are not counted."""
        self.calls += 1
        while self._asked and self._asked[0] <= now - 60:
            self._asked.popleft()
        most = self._sim.switches.number("token_calls_a_minute")
        if most and len(self._asked) >= most:
            raise errors.Refusal(14001, "接口调用次数超限")
        self._asked.append(now)

    def _check(self, path: str, body: Mapping[str, Any]) -> None:
        """Wrong or missing secrets (dossier 1.8: a bad secret gives 10006, not 20006)."""
        for name, right in (
            ("appId", self.app_id),
            ("appSecret", self.secret),
            ("permanentCode", self.permanent_code),
        ):
            if body.get(name) != right:
                raise self._illegal(path, name)
        if path == STYLE_B and body.get("grantType") != "app_secret":
            raise self._illegal(path, "grantType")

    @staticmethod
    def _illegal(path: str, name: str) -> errors.Refusal:
        told = f"the parameter {name} is missing or illegal"
        return errors.Refusal(10006, told, "缺少参数或参数不合法", bare=True, oauth=path == STYLE_B)
