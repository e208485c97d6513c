"""The conformance kit on the simulated Fxiaoke."""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from plugins.fxiaoke.tests.simulated import SimulatedFxiaoke
from pydantic import JsonValue

from crmbridge.adapter.capabilities import Support, vendor_cannot
from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Payload
from crmbridge.testing.kit import AdapterConformance, Fault, Harness, Need
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.events import aes_key
from crmbridge_fxiaoke.payload import INVALID, TECHNICAL
from crmbridge_fxiaoke.plugin import DESCRIPTOR

DEALS = "NewOpportunityObj"
WRONG = "wrong-secret-canary"
NO_NULLS = vendor_cannot("missing, null and empty are the same", "缺失、null 与空值无法区分")
NO_HUGE = vendor_cannot("numbers have a set number of decimals", "数字字段的小数位数固定")


def sealed(key: bytes, plain: bytes) -> str:
    """AES-256-CBC with the key's beginning, in base64."""
    padder = PKCS7(128).padder()
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()).decode()


class FxiaokeHarness(Harness):
    """Opportunities of a company that has nothing else."""

    descriptor = DESCRIPTOR
    object_name = DEALS
    field = "background__c"
    other_field = "next_step__c"
    key_field = "external_key__c"
    style = "corp"
    switches: ClassVar[Mapping[str, str | int]] = {}
    stages = ("2", "3", "7")
    cannot: ClassVar[Mapping[Fault | Need, Support]] = {
        Need.CHOSEN_IDS: vendor_cannot("Fxiaoke gives the ids", "ID 由纷享销客分配"),
        Need.NUMBERS: NO_HUGE,
        Need.NULLS: NO_NULLS,
        Need.NEW_FIELDS: vendor_cannot("a person makes fields, in 管理后台", "字段只能在管理后台由人新建"),
    }

    def __init__(self, workspace: Path) -> None:
        super().__init__()
        self.workspace, self.shared = workspace, InMemoryShared()
        self.fx = SimulatedFxiaoke(self.clock, style=self.style, switches=self.switches)
        right = self.fx.simulator.credentials
        self.canaries = (WRONG, str(right["app_secret"]), str(right["permanent_code"]))
        self.user = str(
            self.fx.simulator.signed(style="A")[1]["currentOpenUserId"] if self.style == "corp" else right["user_id"]
        )
        self.account = str(self.fx.act("create", module="AccountObj", record={"name": "客户"}))

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> FxiaokeAdapter:
        told = json.loads(self.fx.secret)
        secret = json.dumps({**told, "app_secret": WRONG}) if wrong_credentials else self.fx.secret
        return self.fx.open(
            self.workspace,
            read_only=read_only,
            secret=secret,
            shared=self.shared,
            stop=stop,
            state_dir=self.workspace,
            page_size=3,
            history=True,
            external_id_field=self.key_field,
        )

    def seed(
        self,
        records: Sequence[Mapping[str, object]],
        *,
        ids: Sequence[str] | None = None,  # noqa: ARG002 - Fxiaoke gives the ids
        together: bool = False,
    ) -> list[str]:
        self.clock.advance(60)
        return self._made(records, apart_s=0 if together else 1)

    def seed_late(self, records: Sequence[Mapping[str, object]]) -> list[str]:
        return self._made(records, apart_s=0)

    def _made(self, records: Sequence[Mapping[str, object]], *, apart_s: float) -> list[str]:
        owned = [{**record, "owner": [str(self.fx.simulator.credentials["user_id"])]} for record in records]
        return self.fx.create(DEALS, owned, apart_s=apart_s)

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        self.clock.advance(60)
        self.fx.act("edit", module=DEALS, record_id=external_id, changes=dict(fields))

    def delete(self, external_id: str) -> None:
        self.clock.advance(60)
        self.fx.act("invalid", module=DEALS, record_id=external_id)

    def delete_together(self, external_ids: Sequence[str]) -> None:
        self.clock.advance(60)
        for external_id in external_ids:
            self.fx.act("invalid", module=DEALS, record_id=external_id)

    def restore(self, external_id: str) -> None:
        self.clock.advance(60)
        self.fx.act("recover", module=DEALS, record_id=external_id)

    def move(self, moves: Sequence[tuple[str, str]], *, together: bool = False) -> None:
        self.clock.advance(60)
        for external_id, label in moves:
            self.clock.advance(0 if together else 1)
            self.fx.act("stage", deal=external_id, stage=label)

    def stored(self) -> Mapping[str, Payload]:
        """The simulator's own state in the one form of payloads."""
        shape = self.open().objects.shape(DEALS)
        state = self.fx.look("state", style="A" if self.style == "corp" else "B")
        rows: list[dict[str, Any]] = list(state["objects"][DEALS].values())
        live = [row for row in rows if row.get("life_status") != INVALID]
        return {
            row["_id"]: shape.payload({key: one for key, one in row.items() if key not in TECHNICAL}) for row in live
        }

    def writes(self) -> int:
        rows: list[dict[str, Any]] = self.fx.look("calls/rows")
        words = ("/create", "/update", "/invalid", "/delete", "/recover", "/changeOwner", "/lock", "/transfer")
        return sum(1 for row in rows if str(row["path"]).endswith(words))

    def inject(self, fault: Fault) -> None:
        act = self.fx.act
        if fault is Fault.THROTTLE:
            act("fault", kind="throttle", path="/cgi/crm/", times=1)
        elif fault is Fault.GARBAGE:
            act("fault", kind="garbage", path="/cgi/crm/", times=-1)
        elif fault is Fault.UNREACHABLE:
            self.fx.is_down = True
        elif fault is Fault.LOST_ANSWER:
            for verb in ("create", "update"):
                act("fault", kind="drop_after_commit", path=f"/cgi/crm/v2/data/{verb}", times=1)
        elif fault is Fault.LOST_REQUEST:
            for verb in ("create", "update"):
                act("fault", kind="drop", path=f"/cgi/crm/v2/data/{verb}", times=1)
        elif fault is Fault.BREAK_MIDWAY:
            act("fault", kind="drop_after_commit", path="/cgi/crm/v2/data/update", after=1, times=-1)

    def heal(self) -> None:
        self.fx.is_down = False
        self.fx.act("faults/clear")

    def notification(self, external_ids: Sequence[str], secret: str) -> tuple[dict[str, str], bytes]:
        """A push as the official demo shows it; of several records, since the kit asks for it."""
        key = aes_key(secret)
        ids = list(external_ids)
        told = {"tenantId": 700001, "eventType": "update", "apiName": DEALS, "dataId": ids if len(ids) > 1 else ids[0]}
        envelope = {
            "timestamp": int(self.clock().timestamp() * 1000),
            "nonce": "n0nce123",
            "messageId": "MSG0001",
            "enterpriseAccount": "demo_ea",
            "encryptedContent": sealed(base64.b64decode(key), json.dumps(told).encode()),
        }
        signed = "".join(str(one) for one in envelope.values()) + key
        mark = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        return {"Content-Type": "application/json"}, json.dumps({**envelope, "signature": mark}).encode()

    def fields(self) -> Mapping[str, str]:
        body = {"apiName": DEALS, "includeDetail": True, "data": {"apiName": DEALS}}
        told = self.fx.api("/cgi/crm/v2/object/describe", body)["data"]["describe"]["fields"]
        return {key: one["type"] for key, one in told.items()}

    def sample(self, number: int) -> dict[str, JsonValue]:
        standard: dict[str, JsonValue] = {
            "name": f"deal {number}",
            "account_id": self.account,
            "sales_process_id": "6d057142a767c95693c864ce",
            "sales_stage": "1",
            "owner": [self.user],
        }
        return {**standard, **super().sample(number)}


class OauthHarness(FxiaokeHarness):
    """The same by the other way to sign in."""

    style = "oauth"


def made(kind: type[FxiaokeHarness], tmp_path: Path, request: pytest.FixtureRequest) -> FxiaokeHarness:
    """A harness; for finding with a field of one line."""
    harness = kind(tmp_path)
    if request.node.name.startswith("test_find"):
        harness.field, harness.other_field = "contract_no__c", "next_step__c"
    return harness


class TestFxiaoke(AdapterConformance):
    """All groups of the kit."""

    @pytest.fixture
    def harness(self, tmp_path: Path, request: pytest.FixtureRequest) -> FxiaokeHarness:
        return made(FxiaokeHarness, tmp_path, request)


class TestFxiaokeOauth(AdapterConformance):
    """All groups again, signed in by OAuth."""

    @pytest.fixture
    def harness(self, tmp_path: Path, request: pytest.FixtureRequest) -> OauthHarness:
        return OauthHarness(tmp_path) if not request.node.name.startswith("test_find") else self._finding(tmp_path)

    @staticmethod
    def _finding(tmp_path: Path) -> OauthHarness:
        harness = OauthHarness(tmp_path)
        harness.field = "contract_no__c"
        return harness
