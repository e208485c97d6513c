"""A CRM in memory: the reference adapter of the kit, and a fake source for any other test.

    store = MemoryStore({"deal": ("name", "amount")})
    store.put("deal", {"name": "Bridge", "amount": Decimal("1.10")})
    server = MemoryServer(store)
    adapter = connect(server)

Through a connection of `crmbridge.toml` it is `adapter = "memory"`, `server = server.name`, once its descriptor is
known to the registry: `registry.adapters["memory"] = DESCRIPTOR`. Hold the server as long as you need it.
"""

from crmbridge.testing.memory.adapter import DESCRIPTOR, MemoryAdapter, MemoryConfig, connect, open_memory
from crmbridge.testing.memory.harness import MemoryHarness
from crmbridge.testing.memory.server import MemoryServer
from crmbridge.testing.memory.store import MemoryStore, Row

__all__ = [
    "DESCRIPTOR",
    "MemoryAdapter",
    "MemoryConfig",
    "MemoryHarness",
    "MemoryServer",
    "MemoryStore",
    "Row",
    "connect",
    "open_memory",
]
