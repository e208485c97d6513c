"""The kit's harness over the CRM in memory: the one to copy from."""

import threading
from collections.abc import Callable, Mapping, Sequence

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Adapter, Payload
from crmbridge.testing.kit.harness import Fault, Harness
from crmbridge.testing.memory.adapter import DESCRIPTOR, MemoryConfig, open_memory
from crmbridge.testing.memory.server import MemoryServer, Mishap
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
    canaries = (RIGHT_TOKEN, WRONG_TOKEN)

    def __init__(self, adapter: Callable[[AdapterContext], Adapter] = open_memory) -> None:
        super().__init__()
        self.adapter = adapter
        self.store = MemoryStore(
            {"deal": ("name", "next_step", "amount"), "account": ("name",)}, clock=self.clock, token=RIGHT_TOKEN
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

    def edit(self, external_id: str, fields: Mapping[str, object]) -> None:
        """Edits in the store."""
        self.store.edit("deal", external_id, fields)

    def delete(self, external_id: str) -> None:
        """Deletes in the store."""
        self.store.delete("deal", external_id)

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

    def heal(self) -> None:
        """Mends the server."""
        self.server.is_down = self.server.is_garbled = False
        self.server.mishaps.clear()
