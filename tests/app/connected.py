"""A workspace with one connection to the example service, its login granted webhooks, and a clock that stands still."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.app import vendor as example
from tests.app.vendor import CONFIG, MAPPING, TOKEN, Ring, Vendor

from crmbridge.app import access, bridge, config
from crmbridge.app.bridge import Bridge
from crmbridge.ledger import connections, hints, shared

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass
class Connected:
    """The workspace, the service and the time."""

    folder: Path
    vendor: Vendor
    ring: Ring
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    def later(self, **step: float) -> None:
        self.now += timedelta(**step)

    def open(self) -> Bridge:
        return Bridge(config.load(self.folder, {}), environ={})

    def waiting(self) -> list[str]:
        with self.open() as opened, opened.wiring.ledger.read() as tx:
            return [hint.external_id for row in connections.listing(tx) for hint in hints.waiting(tx, row.id)]

    def grant(self, *features: Any) -> None:
        with self.open() as opened, opened.wiring.ledger.begin() as tx:
            made = connections.ensure(tx, "crm", adapter="example", rank=0, now_us=1)
            shared.put(tx, made, access.GRANTED, access.granted_text(features, ["Deals.READ"]), now_us=1)


def made(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Connected]:
    """The workspace, for a fixture."""
    vendor, ring = example.install(patch)
    ring.set_password("crmbridge", "crm", json.dumps({"token": TOKEN}))
    (folder / "mapping").mkdir(parents=True)
    (folder / "mapping" / "crm.toml").write_text(MAPPING)
    written = '\n[connections.crm]\nadapter = "example"\ncredentials = "keyring:crm"\n'
    (folder / "crmbridge.toml").write_text(CONFIG + written)
    there = Connected(folder, vendor, ring)
    patch.setattr(bridge, "system_clock", there.clock)
    there.grant("read", "webhooks")
    yield there
    example.STATE.clear()
