"""The kit's harness over the CRM in memory: the one to copy from."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Adapter, Payload
from crmbridge.testing.kit.harness import Fault, Harness, Watch
from crmbridge.testing.memory.adapter import DESCRIPTOR, MemoryConfig, open_memory
from crmbridge.testing.memory.powers import signature
from crmbridge.testing.memory.server import SIGNATURE, MemoryServer, Mishap
from crmbridge.testing.memory.store import KEY_FIELD, MemoryStore

RIGHT_TOKEN = "canary-right-5f3a9c"  # noqa: S105 - made up, to be looked for in every text
WRONG_TOKEN = "canary-wrong-77e01b"  # noqa: S105
BATCH_SIZE = 4

MISHAPS = {
    Fault.THROTTLE: (Mishap.BUSY,),
    Fault.LOST_ANSWER: (Mishap.NO_ANSWER,),
    Fault.LOST_REQUEST: (Mishap.NO_REQUEST,),
    Fault.BREAK_MIDWAY: (Mishap.FINE, Mishap.NO_ANSWER),
}


class Vault:
    """The secrets behind two references."""

    def resolve(self, reference: str) -> str:
        """The right token or the wrong one."""
        return {"right": RIGHT_TOKEN, "wrong": WRONG_TOKEN}[reference]


class MemoryHarness(Harness):
    """A store of two objects; `adapter` may be replaced by one that lies, to test the kit."""

    descriptor = DESCRIPTOR
    object_name = "deal"
    field = "name"
    other_field = "next_step"
    number_field = "amount"
    key_field = KEY_FIELD
    stages = ("New", "Talk", "Won")
    canaries = (RIGHT_TOKEN, WRONG_TOKEN)

    def __init__(self, adapter: Callable[[AdapterContext], Adapter] = open_memory) -> None:
        super().__init__()
        self.adapter = adapter
        self.store = MemoryStore(
            {"deal": ("name", "next_step", "amount", "stage"), "account": ("name",)},
            clock=self.clock,
            token=RIGHT_TOKEN,
            stage_fields={"deal": "stage"},
            types={("deal", "name"): "text", ("deal", "next_step"): "text"},
        )
        self.server = MemoryServer(self.store)

    def open(
        self, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
    ) -> Adapter:
        """A new adapter with small pages and batches."""
        config = MemoryConfig(
            server=self.server.name,
            token="wrong" if wrong_credentials else "right",
            page_size=self.page_size,
            batch_size=BATCH_SIZE,
        )
        return self.adapter(self.context(config, secrets=Vault(), read_only=read_only, stop=stop))

    def seed(
        self, records: Sequence[Mapping[str, object]], *, ids: Sequence[str] | None = None, together: bool = False
    ) -> list[str]:
        """Puts records into the store."""
        chosen: Sequence[str | None] = ids or [None] * len(records)
        return [
            self.store.put("deal", fields, external_id=external_id, tick=not together or number == 0)
            for number, (fields, external_id) in enumerate(zip(records, chosen, strict=True))
        ]

    def seed_late(self, records: Sequence[Mapping[str, object]]) -> list[str]:
        """Puts records into the store without a tick before them."""
        return [self.store.put("deal", fields, tick=False) for fields in records]

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        """Edits in the store."""
        self.store.edit("deal", external_id, fields)

    def delete(self, external_id: str) -> None:
        """Deletes in the store."""
        self.store.delete("deal", external_id)

    def delete_together(self, external_ids: Sequence[str]) -> None:
        """Deletes in the store, without a tick between."""
        for number, external_id in enumerate(external_ids):
            self.store.delete("deal", external_id, tick=number == 0)

    def restore(self, external_id: str) -> None:
        """Restores in the store."""
        self.store.restore("deal", external_id)

    def move(self, moves: Sequence[tuple[str, str]], *, together: bool = False) -> None:
        """Edits the stage."""
        for number, (external_id, label) in enumerate(moves):
            self.store.edit("deal", external_id, {"stage": label}, tick=not together or number == 0)

    def jobs(self) -> int:
        """Asks the server."""
        return self.server.jobs_made

    def notification(self, external_ids: Sequence[str], secret: str) -> tuple[dict[str, str], bytes]:
        """Signs a list of ids."""
        body = json.dumps({"object": "deal", "ids": list(external_ids)}).encode()
        return {"Content-Type": "application/json", SIGNATURE: signature(body, secret).decode()}, body

    def watches(self) -> Sequence[Watch]:
        """The channels that have not run out."""
        found = self.server.channels.values()
        return [Watch(one.url, one.expires) for one in found if one.expires > self.clock()]

    def fields(self) -> Mapping[str, str]:
        """The store's."""
        return {name: self.store.types.get(("deal", name), "any") for name in self.store.objects["deal"]}

    def stored(self) -> Mapping[str, Payload]:
        """What the store would hand out."""
        return {row.external_id: row.payload() for row in self.store.live("deal")}

    def writes(self) -> int:
        """The writes the server took."""
        return self.store.writes

    def inject(self, fault: Fault) -> None:
        """Breaks the server."""
        self.server.is_down = fault is Fault.UNREACHABLE
        self.server.is_garbled = fault is Fault.GARBAGE
        self.server.mishaps.extend(MISHAPS.get(fault, ()))
        self.server.jobs_fail += fault is Fault.JOB_FAILS
        if fault is Fault.JOB_LOST:
            self.server.jobs.clear()

    def heal(self) -> None:
        """Mends the server."""
        self.server.is_down = self.server.is_garbled = False
        self.server.mishaps.clear()
        self.server.jobs_fail = 0
